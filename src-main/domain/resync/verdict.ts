import { sameReplid } from '../lag/byte-lag.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import type { ConfigReply } from '../replies/reply-types.ts'
import type { ResyncVerdict } from '../topology/model.ts'
import { isAtLeast } from '../replies/version.ts'
import { storedHistory } from './stored-history.ts'

/**
 * What happens to the asking node: its link drops, it is pointed at another node, it is a master that becomes a replica,
 * or its process ends (SHUTDOWN with its save points, or a crash) and comes back as a replica.
 */
export type ResyncPlan = 'reconnect' | 'repoint' | 'demote' | 'restart-clean' | 'restart-crash'

/** One node's facts at one instant between `sentAt` and `at` (epoch ms). */
export interface ResyncParty {
  readonly info: InfoReply
  readonly config: ConfigReply | undefined
  readonly sentAt: number
  readonly at: number
}

/** One question: would the upstream continue this node's history? */
export interface ResyncQuestion {
  readonly plan: ResyncPlan
  readonly upstream: ResyncParty
  /** The asking node before the event. */
  readonly replica: ResyncParty
  /** The moment of judgement, epoch ms. */
  readonly now: number
  /** The upstream's write rate. Undefined when not measured. */
  readonly bytesPerSecond: number | undefined
  /** The upstream's run id or replid is known to have changed after the asking node was sampled. */
  readonly upstreamChanged?: boolean
  /** `upstream` is a node as it would be after its promotion: where its old id ends still moves with the stream. */
  readonly isPromotion?: boolean
  /** By the time of the event the asking node is no further than the upstream: it streams from it, or lost to it by offset. */
  readonly cannotBeAhead?: boolean
}

/**
 * The decision table of Redis (5 to 8) and Valkey for PSYNC, first match wins; `decidedBy` names the row. A refusal for
 * now (row 9) is `unknown`. Source: masterTryPartialResynchronization; boundaries were measured.
 */
export function resyncVerdict(question: ResyncQuestion): ResyncVerdict {
  const missing = missingFact(question)
  if (missing !== undefined)
    return unknown(1, missing, `the server does not show ${missing}, so the answer cannot be foreseen`)
  if (question.plan === 'restart-clean' || question.plan === 'restart-crash') {
    const stored = afterRestart(question)
    if (stored !== undefined) return stored
  }
  return lostHistory(question) ?? refusedForNow(question) ?? judgeAsk(question, askOf(question.replica.info))
}

/** Redis 7.0, and every Valkey. */
const SINCE_7 = { redis: '7.0', valkey: '7.2' } as const

const NO_BYTES = { sendBytes: undefined, atRiskBytes: undefined } as const

function missingFact({ upstream, replica }: ResyncQuestion): string | undefined {
  const U = upstream.info.replication
  if (U.replid === undefined) return 'U.master_replid'
  if (U.backlogActive === undefined) return 'U.repl_backlog_active'
  if (U.backlogActive && U.backlogFirstByteOffset === undefined) return 'U.repl_backlog_first_byte_offset'
  if (U.backlogActive && U.backlogHistlenBytes === undefined) return 'U.repl_backlog_histlen'
  if (replica.info.replication.replid === undefined) return 'R.master_replid'
  if (askOf(replica.info) === undefined)
    return replica.info.replication.role === 'replica' ? 'R.slave_repl_offset' : 'R.master_repl_offset'
  return undefined
}

/** Rows 2 to 5; undefined: the node keeps its offset (row 4), judge on. */
function afterRestart(question: ResyncQuestion): ResyncVerdict | undefined {
  const { info, config, at } = question.replica
  const stored = storedHistory(info, config, at)
  if (stored.aof === true) return full(2, 'R.aof_enabled', 'loading an append-only file drops the replication identity')
  if (stored.aof === undefined)
    return unknown(
      2,
      'R.aof_enabled',
      'whether its append-only file is on is not known; with it a restart is a full resync',
    )
  if (stored.hasRdb === false)
    return full(3, 'R.save and R.rdb_last_save_time', 'no RDB file is on its disk, so it comes back without a history')
  const isClean = question.plan === 'restart-clean'
  if (isClean && stored.savesOnShutdown === true) return undefined
  if (isClean && stored.savesOnShutdown === undefined)
    return unknown(4, 'R.save', 'whether SHUTDOWN saves cannot be seen: CONFIG GET save is not known')
  const lost = lostHistory(question)
  if (lost !== undefined) return lost
  const why = isClean ? 'without save points SHUTDOWN does not save' : 'a crash saves nothing'
  if (stored.hasRdb === undefined)
    return unknown(5, 'R.rdb_last_save_time', `${why}, and whether an RDB file is on its disk cannot be seen`)
  if (stored.lowestRdbOffset !== undefined && info.replication.replid2 === undefined) {
    const worst = judgeAsk(question, stored.lowestRdbOffset + 1)
    if (worst.verdict === 'partial')
      return {
        ...worst,
        decidedBy: `row 5: lowest possible RDB offset ${stored.lowestRdbOffset}, ${worst.decidedBy}`,
        reason: `${why}, but even its oldest possible RDB is within the backlog`,
      }
  }
  return unknown(
    5,
    'the RDB offset is not in INFO',
    `${why}; it resumes from its last RDB, whose offset is not exposed`,
  )
}

/** Rows 6 and 7: the node has no history to ask for. */
function lostHistory({ replica }: ResyncQuestion): ResyncVerdict | undefined {
  const { replication, persistence, server } = replica.info
  if (replication.appliedOffset === 1 && replication.offset === 0)
    return full(6, 'R.slave_repl_offset', 'it has never synchronised: there is no common history')
  if (replication.role === 'master' && replication.backlogActive === false)
    return full(6, 'R.repl_backlog_active', 'a master without a backlog has an id that nobody shares')
  if (replication.syncInProgress !== true) return undefined
  if (persistence.loading === true)
    return full(7, 'R.master_sync_in_progress and R.loading', 'its old history is gone: it is loading a full resync')
  const keepsHistory = isAtLeast(server, SINCE_7)
  if (keepsHistory === false)
    return full(7, 'R.master_sync_in_progress', 'before 7.0 the old history is dropped when a full resync begins')
  if (keepsHistory === undefined)
    return unknown(7, 'R.redis_version', 'it is in a full resync, and its version, which decides, is not known')
  return undefined
}

/** Row 9: not a full resync, the replica asks again every second. */
function refusedForNow({ upstream }: ResyncQuestion): ResyncVerdict | undefined {
  const { replication, persistence } = upstream.info
  const later = (fact: string, what: string): ResyncVerdict =>
    unknown(9, fact, `refused for now, then re-evaluated: ${what}`)
  if (persistence.loading === true) return later('U.loading', 'the upstream is loading its dataset')
  if (replication.role === 'replica' && replication.masterLink === 'down')
    return later('U.master_link_status', 'the upstream is itself cut off from its master')
  if (replication.failoverState !== undefined && replication.failoverState !== 'no-failover')
    return later('U.master_failover_state', 'the upstream is in a FAILOVER')
  return undefined
}

/** The offset that the node would ask for: the byte after the last it has. */
function askOf(info: InfoReply): number | undefined {
  const { role, appliedOffset, offset } = info.replication
  const last = role === 'replica' ? appliedOffset : offset
  return last === undefined ? undefined : last + 1
}

/** Rows 10 to 15. */
function judgeAsk(question: ResyncQuestion, ask: number | undefined): ResyncVerdict {
  const U = question.upstream.info.replication
  const id = question.replica.info.replication.replid
  if (ask === undefined) return unknown(1, 'R.slave_repl_offset', 'its offset is not known')
  const isCurrent = sameReplid(id, U.replid)
  if (!isCurrent && !sameReplid(id, U.replid2))
    return full(10, 'U.master_replid and U.master_replid2', 'the upstream does not know its history')
  if (!isCurrent) {
    if (U.secondOffset === undefined)
      return unknown(11, 'U.second_repl_offset', 'where the upstream left the common history is not shown')
    if (ask > U.secondOffset) {
      if (question.cannotBeAhead === true) return level()
      if (question.isPromotion === true && isSkew(question, ask - U.secondOffset)) return tooClose(11)
      return ahead(11, 'U.second_repl_offset', ask - U.secondOffset, 'it has writes that the upstream never had')
    }
  }
  if (U.backlogActive !== true) return full(12, 'U.repl_backlog_active', 'the upstream keeps no backlog')
  const first = U.backlogFirstByteOffset ?? 0
  const end = first + (U.backlogHistlenBytes ?? 0)
  if (ask < first)
    return full(13, 'U.repl_backlog_first_byte_offset', `the backlog is too short by ${first - ask} bytes`)
  if (ask > end) {
    if (question.cannotBeAhead === true || isStreaming(question)) return level()
    if (isSkew(question, ask - end)) return tooClose(14)
    return ahead(14, 'U.master_repl_offset', ask - end, 'it is ahead of the upstream')
  }
  return staleness(question, ask - first) ?? partial(end - ask)
}

/** A replica cannot be ahead of the node whose stream it applies: what looks so was written between the two samples. */
function isStreaming(question: ResyncQuestion): boolean {
  const { plan, upstream, replica } = question
  if (plan === 'repoint' || plan === 'demote' || upstream.sentAt >= replica.at) return false
  return replica.info.replication.masterLink === 'up'
}

/** The upstream may have reached that point by the time the other node was sampled. */
function isSkew({ upstream, replica, bytesPerSecond }: ResyncQuestion, bytes: number): boolean {
  const skewMs = replica.at - upstream.sentAt
  if (skewMs <= 0) return false
  return bytesPerSecond === undefined || bytes <= (bytesPerSecond * skewMs) / 1000
}

/** A partial that the passing of time may have overtaken. */
function staleness(question: ResyncQuestion, margin: number): ResyncVerdict | undefined {
  if (question.upstreamChanged === true)
    return unknown(15, 'U.run_id or U.master_replid', 'the upstream changed after the samples were taken')
  const oldest = Math.min(question.upstream.at, question.replica.at)
  const written = (Math.max(0, question.now - oldest) / 1000) * (question.bytesPerSecond ?? 0)
  // Until the backlog is full its first byte stays where it is.
  const { backlogSizeBytes, backlogHistlenBytes } = question.upstream.info.replication
  const room = Math.max(0, (backlogSizeBytes ?? 0) - (backlogHistlenBytes ?? 0))
  if (written <= 0 || written < margin + room) return undefined
  return unknown(15, 'age of the samples', 'the samples are so old that the backlog may have moved past its offset')
}

function partial(sendBytes: number): ResyncVerdict {
  const reason = sendBytes === 0 ? 'it is level: nothing to send' : `the backlog holds the ${sendBytes} bytes it lacks`
  return { verdict: 'partial', reason, decidedBy: 'row 15: all checks passed', sendBytes, atRiskBytes: undefined }
}

function level(): ResyncVerdict {
  return { ...partial(0), reason: 'it is level with the upstream: nothing to send' }
}

function tooClose(row: number): ResyncVerdict {
  return unknown(row, 'sample times', 'who is ahead cannot be told: the two were sampled at different moments')
}

function ahead(row: number, fact: string, atRiskBytes: number, what: string): ResyncVerdict {
  return { ...full(row, fact, `${what}: ${atRiskBytes} bytes would be lost`), atRiskBytes }
}

function full(row: number, fact: string, reason: string): ResyncVerdict {
  return { verdict: 'full', reason, decidedBy: `row ${row}: ${fact}`, ...NO_BYTES }
}

function unknown(row: number, fact: string, reason: string): ResyncVerdict {
  return { verdict: 'unknown', reason, decidedBy: `row ${row}: ${fact}`, ...NO_BYTES }
}
