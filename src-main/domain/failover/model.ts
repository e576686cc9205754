import type { NodeId } from '../address.ts'
import type { ByteRange, ResyncVerdict } from '../topology/model.ts'

/** What would happen if the master died now. */
export interface FailoverForecast {
  readonly group: string
  readonly master: NodeId | undefined
  /** Undefined when undecided, when nobody is electable and when no Sentinel monitors the group. */
  readonly winner: NodeId | undefined
  /** All that may win, best first: the winner alone when it is decided. */
  readonly possibleWinners: readonly NodeId[]
  /** Every witness agrees and nothing that may change in time decides. */
  readonly isCertain: boolean
  /** Why it is not certain. */
  readonly unknowns: readonly string[]
  readonly works: Works
  /** In order of time, from the master's death; empty when down-after is not known. */
  readonly timeline: readonly TimelinePhase[]
  /** Every replica: the electable ones in Sentinel's order, then the others. */
  readonly ranking: readonly RankedCandidate[]
  readonly quorum: QuorumForecast
  /** What the promotion loses. Undefined bytes: not known, or a winner of another history. */
  readonly loss: Loss
  /** The other replicas' resync, then. */
  readonly afterwards: readonly { readonly node: NodeId; readonly resync: ResyncVerdict }[]
  /** Whether the new master would take writes under its min-replicas setting. */
  readonly writesAfterwards: { readonly accepted: boolean | undefined; readonly reason: string }
}

/** Would a failover work right now? `reasons` says what stands in its way; when nothing does, why it works. */
export interface Works {
  readonly ok: boolean
  readonly reasons: readonly string[]
}

export interface QuorumForecast {
  /** Sentinels that must agree that the master is down. */
  readonly needed: number | undefined
  /** Sentinels that could take part, seen by the best connected of them. */
  readonly reachable: number
  /** Votes for a leader: the majority of all known Sentinels, gone ones too, or the quorum if that is more. */
  readonly majorityNeeded: number | undefined
  readonly ok: boolean
}

/** Loss of a crash: bytes of the stream, and how much writing time that is. */
export interface Loss {
  readonly bytes: ByteRange | undefined
  readonly seconds: number | undefined
}

/** A stretch of the failover; each begins where the one before ends. Milliseconds after the master's death, worst case. */
export interface TimelinePhase {
  readonly phase: 'detection' | 'start-delay' | 'election' | 'selection' | 'promotion' | 'announcement'
  readonly fromMs: number
  readonly toMs: number
}

/** One replica as the election sees it. */
export interface RankedCandidate {
  readonly node: NodeId
  /** At least one witness would accept it. */
  readonly isEligible: boolean
  readonly excludedBecause: string | undefined
  readonly priority: number | undefined
  readonly offset: number | undefined
  readonly runId: string | undefined
  /** To the master, as measured from here. */
  readonly byteLag: ByteRange | undefined
  /** Its history is not the master's: offsets are compared blindly all the same. */
  readonly isForeign: boolean
}

/** What if: a node gone, other priorities, another min-replicas-to-write. */
export interface FailoverWhatIf {
  /** A replica or a Sentinel that is taken away. */
  readonly without?: readonly NodeId[]
  readonly priorities?: ReadonlyMap<NodeId, number>
  readonly minReplicas?: number
}
