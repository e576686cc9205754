import { describe, expect, it } from 'vitest'
import { steadyEpoch } from '../../../src-main/monitor/system-clock.ts'

describe('the machine clock', () => {
  const clockOf = (steadyAt: number, wallAt: number) => {
    const source = { steady: steadyAt, wall: wallAt }
    return {
      source,
      now: steadyEpoch(
        () => source.steady,
        () => source.wall,
      ),
    }
  }

  it('goes by the steady clock, whatever small things the wall clock does', () => {
    const { source, now } = clockOf(1000, 1000)
    source.steady = 6000
    source.wall = 7500
    expect(now()).toBe(6000)
  })

  it('moves on by the time for which the machine slept, and goes on steadily from there', () => {
    const { source, now } = clockOf(1000, 1000)
    source.steady = 2000
    source.wall = 3_602_000
    expect(now()).toBe(3_602_000)
    source.steady = 2500
    source.wall = 3_602_400
    expect(now()).toBe(3_602_500)
  })

  it('never goes backwards when the wall clock is set back', () => {
    const { source, now } = clockOf(10_000, 10_000)
    source.steady = 11_000
    source.wall = -5_000_000
    expect(now()).toBe(11_000)
  })
})
