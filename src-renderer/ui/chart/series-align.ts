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

/** Joins lines that were sampled at different moments. Samples outside `from`..`to` (epoch ms) are left out. */
export function alignLines(lines: readonly LineColumns[], from: number, to: number): AlignedLines {
  const windows = lines.map((line) => ({ line, start: lowerBound(line, from), end: lowerBound(line, to + 1) }))
  let times: readonly number[] = []
  for (const { line, start, end } of windows) times = union(times, line.at.subarray(start, end))
  return {
    times: times.map((at) => at / 1000),
    low: windows.map(({ line, start, end }) => spread(times, line, line.low, start, end)),
    high: windows.map(({ line, start, end }) => spread(times, line, line.high, start, end)),
  }
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
function union(a: readonly number[], b: Float64Array): readonly number[] {
  if (a.length === 0) return Array.from(b)
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
  return out.length === a.length ? a : out
}

function spread(
  times: readonly number[],
  line: LineColumns,
  values: Float64Array,
  start: number,
  end: number,
): ChartValue[] {
  const out = new Array<ChartValue>(times.length)
  let next = start
  for (let i = 0; i < times.length; i++) {
    if (next >= end || line.at[next] !== times[i]) {
      out[i] = undefined
      continue
    }
    const value = values[next++] ?? Number.NaN
    out[i] = Number.isNaN(value) ? null : value
  }
  return out
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

/**
 * The same lines with at most `most` moments: neighbours merge into one that keeps the highest high and the lowest low. A
 * merged moment that holds a gap is a gap, so that none is ever bridged.
 */
export function thinLines(lines: AlignedLines, most: number): AlignedLines {
  const step = Math.ceil(lines.times.length / Math.max(1, most))
  if (step <= 1) return lines
  return {
    times: lines.times.filter((_, i) => i % step === 0),
    low: lines.low.map((values) => merge(values, step, Math.min)),
    high: lines.high.map((values) => merge(values, step, Math.max)),
  }
}

function merge(values: readonly ChartValue[], step: number, pick: (a: number, b: number) => number): ChartValue[] {
  const out: ChartValue[] = []
  for (let i = 0; i < values.length; i += step) {
    let merged: ChartValue
    const end = Math.min(values.length, i + step)
    for (let j = i; j < end; j++) {
      const value = values[j]
      if (value === undefined || merged === null) continue
      merged = value === null || merged === undefined ? value : pick(merged, value)
    }
    out.push(merged)
  }
  return out
}
