/** How often each tier asks, milliseconds. */
export interface Intervals {
  /** Fast tier: replication. */
  readonly fastMs: number
  /** Fast tier of groups in focus. */
  readonly focusedMs: number
  readonly mediumMs: number
  readonly slowMs: number
  readonly sentinelMs: number
}

/** Defaults of architecture.md, section "Sessions and sampling". */
export const DEFAULT_INTERVALS: Intervals = {
  fastMs: 1000,
  focusedMs: 250,
  mediumMs: 5000,
  slowMs: 30_000,
  sentinelMs: 5000,
}

/** How long a stage of a tick waits for its slowest node; a node that needs longer is heard when it answers. */
export function gatherMs(intervalMs: number): number {
  return Math.min(200, Math.max(40, intervalMs / 4))
}

/** When an own answer no longer counts as present. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(2500, intervalMs * 3)
}

/** With more data nodes than this under watch, a picture in which nothing happened is not always judged. */
const MANY_NODES = 200

/**
 * How long conclusions stand while nothing happens: not at all where few nodes are watched or somebody looks on, for a
 * medium tier otherwise. Whatever happens is judged at once.
 */
export function judgeEveryMs(
  intervals: Intervals,
  watched: { readonly nodes: number; readonly isFocused: boolean },
): number {
  return watched.nodes > MANY_NODES && !watched.isFocused ? intervals.mediumMs : 0
}

/** When the next tick starts: one interval after the last start, at once when that is past. */
export function nextTickAt(lastStart: number, now: number, intervalMs: number): number {
  return Math.max(now, lastStart + intervalMs)
}
