import { sameReplid } from './byte-lag.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import type { WriteRate } from '../topology/model.ts'

/** The mean is taken over this window. */
export const RATE_WINDOW_MS = 10_000
/** Two samples closer than this give no rate. */
export const MIN_SPAN_MS = 250
/** A longer silence starts the measurement anew: an average over an outage is nobody's rate. */
export const MAX_GAP_MS = 60_000
const PEAK_SLOT_MS = 15 * 60_000
const PEAK_SLOTS = 96
const MAX_POINTS = 24
/** A server clock that moved differently from ours by more than this was stepped; then ours counts. */
const CLOCK_STEP_MS = 1000

/** One observation of a stream's end. */
export interface RateSample {
  /** When the answer was in, epoch ms, ours. */
  readonly receivedAt: number
  /** `server_time_usec`; undefined before 6.2. */
  readonly serverTimeUsec: number | undefined
  readonly runId: string | undefined
  readonly replid: string | undefined
  readonly offset: number | undefined
  readonly backlogActive: boolean | undefined
}

interface Point {
  readonly at: number
  readonly usec: number | undefined
  readonly offset: number
}

/** The tracker's memory of one node: bounded (24 points, 97 peaks), replaced whole by `addRateSample`. */
export interface RateState {
  readonly runId: string | undefined
  readonly replid: string | undefined
  /** Oldest first, the last 10 s and one before. */
  readonly points: readonly Point[]
  /** Where the present 10 s bucket began. */
  readonly bucket: Point | undefined
  /** Highest 10 s mean of each quarter of an hour, oldest first, 24 hours back. Survives restarts. */
  readonly peaks: readonly { readonly from: number; readonly bytesPerSecond: number }[]
}

/** Nothing measured yet. */
export const NO_RATE: RateState = { runId: undefined, replid: undefined, points: [], bucket: undefined, peaks: [] }

/** A sample from one INFO. */
export function toRateSample(info: InfoReply, receivedAt: number): RateSample {
  const { replid, offset, backlogActive } = info.replication
  const { runId, serverTimeUsec } = info.server
  return { receivedAt, serverTimeUsec, runId, replid, offset, backlogActive }
}

/**
 * The tracker after one more sample. Another run id, another replid, an offset that fell, a missing backlog (the offset
 * is frozen), a missing field or a long silence start it anew; the peaks stay.
 */
export function addRateSample(state: RateState, sample: RateSample): RateState {
  const { runId, replid, offset } = sample
  if (offset === undefined || replid === undefined || sample.backlogActive !== true)
    return { ...state, runId, replid, points: [], bucket: undefined }
  const point: Point = { at: sample.receivedAt, usec: sample.serverTimeUsec, offset }
  const last = state.points.at(-1)
  const isOneStream =
    last !== undefined &&
    state.runId === runId &&
    sameReplid(state.replid, replid) &&
    point.offset >= last.offset &&
    point.at - last.at <= MAX_GAP_MS
  if (!isOneStream) return { ...state, runId, replid, points: [point], bucket: point }
  if (point.at <= last.at) return state
  const points = thin([...state.points, point])
  const bucket = state.bucket ?? last
  if (point.at - bucket.at < RATE_WINDOW_MS) return { ...state, points, bucket }
  return { ...state, points, bucket: point, peaks: addPeak(state.peaks, point.at, ratePerSecond(bucket, point)) }
}

/** Undefined until two samples at least 250 ms apart on one history exist. The peak is never below the mean. */
export function writeRate(state: RateState): WriteRate | undefined {
  const last = state.points.at(-1)
  const first = state.points[0]
  if (first === undefined || last === undefined || last.at - first.at < MIN_SPAN_MS) return undefined
  const bytesPerSecond = ratePerSecond(first, last)
  const peak = state.peaks.reduce((highest, slot) => Math.max(highest, slot.bytesPerSecond), bytesPerSecond)
  return { bytesPerSecond, peakBytesPerSecond: peak }
}

function ratePerSecond(from: Point, to: Point): number {
  return ((to.offset - from.offset) * 1000) / spanMs(from, to)
}

function spanMs(from: Point, to: Point): number {
  const ours = to.at - from.at
  if (from.usec === undefined || to.usec === undefined) return ours
  const theirs = (to.usec - from.usec) / 1000
  const isStepped = theirs <= 0 || Math.abs(theirs - ours) > CLOCK_STEP_MS + ours / 10
  return isStepped ? ours : theirs
}

/** Keeps the newest point at or before the window's start as its far end, and no more points than the bound. */
function thin(points: readonly Point[]): readonly Point[] {
  const newest = points.at(-1)
  if (newest === undefined) return points
  const start = newest.at - RATE_WINDOW_MS
  const from = points.findLastIndex((point) => point.at <= start)
  const kept = from > 0 ? points.slice(from) : points
  if (kept.length <= MAX_POINTS) return kept
  // too dense: every second point of the older ones will do, the ends stay
  return kept.filter((_, index) => index === kept.length - 1 || index % 2 === 0)
}

function addPeak(peaks: RateState['peaks'], at: number, bytesPerSecond: number): RateState['peaks'] {
  const oldest = at - PEAK_SLOTS * PEAK_SLOT_MS
  const last = peaks.at(-1)
  if (last !== undefined && at - last.from < PEAK_SLOT_MS) {
    if (last.bytesPerSecond >= bytesPerSecond) return peaks
    return [...peaks.slice(0, -1), { from: last.from, bytesPerSecond }]
  }
  return [...peaks.filter((slot) => slot.from + PEAK_SLOT_MS > oldest), { from: at, bytesPerSecond }].slice(
    -PEAK_SLOTS - 1,
  )
}
