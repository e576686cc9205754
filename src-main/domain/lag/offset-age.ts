import { sameReplid } from './byte-lag.ts'

/** Points kept at most; older ones lie further apart. */
export const AGE_POINTS = 240

interface Point {
  readonly at: number
  readonly offset: number
}

/** Where a master's offset stood and when: bounded, oldest first, replaced whole by `addOffset`. */
export interface OffsetRing {
  readonly runId: string | undefined
  readonly replid: string | undefined
  readonly points: readonly Point[]
}

/** Nothing seen yet. */
export const NO_OFFSETS: OffsetRing = { runId: undefined, replid: undefined, points: [] }

/** How long ago the master first passed an offset. */
export interface OffsetAge {
  /** Best estimate, between the bounds; 0 when level. */
  readonly seconds: number
  readonly lowSeconds: number
  readonly highSeconds: number
}

/** The ring after one more sample. Another run id or replid, or an offset that fell, starts it anew. */
export function addOffset(
  ring: OffsetRing,
  sample: {
    readonly at: number
    readonly offset: number
    readonly runId: string | undefined
    readonly replid: string | undefined
  },
): OffsetRing {
  const { runId, replid, at, offset } = sample
  const last = ring.points.at(-1)
  const isOneStream =
    last !== undefined && ring.runId === runId && sameReplid(ring.replid, replid) && offset >= last.offset
  if (!isOneStream) return { runId, replid, points: [{ at, offset }] }
  if (at <= last.at) return ring
  // a flat stretch needs its two ends only
  const isFlat = ring.points.at(-2)?.offset === offset && last.offset === offset
  const points = [...(isFlat ? ring.points.slice(0, -1) : ring.points), { at, offset }]
  return { runId, replid, points: points.length > AGE_POINTS ? dropOne(points) : points }
}

/**
 * How long before `at` (the replica's sample, epoch ms) the master's offset first exceeded `offset`. 0 when the replica
 * is level with the newest sample. Undefined when the ring is empty or does not reach back far enough.
 */
export function offsetAge(ring: OffsetRing, offset: number, at: number): OffsetAge | undefined {
  const newest = ring.points.at(-1)
  if (newest === undefined) return undefined
  if (offset >= newest.offset) return { seconds: 0, lowSeconds: 0, highSeconds: 0 }
  const passed = ring.points.findIndex((point) => point.offset > offset)
  const after = ring.points[passed]
  const before = ring.points[passed - 1]
  if (after === undefined || before === undefined) return undefined
  const share = (offset - before.offset) / (after.offset - before.offset)
  const ago = (moment: number): number => Math.max(0, at - moment) / 1000
  return {
    seconds: ago(before.at + share * (after.at - before.at)),
    lowSeconds: ago(after.at),
    highSeconds: ago(before.at),
  }
}

/** Drops the inner point whose loss costs least: the gap it leaves is smallest beside its age. */
function dropOne(points: readonly Point[]): readonly Point[] {
  const newest = points.at(-1)
  if (newest === undefined) return points
  let cheapest = 1
  let lowest = Infinity
  for (let i = 1; i < points.length - 1; i++) {
    const [left, here, right] = [points[i - 1], points[i], points[i + 1]]
    if (left === undefined || here === undefined || right === undefined) continue
    const cost = (right.at - left.at) / (newest.at - here.at)
    if (cost < lowest) [lowest, cheapest] = [cost, i]
  }
  return points.filter((_, index) => index !== cheapest)
}
