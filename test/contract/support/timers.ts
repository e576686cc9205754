import type { Timers } from '../../../src-main/contract/wire.ts'

/** Real timers without chance. */
export const timers: Timers = {
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  random: () => 0,
}
