import type { SeriesPoint } from '../../src-main/contract/calls.ts'

/** A ring's content, oldest first. NaN is a gap: not known at that moment, or nobody was listening. */
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
  const at = new Float64Array(capacity)
  const fields = FIELDS.map(() => new Float64Array(capacity))
  let start = 0
  let length = 0
  let cached: SeriesColumns | undefined

  function lastAt(): number {
    return length === 0 ? Number.NEGATIVE_INFINITY : (at[(start + length - 1) % capacity] ?? 0)
  }

  function put(moment: number, values: readonly number[]): void {
    const slot = (start + length) % capacity
    at[slot] = moment
    fields.forEach((column, i) => {
      column[slot] = values[i] ?? Number.NaN
    })
    if (length < capacity) length += 1
    else start = (start + 1) % capacity
    cached = undefined
  }

  function push(point: SeriesPoint): void {
    const last = lastAt()
    if (!(point.at > last)) return
    if (length > 0 && point.at - last > gapMs) put(last + 1, [])
    put(
      point.at,
      FIELDS.map((field) => point[field] ?? Number.NaN),
    )
  }

  function backfill(points: readonly SeriesPoint[]): void {
    const held = toPoints(columns()).filter((point) => !isHole(point))
    const moments = new Set(held.map((point) => point.at))
    const all = [...held, ...points.filter((point) => !moments.has(point.at))].sort((a, b) => a.at - b.at)
    start = 0
    length = 0
    cached = undefined
    for (const point of all) push(point)
  }

  function columns(): SeriesColumns {
    if (cached) return cached
    const ordered = (column: Float64Array): Float64Array => {
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) out[i] = column[(start + i) % capacity] ?? Number.NaN
      return out
    }
    const [write, low, high, margin] = fields.map(ordered)
    const none = new Float64Array(0)
    cached = {
      length,
      at: ordered(at),
      writeBytesPerSecond: write ?? none,
      byteLagLow: low ?? none,
      byteLagHigh: high ?? none,
      marginBytes: margin ?? none,
    }
    return cached
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
