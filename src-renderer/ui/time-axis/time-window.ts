/** A stretch of time on screen, in milliseconds of one clock; `to` is later than `from`. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/** Where a window may lie: nothing outside `bounds` is ever shown, and it is never shorter than `leastMs`. */
export interface WindowLimits {
  readonly bounds: TimeWindow
  readonly leastMs: number
}

/** A vertical line of the axis. */
export interface Tick {
  readonly at: number
  readonly label: string
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const STEPS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
]

/** Pixels from the left end of a plot of `width` pixels; outside it for moments outside the window. */
export function xOf(at: number, { from, to }: TimeWindow, width: number): number {
  return ((at - from) / (to - from)) * width
}

export function momentAt(x: number, { from, to }: TimeWindow, width: number): number {
  return width <= 0 ? from : from + (x / width) * (to - from)
}

/** The same window moved and, where it must be, shortened until it lies within the limits. */
export function within(window: TimeWindow, { bounds, leastMs }: WindowLimits): TimeWindow {
  const most = Math.max(leastMs, bounds.to - bounds.from)
  const length = Math.min(most, Math.max(leastMs, window.to - window.from))
  const from = Math.max(bounds.from, Math.min(bounds.to - length, window.from))
  return { from, to: from + length }
}

/** `factor` below 1 shows less. The moment `around` stays where it is on screen. */
export function zoom(window: TimeWindow, factor: number, around: number, limits: WindowLimits): TimeWindow {
  const { bounds, leastMs } = limits
  const most = Math.max(leastMs, bounds.to - bounds.from)
  const before = window.to - window.from
  const length = Math.min(most, Math.max(leastMs, before * factor))
  const from = around - ((around - window.from) / before) * length
  return within({ from, to: from + length }, limits)
}

export function pan({ from, to }: TimeWindow, byMs: number, limits: WindowLimits): TimeWindow {
  return within({ from: from + byMs, to: to + byMs }, limits)
}

/**
 * Round moments, at least `spacePx` apart. They are read off the wall clock of this machine or, with an `origin`, counted
 * from there (`+5 s`, `-2 s`).
 */
export function ticksOf(window: TimeWindow, width: number, origin?: number, spacePx = 68): Tick[] {
  const { from, to } = window
  if (!(to > from) || width <= 0) return []
  const least = ((to - from) / width) * spacePx
  const step = STEPS.find((one) => one >= least) ?? Math.ceil(least / (24 * HOUR)) * 24 * HOUR
  // Round by the wall clock: midnight here, not in Greenwich.
  const zero = origin ?? new Date(from).getTimezoneOffset() * MINUTE
  const first = Math.ceil((from - zero) / step)
  const last = Math.floor((to - zero) / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const at = zero + (first + i) * step
    return { at, label: origin === undefined ? clockLabel(at, step) : offsetLabel(at - origin) }
  })
}

function clockLabel(at: number, step: number): string {
  const date = new Date(at)
  const pad = (value: number): string => value.toString().padStart(2, '0')
  const minutes = `${pad(date.getHours())}:${pad(date.getMinutes())}`
  if (step >= MINUTE) return minutes
  const seconds = `${minutes}:${pad(date.getSeconds())}`
  return step >= SECOND ? seconds : `${seconds}.${Math.round(date.getMilliseconds() / 100)}`
}

/** `+0.5 s`, `+12 s`, `+1 m 30 s`, `-3 s`. */
export function offsetLabel(ms: number): string {
  const sign = ms < 0 ? '-' : '+'
  const tenths = Math.round(Math.abs(ms) / 100) / 10
  if (tenths === 0) return '0 s'
  if (tenths < 60) return `${sign}${tenths} s`
  const seconds = Math.round(tenths)
  const rest = seconds % 60
  return `${sign}${Math.floor(seconds / 60)} m${rest === 0 ? '' : ` ${rest} s`}`
}
