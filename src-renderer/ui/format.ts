import { BYTE_UNITS } from '../../src-main/domain/units.ts'

/** Texts for numbers. What is not known is an en dash, never a zero; units are powers of 1024. */

export const UNKNOWN = '–'
/** The title that goes with `UNKNOWN`. */
export const UNKNOWN_TITLE = 'not known'

type Maybe<T> = T | null | undefined

interface Scaled {
  readonly text: string
  readonly unit: string
}

/** `14 B`, `309.8 KB`, `18.2 MB`. Negative values keep their sign (a replica ahead of its master). */
export function formatBytes(bytes: Maybe<number>): string {
  if (!isKnown(bytes)) return UNKNOWN
  const { text, unit } = scaleBytes(bytes)
  return `${text} ${unit}`
}

/** `76.2 KB/s`. */
export function formatByteRate(bytesPerSecond: Maybe<number>): string {
  return isKnown(bytesPerSecond) ? `${formatBytes(bytesPerSecond)}/s` : UNKNOWN
}

/** `14–28 B`, `311–313 KB`, `900 B–1.2 KB`; one number where both ends read the same. */
export function formatByteRange(range: Maybe<{ readonly low: number; readonly high: number }>): string {
  if (!range) return UNKNOWN
  const low = scaleBytes(range.low)
  const high = scaleBytes(range.high)
  if (low.unit === high.unit)
    return low.text === high.text ? `${low.text} ${low.unit}` : `${low.text}–${high.text} ${low.unit}`
  return `${low.text} ${low.unit}–${high.text} ${high.unit}`
}

/** `311,842 – 312,910 B`: every digit, for the details panel. */
export function formatExactByteRange(range: Maybe<{ readonly low: number; readonly high: number }>): string {
  if (!range) return UNKNOWN
  if (range.low === range.high) return `${formatInteger(range.low)} B`
  return `${formatInteger(range.low)} – ${formatInteger(range.high)} B`
}

/** `28,114`. */
export function formatInteger(value: Maybe<number>): string {
  if (!isKnown(value)) return UNKNOWN
  const [whole = '', rest] = Math.abs(value).toString().split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${value < 0 ? '-' : ''}${grouped}${rest === undefined ? '' : `.${rest}`}`
}

/** `870`, `12.4 K`, `1.24 M`: for cards; the exact count belongs in a title. */
export function formatCount(value: Maybe<number>): string {
  if (!isKnown(value)) return UNKNOWN
  if (value < 10_000) return formatInteger(value)
  if (value < 1e6) return `${trim(value / 1e3)} K`
  if (value < 1e9) return `${trim(value / 1e6)} M`
  return `${trim(value / 1e9)} G`
}

/** A length of time: `0.4 s`, `41 s`, `9 m 04 s`, `13 h 05 m`, `41 d 3 h`. */
export function formatDuration(seconds: Maybe<number>): string {
  if (!isKnown(seconds)) return UNKNOWN
  if (seconds < 0) return `-${formatDuration(-seconds)}`
  if (seconds === 0) return '0 s'
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`
  if (seconds < 9.95) return `${trimTenth(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 100) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${pad(whole % 60)} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} m`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}

/** The same, one unit only, for marks: `41 s`, `6 m`, `13 h`, `41 d`. */
export function formatShortDuration(seconds: Maybe<number>): string {
  if (!isKnown(seconds)) return UNKNOWN
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 100) return `${whole} s`
  if (whole < 6000) return `${Math.floor(whole / 60)} m`
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h`
  return `${Math.floor(whole / 86_400)} d`
}

/** How long ago, in whole units: `now`, `3 s ago`, `6 m ago`. `at` is ISO-8601 or epoch ms. */
export function formatAge(at: Maybe<string | number>, now: number): string {
  const seconds = ageSeconds(at, now)
  if (seconds === undefined) return UNKNOWN
  return seconds < 1 ? 'now' : `${formatShortDuration(seconds)} ago`
}

/** Seconds since `at`; never negative; undefined when not known. */
export function ageSeconds(at: Maybe<string | number>, now: number): number | undefined {
  if (at === null || at === undefined) return undefined
  const ms = typeof at === 'number' ? at : Date.parse(at)
  return Number.isNaN(ms) ? undefined : Math.max(0, (now - ms) / 1000)
}

/** `12:04:31` in this machine's time zone. */
export function formatClock(at: Maybe<string | number>): string {
  if (at === null || at === undefined) return UNKNOWN
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return UNKNOWN
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')
}

/** `2026-11-20 14:36:02` in this machine's time zone. */
export function formatDateTime(at: Maybe<string | number>): string {
  const clock = formatClock(at)
  if (at === null || at === undefined || clock === UNKNOWN) return UNKNOWN
  const date = new Date(at)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock}`
}

/** `64%` of a ratio from 0 to 1. */
export function formatPercent(ratio: Maybe<number>): string {
  return isKnown(ratio) ? `${Math.round(ratio * 100)}%` : UNKNOWN
}

/** `yes`, `no`, unknown. */
export function formatFlag(value: Maybe<boolean>): string {
  return value === null || value === undefined ? UNKNOWN : value ? 'yes' : 'no'
}

/** The text itself, or unknown for null and empty. */
export function formatText(value: Maybe<string>): string {
  return value === null || value === undefined || value === '' ? UNKNOWN : value
}

/** `1 replica`, `3 replicas`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`
}

function isKnown(value: Maybe<number>): value is number {
  return value !== null && value !== undefined && !Number.isNaN(value)
}

function scaleBytes(bytes: number): Scaled {
  let size = Math.abs(bytes)
  let unit = 0
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024
    unit += 1
  }
  if (Number(trimTenth(size)) >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024
    unit += 1
  }
  const text = unit === 0 ? Math.round(size).toString() : size >= 100 ? Math.round(size).toString() : trimTenth(size)
  return { text: `${bytes < 0 ? '-' : ''}${text}`, unit: BYTE_UNITS[unit] ?? 'B' }
}

function trim(value: number): string {
  return value >= 100
    ? Math.round(value).toString()
    : value >= 10
      ? trimTenth(value)
      : (Math.round(value * 100) / 100).toString()
}

function trimTenth(value: number): string {
  return (Math.round(value * 10) / 10).toString()
}

function pad(value: number): string {
  return value.toString().padStart(2, '0')
}
