/** Figures as people read them. An unknown figure is never 0: callers get undefined and say so. */

import { BYTE_UNITS } from '../../../contract/for-people.ts'

function scale(bytes: number): { readonly factor: number; readonly unit: string } {
  let index = 0
  let factor = 1
  while (Math.abs(bytes) / factor >= 1024 && index < BYTE_UNITS.length - 1) {
    factor *= 1024
    index += 1
  }
  return { factor, unit: BYTE_UNITS[index] ?? 'B' }
}

function digits(value: number): string {
  const size = Math.abs(value)
  return Number.isInteger(value) || size >= 100 ? String(Math.round(value)) : value.toFixed(size >= 10 ? 1 : 2)
}

/** `14 B`, `1.21 KB`. */
export function bytes(value: number): string {
  const { factor, unit } = scale(value)
  return `${factor === 1 ? String(Math.round(value)) : digits(value / factor)} ${unit}`
}

/** An interval in one unit: `14-28 B`, `1.21-3.40 KB`; one figure when both ends are equal. */
export function byteRange(range: { readonly low: number; readonly high: number }): string {
  if (range.low === range.high) return bytes(range.low)
  const { factor, unit } = scale(Math.max(Math.abs(range.low), Math.abs(range.high)))
  const one = (value: number): string => (factor === 1 ? String(Math.round(value)) : digits(value / factor))
  const [low, high] = [one(range.low), one(range.high)]
  if (low === high) return `${low} ${unit}`
  return range.low < 0 || range.high < 0 ? `${low} to ${high} ${unit}` : `${low}-${high} ${unit}`
}

/** `1.21 KB/s`. */
export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`
}

/** `0.2 s`, `12 s`, `3 m 12 s`, `4 h 12 m`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds < 0.1 ? seconds.toFixed(2) : seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return two(Math.floor(whole / 60), 'm', whole % 60, 's')
  if (whole < 86_400) return two(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'm')
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h')
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** `950`, `12.3k`, `4.56M`. */
export function count(value: number): string {
  if (value < 10_000) return String(value)
  if (value < 1_000_000) return `${digits(value / 1000)}k`
  return value < 1_000_000_000 ? `${digits(value / 1_000_000)}M` : `${digits(value / 1_000_000_000)}G`
}

/** Seconds from one ISO time to another; undefined when unknown. */
export function secondsSince(time: string | null, now: string): number | undefined {
  return time === null ? undefined : Math.max(0, (Date.parse(now) - Date.parse(time)) / 1000)
}

/** `1 replica`, `3 replicas`. */
export function plural(total: number, one: string, many = `${one}s`): string {
  return `${total} ${total === 1 ? one : many}`
}
