import type { Address } from '../../domain/address.ts'
import type { ProbeSpan } from '../../domain/drills/model.ts'
import type { Result } from '../../domain/failure.ts'
import type { RespClientOptions } from '../resp-client.ts'

export interface ProbeOptions {
  readonly sentinels: readonly Address[]
  readonly group: string
  /** How the data nodes are reached. */
  readonly access?: RespClientOptions
  readonly sentinelAccess?: RespClientOptions
  /** Over all writers together; `max`: as fast as the answers come, in bounded batches. Default 100. */
  readonly perSecond?: number | 'max'
  /** Connections that share the numbers. Default 1. */
  readonly writers?: number
  /** Default 32; the shortest is the number itself, 9 bytes. */
  readonly valueBytes?: number
  /** Unanswered writes that one connection may have. Default 256. */
  readonly inFlight?: number
  /** Silence after which a connection is given up, as applications do. Default 1000. */
  readonly timeoutMs?: number
  readonly wait?: WaitOption
  readonly waitaof?: WaitAofOption
  /** Where its connections come from, so that a relay can tell this client from others. */
  readonly localAddress?: string
  /** A client that stays with one server, whatever Sentinel says of it and whatever it answers. */
  readonly pinnedTo?: Address
  /** Default `repliscope:probe:`; the run's own id follows it, so that two probes never share a key. */
  readonly keyPrefix?: string
  /** The most numbers it will send; it falls silent after them and says so. Default 4 million, 11 bytes each. */
  readonly maxNumbers?: number
}

/** WAIT after every so many writes of a connection, on that connection. The time-out is never 0: that waits for ever. */
export interface WaitOption {
  readonly replicas: number
  readonly timeoutMs: number
  /** Default 1. */
  readonly every?: number
}

export interface WaitAofOption extends WaitOption {
  readonly local: 0 | 1
}

/** By the first word of the server's answer. */
export const REFUSALS = ['READONLY', 'NOREPLICAS', 'MISCONF', 'OOM', 'LOADING', 'MASTERDOWN', 'other'] as const
export type Refusal = (typeof REFUSALS)[number]

/** `sent` is the sum of the others. No number is ever sent twice. */
export interface ProbeTally {
  readonly sent: number
  readonly acknowledged: number
  readonly refused: number
  readonly refusals: Readonly<Partial<Record<Refusal, number>>>
  /** Sent, and the connection ended before an answer came: it may be there or not. */
  readonly unknown: number
  /** Sent, and the answer may still come; 0 once it was stopped. */
  readonly pending: number
  /** Of the acknowledged: those that WAIT or WAITAOF then said as many have as was asked for. */
  readonly confirmed: number
  /** Due, and not sent: there was nobody to send them to, or too much was unanswered. They have no number. */
  readonly heldBack: number
  /** Where the last acknowledged write went. */
  readonly master: Address | null
  /** Why it has no connection now, in one line; null while it has one. */
  readonly trouble: string | null
  /** Every number that it may send was sent. */
  readonly isExhausted: boolean
}

/** One number's story. */
export interface ProbeWrite {
  readonly number: number
  readonly outcome: 'acknowledged' | 'unknown' | 'pending' | Refusal
  /** Milliseconds since the epoch. */
  readonly sentAt: number
  /** Null: no answer. For an unknown one, when its connection was given up. */
  readonly settledAt: number | null
  readonly server: Address
  /** What WAIT answered for it, or WAITAOF for replicas; null: not asked, or no answer. */
  readonly waited: number | null
  readonly isConfirmed: boolean
}

/** First and last, both included. */
export type NumberRange = readonly [first: number, last: number]

/** What one server holds of the settled writes. */
export interface ProbeCount {
  readonly at: Address
  readonly ackedKept: number
  readonly ackedLost: number
  readonly unknownKept: number
  readonly unknownLost: number
  /** Refused, and there all the same: always 0 on a server that keeps its word. */
  readonly refusedKept: number
  /** Confirmed by WAIT or WAITAOF, and gone. */
  readonly confirmedLost: number
  /** Of the acknowledged, rising. */
  readonly lostNumbers: readonly NumberRange[]
  /** What the lost acknowledged writes had added to `master_repl_offset`. */
  readonly lostBytes: number
  /** The same of the unknown ones that are not there; the old master may have had them or not. */
  readonly unknownLostBytes: number
}

/** All in milliseconds after the mark. Null: it did not happen. */
export interface SinceMark {
  readonly firstRefusedMs: number | null
  /** Sent after the mark and acknowledged; when the acknowledgement came. */
  readonly firstAcceptedMs: number | null
  /** The same, of the writes that a count found; null before the first count. */
  readonly firstKeptMs: number | null
  /** The longest time without an acknowledgement that ends after the mark. An open one runs to now, or to the stop. */
  readonly longestGapMs: number | null
  /** The same between acknowledgements of writes that a count found; null before the first count. */
  readonly longestKeptGapMs: number | null
}

export interface ProbeGap {
  /** Milliseconds since the epoch: the acknowledgement before it, and the one after it. */
  readonly from: number
  readonly to: number
  readonly ms: number
}

/** What the probe itself cost, and how true it is to what was asked of it. */
export interface ProbeOverhead {
  /** Null: as fast as it goes. */
  readonly askedPerSecond: number | null
  /** Sent, over the time in which it had a connection. */
  readonly achievedPerSecond: number
  /** How much later than due the writes were sent; null when nothing was ever due (`max`). */
  readonly lateMs: { readonly p50: number; readonly p99: number; readonly max: number } | null
  /** Of the process's event loop meanwhile, whoever held it up. */
  readonly eventLoopDelayMs: { readonly p99: number; readonly max: number }
  /** The part of the time that its own code ran, 0 to 1. */
  readonly ownShare: number
  /** CPU of the whole process over the time, 1 is one core. */
  readonly processCpuShare: number
}

export interface ProbeResult {
  readonly tally: ProbeTally
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly stoppedAt: number
  /** The longest time between two acknowledgements; null with fewer than two. */
  readonly gap: ProbeGap | null
  readonly overhead: ProbeOverhead
  /** Bytes that one write adds to `master_repl_offset`; a SELECT (23 bytes) comes once more when a replica attaches. */
  readonly streamBytesPerWrite: number
}

/** Numbered writes under way. Whoever starts one stops it. */
export interface Probe {
  /** Begins its keys. */
  readonly run: string
  readonly startedAt: number
  readonly tally: () => ProbeTally
  /**
   * The live band, rising and without holes up to now, in milliseconds since `zeroAt` (since the epoch). After a count
   * the `lost` spans follow the others and lie over the accepted ones.
   */
  readonly spans: (zeroAt: number) => readonly ProbeSpan[]
  /** `at`: milliseconds since the epoch. */
  readonly since: (at: number) => SinceMark
  readonly write: (number: number) => ProbeWrite | undefined
  readonly keyOf: (number: number) => string
  /** Ends its connections once the answers under way came or `timeoutMs` passed. Idempotent. */
  readonly stop: () => Promise<ProbeResult>
  /**
   * Reads what a server holds of the writes settled so far; the last one told to count decides what is lost in `spans`
   * and `since`.
   */
  readonly count: (at: Address, access?: RespClientOptions) => Promise<Result<ProbeCount>>
}
