import type { RawReply } from './raw.ts'

/**
 * A whole number as the wire writes it: digits with an optional minus. Undefined for any other text and for numbers
 * that a double does not hold exactly.
 */
export function readInteger(text: string): number | undefined {
  if (text.length === 0 || text.length > 17 || !/^-?\d+$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value + 0 : undefined
}

/** As `readInteger`, for a value that RESP3 may send as a number; a negative one is undefined. */
export function readNatural(raw: RawReply): number | undefined {
  const value = integerOf(raw)
  return value !== undefined && value >= 0 ? value : undefined
}

/** As `readInteger`, for a value that RESP3 may send as a number. */
export function integerOf(raw: RawReply): number | undefined {
  if (typeof raw === 'string') return readInteger(raw)
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw + 0 : undefined
  if (typeof raw !== 'bigint') return undefined
  const value = Number(raw)
  return Number.isSafeInteger(value) ? value : undefined
}

/** A port number of 1 to 65535, or undefined. */
export function portOf(raw: RawReply): number | undefined {
  const value = integerOf(raw)
  return value !== undefined && value >= 1 && value <= 65535 ? value : undefined
}
