import { describe, expect, it } from 'vitest'
import { allPriorityZero } from '../../../../src-main/domain/findings/rules/sentinel/all-priority-zero.ts'
import { emptyReplicaElectable } from '../../../../src-main/domain/findings/rules/sentinel/empty-replica-electable.ts'
import { foreignHistoryCandidate } from '../../../../src-main/domain/findings/rules/sentinel/foreign-history-candidate.ts'
import { hiddenButElectable } from '../../../../src-main/domain/findings/rules/sentinel/hidden-but-electable.ts'
import { priorityBeatsFreshness } from '../../../../src-main/domain/findings/rules/sentinel/priority-beats-freshness.ts'
import type { GroupSnapshot } from '../../../../src-main/domain/topology/model.ts'
import type { InfoPartial } from '../../../support/facts.ts'
import {
  HEALTHY,
  healthyGroup,
  REPLID_B,
  withLink,
  withNode,
  withNodeInfo,
  withSentinelReplica,
} from '../../../support/facts.ts'
import { fired, judge } from './judging.ts'

const { replica1, replica2 } = HEALTHY

describe('priority-beats-freshness', () => {
  /** replica1 is preferred and `bytes` behind. */
  const stale = (bytes: number, priority = 10): GroupSnapshot =>
    withLink(
      withNodeInfo(healthyGroup(), replica1, {
        replication: { priority, appliedOffset: HEALTHY.offset - bytes, readOffset: HEALTHY.offset - bytes },
      }),
      replica1,
      { byteLag: { low: bytes - 10, high: bytes } },
    )

  it('says nothing where the freshest one wins', () => {
    expect(judge(priorityBeatsFreshness, healthyGroup())).toEqual([])
    expect(judge(priorityBeatsFreshness, stale(500_000, 100))).toEqual([])
  })

  it('names both, and the bytes', () => {
    const verdict = fired(priorityBeatsFreshness, stale(500_000))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'group', id: 'mymaster' } })
    expect(verdict.title).toContain(`${replica1} would be promoted (priority 10)`)
    expect(verdict.title).toContain(`${replica2} (priority 100) is 488 KB ahead`)
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: replica1, field: 'slave_priority', value: 10 }),
    )
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.7 -p 6379 CONFIG SET replica-priority 10')
  })

  it('does not call a second of writing a difference', () => {
    expect(judge(priorityBeatsFreshness, stale(1000))).toEqual([])
  })

  it('says nothing where a lag is not known', () => {
    const group = withLink(stale(500_000), replica2, { byteLag: undefined, byteLagReason: 'not-sampled' })
    expect(judge(priorityBeatsFreshness, group)).toEqual([])
  })
})

describe('all-priority-zero', () => {
  const zero = (group: GroupSnapshot, id: string) => withNodeInfo(group, id, { replication: { priority: 0 } })

  it('says nothing while one can be promoted', () => {
    expect(judge(allPriorityZero, healthyGroup())).toEqual([])
    expect(judge(allPriorityZero, zero(healthyGroup(), replica1))).toEqual([])
  })

  it('does not count on a chained replica', () => {
    const verdict = fired(allPriorityZero, zero(zero(healthyGroup(), replica1), replica2))
    expect(verdict.severity).toBe('critical')
    expect(verdict.title).toContain('all 2 replicas')
    expect(verdict.evidence.map((one) => one.node)).toEqual([replica1, replica2])
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.6 -p 6379 CONFIG SET replica-priority 100')
  })

  it('says nothing of a group without replicas', () => {
    expect(judge(allPriorityZero, { ...healthyGroup(), replicas: [], links: [], views: [] })).toEqual([])
  })
})

const NEVER_SYNCED: InfoPartial = {
  replication: {
    masterLink: 'down',
    neverConnected: true,
    appliedOffset: 1,
    readOffset: 1,
    offset: 0,
    replid: REPLID_B,
  },
}
const neverSynced = (group: GroupSnapshot, id: string): GroupSnapshot =>
  withSentinelReplica(withLink(withNodeInfo(group, id, NEVER_SYNCED), id, { byteLag: undefined }), id, {
    neverConnected: true,
    masterLinkDownMs: undefined,
    masterLink: 'down',
    offset: 1,
  })

describe('empty-replica-electable', () => {
  it('says nothing of replicas that hold something', () => {
    expect(judge(emptyReplicaElectable, healthyGroup())).toEqual([])
    const lost = withNodeInfo(healthyGroup(), replica1, {
      replication: { masterLink: 'down', linkDownSeconds: 3, neverConnected: false },
    })
    expect(judge(emptyReplicaElectable, lost)).toEqual([])
  })

  it('warns while a better candidate passes', () => {
    const verdict = fired(emptyReplicaElectable, neverSynced(healthyGroup(), replica2))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'node', id: replica2 } })
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: replica2, field: 'master_link_down_since_seconds', value: -1 }),
    )
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.7 -p 6379 CONFIG SET replica-priority 0')
  })

  it('is critical when nobody better passes, or when its priority puts it first', () => {
    const alone = withSentinelReplica(neverSynced(healthyGroup(), replica2), replica1, {
      flags: new Set(['slave', 's_down']),
    })
    expect(fired(emptyReplicaElectable, alone).severity).toBe('critical')
    const preferred = withNodeInfo(neverSynced(healthyGroup(), replica2), replica2, { replication: { priority: 1 } })
    expect(fired(emptyReplicaElectable, preferred).severity).toBe('critical')
  })

  it('waits for the first sync of a new replica to end', () => {
    const syncing = withNodeInfo(neverSynced(healthyGroup(), replica2), replica2, {
      replication: { syncInProgress: true },
    })
    expect(fired(emptyReplicaElectable, syncing).holdForMs).toBe(30_000)
    expect(fired(emptyReplicaElectable, neverSynced(healthyGroup(), replica2)).holdForMs).toBeUndefined()
  })

  it('says nothing before 6.2.2, whose Sentinel refuses it, nor with priority 0', () => {
    const old = withNodeInfo(neverSynced(healthyGroup(), replica2), replica2, { server: { version: '6.0.20' } })
    expect(judge(emptyReplicaElectable, old)).toEqual([])
    const zero = withNodeInfo(neverSynced(healthyGroup(), replica2), replica2, { replication: { priority: 0 } })
    expect(judge(emptyReplicaElectable, zero)).toEqual([])
  })
})

describe('foreign-history-candidate', () => {
  const foreign = (masterLink: 'up' | 'down', syncInProgress = false): GroupSnapshot =>
    withNodeInfo(healthyGroup(), replica2, {
      replication: {
        masterLink,
        replid: REPLID_B,
        replid2: undefined,
        neverConnected: false,
        linkDownSeconds: 5,
        syncInProgress,
      },
    })

  it('says nothing while all carry the master’s history', () => {
    expect(judge(foreignHistoryCandidate, healthyGroup())).toEqual([])
  })

  it('leaves a replica that holds what its master lost to replica-ahead', () => {
    const resyncIfDropped = {
      verdict: 'full',
      reason: '',
      decidedBy: 'row 11',
      sendBytes: undefined,
      atRiskBytes: 77,
    } as const
    expect(judge(foreignHistoryCandidate, withLink(foreign('down'), replica2, { resyncIfDropped }))).toEqual([])
  })

  it('shows both ids', () => {
    const verdict = fired(foreignHistoryCandidate, foreign('down'))
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'node', id: replica2 } })
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: replica2, field: 'master_replid', value: REPLID_B }),
    )
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.7 -p 6379 CONFIG SET replica-priority 0')
  })

  it('takes other ids with the link up for a change between two samples', () => {
    expect(judge(foreignHistoryCandidate, foreign('up'))).toEqual([])
  })

  it('waits for a full sync to end, and leaves a node that holds nothing to its own rule', () => {
    expect(fired(foreignHistoryCandidate, foreign('down', true)).holdForMs).toBe(30_000)
    expect(judge(foreignHistoryCandidate, neverSynced(healthyGroup(), replica2))).toEqual([])
  })

  it('gives Sentinel the time to make a replica of an old master that returns as a master', () => {
    expect(foreignHistoryCandidate.holdForMs).toBe(15_000)
    expect(fired(foreignHistoryCandidate, foreign('down')).holdForMs).toBeUndefined()
  })

  it('says nothing when the master does not answer', () => {
    const group = withNode(foreign('down'), HEALTHY.master, (node) => ({ ...node, reachability: 'unreachable' }))
    expect(judge(foreignHistoryCandidate, group)).toEqual([])
  })
})

describe('hidden-but-electable', () => {
  it('says nothing of announced replicas, nor of hidden ones that cannot win', () => {
    expect(judge(hiddenButElectable, healthyGroup())).toEqual([])
    const zero = withNodeInfo(healthyGroup(), replica1, { replication: { announced: false, priority: 0 } })
    expect(judge(hiddenButElectable, zero)).toEqual([])
    const unknown = withNodeInfo(healthyGroup(), replica1, { replication: { announced: undefined } })
    expect(judge(hiddenButElectable, unknown)).toEqual([])
  })

  it('informs about a hidden one', () => {
    const group = withNodeInfo(healthyGroup(), replica1, { replication: { announced: false } })
    const verdict = fired(hiddenButElectable, group)
    expect(verdict).toMatchObject({ severity: 'info', subject: { kind: 'node', id: replica1 } })
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.6 -p 6379 CONFIG SET replica-priority 0')
  })
})
