/** Whether two plain values (texts, numbers, arrays and records of them) hold the same. */
export function sameFacts(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const left = Object.entries(a)
  const right = b as Readonly<Record<string, unknown>>
  return left.length === Object.keys(b).length && left.every(([key, value]) => sameFacts(value, right[key]))
}
