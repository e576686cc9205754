import type { TimelineNote } from './model.ts'

/** No two pictures of a group that is watched lie this far apart, however slow its servers are. */
const SILENCE_MS = 10_000

/** A note of the time in which nobody looked: this host was paused or overloaded. Undefined while there was none. */
export function gapNote(before: number | undefined, now: number, intervalMs: number): TimelineNote | undefined {
  if (before === undefined || now - before <= Math.max(SILENCE_MS, intervalMs * 3)) return undefined
  return {
    at: now,
    since: before,
    kind: 'watch',
    node: undefined,
    what: 'not watched',
    detail: `nothing was asked for ${Math.round((now - before) / 1000)} s: what happened meanwhile is told as of its end`,
  }
}
