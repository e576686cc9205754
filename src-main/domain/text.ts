/**
 * A text that may be kept for long. A slice of a reply keeps the whole reply alive; the text remembered before is used
 * again where it is equal, and a new one is copied.
 */
export function keptText(before: string | undefined, fresh: string | undefined): string | undefined {
  if (fresh === undefined) return undefined
  if (fresh === before) return before
  return copied(fresh)
}

/** The engine makes slices from this length on; shorter texts are copies already. */
const SLICE_FROM_CHARS = 13
const SLICE_KEPT_CHARS = 128
const SLICES_KEPT = 8192
const slices = new Map<string, string>()

/**
 * The same text, one copy for all that are equal: what is in one reply is in the next, and so in thousands of them. A long
 * one stays a slice.
 */
export function sharedText(slice: string): string {
  if (slice.length < SLICE_FROM_CHARS || slice.length > SLICE_KEPT_CHARS) return slice
  const known = slices.get(slice)
  if (known !== undefined) return known
  if (slices.size >= SLICES_KEPT) slices.clear()
  const copy = copied(slice)
  slices.set(copy, copy)
  return copy
}

function copied(text: string): string {
  return Array.from(text).join('')
}

/** `1 Sentinel`, `3 Sentinels`. */
export function counted(total: number, one: string): string {
  return `${total} ${one}${total === 1 ? '' : 's'}`
}

/** A deployment has a handful of versions and settings; a text longer than this is none of them. */
const TEXTS_REMEMBERED = 256
const TEXT_REMEMBERED_CHARS = 256

/**
 * The same reader with what it made of the last texts: settings and versions are read again at every picture, and seldom
 * change. What it returns is shared, so it must be immutable.
 */
export function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly value: T }>()
  return (text) => {
    const old = known.get(text)
    if (old !== undefined) return old.value
    const value = read(text)
    if (text.length > TEXT_REMEMBERED_CHARS) return value
    if (known.size >= TEXTS_REMEMBERED) known.clear()
    known.set(text, { value })
    return value
  }
}
