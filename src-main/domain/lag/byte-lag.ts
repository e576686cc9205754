import type { InfoReply } from '../replies/info-reply.ts'
import type { ByteLagReason, ByteRange } from '../topology/model.ts'

/** The identity of one node's stream at one moment: its id, and the id it had before (valid below `secondOffset`). */
export interface History {
  readonly replid: string | undefined
  readonly replid2: string | undefined
  readonly secondOffset: number | undefined
}

/** A node's place in its history. Source: one INFO reply. */
export interface HistoryPoint extends History {
  readonly offset: number | undefined
}

/** When the question went out and when its whole answer was in; epoch ms of one monotonic source. */
export interface Asked {
  readonly sentAt: number
  readonly receivedAt: number
}

/** One INFO of the node that produces the stream. */
export interface MasterSample extends HistoryPoint, Asked {
  readonly runId: string | undefined
  /** `repl_backlog_active`. Without a backlog the offset is frozen and says nothing. */
  readonly backlogActive: boolean | undefined
  /** The server sent an offset that a double cannot hold. */
  readonly isOffsetTooLarge: boolean
}

/** One INFO of the replica. */
export interface ReplicaSample extends History, Asked {
  /** `slave_repl_offset`. */
  readonly appliedOffset: number | undefined
  /** `slave_read_repl_offset`, 6.2.6+. */
  readonly readOffset: number | undefined
  /** `master_repl_offset` of the replica itself; 0 beside `slave_repl_offset:1` means no history at all. */
  readonly ownOffset: number | undefined
  readonly syncInProgress: boolean | undefined
  readonly loading: boolean | undefined
  readonly isOffsetTooLarge: boolean
}

/** What a sandwich of samples proves: an interval at the replica's instant, or why there is none. */
export interface ByteLag {
  readonly range: ByteRange | undefined
  /** Undefined exactly when `range` is there. */
  readonly reason: ByteLagReason | undefined
  /** M - slave_read_repl_offset at most, never below 0. Undefined without `range` or before 6.2.6. */
  readonly inFlightBytes: number | undefined
  /** slave_read_repl_offset - slave_repl_offset. Undefined before 6.2.6; known even without `range`. */
  readonly unappliedBytes: number | undefined
}

/**
 * Whether two offsets number the same bytes: equal ids, or one node still carries the id that the other had before and
 * stands below the point where the other left it. Unknown ids are not comparable.
 */
export function comparable(a: HistoryPoint, b: HistoryPoint): boolean {
  if (a.replid === undefined || b.replid === undefined) return false
  if (sameReplid(a.replid, b.replid)) return true
  return carriesOldIdOf(a, b) || carriesOldIdOf(b, a)
}

/** Replication ids compare without regard to case; an unknown one equals nothing. */
export function sameReplid(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && (a === b || a.toLowerCase() === b.toLowerCase())
}

/**
 * The lag interval by the sandwich method: low from the last master sample whose answer was in before the replica was
 * asked (clamped at 0; 0 when there is none), high from the first master sample asked after the replica's answer was in
 * (not clamped: negative means that the replica is ahead). `masters` is ordered by time; `maxAgeMs` with `now` refuses a
 * replica sample older than that.
 */
export function byteLag(
  masters: readonly MasterSample[],
  replica: ReplicaSample,
  limit?: { readonly now: number; readonly maxAgeMs: number },
): ByteLag {
  const unappliedBytes = unapplied(replica)
  const none = (reason: ByteLagReason): ByteLag => ({
    range: undefined,
    reason,
    inFlightBytes: undefined,
    unappliedBytes,
  })
  const own = replicaTrouble(replica)
  if (own !== undefined) return none(own)
  const R = replica.appliedOffset
  if (R === undefined) return none('not-sampled')
  if (limit !== undefined && limit.now - replica.receivedAt > limit.maxAgeMs) return none('stale')
  const after = masters.find((m) => m.sentAt >= replica.receivedAt)
  if (after === undefined) return none('not-sampled')
  if (after.isOffsetTooLarge) return none('offset-too-large')
  if (after.backlogActive === false) return none('no-backlog')
  if (after.offset === undefined || after.replid === undefined) return none('not-sampled')
  if (!comparable(after, { ...replica, offset: R })) return none('different-history')
  const before = masters.findLast((m) => m.receivedAt <= replica.sentAt && m.offset !== undefined)
  if (before?.offset !== undefined && !isOneStream(before, after)) return none('stale')
  return {
    range: { low: Math.max(0, (before?.offset ?? 0) - R), high: after.offset - R },
    reason: undefined,
    inFlightBytes: replica.readOffset === undefined ? undefined : Math.max(0, after.offset - replica.readOffset),
    unappliedBytes,
  }
}

/**
 * What a master's `slaveN` line alone proves: the acknowledged offset is a lower bound of what was applied, so the true
 * lag lies between 0 and M - ack at that instant. For replicas that cannot be reached from here. Undefined when there is
 * no acknowledgement (any state but `online`, or 0: none since the last sync) or when the two do not fit.
 */
export function ackLag(masterOffset: number | undefined, line: AckLine): ByteRange | undefined {
  const { ackOffset } = line
  if (masterOffset === undefined || ackOffset === undefined || line.state !== 'online') return undefined
  if (ackOffset === 0 || ackOffset > masterOffset) return undefined
  return { low: 0, high: masterOffset - ackOffset }
}

/** The two fields of a `slaveN` line that `ackLag` reads. */
export interface AckLine {
  readonly state: string | undefined
  readonly ackOffset: number | undefined
}

/** The master's side of a sandwich, from one INFO. */
export function toMasterSample(info: InfoReply, asked: Asked): MasterSample {
  const { replid, replid2, secondOffset, offset, backlogActive } = info.replication
  return {
    sentAt: asked.sentAt,
    receivedAt: asked.receivedAt,
    replid,
    replid2,
    secondOffset,
    offset,
    backlogActive,
    runId: info.server.runId,
    isOffsetTooLarge: isTooLarge(info, 'master_repl_offset'),
  }
}

/** The replica's side of a sandwich, from one INFO. */
export function toReplicaSample(info: InfoReply, asked: Asked): ReplicaSample {
  const { replid, replid2, secondOffset, offset, appliedOffset, readOffset, syncInProgress } = info.replication
  return {
    sentAt: asked.sentAt,
    receivedAt: asked.receivedAt,
    replid,
    replid2,
    secondOffset,
    appliedOffset,
    readOffset,
    ownOffset: offset,
    syncInProgress,
    loading:
      info.persistence.loading === true || info.persistence.asyncLoading === true ? true : info.persistence.loading,
    isOffsetTooLarge: isTooLarge(info, 'slave_repl_offset'),
  }
}

function replicaTrouble(replica: ReplicaSample): ByteLagReason | undefined {
  if (replica.loading === true) return 'loading'
  if (replica.syncInProgress === true) return 'syncing'
  if (replica.isOffsetTooLarge) return 'offset-too-large'
  if (replica.appliedOffset === 1 && replica.ownOffset === 0) return 'no-history'
  return undefined
}

/** One process, one id, an offset that did not fall: only then may the two samples bound what lies between. */
function isOneStream(before: MasterSample, after: MasterSample): boolean {
  if (before.runId !== after.runId || !sameReplid(before.replid, after.replid)) return false
  return before.offset !== undefined && after.offset !== undefined && before.offset <= after.offset
}

function carriesOldIdOf(old: HistoryPoint, changed: HistoryPoint): boolean {
  if (!sameReplid(old.replid, changed.replid2)) return false
  return changed.secondOffset !== undefined && old.offset !== undefined && old.offset < changed.secondOffset
}

function unapplied(replica: ReplicaSample): number | undefined {
  if (replica.readOffset === undefined || replica.appliedOffset === undefined) return undefined
  return Math.max(0, replica.readOffset - replica.appliedOffset)
}

function isTooLarge(info: InfoReply, field: string): boolean {
  return info.unreadable.some((entry) => entry.field === field && entry.problem === 'beyond-2^53')
}
