import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { electable, forecastFailover } from '../../../src-main/domain/failover/forecast.ts'
import type { GroupEvent, GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  linkSnapshot,
  REPLID_B,
  runId,
  sentinelReplica,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
  withSentinelReplica,
} from '../../support/facts.ts'

const { master, replica1, replica2, chained, sentinels } = HEALTHY
const [s1, s2, s3] = sentinels

/** replica2 is far behind, so that replica1 wins without doubt. */
function decided(): GroupSnapshot {
  const behind = HEALTHY.offset - 50_000
  const group = withNodeInfo(healthyGroup(), replica2, {
    replication: {
      appliedOffset: behind,
      readOffset: behind,
      offset: behind,
      backlogFirstByteOffset: behind - HEALTHY.backlogBytes + 1,
    },
  })
  return withLink(group, replica2, { byteLag: { low: 49_000, high: 50_000 } })
}

function withoutSentinels(group: GroupSnapshot): GroupSnapshot {
  return { ...group, sentinels: [], views: [], knownSentinels: 0, quorum: undefined, isNamedBySentinel: false }
}

describe('the failover forecast of a healthy group', () => {
  it('names the winner when its lead is clear, with certainty', () => {
    const forecast = forecastFailover(decided())
    expect(forecast).toMatchObject({
      group: 'mymaster',
      master,
      winner: replica1,
      possibleWinners: [replica1],
      isCertain: true,
      unknowns: [],
      quorum: { needed: 2, reachable: 3, majorityNeeded: 2, ok: true },
      loss: { bytes: { low: 0, high: 20 }, seconds: 0.02 },
    })
    expect(forecast.works.ok).toBe(true)
    expect(electable(forecast)).toEqual([replica1, replica2])
  })

  it('does not name a winner between replicas within a second of writing, and takes the larger loss', () => {
    const forecast = forecastFailover(healthyGroup())
    expect(forecast).toMatchObject({
      winner: undefined,
      possibleWinners: [replica1, replica2],
      isCertain: false,
      loss: { bytes: { low: 0, high: 40 }, seconds: 0.04 },
    })
    expect(forecast.unknowns[0]).toContain('within one second of writing')
  })

  it('lets the run id decide on an idle stream', () => {
    const idle = withNode(healthyGroup(), master, (node) => ({
      ...node,
      writeRate: { bytesPerSecond: 210, peakBytesPerSecond: 300 },
    }))
    expect(forecastFailover(idle)).toMatchObject({ winner: replica1, possibleWinners: [replica1], isCertain: true })
  })

  it('ranks every replica and says why the chained one is out', () => {
    const ranking = forecastFailover(healthyGroup()).ranking
    expect(ranking.map((one) => [one.node, one.isEligible])).toEqual([
      [replica1, true],
      [replica2, true],
      [chained, false],
    ])
    expect(ranking[0]).toMatchObject({
      priority: 100,
      offset: HEALTHY.offset - 20,
      runId: runId(2),
      excludedBecause: undefined,
    })
    expect(ranking[2]?.excludedBecause).toContain('follows another replica')
  })

  it('foresees the resync of the survivors', () => {
    const after = forecastFailover(decided()).afterwards
    expect(after.map((one) => [one.node, one.resync.verdict])).toEqual([
      [replica2, 'partial'],
      [chained, 'partial'],
    ])
  })

  it('lays out the time line from down-after on, without gaps', () => {
    const { timeline } = forecastFailover(healthyGroup())
    expect(timeline[0]).toEqual({ phase: 'detection', fromMs: 0, toMs: 5100 })
    for (const [index, phase] of timeline.entries()) {
      if (index > 0) expect(phase.fromMs).toBe(timeline[index - 1]?.toMs)
      expect(phase.toMs).toBeGreaterThan(phase.fromMs)
    }
    expect(timeline.find((one) => one.phase === 'promotion')?.toMs).toBe(7300)
    expect(forecastFailover(withSentinelMaster(healthyGroup(), { downAfterMs: undefined })).timeline).toEqual([])
  })
})

describe('the winner', () => {
  it('is the lower priority even when it is far behind, and the loss is its lag but for what is on its way', () => {
    const group = withSentinelReplica(withNodeInfo(decided(), replica2, { replication: { priority: 10 } }), replica2, {
      priority: 10,
    })
    expect(forecastFailover(group)).toMatchObject({
      winner: replica2,
      isCertain: true,
      // at 1000 B/s for the 6.3 s until the promotion
      loss: { bytes: { low: 42_700, high: 50_000 } },
    })
  })

  it('is not certain while a Sentinel has not read a new priority', () => {
    const group = withNodeInfo(decided(), replica2, { replication: { priority: 10 } })
    const forecast = forecastFailover(group)
    expect(forecast).toMatchObject({ winner: replica2, isCertain: false })
    expect(forecast.unknowns[0]).toContain('priority')
  })

  it('is open when one Sentinel would reject what the others take', () => {
    const group = decided()
    const views = group.views.map((view, index) =>
      index > 0
        ? view
        : {
            ...view,
            replicas: view.replicas?.map((entry) =>
              entry.node === replica1 ? { ...entry, flags: new Set(['slave', 's_down']) } : entry,
            ),
          },
    )
    const forecast = forecastFailover({ ...group, views })
    expect(forecast).toMatchObject({ winner: undefined, isCertain: false })
    expect([...forecast.possibleWinners].sort()).toEqual([replica1, replica2])
    expect(forecast.unknowns.join()).toContain(`${s1} would not take ${replica1}`)
    expect(forecast.ranking[0]?.isEligible).toBe(true)
  })

  it('may be a replica that one Sentinel does not know', () => {
    const group = decided()
    const views = group.views.map((view, index) =>
      index > 0 ? view : { ...view, replicas: view.replicas?.filter((entry) => entry.node !== replica1) },
    )
    expect(forecastFailover({ ...group, views }).unknowns.join()).toContain(`${s1} does not know ${replica1}`)
  })

  it('is not certain while a Sentinel is silent here, and is when its peers hold it for down', () => {
    const group = decided()
    const silent = { ...group, views: group.views.map((v) => (v.sentinel === s3 ? { ...v, isReachable: false } : v)) }
    expect(forecastFailover(silent)).toMatchObject({ winner: replica1, isCertain: false })
    const heldDown = {
      ...silent,
      views: silent.views.map((v) => ({
        ...v,
        peers: v.peers?.map((p) => (p.node === s3 ? { ...p, flags: new Set(['sentinel', 's_down']) } : p)),
      })),
    }
    expect(forecastFailover(heldDown)).toMatchObject({
      winner: replica1,
      isCertain: true,
      quorum: { reachable: 2, ok: true },
    })
  })

  it('of another history is flagged, and no loss is given', () => {
    const group = withNodeInfo(decided(), replica1, { replication: { replid: REPLID_B } })
    const forecast = forecastFailover(group)
    expect(forecast).toMatchObject({
      winner: replica1,
      isCertain: false,
      loss: { bytes: undefined, seconds: undefined },
    })
    expect(forecast.unknowns.join()).toContain('another history')
    expect(forecast.ranking[0]?.isForeign).toBe(true)
  })

  it('is nobody when all are rejected', () => {
    const group = withSentinelReplica(decided(), replica1, { flags: new Set(['slave', 's_down']) })
    const none = withSentinelReplica(group, replica2, { flags: new Set(['slave', 'disconnected']) })
    const forecast = forecastFailover(none)
    expect(forecast).toMatchObject({ winner: undefined, possibleWinners: [], isCertain: false })
    expect(forecast.works).toEqual({ ok: false, reasons: ['no replica can be promoted'] })
    expect(forecast.ranking.every((one) => !one.isEligible && one.excludedBecause !== undefined)).toBe(true)
  })
})

describe('whether a failover works', () => {
  const works = (group: GroupSnapshot, events: readonly GroupEvent[] = []) => forecastFailover(group, {}, events).works
  const event = (what: string, ago: number): GroupEvent => ({
    at: FIXTURE_AT - ago,
    kind: 'sentinel',
    node: undefined,
    what,
    detail: '',
  })

  it('is no without Sentinels, with the ranking still there', () => {
    const forecast = forecastFailover(withoutSentinels(healthyGroup()))
    expect(forecast.works).toEqual({ ok: false, reasons: ['no Sentinel monitors this group'] })
    const deaf = withNode(withoutSentinels(healthyGroup()), replica1, (node) => ({
      ...node,
      notPermitted: ['SUBSCRIBE'],
    }))
    expect(forecastFailover(deaf).works.reasons[0]).toContain(
      'not known: listening for them (SUBSCRIBE) is not permitted',
    )
    expect(forecast).toMatchObject({
      winner: undefined,
      possibleWinners: [],
      isCertain: false,
      quorum: { reachable: 0, ok: false },
    })
    expect(electable(forecast)).toEqual([replica1, replica2])
  })

  it('counts ghosts into the majority', () => {
    const ghosts = withSentinelMaster(healthyGroup(), { otherSentinelTotal: 5 })
    expect(works(ghosts).ok).toBe(false)
    expect(works(ghosts).reasons[0]).toContain('4 votes are needed')
    expect(works(withSentinelMaster(healthyGroup(), { otherSentinelTotal: 4 })).ok).toBe(true)
  })

  it('needs the quorum, also beyond the majority', () => {
    expect(works(withSentinelMaster(healthyGroup(), { quorum: 3 })).ok).toBe(true)
    const four = works(withSentinelMaster(healthyGroup(), { quorum: 4 }))
    expect(four.ok).toBe(false)
    expect(four.reasons[0]).toContain('the quorum is 4')
  })

  it('does not count peers that are down, cut off, in TILT or follow another master', () => {
    const one = (change: (group: GroupSnapshot) => GroupSnapshot) =>
      forecastFailover(change(healthyGroup())).quorum.reachable
    const flag = (word: string) => (group: GroupSnapshot) => ({
      ...group,
      views: group.views.map((v) => ({
        ...v,
        isReachable: v.sentinel !== s3,
        peers: v.peers?.map((p) => (p.node === s3 ? { ...p, flags: new Set(['sentinel', word]) } : p)),
      })),
    })
    expect(one(flag('s_down'))).toBe(2)
    expect(one(flag('disconnected'))).toBe(2)
    expect(
      one((group) =>
        withNode(group, s3, (node) => ({ ...node, sentinel: { myId: undefined, tilt: true, groups: [] } })),
      ),
    ).toBe(2)
    expect(
      one((group) => ({
        ...group,
        views: group.views.map((v) => (v.sentinel === s3 ? { ...v, master: replica1 } : v)),
      })),
    ).toBe(2)
  })

  it('says that Sentinels disagree when that costs the votes', () => {
    const group = healthyGroup()
    const split = {
      ...group,
      agreed: false,
      views: group.views.map((v) => (v.sentinel === s1 ? v : { ...v, master: replica1 })),
    }
    expect(works(split).ok).toBe(false)
    expect(works(split).reasons[0]).toContain('do not agree')
  })

  it('waits twice failover-timeout after a failed attempt, not after a finished one', () => {
    const cooling = works(healthyGroup(), [event('+try-failover', 100_000)])
    expect(cooling.ok).toBe(false)
    expect(cooling.reasons[0]).toContain('20 s')
    expect(works(healthyGroup(), [event('+vote-for-leader', 119_999)]).ok).toBe(false)
    expect(works(healthyGroup(), [event('+try-failover', 120_000)]).ok).toBe(true)
    expect(works(healthyGroup(), [event('+try-failover', 100_000), event('+switch-master', 99_000)]).ok).toBe(true)
  })

  it('takes an attempt that has just begun for one, until it was given up', () => {
    const begun = [event('+try-failover', 500), event('+vote-for-leader', 480)]
    expect(works(healthyGroup(), begun).reasons).toEqual(['a failover is already under way'])
    const givenUp = works(healthyGroup(), [...begun, event('-failover-abort-not-elected', 100)])
    expect(givenUp.reasons).toEqual([expect.stringContaining('did not succeed')])
    expect(works(healthyGroup(), [event('+vote-for-leader', 10_000)]).reasons).toEqual([
      expect.stringContaining('did not succeed'),
    ])
  })

  it('is not asked twice', () => {
    const flags = new Set(['master', 's_down', 'o_down', 'failover_in_progress'])
    const group = withSentinelMaster(healthyGroup(), { flags })
    expect(works(group).reasons).toEqual(['a failover is already under way'])
    expect(works(group, [event('+try-failover', 119_999)]).reasons).toEqual(['a failover is already under way'])
  })

  it('falls back on CKQUORUM where the peers may not be read', () => {
    const blind = { ...healthyGroup(), views: healthyGroup().views.map((v) => ({ ...v, peers: undefined })) }
    expect(forecastFailover(blind).quorum).toMatchObject({ reachable: 3, ok: true })
  })

  it('is judged by INFO where no Sentinel lets its replicas be read', () => {
    const blind = { ...decided(), views: decided().views.map((v) => ({ ...v, replicas: undefined })) }
    expect(forecastFailover(blind)).toMatchObject({ winner: replica1, isCertain: false })
    expect(forecastFailover(blind).unknowns.join()).toContain("no Sentinel's own list")
  })
})

describe('what if', () => {
  it('a replica were gone', () => {
    const forecast = forecastFailover(decided(), { without: [replica1] })
    expect(forecast).toMatchObject({ winner: replica2, loss: { bytes: { high: 50_000 } } })
    expect(forecast.ranking.find((one) => one.node === replica1)?.excludedBecause).toContain('what if')
    expect(forecast.afterwards.map((one) => one.node)).not.toContain(replica1)
  })

  it('Sentinels were gone', () => {
    expect(forecastFailover(decided(), { without: [s1] }).works.ok).toBe(true)
    expect(forecastFailover(decided(), { without: [s1, s2] }).works.ok).toBe(false)
  })

  it('priorities were others', () => {
    const priorities = new Map([[replica2, 10]])
    expect(forecastFailover(decided(), { priorities })).toMatchObject({ winner: replica2, isCertain: true })
    expect(forecastFailover(decided(), { priorities: new Map([[replica1, 0]]) })).toMatchObject({ winner: replica2 })
  })

  it('more replicas were required', () => {
    expect(forecastFailover(decided()).writesAfterwards.accepted).toBe(true)
    expect(forecastFailover(decided(), { minReplicas: 2 }).writesAfterwards.accepted).toBe(true)
    expect(forecastFailover(decided(), { minReplicas: 3 }).writesAfterwards.accepted).toBe(false)
    expect(forecastFailover(decided(), { minReplicas: 2, without: [replica2] }).writesAfterwards.accepted).toBe(false)
    const blind = withNodeConfig(decided(), replica1, { 'min-replicas-to-write': undefined })
    expect(forecastFailover(blind).writesAfterwards.accepted).toBeUndefined()
  })
})

describe('the loss', () => {
  const loss = (partial: Parameters<typeof withLink>[2], arrivingPerSecond = 0) =>
    forecastFailover(
      withNode(withLink(decided(), replica1, partial), replica1, (node) => ({
        ...node,
        writeRate: { bytesPerSecond: arrivingPerSecond, peakBytesPerSecond: arrivingPerSecond },
      })),
    ).loss

  it('begins at what was not received: what was received and not applied survives', () => {
    expect(loss({ byteLag: { low: 100, high: 300 }, unappliedBytes: 60 }).bytes).toEqual({ low: 40, high: 300 })
    expect(loss({ byteLag: { low: 100, high: 300 }, unappliedBytes: undefined }).bytes).toEqual({ low: 0, high: 300 })
    expect(loss({ byteLag: { low: 100, high: 300 }, unappliedBytes: 900 }).bytes).toEqual({ low: 0, high: 300 })
  })

  it('may be less than what was not received: what a dead process has sent arrives until the promotion', () => {
    const link = { byteLag: { low: 135_000, high: 138_000 }, unappliedBytes: 0 }
    expect(loss(link, 10_000).bytes).toEqual({ low: 72_000, high: 138_000 })
    expect(loss(link, 100_000).bytes).toEqual({ low: 0, high: 138_000 })
    const still = withLink(decided(), replica1, link)
    const unmeasured = withNode(still, replica1, (node) => ({ ...node, writeRate: undefined }))
    expect(forecastFailover(unmeasured).loss.bytes).toEqual({ low: 0, high: 138_000 })
  })

  it('is nothing of a replica that is level or ahead', () => {
    expect(loss({ byteLag: { low: 0, high: 0 } })).toEqual({ bytes: { low: 0, high: 0 }, seconds: 0 })
    expect(loss({ byteLag: { low: 0, high: -5 } })).toEqual({ bytes: { low: 0, high: 0 }, seconds: 0 })
  })

  it('is bounded by the acknowledgement where the replica cannot be sampled', () => {
    const partial = {
      byteLag: undefined,
      byteLagReason: 'not-sampled',
      ackOffset: HEALTHY.offset - 700,
      ackAgeSeconds: 1,
    } as const
    expect(loss(partial).bytes).toEqual({ low: 0, high: 700 })
    expect(loss({ ...partial, byteLagReason: 'syncing' }).bytes).toBeUndefined()
  })

  it('takes its seconds from the age of the offset when next to nothing is written', () => {
    const idle = withNode(decided(), master, (node) => ({
      ...node,
      writeRate: { bytesPerSecond: 1, peakBytesPerSecond: 1 },
    }))
    expect(forecastFailover(withLink(idle, replica1, { staleSeconds: 7 })).loss.seconds).toBe(7)
    expect(forecastFailover(withLink(idle, replica1, { staleSeconds: undefined })).loss.seconds).toBeUndefined()
  })

  it('never has a low bound above its high bound, and does not fall when a lagging replica joins', () => {
    const lag = fc.nat(100_000)
    fc.assert(
      fc.property(
        lag,
        fc.nat(5000),
        lag,
        fc.nat(5000),
        fc.option(lag, { nil: undefined }),
        (high, width, extra, more, unapplied) => {
          const own = { low: Math.max(0, high - width), high }
          const before = join(healthyGroup(), high, own, unapplied)
          const behind = high + extra
          const after = withExtra(before, behind, { low: Math.max(0, behind - more), high: behind })
          const first = forecastFailover(before).loss.bytes
          const second = forecastFailover(after).loss.bytes
          if (first === undefined || second === undefined) throw new Error('both are measured')
          expect(first.low).toBeLessThanOrEqual(first.high)
          expect(second.low).toBeLessThanOrEqual(second.high)
          expect(second.high).toBeGreaterThanOrEqual(first.high)
        },
      ),
    )
  })
})

/** Only replica1, `behind` bytes behind. */
function join(
  group: GroupSnapshot,
  behind: number,
  byteLag: { low: number; high: number },
  unappliedBytes: number | undefined,
): GroupSnapshot {
  const offset = HEALTHY.offset - behind
  const one = withLink(withNodeInfo(group, replica1, { replication: { appliedOffset: offset, offset } }), replica1, {
    byteLag,
    unappliedBytes,
  })
  return {
    ...one,
    replicas: [replica1],
    links: one.links.filter((link) => link.replica === replica1),
    views: one.views.map((v) => ({ ...v, replicas: v.replicas?.filter((entry) => entry.node === replica1) })),
  }
}

/** One more replica, further behind. */
function withExtra(group: GroupSnapshot, behind: number, byteLag: { low: number; high: number }): GroupSnapshot {
  const offset = HEALTHY.offset - behind
  const one = withNodeInfo(group, replica2, { replication: { appliedOffset: offset, offset } })
  return {
    ...one,
    replicas: [replica1, replica2],
    links: [...one.links, linkSnapshot({ replica: replica2, upstream: master, master, state: 'online', byteLag })],
    views: one.views.map((v) => ({
      ...v,
      replicas: [...(v.replicas ?? []), sentinelReplica({ node: replica2, runId: runId(3), offset })],
    })),
  }
}
