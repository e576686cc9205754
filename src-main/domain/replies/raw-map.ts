import type { Parsed, RawReply } from './raw.ts'

/** Pairs read from one map; no reply has a tenth as many. */
const PAIRS_READ = 4096
/** Elements read from one array. */
const ELEMENTS_READ = 16384

/**
 * A map reply by key, whatever form it came in: a flat array (RESP2), a `Map` or a plain record (RESP3). Keys that are
 * no text are passed over, of a key sent twice the last counts. Undefined when the reply is none of these, or a flat
 * array of an odd length.
 */
export function toTextMap(raw: RawReply): ReadonlyMap<string, RawReply> | undefined {
  const map = new Map<string, RawReply>()
  if (isArray(raw)) {
    if (raw.length % 2 !== 0) return undefined
    const end = Math.min(raw.length, PAIRS_READ * 2)
    for (let i = 0; i < end; i += 2) {
      const key = raw[i]
      if (typeof key === 'string') map.set(key, raw[i + 1])
    }
    return map
  }
  if (raw instanceof Map) {
    for (const [key, value] of raw as ReadonlyMap<RawReply, RawReply>) {
      if (map.size >= PAIRS_READ) break
      if (typeof key === 'string') map.set(key, value)
    }
    return map
  }
  if (typeof raw !== 'object' || raw === null) return undefined
  for (const [key, value] of Object.entries(raw).slice(0, PAIRS_READ)) map.set(key, value)
  return map
}

/** Type guard: `Array.isArray` does not narrow a readonly array. */
export function isArray(raw: RawReply): raw is readonly RawReply[] {
  return Array.isArray(raw)
}

/** The elements of an array reply, bounded; undefined for any other reply. */
export function elementsOf(raw: RawReply): readonly RawReply[] | undefined {
  if (!isArray(raw)) return undefined
  return raw.length > ELEMENTS_READ ? raw.slice(0, ELEMENTS_READ) : raw
}

/** The text, or undefined for anything else and for the empty text. */
export function textOf(raw: RawReply): string | undefined {
  return typeof raw === 'string' && raw !== '' ? raw : undefined
}

/** Wraps a value that was read. */
export function read<T>(value: T): Parsed<T> {
  return { ok: true, value }
}

/** Says what was expected and what came instead, in one short line. */
export function unreadable<T>(expected: string, raw: RawReply): Parsed<T> {
  return { ok: false, problem: { detail: `expected ${expected}, got ${shapeOf(raw)}` } }
}

function shapeOf(raw: RawReply): string {
  if (raw === null || raw === undefined) return 'nothing'
  if (typeof raw === 'string') return raw.length === 0 ? 'an empty text' : `a text of ${raw.length} characters`
  if (isArray(raw)) return `an array of ${raw.length}`
  return typeof raw === 'object' ? 'a map' : `a ${typeof raw}`
}
