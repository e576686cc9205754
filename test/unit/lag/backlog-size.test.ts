import { describe, expect, it } from 'vitest'
import { backlogSize, outputBufferSize } from '../../../src-main/domain/lag/backlog-size.ts'

const MB = 1024 ** 2

describe('the backlog to set', () => {
  it('is the peak rate times the disconnect times 1.5 to 2, rounded up', () => {
    const advice = backlogSize(1_000_000, 60)
    expect(advice).toMatchObject({ lowBytes: 90_000_000, highBytes: 120_000_000, recommendedBytes: 86 * MB })
    expect(advice.recommendedBytes).toBeGreaterThanOrEqual(advice.lowBytes)
    expect(advice.recommendedBytes).toBeLessThanOrEqual(advice.highBytes)
  })

  it('is at least 1 MB, and rounded coarsely when large', () => {
    expect(backlogSize(0, 60).recommendedBytes).toBe(MB)
    expect(backlogSize(50_000_000, 60).recommendedBytes % (64 * MB)).toBe(0)
  })

  it.each([
    [10 * MB - 1, 'under 10 MB/s', 1024 * MB],
    [10 * MB, '10 to 50 MB/s', 3072 * MB],
    [50 * MB, '50 to 100 MB/s', 12_288 * MB],
    [100 * MB, 'above 100 MB/s', undefined],
  ])('at %i B/s shows the row "%s" of the classic table', (rate, writes, bytes) => {
    expect(backlogSize(rate, 60).ruleOfThumb).toMatchObject({ writes, bytes })
  })
})

describe('the output buffer to set', () => {
  it('holds what is written during a full resync, with half as much again', () => {
    const advice = outputBufferSize({ peakBytesPerSecond: 10_000_000, fullSyncSeconds: 100, backlogBytes: undefined })
    expect(advice.hardBytes).toBeGreaterThanOrEqual(1_500_000_000)
    expect(advice.softSeconds).toBe(100)
    expect(advice.softBytes).toBeLessThanOrEqual(advice.hardBytes)
  })

  it('is never below the defaults nor below the backlog, soft limit included', () => {
    const small = outputBufferSize({ peakBytesPerSecond: 1, fullSyncSeconds: 1, backlogBytes: undefined })
    expect(small).toMatchObject({ hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 })
    const large = outputBufferSize({ peakBytesPerSecond: 1, fullSyncSeconds: 1, backlogBytes: 512 * MB })
    expect(large).toMatchObject({ hardBytes: 512 * MB, softBytes: 512 * MB })
  })
})
