import { describe, expect, it } from 'vitest'
import { afterFailover } from '../../../src-main/domain/resync/after-failover.ts'
import { forecastResync, mayStayAway, verdictIfDropped } from '../../../src-main/domain/resync/forecast.ts'
import { toParty } from '../../../src-main/domain/resync/parties.ts'
import type { ResyncPlan } from '../../../src-main/domain/resync/verdict.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import {
  HEALTHY,
  healthyGroup,
  REPLID_B,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
} from '../../support/facts.ts'

const { master, replica1, replica2, chained } = HEALTHY

/** RDB only, on every node. */
function rdbOnly(): GroupSnapshot {
  let group = withNodeConfig(healthyGroup(), 'all', { appendonly: 'no' })
  for (const id of [master, replica1, replica2, chained])
    group = withNodeInfo(group, id, { persistence: { aofEnabled: false } })
  return group
}

function caseOf(group: GroupSnapshot, node: string, plan: ResyncPlan, options = {}) {
  return forecastResync(group, { winners: [replica1], ...options })
    .find((entry) => entry.node === node)
    ?.cases.find((one) => one.plan === plan)
}

describe('the resync forecast', () => {
  it('lists every replica with its upstream, then the master', () => {
    const forecast = forecastResync(healthyGroup(), { winners: [replica1] })
    expect(forecast.map((entry) => [entry.node, entry.upstream])).toEqual([
      [replica1, master],
      [replica2, master],
      [chained, replica1],
      [master, undefined],
    ])
    expect(forecast.map((entry) => entry.cases.map((one) => one.plan))).toEqual([
      ['reconnect', 'restart-clean', 'restart-crash'],
      ['reconnect', 'restart-clean', 'restart-crash', 'repoint'],
      ['reconnect', 'restart-clean', 'restart-crash', 'repoint'],
      ['restart-clean', 'restart-crash', 'demote', 'repoint'],
    ])
  })

  it('continues a dropped link, and makes a restart with AOF a full resync', () => {
    expect(caseOf(healthyGroup(), replica2, 'reconnect')).toMatchObject({ verdict: 'partial', sendBytes: 40 })
    expect(caseOf(healthyGroup(), replica2, 'restart-clean')?.verdict).toBe('full')
    expect(caseOf(rdbOnly(), replica2, 'restart-clean')?.verdict).toBe('partial')
    expect(caseOf(rdbOnly(), replica2, 'restart-crash')?.verdict).toBe('unknown')
  })

  it('judges nothing by what only a Sentinel passed on', () => {
    const cached = withNode(healthyGroup(), replica2, (node) => ({
      ...node,
      observedThrough: 'sentinel-cache',
      reachability: 'unreachable',
    }))
    for (const plan of ['reconnect', 'restart-clean', 'restart-crash', 'repoint'] as const)
      expect(caseOf(cached, replica2, plan), plan).toMatchObject({ verdict: 'unknown', sendBytes: undefined })
    expect(caseOf(cached, replica2, 'reconnect')?.reason).toContain('does not answer from here')
    const entry = forecastResync(cached, { winners: [replica1] }).find((one) => one.node === replica2)
    expect(entry?.mayStayAway).toEqual({ seconds: undefined, isUnbounded: false })
    // Nor of a master that was only told of: its replicas would ask it.
    const away = withNode(healthyGroup(), master, (node) => ({ ...node, observedThrough: 'sentinel-cache' }))
    expect(caseOf(away, replica2, 'reconnect')?.verdict).toBe('unknown')
    expect(caseOf(away, master, 'demote')?.verdict).toBe('unknown')
  })

  it('does not call it full for want of bytes that the socket of a process that hangs may hold', () => {
    const behind = withNodeInfo(healthyGroup(), master, {
      replication: { backlogFirstByteOffset: HEALTHY.offset - 10, backlogHistlenBytes: 11 },
    })
    expect(caseOf(behind, replica2, 'reconnect')).toMatchObject({ verdict: 'full' })
    const hangs = withNode(behind, replica2, (node) => ({ ...node, reachability: 'hung' }))
    expect(caseOf(hangs, replica2, 'reconnect')).toMatchObject({
      verdict: 'unknown',
      reason: `${replica2} does not answer from here, and its socket may hold what it lacks`,
    })
    // A process that is gone has no socket, and a restart with an append-only file is a full resync whatever hangs.
    const gone = withNode(behind, replica2, (node) => ({ ...node, reachability: 'unreachable' }))
    expect(caseOf(gone, replica2, 'reconnect')?.verdict).toBe('full')
    expect(caseOf(hangs, replica2, 'restart-clean')?.verdict).toBe('full')
    // It is the socket of the node that asks: what hangs on the other side holds nothing for it.
    const upstream = withNode(behind, master, (node) => ({ ...node, reachability: 'hung' }))
    expect(caseOf(upstream, replica2, 'reconnect')?.verdict).toBe('full')
  })

  it('says how long a replica may stay away', () => {
    const seconds = (HEALTHY.backlogBytes - 40) / HEALTHY.bytesPerSecond
    const entry = forecastResync(healthyGroup(), { winners: [] }).find((one) => one.node === replica2)
    expect(entry?.mayStayAway).toEqual({ seconds, isUnbounded: false })
  })

  it('does not take the pause between two hellos of Sentinels for no writes at all', () => {
    const paused = withNode(healthyGroup(), master, (node) => ({
      ...node,
      writeRate: { bytesPerSecond: 0, peakBytesPerSecond: 0 },
    }))
    const stay = (group: GroupSnapshot) =>
      forecastResync(group, { winners: [] }).find((one) => one.node === replica2)?.mayStayAway
    expect(stay(paused)).toEqual({ seconds: undefined, isUnbounded: false })
    expect(stay({ ...paused, sentinels: [], views: [] })).toEqual({ seconds: undefined, isUnbounded: true })
  })

  it('turns a partial into a full resync for an absence longer than that', () => {
    expect(caseOf(healthyGroup(), replica2, 'reconnect', { awaySeconds: 60 })).toMatchObject({
      verdict: 'partial',
      sendBytes: 60_040,
    })
    const long = caseOf(healthyGroup(), replica2, 'reconnect', { awaySeconds: 70_000 })
    expect(long).toMatchObject({ verdict: 'full', sendBytes: undefined })
    expect(long?.decidedBy).toContain('row 13')
  })

  it('does not promise anything for an absence when the rate is not measured', () => {
    const blind = withNode(healthyGroup(), master, (node) => ({ ...node, writeRate: undefined }))
    expect(caseOf(blind, replica2, 'reconnect', { awaySeconds: 60 })?.verdict).toBe('unknown')
    expect(caseOf(blind, replica2, 'reconnect')?.verdict).toBe('partial')
  })

  it('is unknown for a node that has not answered', () => {
    const silent = withNode(healthyGroup(), replica2, (node) => ({ ...node, info: undefined }))
    expect(caseOf(silent, replica2, 'reconnect')).toMatchObject({ verdict: 'unknown', decidedBy: 'row 1: R.INFO' })
    expect(caseOf(silent, replica2, 'repoint')?.verdict).toBe('unknown')
  })

  it('judges the master that restarts by what its replicas get', () => {
    expect(caseOf(healthyGroup(), master, 'restart-clean')?.decidedBy).toContain('AOF')
    expect(caseOf(rdbOnly(), master, 'restart-clean')?.verdict).toBe('partial')
    const cut = withNodeInfo(rdbOnly(), replica2, { replication: { masterLink: 'down' } })
    expect(caseOf(cut, master, 'restart-clean')?.verdict).toBe('full')
  })

  it('makes the return of a replaced master a full resync', () => {
    expect(caseOf(healthyGroup(), master, 'repoint')?.verdict).toBe('full')
  })

  it('makes a demoted master lose what its successor never had', () => {
    const behind = withNodeInfo(healthyGroup(), replica1, {
      replication: { offset: HEALTHY.offset - 5000, appliedOffset: HEALTHY.offset - 5000 },
    })
    expect(caseOf(behind, master, 'demote')).toMatchObject({ verdict: 'full', atRiskBytes: 5000 })
    const level = withNodeInfo(healthyGroup(), replica1, {
      replication: {
        offset: HEALTHY.offset,
        appliedOffset: HEALTHY.offset,
        backlogFirstByteOffset: HEALTHY.offset - HEALTHY.backlogBytes + 1,
      },
    })
    expect(caseOf(level, master, 'demote')?.verdict).toBe('partial')
  })
})

describe('after a failover', () => {
  it('is judged by the backlog of the winner', () => {
    const young = withNodeInfo(healthyGroup(), replica1, {
      replication: { backlogFirstByteOffset: HEALTHY.offset - 29, backlogHistlenBytes: 10 },
    })
    expect(afterFailover(healthyGroup(), [replica1]).map((one) => one.resync.verdict)).toEqual(['partial', 'partial'])
    const after = afterFailover(young, [replica1]).find((one) => one.node === replica2)
    expect(after?.resync).toMatchObject({ verdict: 'full' })
    expect(after?.resync.decidedBy).toContain('row 13')
  })

  it('claims no partial resync of a node that stopped answering, whatever a Sentinel still holds of it', () => {
    const cached = { observedThrough: 'sentinel-cache', reachability: 'unreachable' } as const
    const stopped = withNode(healthyGroup(), replica2, (node) => ({ ...node, ...cached }))
    const verdicts = (group: GroupSnapshot, winner: string) =>
      afterFailover(group, [winner], [replica1, replica2]).map((one) => [one.node, one.resync.verdict])
    expect(verdicts(stopped, replica1)).toEqual([
      [replica2, 'unknown'],
      [chained, 'partial'],
    ])
    expect(verdicts(stopped, replica2)[0]).toEqual([replica1, 'unknown'])
    const [one] = afterFailover(stopped, [replica1])
    expect(one?.resync).toMatchObject({ decidedBy: 'row 15: age of the samples', sendBytes: undefined })
    expect(one?.resync.reason).toContain(`${replica2} does not answer`)
  })

  it('does not call a rival by offset ahead, and judges any other node by its samples', () => {
    const verdict = (group: GroupSnapshot, contenders: readonly string[]) =>
      afterFailover(group, [replica2], contenders).find((one) => one.node === replica1)?.resync
    expect(verdict(healthyGroup(), [replica1, replica2])?.verdict).toBe('partial')
    expect(verdict(healthyGroup(), [replica2])).toMatchObject({ verdict: 'full', atRiskBytes: 20 })
    const apart = withNode(healthyGroup(), replica2, (node) => ({ ...node, rttMs: 1000 }))
    expect(verdict(apart, [replica2])?.verdict).toBe('unknown')
  })

  it('takes a chained replica down with its upstream', () => {
    const foreign = withNodeInfo(healthyGroup(), replica1, { replication: { replid: REPLID_B } })
    const after = afterFailover(foreign, [replica2])
    expect(after.find((one) => one.node === replica1)?.resync.verdict).toBe('full')
    expect(after.find((one) => one.node === chained)?.resync).toMatchObject({ verdict: 'full', sendBytes: undefined })
    expect(after.find((one) => one.node === chained)?.resync.reason).toContain(replica1)
  })

  it('keeps a chained replica that its own upstream can continue', () => {
    const rivals = [replica1, replica2]
    expect(afterFailover(healthyGroup(), [replica2], rivals).find((one) => one.node === chained)?.resync.verdict).toBe(
      'partial',
    )
    expect(afterFailover(healthyGroup(), [replica1]).find((one) => one.node === chained)?.resync.verdict).toBe(
      'partial',
    )
  })

  it('does not hang on a loop of replicas', () => {
    const loop = withLink(withLink(healthyGroup(), replica1, { upstream: chained }), chained, { upstream: replica1 })
    expect(afterFailover(loop, [replica2]).find((one) => one.node === chained)?.resync.verdict).toBe('unknown')
  })

  it('is decided only where all possible winners agree', () => {
    const both = afterFailover(healthyGroup(), [replica1, replica2])
    expect(both.map((one) => one.node)).toEqual([replica1, replica2, chained])
    const young = withNodeInfo(healthyGroup(), replica1, {
      replication: { backlogFirstByteOffset: HEALTHY.offset - 29, backlogHistlenBytes: 10 },
    })
    const split = afterFailover(young, [replica1, replica2]).find((one) => one.node === chained)
    expect(split?.resync.verdict).toBe('full')
    expect(afterFailover(healthyGroup(), [])).toEqual([])
  })
})

describe('one link by itself', () => {
  const upstream = toParty(healthyGroup().nodes.get(master))
  const replica = toParty(healthyGroup().nodes.get(replica1))

  it('is judged from the two nodes alone', () => {
    const verdict = verdictIfDropped(upstream, replica, healthyGroup().takenAt, 1000)
    expect(verdict.verdict).toBe('partial')
    expect(mayStayAway(verdict, upstream, replica, 0)).toEqual({ seconds: undefined, isUnbounded: true })
    expect(mayStayAway({ ...verdict, verdict: 'full' }, upstream, replica, 1)).toEqual({
      seconds: 0,
      isUnbounded: false,
    })
    expect(mayStayAway({ ...verdict, verdict: 'unknown' }, upstream, replica, 1).seconds).toBeUndefined()
    expect(verdictIfDropped(undefined, replica, 0, 1).decidedBy).toBe('row 1: U.INFO')
  })
})
