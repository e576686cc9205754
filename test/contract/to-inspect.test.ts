import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aclHint } from '../../src-main/contract/acl-hint.ts'
import type { InspectNode } from '../../src-main/contract/inspect.ts'
import { groupSlice, inspectReport } from '../../src-main/contract/inspect.ts'
import type { GroupLike } from '../../src-main/contract/to-inspect.ts'
import { toGroupSlice, toInspectReport } from '../../src-main/contract/to-inspect.ts'
import type { GroupSnapshot, NodeSnapshot } from '../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  groupSnapshot,
  HEALTHY,
  healthyGroup,
  infoReply,
  linkSnapshot,
  nodeSnapshot,
  sentinelMaster,
  sentinelReplica,
  sentinelView,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
} from '../support/facts.ts'

const groupState = (snapshot: GroupSnapshot, rest: Partial<GroupLike> = {}): GroupLike => ({
  revision: 7,
  snapshot,
  exposure: undefined,
  electable: [HEALTHY.replica1, HEALTHY.replica2],
  findings: [],
  notJudged: [],
  ...rest,
})

const nodeOf = (snapshot: GroupSnapshot, id: string): InspectNode => {
  const node = toGroupSlice(groupState(snapshot)).nodes.find((one) => one.id === id)
  if (node === undefined) throw new Error(`no ${id}`)
  return node
}

const oneNode = (node: NodeSnapshot): InspectNode => nodeOf(groupSnapshot({ nodes: [node] }), node.id)

describe('a group slice', () => {
  it('of a healthy group satisfies the schema and loses nothing', () => {
    const slice = toGroupSlice(groupState(healthyGroup()))
    expect(groupSlice.parse(slice)).toEqual(slice)
    expect(slice.revision).toBe(7)
    expect(slice.takenAt).toBe(new Date(FIXTURE_AT).toISOString())
    expect(slice.nodes).toHaveLength(7)
    expect(slice.links).toHaveLength(3)
  })

  it('shows a replica by its applied offset and a master by its own', () => {
    const snapshot = withNodeInfo(healthyGroup(), HEALTHY.replica1, { replication: { offset: 1, readOffset: 3 } })
    expect(nodeOf(snapshot, HEALTHY.master).replication?.offset).toBe(HEALTHY.offset)
    expect(nodeOf(snapshot, HEALTHY.replica1).replication?.offset).toBe(HEALTHY.offset - 20)
  })

  it('takes settings from CONFIG, and null where CONFIG is not known', () => {
    const known = nodeOf(healthyGroup(), HEALTHY.master)
    expect(known.persistence?.rdb.enabled).toBe(true)
    expect(known.persistence?.aof.fsync).toBe('everysec')
    expect(known.replication?.minReplicasToWrite).toBe(1)
    expect(known.replication?.minReplicasMaxLagSeconds).toBe(10)
    const unknown = nodeOf(
      withNode(healthyGroup(), HEALTHY.master, (node) => ({ ...node, config: undefined })),
      HEALTHY.master,
    )
    expect(unknown.persistence?.rdb.enabled).toBeNull()
    expect(unknown.persistence?.aof.fsync).toBeNull()
    expect(unknown.replication?.minReplicasToWrite).toBeNull()
  })

  it('says that snapshots are off for `save ""`, and reads the old name of min-replicas', () => {
    const snapshot = withNodeConfig(healthyGroup(), HEALTHY.master, {
      save: '',
      'min-replicas-to-write': undefined,
      'min-slaves-to-write': '2',
    })
    expect(nodeOf(snapshot, HEALTHY.master).persistence?.rdb.enabled).toBe(false)
    expect(nodeOf(snapshot, HEALTHY.master).replication?.minReplicasToWrite).toBe(2)
  })

  it('sums keys over databases, says 0 for an empty keyspace and null for one that was not sent', () => {
    const keys = (keyspace: NonNullable<NodeSnapshot['info']>['keyspace']) =>
      oneNode(nodeSnapshot({ id: 'a:1', info: infoReply({ keyspace }) })).keys
    const entry = (db: number, count: number | undefined) => ({ db, keys: count, expires: 0 })
    expect(keys([entry(0, 3), entry(5, 4)])).toBe(7)
    expect(keys([])).toBe(0)
    expect(keys(undefined)).toBeNull()
    expect(keys([entry(0, 3), entry(1, undefined)])).toBeNull()
  })

  it('makes a section that was not sent null as a whole', () => {
    const node = oneNode(nodeSnapshot({ id: 'a:1', info: infoReply() }))
    expect(node).toMatchObject({ replication: null, persistence: null, memory: null, keys: null })
  })

  it('gives a Sentinel no replication, persistence, memory or keys', () => {
    const node = nodeOf(healthyGroup(), HEALTHY.sentinels[0])
    expect(node).toMatchObject({ kind: 'sentinel', replication: null, persistence: null, memory: null, keys: null })
    expect(node.version).toBe('8.6.6')
  })

  it('tells an offset beyond 2^53 - 1 in the error of its node', () => {
    const snapshot = withNodeInfo(healthyGroup(), HEALTHY.master, {
      replication: { offset: undefined },
      unreadable: [{ field: 'master_repl_offset', raw: '9223372036854775807', problem: 'beyond-2^53' }],
    })
    const node = nodeOf(snapshot, HEALTHY.master)
    expect(node.replication?.offset).toBeNull()
    expect(node.error?.code).toBe('unreadable-reply')
    expect(node.error?.message).toContain('master_repl_offset 9223372036854775807 is beyond 2^53 - 1')
  })

  it('keeps the last known facts beside the present trouble', () => {
    const snapshot = withNode(healthyGroup(), HEALTHY.replica2, (node) => ({
      ...node,
      reachability: 'hung',
      failure: { kind: 'unreachable', at: node.id, cause: 'timeout', stage: 'command', detail: '' },
    }))
    const node = nodeOf(snapshot, HEALTHY.replica2)
    expect(node.error?.code).toBe('unreachable.timeout')
    expect(node.replication?.offset).toBe(HEALTHY.offset - 40)
  })

  it('has no link-down time while the link is up', () => {
    const up = withNodeInfo(healthyGroup(), HEALTHY.replica1, { replication: { linkDownSeconds: 9 } })
    expect(nodeOf(up, HEALTHY.replica1).replication?.linkDownSeconds).toBeNull()
    const down = withNodeInfo(up, HEALTHY.replica1, { replication: { masterLink: 'down' } })
    expect(nodeOf(down, HEALTHY.replica1).replication?.linkDownSeconds).toBe(9)
  })

  it('has an acknowledgement age only for a link that is online', () => {
    const age = (snapshot: GroupSnapshot) =>
      toGroupSlice(groupState(snapshot)).links.find((link) => link.replica === HEALTHY.replica2)?.ackAgeSeconds
    expect(age(healthyGroup())).toBe(1)
    expect(age(withLink(healthyGroup(), HEALTHY.replica2, { state: 'full-sync', ackAgeSeconds: 0 }))).toBeNull()
  })

  it('keeps unbounded coverage apart from unknown coverage', () => {
    const coverage = (seconds: number | undefined, isUnbounded: boolean) =>
      toGroupSlice(
        groupState(withLink(healthyGroup(), HEALTHY.replica1, { coverage: { bytes: 5, seconds, isUnbounded } })),
      ).links[0]?.coverage
    expect(coverage(undefined, true)).toEqual({ bytes: 5, seconds: null, unbounded: true })
    expect(coverage(undefined, false)).toEqual({ bytes: 5, seconds: null, unbounded: false })
    expect(coverage(0, false)).toEqual({ bytes: 5, seconds: 0, unbounded: false })
  })

  it("lists whom a Sentinel holds for down with that Sentinel's flags", () => {
    const snapshot = groupSnapshot({
      nodes: [
        nodeSnapshot({
          id: 's:1',
          kind: 'sentinel',
          role: 'sentinel',
          sentinel: { myId: 'x', tilt: true, groups: [] },
        }),
      ],
      views: [
        sentinelView({
          sentinel: 's:1',
          facts: sentinelMaster({ flags: new Set(['master', 's_down']) }),
          replicas: [
            sentinelReplica({ node: 'r:1', flags: new Set(['slave', 's_down', 'disconnected']) }),
            sentinelReplica({ node: 'r:2' }),
          ],
          peers: undefined,
        }),
        sentinelView({ sentinel: 's:2', isReachable: false, at: undefined, facts: undefined, replicas: undefined }),
      ],
    })
    const [first, second] = toGroupSlice(groupState(snapshot)).group.sentinelViews
    expect(first).toMatchObject({
      flags: ['master', 's_down'],
      replicas: ['r:1', 'r:2'],
      peers: null,
      ill: [{ id: 'r:1', flags: ['slave', 's_down', 'disconnected'] }],
      tilt: true,
    })
    expect(second).toMatchObject({
      reachable: false,
      at: null,
      configEpoch: null,
      flags: [],
      replicas: null,
      tilt: null,
    })
  })

  it('turns exposure, findings and unjudged rules into JSON', () => {
    const slice = toGroupSlice(
      groupState(healthyGroup(), {
        exposure: {
          masterCrash: { lossBytes: { low: 0, high: 9 }, lossSeconds: 0.1, promotes: undefined, reason: 'undecided' },
          partition: {
            acceptedForSeconds: undefined,
            isUnbounded: true,
            boundedBy: undefined,
            reason: 'no min-replicas',
          },
          masterRestartsEmpty: { wipes: undefined, reason: 'CONFIG not permitted' },
          powerLoss: [{ node: 'a:1', lossSeconds: undefined, lossChanges: 3, isUnbounded: false, reason: 'RDB only' }],
        },
        findings: [
          {
            code: 'no-replica',
            severity: 'critical',
            subject: { kind: 'group', id: 'mymaster' },
            title: 'x',
            evidence: [{ node: 'a:1', field: 'f', value: undefined, at: undefined }],
            why: 'y',
            remedy: ['z'],
            since: FIXTURE_AT,
            held: false,
          },
        ],
        notJudged: [{ code: 'q', subject: { kind: 'node', id: 'a:1' }, reason: 'CONFIG not permitted' }],
      }),
    )
    expect(groupSlice.parse(slice)).toEqual(slice)
    expect(slice.group.exposure?.partition).toEqual({
      acceptedForSeconds: null,
      acceptedForSecondsUnbounded: true,
      boundedBy: null,
      reason: 'no min-replicas',
    })
    expect(slice.findings[0]?.evidence).toEqual([{ node: 'a:1', field: 'f', value: null, at: null }])
  })
})

describe('the whole report', () => {
  it('lists a Sentinel of several groups once, by its newest sample', () => {
    const sentinel = (sampledAt: number) =>
      nodeSnapshot({ id: 's:1', kind: 'sentinel', role: 'sentinel', sampledAt, rttMs: sampledAt - FIXTURE_AT })
    const states = [
      groupState(groupSnapshot({ name: 'a', nodes: [sentinel(FIXTURE_AT + 1)] })),
      groupState(groupSnapshot({ name: 'b', nodes: [sentinel(FIXTURE_AT + 5)] })),
      groupState(groupSnapshot({ name: 'c', nodes: [sentinel(FIXTURE_AT + 2)] })),
    ]
    const report = toInspectReport(states, FIXTURE_AT, 12)
    expect(inspectReport.parse(report)).toEqual(report)
    expect(report.groups.map((group) => group.name)).toEqual(['a', 'b', 'c'])
    expect(report.nodes).toHaveLength(1)
    expect(report.nodes[0]?.rttMs).toBe(5)
  })

  it('tells a finding about a shared node once', () => {
    const finding = {
      code: 'sentinel-tilt',
      severity: 'warning',
      subject: { kind: 'node', id: 's:1' },
      title: '',
      evidence: [],
      why: '',
      remedy: [],
      since: FIXTURE_AT,
      held: true,
    } as const
    const states = ['a', 'b'].map((name) => groupState(groupSnapshot({ name }), { findings: [finding] }))
    expect(toInspectReport(states, FIXTURE_AT, 0).findings).toHaveLength(1)
  })

  it('is empty but whole without groups', () => {
    expect(inspectReport.parse(toInspectReport([], FIXTURE_AT, 3.5))).toMatchObject({
      groups: [],
      nodes: [],
      tookMs: 3.5,
    })
  })

  it('survives JSON unchanged and satisfies the schema whatever numbers and texts the servers sent', () => {
    const number = fc.option(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 2 ** 53, -1, 1e300)), {
      nil: undefined,
    })
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined })
    fc.assert(
      fc.property(number, number, number, text, fc.boolean(), (a, b, c, words, flag) => {
        const info = infoReply({
          server: { version: words, uptimeSeconds: a },
          clients: { connected: b },
          memory: { usedBytes: a, maxBytes: b },
          persistence: { lastSaveAt: c, changesSinceSave: a, loadingPercent: b, loadingEtaSeconds: c, loading: flag },
          stats: { latestForkUsec: c, evictedKeys: a },
          replication: { role: flag ? 'replica' : 'master', offset: a, appliedOffset: b, priority: c, masterPort: a },
          keyspace: [{ db: 0, keys: a, expires: b }],
        })
        const rate = { bytesPerSecond: a ?? 0, peakBytesPerSecond: b ?? 0 }
        const config = new Map([
          ['save', words ?? ''],
          ['min-replicas-to-write', words ?? '1'],
        ])
        const snapshot = groupSnapshot({
          takenAt: a ?? 0,
          quorum: b,
          nodes: [nodeSnapshot({ id: 'a:1', info, config, rttMs: a, sampledAt: b, lastSeenAt: c, writeRate: rate })],
          links: [
            linkSnapshot({
              replica: 'a:1',
              state: 'online',
              byteLag: { low: a ?? 0, high: b ?? 0 },
              ackOffset: a,
              ackAgeSeconds: b,
              coverage: { bytes: a ?? 0, seconds: b, isUnbounded: flag },
              staleSeconds: c,
              sync: { stage: 'load', readBytes: a, totalBytes: b, bytesPerSecond: c, etaSeconds: a, doneRatio: b },
            }),
          ],
          views: [sentinelView({ sentinel: 's:1', at: a, facts: sentinelMaster({ configEpoch: b, quorum: c }) })],
        })
        const report = toInspectReport([groupState(snapshot)], c ?? 0, a ?? 0)
        expect(inspectReport.parse(report)).toEqual(report)
        expect(JSON.parse(JSON.stringify(report))).toEqual(report)
      }),
    )
  })
})

describe('the ACL hint', () => {
  it('names the subcommand of a container and the command alone otherwise', () => {
    expect(aclHint(['CLIENT LIST', 'CONFIG GET', 'ROLE'], 'server', '7.0.15')).toBe(
      'ACL SETUSER <user> +client|list +config|get +role',
    )
    expect(aclHint(['SENTINEL MASTERS'], 'sentinel', '7.0.15')).toBe('ACL SETUSER <user> +sentinel|masters')
  })

  it('never allows a whole container', () => {
    expect(aclHint(['CONFIG', 'CLIENT'], 'server', undefined)).toBe('ACL SETUSER <user> +config|get +client|list')
  })

  it('allows the channels that a subscription needs', () => {
    expect(aclHint(['SUBSCRIBE'], 'server', '7.2.0')).toBe('ACL SETUSER <user> +subscribe &__sentinel__:hello')
    expect(aclHint(['PSUBSCRIBE'], 'sentinel', '7.2.0')).toBe('ACL SETUSER <user> +psubscribe allchannels')
  })

  it('is absent when nothing is missing, before ACL existed, and for a command that is not a word', () => {
    expect(aclHint([], 'server', '7.0.15')).toBeNull()
    expect(aclHint(['CONFIG GET'], 'server', '5.0.14')).toBeNull()
    expect(aclHint(['INFO'], 'sentinel', '6.0.9')).toBeNull()
    expect(aclHint(['\u001b[31m'], 'server', '7.0.0')).toBeNull()
  })
})
