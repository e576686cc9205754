import type { Timers } from '../../src-main/contract/wire.ts'

/** The page's own clock and chance. */
export const pageTimers: Timers = {
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
