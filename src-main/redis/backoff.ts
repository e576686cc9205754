const FIRST_MS = 100
const LONGEST_MS = 5_000

/** How long to wait after so many failures in a row (1 or more) before dialling again: doubling, bounded, give or take a quarter. */
export function backoffMs(failuresTotal: number, random: number): number {
  const steady = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failuresTotal - 1, 16))
  return steady * (0.75 + random / 2)
}
