import type { SeriesPoint } from '../../src-main/contract/calls.ts'

/**
 * A ring's content, oldest first: a view, good until the next point is added. NaN is a gap: not known at that moment, or
 * nobody was listening.
 */
export interface SeriesColumns {
  readonly length: number
  /** Epoch ms of the host, strictly rising. */
  readonly at: Float64Array
  readonly writeBytesPerSecond: Float64Array
  readonly byteLagLow: Float64Array
  readonly byteLagHigh: Float64Array
  readonly marginBytes: Float64Array
}

/** The last samples of one node, in typed arrays of a fixed size: what is remembered never grows with time. */
export interface SeriesRing {
  /** Adds a point; one that is not newer than the last is dropped. A silence longer than `gapMs` leaves a hole. */
  readonly push: (point: SeriesPoint) => void
  /** Joins points from elsewhere with those held: of a page that came late, or whose line was lost for a while. */
  readonly backfill: (points: readonly SeriesPoint[]) => void
  readonly columns: () => SeriesColumns
  readonly lastAt: () => number
}

const FIELDS = ['writeBytesPerSecond', 'byteLagLow', 'byteLagHigh', 'marginBytes'] as const

export function createSeriesRing(capacity: number, gapMs: number): SeriesRing {
  // Twice the room: what is kept lies in one piece and is looked at in place. Once in `capacity` points it moves to the front.
  const room = capacity * 2
  const at = new Float64Array(room)
  const fields = FIELDS.map(() => new Float64Array(room))
  let start = 0
  let end = 0
  let cached: SeriesColumns | undefined

  function lastAt(): number {
    return end === start ? Number.NEGATIVE_INFINITY : (at[end - 1] ?? 0)
  }

  function put(moment: number, valueOf: (field: (typeof FIELDS)[number]) => number): void {
    if (end === room) {
      for (const column of [at, ...fields]) column.copyWithin(0, start, end)
      end -= start
      start = 0
    }
    at[end] = moment
    for (let i = 0; i < FIELDS.length; i++) fields[i]![end] = valueOf(FIELDS[i]!)
    end += 1
    if (end - start > capacity) start += 1
    cached = undefined
  }

  function push(point: SeriesPoint): void {
    const last = lastAt()
    if (!(point.at > last)) return
    if (end > start && point.at - last > gapMs) put(last + 1, () => Number.NaN)
    put(point.at, (field) => point[field] ?? Number.NaN)
  }

  function backfill(points: readonly SeriesPoint[]): void {
    const held = toPoints(columns()).filter((point) => !isHole(point))
    const moments = new Set(held.map((point) => point.at))
    const all = [...held, ...points.filter((point) => !moments.has(point.at))].sort((a, b) => a.at - b.at)
    start = 0
    end = 0
    cached = undefined
    for (const point of all) push(point)
  }

  function columns(): SeriesColumns {
    const [write, low, high, margin] = fields as [Float64Array, Float64Array, Float64Array, Float64Array]
    return (cached ??= {
      length: end - start,
      at: at.subarray(start, end),
      writeBytesPerSecond: write.subarray(start, end),
      byteLagLow: low.subarray(start, end),
      byteLagHigh: high.subarray(start, end),
      marginBytes: margin.subarray(start, end),
    })
  }

  return { push, backfill, columns, lastAt }
}

function isHole(point: SeriesPoint): boolean {
  return FIELDS.every((field) => point[field] === null)
}

/** Columns as points again; NaN becomes null. */
export function toPoints(columns: SeriesColumns): SeriesPoint[] {
  const value = (column: Float64Array, i: number): number | null => {
    const number = column[i]
    return number === undefined || Number.isNaN(number) ? null : number
  }
  return Array.from({ length: columns.length }, (_, i) => ({
    at: columns.at[i] ?? 0,
    writeBytesPerSecond: value(columns.writeBytesPerSecond, i),
    byteLagLow: value(columns.byteLagLow, i),
    byteLagHigh: value(columns.byteLagHigh, i),
    marginBytes: value(columns.marginBytes, i),
  }))
}
