import type { ContractEvent } from '../../../src-main/contract/calls.ts'

/** A stretch of time of which nothing is known. */
export interface Gap {
  readonly from: number
  readonly to: number
  readonly title: string
}

/** Without news for this long, and for three samples, a page is out of touch. */
const SILENCE_MS = 12_500

/** Where the axis must not look as if nothing had happened. */
export function gapsOf(input: {
  readonly events: readonly ContractEvent[]
  /** From when on the group is watched; null when not known. */
  readonly since: number | null
  /** The left end of all that can be shown. */
  readonly first: number
  readonly now: number
  /** Of the newest picture. */
  readonly takenAt: number
  readonly intervalMs: number
}): readonly Gap[] {
  const { events, since, first, now, takenAt, intervalMs } = input
  const gaps: Gap[] = events.flatMap((event) =>
    event.kind === 'watch' && event.since !== null
      ? [{ from: Date.parse(event.since), to: Date.parse(event.at), title: event.detail }]
      : [],
  )
  if (since !== null && since > first) gaps.push({ from: first, to: since, title: 'not watched yet' })
  if (now - takenAt > Math.max(SILENCE_MS, intervalMs * 3))
    gaps.push({ from: takenAt, to: now, title: 'no news from the host since' })
  return gaps
}
