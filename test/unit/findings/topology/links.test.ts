import { describe, expect, it } from 'vitest'
import { chainedReplica } from '../../../../src-main/domain/findings/rules/topology/chained-replica.ts'
import { divergedHistory } from '../../../../src-main/domain/findings/rules/topology/diverged-history.ts'
import { replicaAhead } from '../../../../src-main/domain/findings/rules/topology/replica-ahead.ts'
import { replicaApplyErrors } from '../../../../src-main/domain/findings/rules/topology/replica-apply-errors.ts'
import { replicaLagBytes } from '../../../../src-main/domain/findings/rules/topology/replica-lag-bytes.ts'
import { replicaLagSeconds } from '../../../../src-main/domain/findings/rules/topology/replica-lag-seconds.ts'
import { replicaLinkDown } from '../../../../src-main/domain/findings/rules/topology/replica-link-down.ts'
import { replicaServesStale } from '../../../../src-main/domain/findings/rules/topology/replica-serves-stale.ts'
import { replicaWritable } from '../../../../src-main/domain/findings/rules/topology/replica-writable.ts'
import { replicationLoop } from '../../../../src-main/domain/findings/rules/topology/replication-loop.ts'
import { selfReplica } from '../../../../src-main/domain/findings/rules/topology/self-replica.ts'
import { staleExpiredReads } from '../../../../src-main/domain/findings/rules/topology/stale-expired-reads.ts'
import type { GroupSnapshot, NodeSnapshot } from '../../../../src-main/domain/topology/model.ts'
import {
  HEALTHY,
  healthyGroup,
  REPLID_A,
  REPLID_B,
  runId,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
} from '../../../support/facts.ts'
import { ago, evidenceOf, fired, judge, pastOf, words } from '../judging.ts'

const { master, replica1, replica2, chained } = HEALTHY

const unreachable = (node: NodeSnapshot): NodeSnapshot => ({ ...node, reachability: 'unreachable' })

/** One replica whose link has been down for 41 s. */
function cutOff(group: GroupSnapshot, id: string): GroupSnapshot {
  const down = withNodeInfo(group, id, { replication: { masterLink: 'down', linkDownSeconds: 41 } })
  return withLink(down, id, { state: 'down', ackAgeSeconds: undefined })
}

const swapped = pastOf(
  {},
  { events: [{ at: ago(3), kind: 'role', node: master, what: 'replica -> master', detail: '' }] },
)

describe('replica-link-down', () => {
  it('warns with the seconds down, the offset and the resync that is to come', () => {
    const verdict = fired(judge(replicaLinkDown, cutOff(healthyGroup(), replica2)))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'link', id: replica2 }, knownSince: ago(41) })
    expect(verdict.title).toBe(`${replica2} has had no link to ${master} for 41 s`)
    expect(verdict.why).toContain('a partial resync')
    expect(evidenceOf(verdict)).toMatchObject({ [`${replica2} master_link_status`]: 'down' })
  })

  it('is critical when no other replica is online', () => {
    const all = [replica1, replica2, chained].reduce(cutOff, healthyGroup())
    expect(judge(replicaLinkDown, all).map((one) => one.kind === 'fires' && one.severity)).toEqual(
      Array(3).fill('critical'),
    )
  })

  it.each<[string, (group: GroupSnapshot) => GroupSnapshot, string]>([
    ['a password', (g) => withNodeInfo(g, master, { errors: new Map([['NOAUTH', 4]]) }), 'check masterauth'],
    ['a master that loads', (g) => withNode(g, master, (n) => ({ ...n, reachability: 'loading' })), 'is loading'],
    [
      'the handshake',
      (g) =>
        withNode(g, replica2, (n) => ({
          ...n,
          roleReply: { role: 'replica', master: undefined, state: 'handshake', offset: undefined },
        })),
      'refused in the handshake',
    ],
  ])('names what refuses it: %s', (_, change, text) => {
    expect(fired(judge(replicaLinkDown, change(cutOff(healthyGroup(), replica2)))).why).toContain(text)
  })

  it('waits out the grace of a role change', () => {
    expect(fired(judge(replicaLinkDown, cutOff(healthyGroup(), replica2), { past: swapped })).holdForMs).toBe(15_000)
    expect(fired(judge(replicaLinkDown, cutOff(healthyGroup(), replica2))).holdForMs).toBe(0)
  })

  it('fires for a replica that does not answer only where its master answers and does not list it', () => {
    const gone = withNode(cutOff(healthyGroup(), replica2), replica2, unreachable)
    expect(fired(judge(replicaLinkDown, gone)).title).toContain('does not answer from here and is not attached')
    expect(judge(replicaLinkDown, withNode(gone, master, unreachable))).toEqual([])
    expect(judge(replicaLinkDown, withLink(gone, replica2, { state: 'unknown' }))).toEqual([])
  })

  it('leaves a resync under way to another finding', () => {
    expect(
      judge(replicaLinkDown, withLink(cutOff(healthyGroup(), replica2), replica2, { state: 'full-sync' })),
    ).toEqual([])
  })
})

describe('replica-lag-seconds', () => {
  it.each([
    [10, 0],
    [11, 1],
  ])('an acknowledgement %i s old makes %i findings', (ackAgeSeconds, count) => {
    expect(judge(replicaLagSeconds, withLink(healthyGroup(), replica1, { ackAgeSeconds }))).toHaveLength(count)
  })

  it('allows what min-replicas-max-lag allows', () => {
    const patient = withNodeConfig(healthyGroup(), master, { 'min-replicas-max-lag': '20' })
    expect(judge(replicaLagSeconds, withLink(patient, replica1, { ackAgeSeconds: 20 }))).toEqual([])
    const verdict = fired(judge(replicaLagSeconds, withLink(patient, replica1, { ackAgeSeconds: 21 })))
    expect(verdict).toMatchObject({ severity: 'warning', knownSince: ago(21) })
    expect(words(verdict)).toContain('-h 10.0.0.6 -p 6379')
  })

  it('says nothing when the master does not answer', () => {
    const old = withLink(healthyGroup(), replica1, { ackAgeSeconds: 40 })
    expect(judge(replicaLagSeconds, withNode(old, master, unreachable))).toEqual([])
  })
})

describe('replica-lag-bytes', () => {
  const MIB = 1024 * 1024
  const behind = (low: number, margin = 60_000_000) =>
    withLink(healthyGroup(), replica1, {
      byteLag: { low, high: low + 100 },
      coverage: { bytes: margin, seconds: 60, isUnbounded: false },
    })
  const margins = (...values: readonly number[]) =>
    pastOf({
      [replica1]: values.map((marginBytes, i) => ({
        at: ago((values.length - 1 - i) * 10),
        runId: runId(2),
        marginBytes,
      })),
    })

  it.each([
    [MIB, 0],
    [MIB + 1, 1],
  ])('a low bound of %i bytes makes %i findings', (low, count) => {
    expect(judge(replicaLagBytes, behind(low))).toHaveLength(count)
  })

  it('allows a second of writes', () => {
    const busy = withNode(behind(5 * MIB), master, (node) => ({
      ...node,
      writeRate: { bytesPerSecond: 6 * MIB, peakBytesPerSecond: 6 * MIB },
    }))
    expect(judge(replicaLagBytes, busy)).toEqual([])
  })

  it('warns after 30 s while the backlog holds', () => {
    const verdict = fired(judge(replicaLagBytes, behind(2 * MIB), { past: margins(60_000_000, 60_000_000) }))
    expect(verdict).toMatchObject({ severity: 'warning', holdForMs: 30_000 })
    expect(verdict.title).toBe(`${replica1} is at least 2 MB behind ${master}`)
  })

  it('is critical at once when the backlog is used up within a minute at the present trend', () => {
    const past = margins(3_000_000, 2_000_000, 1_000_000)
    const verdict = fired(judge(replicaLagBytes, behind(2 * MIB, 1_000_000), { past }))
    expect(verdict).toMatchObject({ severity: 'critical', holdForMs: 0 })
    expect(verdict.title).toContain('it falls off the backlog in 10 s')
  })

  it('is critical when it has fallen off', () => {
    expect(fired(judge(replicaLagBytes, behind(2 * MIB, -5))).title).toContain('has fallen off the backlog')
  })

  it('lets a burst larger than the backlog pass', () => {
    expect(fired(judge(replicaLagBytes, behind(2 * MIB, -5)))).toMatchObject({ severity: 'critical', holdForMs: 5000 })
  })

  it('says nothing without a measurement or across histories', () => {
    const none = withLink(behind(2 * MIB), replica1, { byteLag: undefined, byteLagReason: 'different-history' })
    expect(judge(replicaLagBytes, none)).toEqual([])
  })
})

describe('replica-ahead', () => {
  const ahead = withLink(healthyGroup(), replica1, { upstreamByteLag: { low: 0, high: -4096 } })

  it('fires on a proved lead and tells to keep it away before deciding', () => {
    const verdict = fired(judge(replicaAhead, ahead))
    expect(verdict.severity).toBe('critical')
    expect(verdict.title).toBe(`${replica1} holds 4 KB of stream that ${master} does not have`)
    expect(verdict.remedy[0]).toContain('redis-cli -h 10.0.0.6 -p 6379 BGSAVE')
  })

  it('fires on what a resync would throw away', () => {
    const group = withLink(cutOff(healthyGroup(), replica2), replica2, {
      resyncIfDropped: { verdict: 'full', reason: '', decidedBy: 'row 11', sendBytes: undefined, atRiskBytes: 77 },
    })
    expect(fired(judge(replicaAhead, group)).title).toContain('77 B')
  })

  it('fires while the link still looks up, when the node it follows came back with an older copy', () => {
    const resyncIfDropped = {
      verdict: 'full' as const,
      reason: '',
      decidedBy: 'row 11',
      sendBytes: undefined,
      atRiskBytes: 77,
    }
    const up = withLink(withNodeInfo(healthyGroup(), replica2, { replication: { replid: REPLID_B } }), replica2, {
      resyncIfDropped,
      upstreamByteLag: undefined,
    })
    expect(judge(replicaAhead, up)).toEqual([])
    const rolledBack = withNodeInfo(up, master, { replication: { replid2: REPLID_B, secondOffset: 10 } })
    expect(fired(judge(replicaAhead, rolledBack)).title).toContain('77 B')
  })

  it('does not fire on level, across histories, or for nodes that do not answer', () => {
    expect(judge(replicaAhead, withLink(ahead, replica1, { upstreamByteLag: { low: 0, high: 0 } }))).toEqual([])
    expect(judge(replicaAhead, withNodeInfo(ahead, replica1, { replication: { replid: REPLID_B } }))).toEqual([])
    expect(judge(replicaAhead, withNode(ahead, master, unreachable))).toEqual([])
  })
})

describe('diverged-history', () => {
  const foreign = withNodeInfo(healthyGroup(), replica2, { replication: { replid: REPLID_B } })

  it('fires at once with the link down', () => {
    const verdict = fired(judge(divergedHistory, cutOff(foreign, replica2)))
    expect(verdict.severity).toBe('warning')
    expect(evidenceOf(verdict)).toMatchObject({
      [`${replica2} master_replid`]: REPLID_B,
      [`${master} master_replid`]: REPLID_A,
    })
  })

  it('needs two samples with the link up', () => {
    expect(judge(divergedHistory, foreign)).toEqual([])
    const seen = pastOf({
      [replica2]: [{ at: ago(5), runId: runId(3), replid: REPLID_B }],
      [master]: [{ at: ago(5), runId: runId(1), replid: REPLID_A }],
    })
    expect(fired(judge(divergedHistory, foreign, { past: seen })).subject.id).toBe(replica2)
  })

  it.each<[string, GroupSnapshot]>([
    [
      'is known to the master by its second id',
      withNodeInfo(cutOff(foreign, replica2), master, {
        replication: { replid2: REPLID_B, secondOffset: HEALTHY.offset },
      }),
    ],
    [
      'never had a history',
      withNodeInfo(cutOff(foreign, replica2), replica2, { replication: { appliedOffset: 1, offset: 0 } }),
    ],
    ['is synchronising', withNodeInfo(cutOff(foreign, replica2), replica2, { replication: { syncInProgress: true } })],
    ['did not send its id', withNodeInfo(cutOff(foreign, replica2), replica2, { replication: { replid: undefined } })],
  ])('does not fire for a replica that %s', (_, group) => {
    expect(judge(divergedHistory, group)).toEqual([])
  })
})

describe('replica-writable and stale-expired-reads', () => {
  const writable = withNodeInfo(healthyGroup(), replica1, { replication: { readOnly: false } })

  it('warn of a replica that takes writes', () => {
    const verdict = fired(judge(replicaWritable, writable))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { id: replica1 } })
    expect(verdict.remedy).toEqual([
      'redis-cli -h 10.0.0.6 -p 6379 CONFIG SET replica-read-only yes',
      'redis-cli -h 10.0.0.6 -p 6379 CONFIG REWRITE',
    ])
  })

  it('say nothing where the field is absent', () => {
    const hidden = withNodeInfo(healthyGroup(), replica1, { replication: { readOnly: undefined } })
    expect(judge(replicaWritable, hidden)).toEqual([])
    expect(judge(staleExpiredReads, hidden)).toEqual([])
  })

  it('inform of keys with a TTL on a writable replica, and of servers before 3.2', () => {
    expect(judge(staleExpiredReads, writable)).toEqual([])
    const withTtl = withNodeInfo(writable, replica1, { keyspace: [{ db: 0, keys: 10, expires: 4 }] })
    expect(fired(judge(staleExpiredReads, withTtl))).toMatchObject({ severity: 'info' })
    const old = withNodeInfo(healthyGroup(), replica1, { server: { version: '3.0.7' } })
    expect(fired(judge(staleExpiredReads, old)).remedy).toEqual(['upgrade it'])
  })
})

describe('replica-serves-stale', () => {
  it('warns while the link is down, informs while it synchronises', () => {
    const down = cutOff(healthyGroup(), replica2)
    expect(fired(judge(replicaServesStale, down))).toMatchObject({ severity: 'warning', knownSince: ago(41) })
    const syncing = withNodeInfo(down, replica2, { replication: { syncInProgress: true } })
    expect(fired(judge(replicaServesStale, syncing)).severity).toBe('info')
  })

  it('is quiet with `no`, while loading, and with the link up', () => {
    const down = cutOff(healthyGroup(), replica2)
    expect(judge(replicaServesStale, withNodeConfig(down, replica2, { 'replica-serve-stale-data': 'no' }))).toEqual([])
    expect(judge(replicaServesStale, withNodeInfo(down, replica2, { persistence: { loading: true } }))).toEqual([])
    expect(judge(replicaServesStale, healthyGroup())).toEqual([])
  })

  it('cannot be judged without CONFIG, which matters only with the link down', () => {
    const denied = (group: GroupSnapshot) =>
      withNode(group, replica2, (node) => ({ ...node, config: undefined, notPermitted: ['CONFIG GET'] }))
    expect(judge(replicaServesStale, denied(cutOff(healthyGroup(), replica2)))).toMatchObject([{ kind: 'not-judged' }])
    expect(judge(replicaServesStale, denied(healthyGroup()))).toEqual([])
  })
})

describe('replica-apply-errors', () => {
  it('warns of errors on a replica, not on a master', () => {
    const failed = withNodeInfo(healthyGroup(), replica1, { stats: { unexpectedErrorReplies: 3 } })
    const past = pastOf({
      [replica1]: [1, 3].map((unexpectedErrorReplies, i) => ({
        at: ago(60 - i * 30),
        runId: runId(2),
        unexpectedErrorReplies,
      })),
    })
    expect(fired(judge(replicaApplyErrors, failed, { past })).title).toBe(
      `${replica1} could not apply 3 commands of the stream, 2 of them within 15 min`,
    )
    expect(
      judge(replicaApplyErrors, withNodeInfo(healthyGroup(), master, { stats: { unexpectedErrorReplies: 3 } })),
    ).toEqual([])
  })
})

describe('chains and loops', () => {
  it('inform of a chained replica', () => {
    const verdict = fired(judge(chainedReplica, healthyGroup()))
    expect(verdict).toMatchObject({ severity: 'info', subject: { id: chained } })
    expect(verdict.remedy[0]).toContain('redis-cli -h 10.0.0.8 -p 6379 REPLICAOF 10.0.0.5 6379')
  })

  const loop = withLink(withLink(healthyGroup(), replica1, { upstream: chained, master: undefined }), chained, {
    upstream: replica1,
    master: undefined,
  })

  it('find a circle once, and point out of it', () => {
    const verdict = fired(judge(replicationLoop, loop))
    expect(verdict).toMatchObject({ severity: 'critical', holdForMs: 0 })
    expect(verdict.title).toContain(`${replica1} follows ${chained} follows ${replica1}`)
    expect(verdict.remedy).toEqual(['redis-cli -h 10.0.0.6 -p 6379 REPLICAOF 10.0.0.5 6379'])
  })

  it('wait out a role change, and believe only nodes that answer', () => {
    expect(fired(judge(replicationLoop, loop, { past: swapped })).holdForMs).toBe(15_000)
    expect(judge(replicationLoop, withNode(loop, chained, unreachable))).toEqual([])
    expect(judge(replicationLoop, healthyGroup())).toEqual([])
  })

  it('find a node that follows itself', () => {
    const verdict = fired(
      judge(selfReplica, withLink(healthyGroup(), replica2, { upstream: replica2, master: undefined })),
    )
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'node', id: replica2 } })
    expect(verdict.remedy).toEqual(['redis-cli -h 10.0.0.7 -p 6379 REPLICAOF 10.0.0.5 6379'])
    expect(judge(replicationLoop, withLink(healthyGroup(), replica2, { upstream: replica2 }))).toEqual([])
  })
})
