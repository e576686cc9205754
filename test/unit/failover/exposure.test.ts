import { describe, expect, it } from 'vitest'
import { exposureOf } from '../../../src-main/domain/failover/exposure.ts'
import { forecastFailover } from '../../../src-main/domain/failover/forecast.ts'
import { exposureSentence } from '../../../src-main/domain/failover/headline.ts'
import type { GroupPast, GroupSnapshot, PastSample } from '../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  groupSnapshot,
  HEALTHY,
  healthyGroup,
  nodeSnapshot,
  REPLID_B,
  runId,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
  withSentinelReplica,
} from '../../support/facts.ts'
import { pastOf } from '../../support/past.ts'

const { master, replica1, replica2, chained, offset: M } = HEALTHY

function judge(group: GroupSnapshot, past?: GroupPast) {
  const forecast = forecastFailover(group)
  const exposure = exposureOf(group, forecast, past)
  return { ...exposure, forecast, headline: exposureSentence(group, exposure, forecast) }
}

/** replica1 wins without doubt; it lacks at most `high` bytes. */
function winnerBehind(high: number): GroupSnapshot {
  const preferred = withSentinelReplica(
    withNodeInfo(healthyGroup(), replica1, { replication: { priority: 10 } }),
    replica1,
    { priority: 10 },
  )
  return withLink(preferred, replica1, { byteLag: { low: 0, high } })
}

function withoutSentinels(group: GroupSnapshot): GroupSnapshot {
  return { ...group, sentinels: [], views: [], knownSentinels: 0, quorum: undefined }
}

/** Of the master, as one process. */
function masterPast(samples: readonly Partial<PastSample>[]): GroupPast {
  return pastOf(
    { [master]: samples.map((one) => ({ runId: runId(1), role: 'master' as const, ...one })) },
    { since: 0 },
  )
}

describe('exposure to a crash of the master', () => {
  it('names the winner, the bytes and the time that they took to write', () => {
    expect(judge(winnerBehind(14_000)).masterCrash).toMatchObject({
      lossBytes: { low: 0, high: 14_000 },
      lossSeconds: 14,
      promotes: replica1,
    })
  })

  it('takes the larger loss of undecided candidates and names none', () => {
    expect(judge(healthyGroup()).masterCrash).toMatchObject({
      lossBytes: { low: 0, high: 40 },
      promotes: undefined,
    })
  })

  it('promotes nobody without Sentinel, and says what the best replica lacks', () => {
    const { masterCrash } = judge(withoutSentinels(healthyGroup()))
    expect(masterCrash).toMatchObject({ promotes: undefined, lossBytes: { low: 0, high: 20 } })
    expect(masterCrash.reason).toContain('no Sentinel monitors this group')
  })

  it('gives no number across histories', () => {
    const foreign = withNodeInfo(winnerBehind(10), replica1, { replication: { replid: REPLID_B } })
    expect(judge(foreign).masterCrash).toMatchObject({ lossBytes: undefined, lossSeconds: undefined })
  })

  it('has no number without a master or a replica', () => {
    expect(judge(groupSnapshot()).masterCrash).toMatchObject({ lossBytes: undefined, reason: 'no master is known' })
    const alone = groupSnapshot({ nodes: [nodeSnapshot({ id: master, role: 'master' })] })
    expect(judge(alone).masterCrash.reason).toContain('no replica')
  })

  describe('says that no client writes are at risk', () => {
    const group = withLink(withLink(winnerBehind(100), replica1, { staleSeconds: 3 }), replica2, { staleSeconds: 1 })
    const at = (ago: number, changesSinceSave: number, partial: Partial<PastSample> = {}) => ({
      at: FIXTURE_AT - ago,
      changesSinceSave,
      ...partial,
    })

    it('when the changes counter stood still since the replicas were passed', () => {
      const { masterCrash } = judge(group, masterPast([at(20_000, 9), at(10_000, 12), at(5000, 12), at(1, 12)]))
      expect(masterCrash).toMatchObject({ lossBytes: { high: 100 }, lossSeconds: 0 })
      expect(masterCrash.reason).toContain('no client writes at risk')
    })

    it.each<[string, readonly Partial<PastSample>[]]>([
      ['the counter moved', [at(5000, 11), at(1, 12)]],
      ['nothing is remembered from before', [at(2000, 12), at(1, 12)]],
      ['the master restarted', [at(5000, 12, { runId: 'other' }), at(1, 12)]],
      ['a save lies in between', [at(200_000, 12)]],
    ])('not when %s', (_, samples) => {
      expect(judge(group, masterPast(samples)).masterCrash.lossSeconds).toBe(0.1)
    })
  })
})

describe('exposure to a partition', () => {
  it('is bounded by min-replicas, with two seconds on top', () => {
    expect(judge(healthyGroup()).partition).toMatchObject({
      acceptedForSeconds: 12,
      isUnbounded: false,
      boundedBy: 'min-replicas-to-write 1, min-replicas-max-lag 10',
    })
  })

  it('lasts until the heal without them', () => {
    const open = withNodeConfig(healthyGroup(), master, { 'min-replicas-to-write': '0' })
    expect(judge(open).partition).toMatchObject({
      acceptedForSeconds: undefined,
      isUnbounded: true,
      boundedBy: undefined,
    })
    const half = withNodeConfig(healthyGroup(), master, { 'min-replicas-max-lag': '0' })
    expect(judge(half).partition.isUnbounded).toBe(true)
  })

  it('is unknown without CONFIG, which is not the same as unbounded', () => {
    const blind = withNode(healthyGroup(), master, (node) => ({ ...node, config: undefined }))
    expect(judge(blind).partition).toMatchObject({ acceptedForSeconds: undefined, isUnbounded: false })
    expect(judge(blind).partition.reason).toContain('CONFIG')
  })
})

describe('exposure to an empty restart', () => {
  const rdb = (settings: Record<string, string | undefined>, persistence = {}) =>
    judge(
      withNodeInfo(withNodeConfig(healthyGroup(), master, { appendonly: 'no', ...settings }), master, {
        persistence: { aofEnabled: false, rdbSaves: 0, lastSaveAt: FIXTURE_AT - 864_000_000, ...persistence },
      }),
    ).masterRestartsEmpty

  it('is there only when nothing at all is persisted', () => {
    expect(judge(healthyGroup()).masterRestartsEmpty.wipes).toBe(false)
    expect(rdb({}).wipes).toBe(false)
    expect(rdb({ save: '' }).wipes).toBe(true)
    expect(rdb({ save: '' }).reason).toContain('empties every replica')
    expect(rdb({ save: '' }, { rdbSaves: 1 })).toMatchObject({ wipes: false })
  })

  it('cannot be judged without CONFIG or INFO', () => {
    expect(rdb({ save: undefined, appendonly: undefined }).wipes).toBeUndefined()
    expect(
      judge(withNode(healthyGroup(), master, (n) => ({ ...n, info: undefined }))).masterRestartsEmpty.wipes,
    ).toBeUndefined()
  })
})

describe('exposure to a power loss', () => {
  const of = (group: GroupSnapshot, past?: GroupPast) => judge(group, past).powerLoss.find((one) => one.node === master)
  const set = (settings: Record<string, string | undefined>) => withNodeConfig(healthyGroup(), master, settings)

  it('is told for every data node and no Sentinel', () => {
    expect(judge(healthyGroup()).powerLoss.map((one) => one.node)).toEqual([master, replica1, replica2, chained])
  })

  it.each([
    ['always', 0],
    ['everysec', 1],
    ['no', 30],
  ])('with appendfsync %s is %i s', (appendfsync, lossSeconds) => {
    expect(of(set({ appendfsync }))).toMatchObject({ lossSeconds, isUnbounded: false })
  })

  it('is 2 s while fsync is late', () => {
    const late = withNodeInfo(healthyGroup(), master, { persistence: { aofDelayedFsync: 5 } })
    expect(of(late, masterPast([{ at: 1, aofDelayedFsync: 4 }]))?.lossSeconds).toBe(2)
    expect(of(late, masterPast([{ at: 1, aofDelayedFsync: 5 }]))?.lossSeconds).toBe(1)
    expect(of(late, masterPast([{ at: 1, aofDelayedFsync: 4, runId: 'other' }]))?.lossSeconds).toBe(1)
  })

  it('adds the length of a rewrite when fsync pauses for it', () => {
    const paused = withNodeInfo(set({ 'no-appendfsync-on-rewrite': 'yes' }), master, {
      persistence: { aofLastRewriteSeconds: 20 },
    })
    expect(of(paused)?.lossSeconds).toBe(21)
  })

  it('has no bound while the append-only file cannot be written', () => {
    expect(of(withNodeInfo(healthyGroup(), master, { persistence: { aofLastWriteStatus: 'err' } }))?.isUnbounded).toBe(
      true,
    )
  })

  it('is unknown when appendfsync is not shown', () => {
    expect(of(set({ appendfsync: undefined }))).toMatchObject({ lossSeconds: undefined, isUnbounded: false })
  })

  it('is everything since the last save with RDB only', () => {
    const rdb = withNodeInfo(set({ appendonly: 'no' }), master, { persistence: { aofEnabled: false } })
    expect(of(rdb)).toMatchObject({ lossSeconds: 120, lossChanges: 12 })
    const unchanged = withNodeInfo(rdb, master, { persistence: { changesSinceSave: 0 } })
    expect(of(unchanged)).toMatchObject({ lossSeconds: 0, lossChanges: 0 })
  })

  it('is all of it without any persistence', () => {
    const none = withNodeInfo(set({ appendonly: 'no', save: '' }), master, {
      persistence: { aofEnabled: false, rdbSaves: 0, lastSaveAt: FIXTURE_AT - 864_000_000 },
    })
    expect(of(none)).toMatchObject({ isUnbounded: true, lossSeconds: undefined })
  })

  it('is unknown of a node that has not answered', () => {
    expect(of(withNode(healthyGroup(), master, (n) => ({ ...n, info: undefined })))).toMatchObject({
      lossSeconds: undefined,
      isUnbounded: false,
    })
  })
})

describe('the headline', () => {
  it('says who takes over, what is lost and who must copy everything', () => {
    const short = withNodeInfo(winnerBehind(14_336), replica1, {
      replication: { backlogFirstByteOffset: M - 29, backlogHistlenBytes: 10 },
    })
    const fast = withNode(short, master, (node) => ({
      ...node,
      writeRate: { bytesPerSecond: 71_680, peakBytesPerSecond: 71_680 },
    }))
    expect(judge(fast).headline).toMatchObject({
      tone: 'at-risk',
      takesOver: [replica1],
      lossBytes: 14_336,
      lossSeconds: 0.2,
      fullResyncs: 2,
      remaining: 2,
      sentence:
        'If 10.0.0.5:6379 died now: 10.0.0.6:6379 takes over, up to 14 KB (0.2 s of writes) lost; 2 of 2 replicas would need a full resync',
    })
  })

  it('is quiet when nothing is at risk', () => {
    const level = withNodeInfo(winnerBehind(0), replica1, {
      replication: { appliedOffset: M, offset: M, backlogFirstByteOffset: M - HEALTHY.backlogBytes + 1 },
    })
    expect(judge(level).headline).toMatchObject({
      tone: 'quiet',
      sentence: 'If 10.0.0.5:6379 died now: 10.0.0.6:6379 takes over, no writes lost',
    })
  })

  it('does not say "if it died" of a master that may be dead already', () => {
    for (const reachability of ['unreachable', 'hung'] as const) {
      const silent = withNode(winnerBehind(0), HEALTHY.master, (node) => ({ ...node, reachability }))
      expect(judge(silent).headline.sentence).toMatch(
        /^10\.0\.0\.5:6379 does not answer from here; if it is dead: 10\.0\.0\.6:6379 takes over/,
      )
    }
  })

  it('names both when it is undecided', () => {
    expect(judge(healthyGroup()).headline).toMatchObject({
      takesOver: [replica1, replica2],
      remaining: 2,
      sentence:
        'If 10.0.0.5:6379 died now: 10.0.0.6:6379 or 10.0.0.7:6379 takes over, up to 40 B (under 0.1 s of writes) lost',
    })
  })

  it('says that nobody takes over', () => {
    const { headline } = judge(withoutSentinels(healthyGroup()))
    expect(headline).toMatchObject({ tone: 'unprotected', takesOver: [] })
    expect(headline.sentence).toContain('nobody takes over by itself (no Sentinel monitors this group)')
    expect(headline.sentence).toContain('promoting 10.0.0.6:6379 by hand: up to 20 B')
  })

  it('does not call a group unprotected whose Sentinels cannot be heard from here', () => {
    const group = healthyGroup()
    const views = group.views.map((view) => ({ ...view, isReachable: false }))
    const { headline, forecast } = judge({ ...group, views })
    expect(forecast.works.ok).toBe(false)
    expect(forecast.works.reasons.join()).toContain('cannot be heard from here')
    expect(headline).toMatchObject({ tone: 'unknown', takesOver: [] })
    expect(headline.sentence).toContain('whether a replica takes over cannot be told (the Sentinels of this group')
    const others = group.views.map((view) => ({ ...view, master: '10.0.0.99:6379' }))
    expect(judge({ ...group, views: others }).headline.tone).toBe('unprotected')
  })

  it('counts one Sentinel as one', () => {
    const few = withSentinelMaster(healthyGroup(), { otherSentinelTotal: 0, quorum: 2 })
    const views = few.views.slice(0, 1).map((view) => ({ ...view, peers: [] }))
    const { forecast } = judge({ ...few, views, sentinels: few.sentinels.slice(0, 1), knownSentinels: 1 })
    expect(forecast.works.reasons.join()).toContain('1 Sentinel can agree that it is down, the quorum is 2')
  })

  it('claims nothing of Sentinels that it was not allowed to listen for', () => {
    const deaf = withNode(withoutSentinels(healthyGroup()), replica1, (one) => ({
      ...one,
      notPermitted: ['SUBSCRIBE'],
    }))
    expect(judge(deaf).partition).toMatchObject({ acceptedForSeconds: undefined, isUnbounded: false })
    expect(judge(deaf).headline.tone).toBe('unknown')
    expect(judge(deaf).headline.sentence).toContain('whether Sentinels monitor this group is not known')
  })

  it('says that a failover is under way, not that nobody takes over', () => {
    const flags = new Set(['master', 's_down', 'o_down', 'failover_in_progress'])
    const { headline, masterCrash } = judge(withSentinelMaster(healthyGroup(), { flags }))
    expect(headline).toMatchObject({ tone: 'at-risk', takesOver: [] })
    expect(headline.sentence).toContain('A failover of mymaster is under way: 10.0.0.5:6379 is being replaced, up to')
    expect(masterCrash.reason).toContain('a failover is under way')
    expect(masterCrash.reason).not.toContain('by hand')
  })

  it('says that there is no replica, and that there is no master', () => {
    const alone = groupSnapshot({ nodes: [nodeSnapshot({ id: master, role: 'master' })] })
    expect(judge(alone).headline).toMatchObject({ tone: 'unprotected' })
    expect(judge(alone).headline.sentence).toContain('no replica takes over')
    expect(judge(groupSnapshot()).headline).toMatchObject({
      tone: 'unknown',
      sentence: 'mymaster has no master: writes fail now',
    })
  })

  it('does not invent a loss that cannot be judged', () => {
    const blind = withLink(winnerBehind(1), replica1, { byteLag: undefined, byteLagReason: 'syncing' })
    expect(judge(blind).headline).toMatchObject({ tone: 'unknown', lossBytes: undefined })
    expect(judge(blind).headline.sentence).toContain('cannot be judged')
  })

  it('says when the resync of the others cannot be foreseen', () => {
    const silent = withNode(winnerBehind(0), replica2, (node) => ({ ...node, info: undefined }))
    expect(judge(silent).headline.sentence).toContain('cannot be foreseen')
    expect(judge(silent).headline.tone).not.toBe('quiet')
  })
})
