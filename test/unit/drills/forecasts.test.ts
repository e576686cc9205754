import { describe, expect, it } from 'vitest'
import {
  carryOver,
  expectBareFailover,
  expectCrash,
  expectPartition,
  expectResync,
  expectSwitchover,
} from '../../../src-main/domain/drills/forecasts.ts'
import type { GroupPast, GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
} from '../../support/facts.ts'

const { master, replica1, replica2, chained } = HEALTHY
const PAST: GroupPast = { samples: new Map(), events: [], since: FIXTURE_AT, isOneShot: false }

function pictureOf(snapshot: GroupSnapshot) {
  return { snapshot, past: PAST }
}

/** replica2 is far behind, so that replica1 wins without doubt. */
function decided(): GroupSnapshot {
  const behind = HEALTHY.offset - 50_000
  const group = withNodeInfo(healthyGroup(), replica2, { replication: { appliedOffset: behind, offset: behind } })
  return withLink(group, replica2, { byteLag: { low: 49_000, high: 50_000 } })
}

function withRate(group: GroupSnapshot, bytesPerSecond: number): GroupSnapshot {
  return withNode(group, master, (node) => ({
    ...node,
    writeRate: { bytesPerSecond, peakBytesPerSecond: bytesPerSecond },
  }))
}

describe('what is said of the death of the master', () => {
  it('is the product’s winner, loss, outage and resyncs', () => {
    const said = expectCrash(pictureOf(decided()))
    expect(said).toMatchObject({ winner: replica1, certain: true, lossBytes: { low: 0, high: 20 } })
    expect(said.resync.map((one) => one.replica)).toEqual([replica2, chained].toSorted())
    expect(said.outageMs?.high).toBeGreaterThan(said.outageMs?.low ?? Infinity)
  })

  it('names no winner while it is not certain, but says how much may be lost', () => {
    const said = expectCrash(pictureOf(healthyGroup()))
    expect(said).toMatchObject({ winner: null, certain: false })
    expect(said.lossBytes).not.toBeNull()
  })

  it('is a certain nobody without a majority of Sentinels', () => {
    const lonely = withSentinelMaster(healthyGroup(), { otherSentinelTotal: 6, quorum: 2 })
    expect(expectCrash(pictureOf(lonely))).toMatchObject({
      winner: null,
      certain: true,
      lossBytes: null,
      outageMs: null,
    })
  })
})

describe('an expectation at the moment of the fault', () => {
  it('allows for what was written since its picture was taken', () => {
    const picture = pictureOf(withRate(decided(), 10_000))
    const said = expectCrash(picture)
    expect(carryOver(said, picture, 250).lossBytes).toEqual({ low: 0, high: 2520 })
    expect(carryOver(said, picture, 0)).toBe(said)
  })

  it('stays as it was where the write rate is not known', () => {
    const picture = pictureOf(withNode(decided(), master, (node) => ({ ...node, writeRate: undefined })))
    const said = expectCrash(picture)
    expect(carryOver(said, picture, 250)).toBe(said)
  })
})

describe('what is said of a partition around the master', () => {
  it('is bounded by the guard', () => {
    const guarded = withNodeConfig(withRate(decided(), 1000), master, {
      'min-replicas-to-write': '1',
      'min-replicas-max-lag': '2',
    })
    const said = expectPartition(pictureOf(guarded), 60_000)
    expect(said.lossBytes?.low).toBe(0)
    expect(said.lossBytes?.high).toBeLessThan(10_000)
    expect(said.winner).toBe(replica1)
  })

  it('grows with the time that it lasts without one, until the demotion after the heal', () => {
    const open = withNodeConfig(withRate(decided(), 1000), master, {
      'min-replicas-to-write': '0',
      'min-replicas-max-lag': '10',
    })
    const said = expectPartition(pictureOf(open), 60_000)
    expect(said.lossBytes?.low).toBe(59_000)
    expect(said.lossBytes?.high).toBeGreaterThan(60_000)
    expect(said.resync).toContainEqual({ replica: master, verdict: 'full' })
  })
})

describe('what is said of handing over', () => {
  it('loses nothing when it is guarded, whenever it begins, and holds writes back until clients are told', () => {
    const picture = pictureOf(withRate(decided(), 10_000))
    const said = expectSwitchover(picture)
    expect(said.lossBytes).toEqual({ low: 0, high: 0 })
    expect(carryOver(said, picture, 1000).lossBytes).toEqual({ low: 0, high: 0 })
    // half of down-after (5 s), promotion and announcement, a client that asks again
    expect(said.outageMs).toEqual({ low: 0, high: 2500 + 2000 + 500 })
  })

  it('loses up to what is written until the demotion when Sentinel is told alone', () => {
    const said = expectBareFailover(pictureOf(withRate(decided(), 1000)))
    expect(said.lossBytes).toEqual({ low: 0, high: 20_020 })
    expect(said.outageMs).toBeNull()
    expect(new Set(said.resync.map((one) => one.verdict))).toEqual(new Set(['full']))
  })
})

describe('what is said of one resync', () => {
  it('is the verdict of that plan, and nothing of nodes that are not there', () => {
    expect(expectResync(pictureOf(decided()), 'reconnect', [replica1, 'nobody:1'])).toEqual([
      { replica: replica1, verdict: 'partial' },
    ])
  })
})
