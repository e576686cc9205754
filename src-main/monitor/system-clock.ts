import { performance } from 'node:perf_hooks'
import type { Clock } from './ports.ts'

/** The wall clock this far ahead means that the machine slept: on Linux the steady one stands still meanwhile. */
const SLEPT_MS = 2_000

/**
 * Epoch milliseconds that never go backwards: the steady clock's, moved on by the time for which the machine slept. A wall
 * clock that is set back is not followed.
 */
export function steadyEpoch(steady: () => number, wall: () => number): () => number {
  let sleptMs = 0
  return () => {
    const behindMs = wall() - (steady() + sleptMs)
    if (behindMs > SLEPT_MS) sleptMs += behindMs
    return steady() + sleptMs
  }
}

/** The machine's clock: epoch milliseconds that never go backwards, one-shot timers that can be cancelled. */
export const systemClock: Clock = {
  now: steadyEpoch(() => performance.timeOrigin + performance.now(), Date.now),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => {
      clearTimeout(timer)
    }
  },
  random: Math.random,
}
