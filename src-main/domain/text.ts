/**
 * A text that may be kept for long. A slice of a reply keeps the whole reply alive; the text remembered before is used
 * again where it is equal, and a new one is copied.
 */
export function keptText(before: string | undefined, fresh: string | undefined): string | undefined {
  if (fresh === undefined) return undefined
  if (fresh === before) return before
  return Array.from(fresh).join('')
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
