/** The samples of one line, oldest first, moments strictly rising (epoch ms). NaN is a gap. */
export interface LineColumns {
  readonly length: number
  readonly at: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
}

export const NO_SAMPLES: LineColumns = {
  length: 0,
  at: new Float64Array(0),
  low: new Float64Array(0),
  high: new Float64Array(0),
}

/** A value as the chart wants it: `null` leaves a gap open, `undefined` only says that this line has no sample here. */
export type ChartValue = number | null | undefined

/** Lines on one common time axis: `times` in seconds, strictly rising; one array a line. */
export interface AlignedLines {
  readonly times: number[]
  readonly low: ChartValue[][]
  readonly high: ChartValue[][]
}

/**
 * Joins lines that were sampled at different moments. Samples outside `from`..`to` (epoch ms) are left out. With more than
 * `most` moments, neighbours become one that keeps the highest high and the lowest low; one that holds a gap is a gap, so that
 * none is ever bridged. What is joined depends on the clock and the length of the window alone: moving it moves no peak.
 */
export function alignLines(lines: readonly LineColumns[], from: number, to: number, most = Infinity): AlignedLines {
  const windows = lines.map((line) => ({ line, start: lowerBound(line, from), end: lowerBound(line, to + 1) }))
  let times: ArrayLike<number> = []
  for (const { line, start, end } of windows) times = union(times, line.at.subarray(start, end))
  const bucketMs = times.length <= most ? 0 : (to - from) / most
  const axis = bucketMs === 0 ? Array.from(times) : lastOfEach(times, bucketMs)
  const joined = windows.map(({ line, start, end }) => spread(axis, line, start, end))
  return {
    times: axis.map((at) => at / 1000),
    low: joined.map(({ low }) => low),
    high: joined.map(({ high }) => high),
  }
}

/** The last moment of each bucket that has any, so that the newest stands where it was taken. */
function lastOfEach(times: ArrayLike<number>, bucketMs: number): number[] {
  const out: number[] = []
  let bucket = Number.NaN
  for (let i = 0; i < times.length; i++) {
    const at = times[i]!
    const own = Math.floor(at / bucketMs)
    if (own === bucket) out[out.length - 1] = at
    else out.push(at)
    bucket = own
  }
  return out
}

function lowerBound(line: LineColumns, moment: number): number {
  let left = 0
  let right = line.length
  while (left < right) {
    const middle = (left + right) >> 1
    if ((line.at[middle] ?? 0) < moment) left = middle + 1
    else right = middle
  }
  return left
}

/** Two rising lists as one. Lines of one group are sampled together, so mostly nothing is new. */
function union(a: ArrayLike<number>, b: Float64Array): ArrayLike<number> {
  if (a.length === 0) return b
  if (b.length === 0 || isSame(a, b)) return a
  const out: number[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const left = a[i] ?? Number.POSITIVE_INFINITY
    const right = b[j] ?? Number.POSITIVE_INFINITY
    out.push(Math.min(left, right))
    if (left <= right) i++
    if (right <= left) j++
  }
  return out
}

function isSame(a: ArrayLike<number>, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** A line's values on the common axis. With a bucket, several samples may belong to one moment of it. */
function spread(
  axis: readonly number[],
  { at, low, high }: LineColumns,
  start: number,
  end: number,
): { readonly low: ChartValue[]; readonly high: ChartValue[] } {
  const lows = new Array<ChartValue>(axis.length).fill(undefined)
  const highs = new Array<ChartValue>(axis.length).fill(undefined)
  let slot = 0
  for (let i = start; i < end; i++) {
    while ((axis[slot] ?? Number.POSITIVE_INFINITY) < at[i]!) slot++
    const [bottom, top] = [low[i]!, high[i]!]
    if (Number.isNaN(top) || Number.isNaN(bottom)) {
      lows[slot] = null
      highs[slot] = null
    } else if (highs[slot] === undefined) {
      lows[slot] = bottom
      highs[slot] = top
    } else if (highs[slot] !== null) {
      if (bottom < lows[slot]!) lows[slot] = bottom
      if (top > highs[slot]!) highs[slot] = top
    }
  }
  return { low: lows, high: highs }
}

/** The place on the axis of the newest moment at or before one (seconds); -1 before the first. */
export function indexAt(times: readonly number[], moment: number): number {
  let index = times.length - 1
  while (index >= 0 && times[index]! > moment) index -= 1
  return index
}

/** Without a sample for this long, and for three of its intervals, a line says nothing of the present. */
const SILENCE_S = 12.5

/** The place on the axis that stands for the present (epoch ms): its newest moment; -1 when that is too long ago. */
export function presentIndex(times: readonly number[], now: number): number {
  const last = times.length - 1
  const newest = times[last] ?? Number.NEGATIVE_INFINITY
  const spacing = newest - (times[last - 1] ?? newest)
  return now / 1000 - newest > Math.max(SILENCE_S, spacing * 3) ? -1 : last
}

/** The line's value at a moment of the axis: the newest at or before it; null inside a gap or before the first. */
export function valueAt(values: readonly ChartValue[], index: number): number | null {
  for (let i = Math.min(index, values.length - 1); i >= 0; i--) {
    const value = values[i]
    if (value !== undefined) return value
  }
  return null
}

/** Highest known value; undefined when there is none. */
export function peakOf(lines: readonly (readonly ChartValue[])[]): number | undefined {
  let peak: number | undefined
  for (const line of lines)
    for (const value of line) if (value != null && (peak === undefined || value > peak)) peak = value
  return peak
}
