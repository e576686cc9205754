import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addRateSample,
  NO_RATE,
  toRateSample,
  writeRate,
  type RateSample,
} from '../../../src-main/domain/lag/write-rate.ts'
import { infoReply, REPLID_A, REPLID_B } from '../../support/facts.ts'

function sample(receivedAt: number, offset: number | undefined, partial: Partial<RateSample> = {}): RateSample {
  return {
    receivedAt,
    serverTimeUsec: undefined,
    runId: 'run',
    replid: REPLID_A,
    offset,
    backlogActive: true,
    ...partial,
  }
}

function track(samples: readonly RateSample[]) {
  return samples.reduce(addRateSample, NO_RATE)
}

describe('the write rate', () => {
  it('needs two samples at least 250 ms apart', () => {
    expect(writeRate(track([sample(0, 100)]))).toBeUndefined()
    expect(writeRate(track([sample(0, 100), sample(249, 200)]))).toBeUndefined()
    expect(writeRate(track([sample(0, 100), sample(250, 200)]))?.bytesPerSecond).toBe(400)
  })

  it('is exactly 0 only when the offset stood still', () => {
    expect(writeRate(track([sample(0, 100), sample(1000, 100)]))).toEqual({ bytesPerSecond: 0, peakBytesPerSecond: 0 })
  })

  it('is the mean of the last 10 s', () => {
    const busyThenIdle = Array.from({ length: 31 }, (_, i) => sample(i * 1000, i <= 10 ? i * 5000 : 50_000))
    expect(writeRate(track(busyThenIdle.slice(0, 11)))?.bytesPerSecond).toBe(5000)
    expect(writeRate(track(busyThenIdle.slice(0, 16)))?.bytesPerSecond).toBe(2500)
    expect(writeRate(track(busyThenIdle))?.bytesPerSecond).toBe(0)
  })

  it('remembers the peak for 24 hours and not for 25', () => {
    const burst = Array.from({ length: 11 }, (_, i) => sample(i * 1000, i * 5000))
    const later = (hours: number) => {
      const from = hours * 3_600_000
      const quiet = Array.from({ length: 40 }, (_, i) => sample(from + i * 1000, 50_000 + i))
      return writeRate(track([...burst, ...quiet]))
    }
    expect(later(23)?.peakBytesPerSecond).toBe(5000)
    expect(later(23)?.bytesPerSecond).toBe(1)
    expect(later(25)?.peakBytesPerSecond).toBe(1)
  })

  it('takes time from the server, unless its clock was stepped', () => {
    const at = (ms: number, usec: number, offset: number) => sample(ms, offset, { serverTimeUsec: usec })
    expect(writeRate(track([at(0, 5_000_000, 0), at(1100, 6_000_000, 1000)]))?.bytesPerSecond).toBe(1000)
    expect(writeRate(track([at(0, 5_000_000, 0), at(1000, 90_000_000, 1000)]))?.bytesPerSecond).toBe(1000)
    expect(writeRate(track([at(0, 5_000_000, 0), at(1000, 4_000_000, 1000)]))?.bytesPerSecond).toBe(1000)
  })

  it.each<[string, RateSample]>([
    ['another run id', sample(1000, 200, { runId: 'other' })],
    ['another replid', sample(1000, 200, { replid: REPLID_B })],
    ['an offset that fell', sample(1000, 99)],
    ['no backlog', sample(1000, 200, { backlogActive: false })],
    ['a backlog state that is not sent', sample(1000, 200, { backlogActive: undefined })],
    ['no offset', sample(1000, undefined)],
    ['no replid', sample(1000, 200, { replid: undefined })],
    ['a silence of more than a minute', sample(60_001, 200)],
  ])('is unknown after %s', (_, next) => {
    expect(writeRate(track([sample(0, 100), next]))).toBeUndefined()
  })

  it('starts anew after a restart, with the peak kept', () => {
    const before = Array.from({ length: 11 }, (_, i) => sample(i * 1000, i * 5000))
    const after = [sample(12_000, 10, { runId: 'new' }), sample(13_000, 20, { runId: 'new' })]
    expect(writeRate(track([...before, ...after]))).toEqual({ bytesPerSecond: 10, peakBytesPerSecond: 5000 })
  })

  it('ignores a sample that is not newer', () => {
    const state = track([sample(0, 0), sample(1000, 1000)])
    expect(addRateSample(state, sample(1000, 1500))).toBe(state)
  })

  it('keeps a bounded memory over days of dense samples', () => {
    let state = NO_RATE
    for (let i = 0; i < 30_000; i++) state = addRateSample(state, sample(i * (i % 7 === 0 ? 20_000 : 250) + i, i * 100))
    let dense = NO_RATE
    for (let i = 0; i < 5000; i++) dense = addRateSample(dense, sample(i * 100, i * 100))
    expect(state.points.length).toBeLessThanOrEqual(24)
    expect(dense.points.length).toBeLessThanOrEqual(24)
    expect(writeRate(dense)?.bytesPerSecond).toBeCloseTo(1000, 6)
    let days = NO_RATE
    for (let i = 0; i < 40_000; i++) days = addRateSample(days, sample(i * 10_000, i * 100))
    expect(days.peaks.length).toBeLessThanOrEqual(97)
  })

  it('is never negative, and never above its peak', () => {
    const step = fc.record({ dt: fc.integer({ min: 1, max: 5000 }), written: fc.nat(100_000) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let [at, offset] = [0, 0]
        const rate = writeRate(track(steps.map(({ dt, written }) => sample((at += dt), (offset += written)))))
        if (rate === undefined) return
        expect(rate.bytesPerSecond).toBeGreaterThanOrEqual(0)
        expect(rate.peakBytesPerSecond).toBeGreaterThanOrEqual(rate.bytesPerSecond)
      }),
    )
  })

  it('reads one INFO', () => {
    const info = infoReply({
      server: { runId: 'run', serverTimeUsec: 7 },
      replication: { replid: REPLID_A, offset: 10, backlogActive: true },
    })
    expect(toRateSample(info, 5)).toEqual({
      receivedAt: 5,
      serverTimeUsec: 7,
      runId: 'run',
      replid: REPLID_A,
      offset: 10,
      backlogActive: true,
    })
  })
})
