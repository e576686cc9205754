import { parseInfo } from './info.ts'
import { elementsOf, read, unreadable } from './raw-map.ts'
import type { Parsed, RawReply } from './raw.ts'
import type { CachedInfo } from './reply-types.ts'
import { readNatural } from './wire-number.ts'

/** An age of more than ten years is a Sentinel's way to say "never": it subtracts zero from its clock. */
const NEVER_FROM_MS = 10 * 365 * 24 * 3600 * 1000

/**
 * Reads SENTINEL INFO-CACHE for one group, or the list of one group's entries itself: the master first, then each
 * replica, in an order that says nothing. Use `runId` or the port inside to tell who is who.
 *
 * `nowMs` is the epoch time of the reply: an age near it, or above ten years, means that the node was never polled.
 * Several groups in one reply are joined. Source: `SENTINEL INFO-CACHE <name>`.
 */
export function parseInfoCache(raw: RawReply, nowMs: number): Parsed<readonly CachedInfo[]> {
  const groups = raw instanceof Map ? [...(raw as ReadonlyMap<RawReply, RawReply>)].flat() : elementsOf(raw)
  if (groups === undefined) return unreadable('an array of a name and its entries', raw)
  const cached: CachedInfo[] = []
  for (const group of groups) {
    if (typeof group === 'string') continue
    const entries = elementsOf(group)
    if (entries === undefined) return unreadable('an array of entries', group)
    for (const entry of entries) {
      const parts = elementsOf(entry)
      if (parts === undefined || parts.length < 2) return unreadable('an age and a text', entry)
      cached.push(entryOf(parts, nowMs))
    }
  }
  return read(cached)
}

function entryOf(parts: readonly RawReply[], nowMs: number): CachedInfo {
  const age = readNatural(parts[0])
  const text = parts[1]
  const isPolled = age !== undefined && age < Math.min(NEVER_FROM_MS, nowMs * 0.9)
  return {
    ageMs: isPolled ? age : undefined,
    info: isPolled && typeof text === 'string' && text !== '' ? parseInfo(text) : undefined,
  }
}
