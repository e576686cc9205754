import { describe, expect, it } from 'vitest'
import { datasetFlushed } from '../../../../src-main/domain/findings/rules/topology/dataset-flushed.ts'
import { emptinessPropagating } from '../../../../src-main/domain/findings/rules/topology/emptiness-propagating.ts'
import { foreignHistoryCandidate } from '../../../../src-main/domain/findings/rules/sentinel/foreign-history-candidate.ts'
import { divergedHistory } from '../../../../src-main/domain/findings/rules/topology/diverged-history.ts'
import { emptyMaster } from '../../../../src-main/domain/findings/rules/topology/empty-master.ts'
import { masterPersistenceOff } from '../../../../src-main/domain/findings/rules/topology/master-persistence-off.ts'
import { noMaster } from '../../../../src-main/domain/findings/rules/topology/no-master.ts'
import { noReplica } from '../../../../src-main/domain/findings/rules/topology/no-replica.ts'
import { splitBrain } from '../../../../src-main/domain/findings/rules/topology/split-brain.ts'
import type { CommandStats } from '../../../../src-main/domain/replies/info-reply.ts'
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
  withSentinelMaster,
  withSentinelReplica,
} from '../../../support/facts.ts'
import { ago, evidenceOf, fired, judge, pastOf, words } from '../judging.ts'

const { master, replica1, replica2 } = HEALTHY

const unreachable = (node: NodeSnapshot): NodeSnapshot => ({
  ...node,
  reachability: 'unreachable',
  failure: { kind: 'unreachable', at: node.id, cause: 'refused', stage: 'connect', detail: '' },
})

const withoutSentinels = (group: GroupSnapshot): GroupSnapshot => ({
  ...group,
  sentinels: [],
  views: [],
  knownSentinels: 0,
})

const keys = (count: number) => ({ keyspace: count === 0 ? [] : [{ db: 0, keys: count, expires: 0 }] })

describe('no-master', () => {
  const silent = withNode(healthyGroup(), master, unreachable)
  const cut = { replication: { masterLink: 'down' as const } }
  const alone = withNodeInfo(withNodeInfo(silent, replica1, cut), replica2, cut)

  it('fires when the master does not answer and the Sentinels call it down, and names who is electable', () => {
    const verdict = fired(
      judge(noMaster, withSentinelMaster(alone, { flags: new Set(['master', 's_down', 'o_down']), sDownMs: 7000 })),
    )
    expect(verdict).toMatchObject({ severity: 'critical', knownSince: ago(7) })
    expect(verdict.title).toContain(`${master} does not answer and 3 of 3 Sentinels call it down`)
    expect(verdict.why).toContain(replica1)
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.1 -p 26379 SENTINEL CKQUORUM mymaster')
    expect(evidenceOf(verdict)).toMatchObject({ '10.0.0.1:26379 SENTINEL MASTERS flags': 'master,s_down,o_down' })
  })

  it('fires without Sentinel when its replicas lost it too, and tells whom to promote', () => {
    const verdict = fired(judge(noMaster, withoutSentinels(alone)))
    expect(verdict.title).toContain('its replicas lost it too')
    expect(verdict.remedy.join('\n')).toContain('REPLICAOF NO ONE')
  })

  it('does not call a master down that only we cannot reach', () => {
    expect(judge(noMaster, silent)).toEqual([])
    expect(judge(noMaster, withoutSentinels(silent))).toEqual([])
    const noWitness = withNode(withNode(withoutSentinels(silent), replica1, unreachable), replica2, unreachable)
    expect(judge(noMaster, noWitness)).toMatchObject([{ kind: 'not-judged' }])
  })

  it.each(['auth-required', 'not-permitted', 'busy'] as const)(
    'says nothing of a master that is %s',
    (reachability) => {
      expect(
        judge(
          noMaster,
          withNode(alone, master, (node) => ({ ...node, reachability })),
        ),
      ).toEqual([])
    },
  )

  it('fires when the named master says that it is a replica, after the grace of a failover', () => {
    const verdict = fired(judge(noMaster, withNodeInfo(healthyGroup(), master, { replication: { role: 'replica' } })))
    expect(verdict).toMatchObject({ severity: 'critical', holdForMs: 15_000 })
  })

  it('fires when nobody names a master', () => {
    expect(fired(judge(noMaster, { ...healthyGroup(), master: undefined, masters: [] })).title).toContain(
      'has no master',
    )
  })
})

describe('split-brain', () => {
  const split: GroupSnapshot = withNodeInfo({ ...healthyGroup(), masters: [master, replica1] }, replica1, {
    replication: { role: 'master', replid: REPLID_B, replid2: REPLID_A, secondOffset: HEALTHY.offset - 999 },
  })
  const counter = (id: number, ...values: readonly number[]) =>
    values.map((changesSinceSave, i) => ({
      at: ago(20 - i * 5),
      runId: runId(id),
      role: 'master' as const,
      changesSinceSave,
    }))

  it('is critical when client writes rise on both, and tells what the old master wrote alone', () => {
    const past = pastOf({ [master]: counter(1, 5, 9), [replica1]: counter(2, 1, 30) })
    const verdict = fired(judge(splitBrain, split, { past }))
    expect(verdict).toMatchObject({ severity: 'critical', holdForMs: 15_000 })
    expect(verdict.title).toContain(`${master} and ${replica1} both say that they are the master`)
    expect(verdict.why).toContain('1000 B of stream beyond')
    expect(words(verdict)).toContain('redis-cli -h 10.0.0.6 -p 6379 REPLICAOF 10.0.0.5 6379')
  })

  it('is a warning when only one side takes writes, or nobody was seen to', () => {
    const past = pastOf({ [master]: counter(1, 5, 9), [replica1]: counter(2, 7, 7) })
    expect(fired(judge(splitBrain, split, { past }))).toMatchObject({ severity: 'warning' })
    expect(fired(judge(splitBrain, split))).toMatchObject({ severity: 'warning' })
  })

  it('does not take the change that a full sync counts for a client write', () => {
    const synced = [
      { at: ago(10), runId: runId(2), role: 'master' as const, changesSinceSave: 0, syncFull: 0 },
      { at: ago(5), runId: runId(2), role: 'master' as const, changesSinceSave: 1, syncFull: 1 },
    ]
    const past = pastOf({ [master]: counter(1, 5, 9), [replica1]: synced })
    expect(fired(judge(splitBrain, split, { past }))).toMatchObject({ severity: 'warning' })
  })

  it('knows from a Sentinel since when the other one has been reporting to be a master', () => {
    const told = withSentinelReplica(split, replica1, { roleReported: 'master', roleReportedMs: 40_000 })
    expect(fired(judge(splitBrain, told)).knownSince).toBe(ago(40))
  })

  it('is critical when Sentinels name different masters', () => {
    const group = healthyGroup()
    const views = group.views.map((view, i) => (i === 2 ? { ...view, master: replica1 } : view))
    const verdict = fired(judge(splitBrain, { ...group, views, agreed: false }))
    expect(verdict).toMatchObject({ severity: 'critical', holdForMs: 15_000 })
    expect(verdict.title).toContain(`${replica1} (${HEALTHY.sentinels[2]})`)
  })

  it('does not listen to a Sentinel that does not answer, nor to a second master that does not', () => {
    const group = healthyGroup()
    const views = group.views.map((view, i) => (i === 2 ? { ...view, master: replica1, isReachable: false } : view))
    expect(judge(splitBrain, { ...group, views })).toEqual([])
    expect(judge(splitBrain, withNode(split, replica1, unreachable))).toEqual([])
  })
})

describe('an empty master', () => {
  const restarted = withNode(
    withNodeInfo(healthyGroup(), master, {
      ...keys(0),
      server: { runId: runId(99), uptimeSeconds: 12 },
      replication: { replid: REPLID_B },
    }),
    master,
    (node) => ({ ...node, runId: runId(99) }),
  )
  const past = pastOf({ [master]: [{ at: ago(30), runId: runId(1), role: 'master', keys: 100_000 }] })

  it('is found by its new run id and its collapsed keys, with the rescue in the right order', () => {
    const verdict = fired(judge(emptyMaster, restarted, { past }))
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'node', id: master }, knownSince: ago(12) })
    expect(verdict.title).toContain(`${replica1} still holds 100000 keys`)
    expect(verdict.remedy.slice(0, 4)).toEqual([
      'redis-cli -h 10.0.0.1 -p 26379 SENTINEL REMOVE mymaster',
      'redis-cli -h 10.0.0.2 -p 26379 SENTINEL REMOVE mymaster',
      'redis-cli -h 10.0.0.3 -p 26379 SENTINEL REMOVE mymaster',
      `redis-cli -h 10.0.0.6 -p 6379 REPLICAOF NO ONE   # ${replica1} holds 100000 keys`,
    ])
    expect(evidenceOf(verdict)).toMatchObject({ [`${master} run_id`]: runId(99) })
  })

  it('sends nobody to rescue a replica that was emptied and has taken new writes since', () => {
    const servers = [master, replica1, replica2, HEALTHY.chained]
    const full = { at: ago(30), runId: runId(1), role: undefined, keys: 100_000 }
    const written = servers.reduce((group, id) => withNodeInfo(group, id, keys(27)), restarted)
    const seen = pastOf(Object.fromEntries(servers.map((id) => [id, [full]])))
    const verdict = fired(judge(emptyMaster, written, { past: seen }))
    expect(verdict.title).toContain('no replica that answers holds the data any more')
    expect(verdict.remedy.join()).not.toContain('REPLICAOF NO ONE')
  })

  it('is found without a past by a younger process of another history', () => {
    expect(fired(judge(emptyMaster, restarted)).severity).toBe('critical')
  })

  it('keeps the rules about strangers from advising a resync of those that hold its data', () => {
    const cutOff = (group: GroupSnapshot) =>
      withNodeInfo(group, replica1, { replication: { masterLink: 'down', linkDownSeconds: 12 } })
    for (const rule of [divergedHistory, foreignHistoryCandidate]) {
      expect(judge(rule, cutOff(restarted), { past })).toEqual([])
      expect(judge(rule, cutOff(withNodeInfo(restarted, master, keys(99_000))), { past })).not.toEqual([])
    }
  })

  it.each<[string, GroupSnapshot]>([
    ['kept its data', withNodeInfo(restarted, master, keys(99_000))],
    ['is loading', withNodeInfo(restarted, master, { persistence: { loading: true } })],
    ['did not tell its keys', withNodeInfo(restarted, master, { keyspace: undefined })],
    [
      'has replicas that never held anything',
      [replica1, replica2, HEALTHY.chained].reduce((g, id) => withNodeInfo(g, id, keys(0)), restarted),
    ],
  ])('is not found when the restarted master %s', (_, group) => {
    expect(judge(emptyMaster, group, { past })).toEqual([])
  })

  it('is not found when keys went away without a restart', () => {
    const same = withNodeInfo(healthyGroup(), master, keys(0))
    expect(judge(emptyMaster, same, { past })).toEqual([])
  })

  describe('whose replicas synchronise', () => {
    const syncing = withLink(
      withNodeInfo(restarted, replica1, { replication: { masterLink: 'down', syncInProgress: true } }),
      replica1,
      { state: 'full-sync' },
    )

    it('propagates its emptiness: the data goes when the load starts', () => {
      const verdict = fired(judge(emptinessPropagating, syncing, { past }))
      expect(verdict).toMatchObject({ severity: 'critical' })
      expect(verdict.title).toContain(`${replica1} synchronises from it`)
      expect(verdict.remedy.join('\n')).toContain('REPLICAOF NO ONE')
    })

    it('names only copies that have not begun to load', () => {
      const loading = withLink(
        withNodeInfo(syncing, replica1, { ...keys(0), persistence: { loading: true } }),
        replica1,
        { state: 'loading' },
      )
      const held = pastOf({ [replica1]: [{ at: ago(20), runId: runId(2), keys: 100_000 }] })
      const verdict = fired(judge(emptinessPropagating, loading, { past: held }))
      expect(verdict.remedy.join('\n')).toContain('-h 10.0.0.7 -p 6379 REPLICAOF NO ONE')
      expect(verdict.remedy.join('\n')).not.toContain('-h 10.0.0.6 -p 6379 REPLICAOF NO ONE')
    })

    it('is quiet for the first sync of a new replica, and for one from a full master', () => {
      expect(judge(emptinessPropagating, withNodeInfo(syncing, replica1, keys(0)))).toEqual([])
      expect(judge(emptinessPropagating, withNodeInfo(syncing, master, keys(100_000)))).toEqual([])
    })
  })
})

describe('dataset-flushed', () => {
  const calls = (flushall: number): ReadonlyMap<string, CommandStats> =>
    new Map([['flushall', { calls: flushall, usec: 1 }]])
  const flushed = withNodeInfo(healthyGroup(), master, { ...keys(0), commands: calls(1) })
  const before = { at: ago(25), runId: runId(1), replid: REPLID_A, keys: 100_000, flushCalls: 0 }
  const past = pastOf({ [master]: [before] })

  it('fires with what can still be recovered, the AOF first', () => {
    const verdict = fired(judge(datasetFlushed, flushed, { past }))
    expect(verdict).toMatchObject({ severity: 'critical', knownSince: ago(25) })
    expect(verdict.remedy[0]).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET auto-aof-rewrite-percentage 0')
    expect(words(verdict)).toContain('SHUTDOWN NOSAVE')
  })

  it('puts a replica that was away first', () => {
    const away = withLink(withNodeInfo(flushed, replica2, { replication: { masterLink: 'down' } }), replica2, {
      state: 'down',
    })
    expect(fired(judge(datasetFlushed, away, { past })).remedy[0]).toContain('-h 10.0.0.7 -p 6379 REPLICAOF NO ONE')
  })

  it.each<[string, Partial<typeof before>]>([
    ['nobody called a flush', { flushCalls: 1 }],
    ['the process is another one', { runId: runId(77) }],
    ['the history is another one', { replid: REPLID_B }],
    ['there were hardly any keys before', { keys: 0 }],
  ])('does not fire when %s', (_, partial) => {
    expect(judge(datasetFlushed, flushed, { past: pastOf({ [master]: [{ ...before, ...partial }] }) })).toEqual([])
  })

  it('fires when the call was known before the keys were counted again', () => {
    const both = pastOf({
      [master]: [
        { ...before, at: ago(30) },
        { ...before, flushCalls: 1 },
      ],
    })
    expect(fired(judge(datasetFlushed, flushed, { past: both })).knownSince).toBe(ago(25))
  })

  it('cannot be judged without commandstats, unless expiry explains it', () => {
    const hidden = withNodeInfo(flushed, master, { commands: undefined })
    expect(judge(datasetFlushed, hidden, { past })).toMatchObject([{ kind: 'not-judged' }])
    const expired = withNodeInfo(hidden, master, { stats: { expiredKeys: 99_500 } })
    expect(judge(datasetFlushed, expired, { past })).toEqual([])
  })
})

describe('master-persistence-off', () => {
  const off = withNodeInfo(withNodeConfig(healthyGroup(), master, { save: '', appendonly: 'no' }), master, {
    persistence: { aofEnabled: false },
  })

  it('is critical where something starts it again by itself', () => {
    const verdict = fired(judge(masterPersistenceOff, off))
    expect(verdict.severity).toBe('critical')
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET save "3600 1 300 100 60 10000"')
    const container = withNodeInfo(off, master, { server: { supervised: 'no', processId: 1 } })
    expect(fired(judge(masterPersistenceOff, container)).severity).toBe('critical')
  })

  it('is a warning otherwise', () => {
    expect(
      fired(judge(masterPersistenceOff, withNodeInfo(off, master, { server: { supervised: 'no' } }))).severity,
    ).toBe('warning')
  })

  it('is quiet with save points or an AOF, and cannot be judged without CONFIG only where it matters', () => {
    expect(judge(masterPersistenceOff, withNodeConfig(off, master, { save: '900 1' }))).toEqual([])
    expect(judge(masterPersistenceOff, withNodeInfo(off, master, { persistence: { aofEnabled: true } }))).toEqual([])
    const denied = (group: GroupSnapshot) =>
      withNode(group, master, (node) => ({ ...node, config: undefined, notPermitted: ['CONFIG GET'] }))
    expect(judge(masterPersistenceOff, denied(off))).toMatchObject([
      { kind: 'not-judged', reason: `CONFIG GET not permitted on ${master}` },
    ])
    expect(judge(masterPersistenceOff, denied(healthyGroup()))).toEqual([])
  })
})

describe('no-replica', () => {
  const lonely = withNodeInfo(healthyGroup(), master, { replication: { connectedReplicas: 0, replicas: [] } })

  it('fires after 30 s when replicas are known and none is attached', () => {
    const verdict = fired(judge(noReplica, lonely))
    expect(verdict).toMatchObject({ severity: 'critical', holdForMs: 30_000 })
    expect(verdict.remedy.join('\n')).toContain('redis-cli -h 10.0.0.6 -p 6379 REPLICAOF 10.0.0.5 6379')
    expect(evidenceOf(verdict)).toMatchObject({ [`${master} connected_slaves`]: 0 })
  })

  it('fires when only Sentinel still lists replicas', () => {
    expect(fired(judge(noReplica, { ...lonely, replicas: [], links: [] })).title).toContain('2 known to Sentinel')
  })

  it('does not take a backup client for a replica', () => {
    const backup = { host: '10.0.0.9', port: 0, state: 'online', ackOffset: 0, lagSeconds: 0, type: undefined }
    const group = withNodeInfo(lonely, master, { replication: { connectedReplicas: 1, replicas: [backup] } })
    expect(fired(judge(noReplica, group)).severity).toBe('critical')
  })

  it('is quiet with one attached, with none known, and without the field', () => {
    expect(judge(noReplica, withNodeInfo(lonely, master, { replication: { connectedReplicas: 1 } }))).toEqual([])
    expect(judge(noReplica, { ...withoutSentinels(lonely), replicas: [], links: [] })).toEqual([])
    expect(judge(noReplica, withNodeInfo(lonely, master, { replication: { connectedReplicas: undefined } }))).toEqual(
      [],
    )
  })
})
