import { performance } from 'node:perf_hooks'
import type { Clock } from './ports.ts'

/** The machine's clock: epoch milliseconds that never go backwards, one-shot timers that can be cancelled. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => {
      clearTimeout(timer)
    }
  },
  random: Math.random,
}
