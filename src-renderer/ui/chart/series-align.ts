/** One sample of one line. Null is a gap. */
export interface LinePoint {
  readonly at: number
  readonly low: number | null
  readonly high: number | null
}

/**
 * Lines on one common time axis, as the chart wants them: `times` in seconds, strictly rising; per line, `null` is a gap
 * to be left open and `undefined` means that this line merely has no sample at that moment.
 */
export interface AlignedLines {
  readonly times: number[]
  readonly low: (number | null | undefined)[][]
  readonly high: (number | null | undefined)[][]
}

/** A silence longer than this is a gap. Remembered samples are up to 5 s apart, live ones 1 s. */
export const GAP_MS = 12_500

/** Joins lines sampled at different moments. Points outside `from`..`to` (epoch ms) are left out; a later duplicate wins. */
export function alignLines(lines: readonly (readonly LinePoint[])[], from: number, to: number): AlignedLines {
  const moments = new Set<number>()
  const opened = lines.map((points) => openGaps(points, from, to))
  for (const points of opened) for (const point of points) moments.add(point.at)
  const stamps = [...moments].sort((a, b) => a - b)
  const index = new Map(stamps.map((at, i) => [at, i]))
  const low = lines.map(() => new Array<number | null | undefined>(stamps.length).fill(undefined))
  const high = lines.map(() => new Array<number | null | undefined>(stamps.length).fill(undefined))
  opened.forEach((points, line) => {
    for (const point of points) {
      const i = index.get(point.at) ?? 0
      low[line]![i] = point.low
      high[line]![i] = point.high
    }
  })
  return { times: stamps.map((at) => at / 1000), low, high }
}

/** The points within the window, with an explicit hole where the line fell silent. */
function openGaps(points: readonly LinePoint[], from: number, to: number): LinePoint[] {
  const kept: LinePoint[] = []
  for (const point of points) {
    if (point.at < from || point.at > to) continue
    const before = kept.at(-1)
    if (before && point.at - before.at > GAP_MS) kept.push({ at: before.at + 1, low: null, high: null })
    kept.push(point)
  }
  const last = kept.at(-1)
  if (last && to - last.at > GAP_MS) kept.push({ at: last.at + 1, low: null, high: null })
  return kept
}

/** The newest known point at or before an index; null when the line is silent there. */
export function valueAt(values: readonly (number | null | undefined)[], index: number): number | null {
  for (let i = Math.min(index, values.length - 1); i >= 0; i--) {
    const value = values[i]
    if (value !== undefined) return value
  }
  return null
}

/** Highest known value, or undefined when there is none. */
export function peakOf(lines: readonly (readonly (number | null | undefined)[])[]): number | undefined {
  let peak: number | undefined
  for (const line of lines)
    for (const value of line) if (value != null && (peak === undefined || value > peak)) peak = value
  return peak
}
