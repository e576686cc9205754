import { vi } from 'vitest'

/**
 * Waits until an assertion holds. Vitest's own limit is one second, which is an assertion about time on a machine that has
 * other things to do; a deadline is a limit, not an expectation.
 */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 20 })
}
