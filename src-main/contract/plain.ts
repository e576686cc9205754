/**
 * Domain scalars to JSON scalars. Unknown (`undefined`) becomes null; a number that JSON or the contract cannot hold
 * exactly becomes null too, because a rounded figure is worse than none.
 */

/** Any finite number; -0 becomes 0, which is what JSON makes of it. */
export function toNumber(value: number | undefined): number | null {
  if (value === undefined || !Number.isFinite(value)) return null
  return value === 0 ? 0 : value
}

/** A whole number that a double holds exactly; anything else is null. */
export function toInteger(value: number | undefined): number | null {
  if (value === undefined || !Number.isSafeInteger(value)) return null
  return value === 0 ? 0 : value
}

/** As `toInteger`, and never negative. */
export function toCount(value: number | undefined): number | null {
  const whole = toInteger(value)
  return whole === null || whole < 0 ? null : whole
}

/** Epoch milliseconds to ISO-8601 UTC; null when unknown or beyond what a date can hold. */
export function toTime(epochMs: number | undefined): string | null {
  if (epochMs === undefined || !(Math.abs(epochMs) <= 8.64e15)) return null
  const known = moments.get(epochMs)
  if (known !== undefined) return known
  const text = new Date(epochMs).toISOString()
  if (moments.size >= MOMENTS_REMEMBERED) moments.clear()
  moments.set(epochMs, text)
  return text
}

/** All that was observed in one answer was observed at one moment, and it is told again until there is another answer. */
const MOMENTS_REMEMBERED = 2048
const moments = new Map<number, string>()

/** A moment that is always known; one beyond what a date can hold becomes the epoch, so that the field stays a time. */
export function toKnownTime(epochMs: number): string {
  return toTime(epochMs) ?? new Date(0).toISOString()
}

/** A closed interval of bytes; null when unknown or when an end is not finite. */
export function toRange(
  range: { readonly low: number; readonly high: number } | undefined,
): { low: number; high: number } | null {
  const low = toNumber(range?.low)
  const high = toNumber(range?.high)
  return low === null || high === null ? null : { low, high }
}

/** A decimal text, as CONFIG GET sends it; undefined when absent or not a whole number. */
export function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** True when at least one field of a section was sent: a section that was hidden is null in JSON, not a row of nulls. */
export function hasAnyField(section: object): boolean {
  return Object.values(section).some((value) => value !== undefined && !(Array.isArray(value) && value.length === 0))
}
