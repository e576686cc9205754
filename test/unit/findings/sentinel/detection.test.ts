import { describe, expect, it } from 'vitest'
import { addressKindMixed } from '../../../../src-main/domain/findings/rules/sentinel/address-kind-mixed.ts'
import { authAsymmetric } from '../../../../src-main/domain/findings/rules/sentinel/auth-asymmetric.ts'
import { authMissingForFailover } from '../../../../src-main/domain/findings/rules/sentinel/auth-missing-for-failover.ts'
import { downAfterOdd } from '../../../../src-main/domain/findings/rules/sentinel/down-after-odd.ts'
import { failoverInProgress } from '../../../../src-main/domain/findings/rules/sentinel/failover-in-progress.ts'
import { parallelSyncsHigh } from '../../../../src-main/domain/findings/rules/sentinel/parallel-syncs-high.ts'
import { recentFailover } from '../../../../src-main/domain/findings/rules/sentinel/recent-failover.ts'
import { sentinelBlindToMaster } from '../../../../src-main/domain/findings/rules/sentinel/sentinel-blind-to-master.ts'
import { unreachableAnnouncedAddress } from '../../../../src-main/domain/findings/rules/sentinel/unreachable-announced-address.ts'
import type { GroupEvent, GroupSnapshot } from '../../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  runId,
  withNode,
  withNodeInfo,
  withSentinelMaster,
  withSentinelReplica,
} from '../../../support/facts.ts'
import { pastSample } from '../../../support/past.ts'
import { fired, judge, withViews } from './judging.ts'

const { master, replica1, replica2 } = HEALTHY
const [S1] = HEALTHY.sentinels

describe('sentinel-blind-to-master', () => {
  const blind = withSentinelMaster(healthyGroup(), { lastPingReplyMs: 300, lastOkPingReplyMs: 4300 })

  it('says nothing while answers are accepted, or all of them are old', () => {
    expect(judge(sentinelBlindToMaster, healthyGroup())).toEqual([])
    const gone = withSentinelMaster(healthyGroup(), { lastPingReplyMs: 9000, lastOkPingReplyMs: 9000 })
    expect(judge(sentinelBlindToMaster, gone)).toEqual([])
    const edge = withSentinelMaster(healthyGroup(), { lastPingReplyMs: 300, lastOkPingReplyMs: 2300 })
    expect(judge(sentinelBlindToMaster, edge)).toEqual([])
  })

  it('shows the pair of ages and since when', () => {
    const verdict = fired(sentinelBlindToMaster, blind)
    expect(verdict).toMatchObject({ severity: 'critical', knownSince: FIXTURE_AT - 4300 })
    expect(verdict.title).toContain(master)
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: S1, field: 'last-ok-ping-reply', value: 4300 }),
    )
  })

  it('tells MISCONF by the failed save', () => {
    const group = withNodeInfo(blind, master, { persistence: { lastBgsaveStatus: 'err' } })
    const verdict = fired(sentinelBlindToMaster, group)
    expect(verdict.title).toContain('MISCONF')
    expect(verdict.remedy.join()).toContain('redis-cli -h 10.0.0.5 -p 6379 BGSAVE')
  })
})

describe('down-after-odd', () => {
  const after = (downAfterMs: number | undefined) => withSentinelMaster(healthyGroup(), { downAfterMs })

  it.each([
    [999, true],
    [1000, false],
    [60_000, false],
    [60_001, true],
    [undefined, false],
  ])('%s ms: odd %s', (ms, isOdd) => {
    expect(judge(downAfterOdd, after(ms)).length).toBe(isOdd ? 1 : 0)
  })

  it('compares with the longest fork that was seen', () => {
    const slow = withNodeInfo(healthyGroup(), replica1, { stats: { latestForkUsec: 5_100_000 } })
    const verdict = fired(downAfterOdd, slow)
    expect(verdict.severity).toBe('warning')
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: replica1, field: 'latest_fork_usec', value: 5_100_000 }),
    )
    expect(verdict.remedy).toContain(
      'redis-cli -h 10.0.0.1 -p 26379 SENTINEL SET mymaster down-after-milliseconds 11000',
    )
  })
})

describe('parallel-syncs-high', () => {
  it.each([
    [1, false],
    [2, true],
    [3, true],
    [undefined, false],
  ])('%s with two replicas: high %s', (parallelSyncs, isHigh) => {
    const group = withSentinelMaster(healthyGroup(), { parallelSyncs })
    expect(judge(parallelSyncsHigh, group).length).toBe(isHigh ? 1 : 0)
  })

  it('sets it to 1 on every Sentinel', () => {
    const verdict = fired(parallelSyncsHigh, withSentinelMaster(healthyGroup(), { parallelSyncs: 2 }))
    expect(verdict.severity).toBe('warning')
    expect(verdict.remedy).toContain('redis-cli -h 10.0.0.1 -p 26379 SENTINEL SET mymaster parallel-syncs 1')
  })

  it('says nothing where one replica at most remains', () => {
    const group = withSentinelMaster(healthyGroup(), { parallelSyncs: 2 })
    expect(judge(parallelSyncsHigh, { ...group, links: group.links.slice(0, 1) })).toEqual([])
  })
})

describe('unreachable-announced-address', () => {
  const away = (id: string, lastSeenAt: number | undefined): GroupSnapshot =>
    withNode(healthyGroup(), id, (node) => ({
      ...node,
      reachability: 'unreachable',
      failure: { kind: 'unreachable', at: id, cause: 'timeout', stage: 'connect', detail: '' },
      lastSeenAt,
    }))

  it('says nothing of nodes that answer', () => {
    expect(judge(unreachableAnnouncedAddress, healthyGroup())).toEqual([])
  })

  it.each([replica2, master, HEALTHY.sentinels[2]])('names %s and the Sentinel that reaches it', (id) => {
    const verdict = fired(unreachableAnnouncedAddress, away(id, undefined))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'node', id } })
    expect(verdict.title).toContain(`${id} is unreachable from here`)
    expect(verdict.title).not.toContain('down')
    expect(verdict.remedy[0]).toContain(`--nat ${id}=`)
    expect(verdict.holdForMs).toBeUndefined()
  })

  it.each(['tls', 'closed'] as const)('blames no address for a connection that was taken and failed (%s)', (cause) => {
    const group = withNode(away(replica2, undefined), replica2, (node) => ({
      ...node,
      failure: { kind: 'unreachable', at: replica2, cause, stage: 'connect', detail: '' },
    }))
    expect(judge(unreachableAnnouncedAddress, group)).toEqual([])
  })

  it('gives the Sentinels time to notice that a node died', () => {
    expect(fired(unreachableAnnouncedAddress, away(replica2, FIXTURE_AT - 1000)).holdForMs).toBe(30_000)
  })

  it('says nothing of a node that Sentinel does not reach either', () => {
    const group = withSentinelReplica(away(replica2, undefined), replica2, {
      flags: new Set(['slave', 's_down', 'disconnected']),
    })
    expect(judge(unreachableAnnouncedAddress, group)).toEqual([])
    const silent = withSentinelReplica(away(replica2, undefined), replica2, { lastOkPingReplyMs: 4000 })
    expect(judge(unreachableAnnouncedAddress, silent)).toEqual([])
  })
})

describe('auth-asymmetric', () => {
  const errors = (group: GroupSnapshot, counts: Readonly<Record<string, number>>): GroupSnapshot =>
    withNodeInfo(group, master, { errors: new Map(Object.entries(counts)), sections: ['errorstats'] })
  const shutOut = (state: string): GroupSnapshot =>
    withNode(
      withNodeInfo(healthyGroup(), replica1, { replication: { masterLink: 'down', neverConnected: true } }),
      replica1,
      (node) => ({ ...node, roleReply: { role: 'replica', master: undefined, state, offset: undefined } }),
    )
  const samples = new Map([
    [master, [pastSample({ at: FIXTURE_AT - 5000, runId: runId(1), authErrors: 3, plainErrors: 7 })]],
  ])

  it('says nothing of links that are up, whatever clients get wrong', () => {
    expect(judge(authAsymmetric, errors(healthyGroup(), { NOAUTH: 99, ERR: 99 }), { samples })).toEqual([])
  })

  it('tells a missing or wrong password by NOAUTH and WRONGPASS', () => {
    const verdict = fired(authAsymmetric, errors(shutOut('handshake'), { NOAUTH: 40, WRONGPASS: 3, ERR: 7 }), {
      samples,
    })
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'link', id: replica1 } })
    expect(verdict.title).toContain(`${replica1} is not let in by ${master}`)
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: master, field: 'errorstat_NOAUTH', value: 40 }),
    )
    expect(verdict.remedy[0]).toContain(
      'redis-cli -h 10.0.0.6 -p 6379 -x CONFIG SET masterauth < password-file   # written with printf %s',
    )
  })

  it('tells a password that nobody asked for by ERR, where we are let in without one', () => {
    const group = errors(shutOut('connect'), { NOAUTH: 3, ERR: 9 })
    const as = (hasCredentials: boolean) =>
      withNode(group, master, (node) => ({
        ...node,
        access: { hasCredentials, user: 'default', defaultUserMay: undefined },
      }))
    expect(fired(authAsymmetric, as(false), { samples }).title).toContain('where none is set')
    expect(judge(authAsymmetric, as(true), { samples })).toEqual([])
    expect(judge(authAsymmetric, group, { samples })).toEqual([])
  })

  it('says nothing when the errors stand still, are not told, or have no sample before', () => {
    expect(judge(authAsymmetric, errors(shutOut('connect'), { NOAUTH: 3, ERR: 7 }), { samples })).toEqual([])
    expect(judge(authAsymmetric, shutOut('connect'), { samples })).toEqual([])
    expect(judge(authAsymmetric, errors(shutOut('connect'), { NOAUTH: 30 }))).toEqual([])
  })

  it('says nothing of a replica that syncs', () => {
    expect(judge(authAsymmetric, errors(shutOut('sync'), { NOAUTH: 40 }), { samples })).toEqual([])
  })
})

describe('auth-missing-for-failover', () => {
  const samples = new Map([[master, [pastSample({ at: FIXTURE_AT - 5000, runId: runId(1), authErrors: 3 })]]])
  const refused = (noauth: number): GroupSnapshot =>
    withNodeInfo(healthyGroup(), master, { errors: new Map([['NOAUTH', noauth]]), sections: ['errorstats'] })
  const locked = (group: GroupSnapshot) =>
    withSentinelMaster(group, { flags: new Set(['s_down', 'o_down', 'master', 'disconnected']) })

  it('says nothing where no password is in use', () => {
    expect(judge(authMissingForFailover, healthyGroup())).toEqual([])
    expect(judge(authMissingForFailover, locked(healthyGroup()))).toEqual([])
  })

  it('names the Sentinels that the master refuses', () => {
    const verdict = fired(authMissingForFailover, locked(refused(20)), { samples })
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'group', id: 'mymaster' } })
    expect(verdict.title).toContain(S1)
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: S1, value: 's_down,o_down,master,disconnected' }),
    )
    expect(verdict.remedy).toContain(
      'redis-cli -h 10.0.0.1 -p 26379 -x SENTINEL SET mymaster auth-pass < password-file   # written with printf %s: a newline at its end would belong to the password',
    )
  })

  it('cannot see whether a master with passwords has a masterauth', () => {
    const group = withNode(refused(3), master, (node) => ({
      ...node,
      access: { hasCredentials: true, user: 'default', defaultUserMay: undefined },
    }))
    expect(judge(authMissingForFailover, group, { samples })).toMatchObject([
      { kind: 'not-judged', subject: { kind: 'node', id: master } },
    ])
  })
})

describe('failover-in-progress', () => {
  it('says nothing of quiet groups', () => {
    expect(judge(failoverInProgress, healthyGroup())).toEqual([])
  })

  it('quotes the Sentinel that leads', () => {
    const group = withViews(
      healthyGroup(),
      (view) => ({
        facts: view.facts && {
          ...view.facts,
          flags: new Set(['master', 'failover_in_progress']),
          failoverState: 'wait_promotion',
        },
      }),
      S1,
    )
    const verdict = fired(failoverInProgress, group)
    expect(verdict.severity).toBe('info')
    expect(verdict.title).toContain(`${S1}: wait_promotion`)
  })

  it('sees the FAILOVER command', () => {
    const group = withNodeInfo(healthyGroup(), master, { replication: { failoverState: 'waiting-for-sync' } })
    expect(fired(failoverInProgress, group).title).toContain(`${master}: waiting-for-sync`)
  })
})

describe('recent-failover', () => {
  const event = (ageMs: number, what = '+switch-master', kind: GroupEvent['kind'] = 'sentinel'): GroupEvent => ({
    at: FIXTURE_AT - ageMs,
    kind,
    node: undefined,
    what,
    detail: 'mymaster 10.0.0.9 6379 10.0.0.5 6379',
  })

  it.each([
    [[], false],
    [[event(1000)], true],
    [[event(900_000)], true],
    [[event(900_001)], false],
    [[event(1000, '+sdown')], false],
    [[event(1000, 'replica -> master', 'role')], true],
    [[event(1000, 'master -> replica', 'role')], false],
  ])('with the events %j: %s', (events, isRecent) => {
    expect(judge(recentFailover, healthyGroup(), { events }).length).toBe(isRecent ? 1 : 0)
  })

  it('tells since when', () => {
    const verdict = fired(recentFailover, healthyGroup(), { events: [event(1000)] })
    expect(verdict).toMatchObject({ severity: 'info', knownSince: FIXTURE_AT - 1000 })
  })
})

describe('address-kind-mixed', () => {
  it('says nothing where all use addresses, or all use names', () => {
    expect(judge(addressKindMixed, healthyGroup())).toEqual([])
  })

  it('names who says what', () => {
    const group = withNodeInfo(healthyGroup(), replica1, { replication: { masterHost: 'redis-1.internal' } })
    const verdict = fired(addressKindMixed, group)
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'node', id: master } })
    expect(verdict.title).toContain('redis-1.internal')
    expect(verdict.evidence).toContainEqual(
      expect.objectContaining({ node: replica1, field: 'master_host', value: 'redis-1.internal' }),
    )
  })
})
