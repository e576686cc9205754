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
