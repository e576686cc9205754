import type { Coverage } from '../topology/model.ts'

/** What the upstream's backlog holds and where the replica stands; bytes and bytes a second. */
export interface CoverageFacts {
  /** `repl_backlog_size`. */
  readonly sizeBytes: number | undefined
  /** `repl_backlog_first_byte_offset` of an active backlog. */
  readonly firstByteOffset: number | undefined
  /** The upstream's `master_repl_offset`. */
  readonly upstreamOffset: number | undefined
  /** The replica's `slave_repl_offset`, on the same history. */
  readonly replicaOffset: number | undefined
  readonly bytesPerSecond: number | undefined
}

/** A span of time that may have no end, and may be unknown. */
export interface Span {
  /** Undefined when unknown or unbounded. */
  readonly seconds: number | undefined
  readonly isUnbounded: boolean
}

/**
 * How far the backlog carries one replica. Undefined when an offset is unknown. A replica that could not resume now has
 * 0 seconds. Never call it across different histories.
 */
export function coverage(facts: CoverageFacts): Coverage | undefined {
  const { firstByteOffset: F, upstreamOffset: M, replicaOffset: R } = facts
  if (F === undefined || M === undefined || R === undefined) return undefined
  const bytes = R + 1 - F
  const isResumable = bytes >= 0 && R <= M
  if (!isResumable) return { bytes, seconds: 0, isUnbounded: false }
  const left = facts.sizeBytes === undefined ? undefined : facts.sizeBytes - (M - R)
  return { bytes, ...timeFor(left, facts.bytesPerSecond) }
}

/** How long any replica that is level now may stay away: S / r. */
export function outageTolerance(sizeBytes: number | undefined, bytesPerSecond: number | undefined): Span {
  return timeFor(sizeBytes, bytesPerSecond)
}

/**
 * The rate to reckon spans with. Under Sentinel none is 0: its hellos never cease, and exactly 0 is the pause between two
 * of them, so that the rate is not known yet.
 */
export function spanRate(bytesPerSecond: number | undefined, isUnderSentinel: boolean): number | undefined {
  return isUnderSentinel && bytesPerSecond === 0 ? undefined : bytesPerSecond
}

function timeFor(bytes: number | undefined, bytesPerSecond: number | undefined): Span {
  if (bytes === undefined || bytesPerSecond === undefined) return { seconds: undefined, isUnbounded: false }
  if (bytes <= 0) return { seconds: 0, isUnbounded: false }
  if (bytesPerSecond === 0) return { seconds: undefined, isUnbounded: true }
  return { seconds: bytes / bytesPerSecond, isUnbounded: false }
}
