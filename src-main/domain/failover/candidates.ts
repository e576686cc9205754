import type { NodeId } from '../address.ts'
import { comparable } from '../lag/byte-lag.ts'
import type { SentinelMaster, SentinelReplica } from '../replies/reply-types.ts'
import { linkOf } from '../resync/parties.ts'
import type { GroupSnapshot, NodeSnapshot, SentinelView } from '../topology/model.ts'
import type { FailoverWhatIf } from './model.ts'

/** Sentinel assumes this until it has read an INFO. */
const DEFAULT_PRIORITY = 100
const PING_LIMIT_MS = 5000
const INFO_LIMIT_MS = 30_000
const INFO_LIMIT_DOWN_MS = 5000

/** One replica before the election, by one witness: a Sentinel with its own view, or the replicas' own INFO. */
export interface Candidate {
  readonly node: NodeId
  readonly priority: number
  readonly offset: number
  /** Undefined sorts last. */
  readonly runId: string | undefined
  /** Why the witness would not take it; undefined: electable. */
  readonly rejectedBecause: string | undefined
  /** The offset is the replica's own, not a Sentinel's cache of up to 10 s ago. */
  readonly isFresh: boolean
}

/**
 * Sentinel's order: lower priority, higher offset, smaller run id (case does not count, unknown last). The node id breaks
 * what is left, so that the order is total.
 */
export function compareCandidates(a: Candidate, b: Candidate): number {
  if (a.priority !== b.priority) return a.priority - b.priority
  if (a.offset !== b.offset) return b.offset - a.offset
  return compareRunIds(a, b)
}

/** The last two steps of the order alone. */
export function compareRunIds(a: Candidate, b: Candidate): number {
  if (a.runId === undefined || b.runId === undefined) {
    if (a.runId !== b.runId) return a.runId === undefined ? 1 : -1
    return compareText(a.node, b.node)
  }
  const byRunId = compareText(a.runId.toLowerCase(), b.runId.toLowerCase())
  return byRunId === 0 ? compareText(a.node, b.node) : byRunId
}

/**
 * The candidates of one Sentinel, filtered as it would filter them: sentinelSelectSlave, the same in Redis 5 to 8 and
 * Valkey. Offsets and priorities are the replica's own where it answers: by the time of the election the Sentinel has
 * read its INFO again. A replica whose link dropped already gets the detection time added. Unannounced replicas are added.
 */
export function sentinelCandidates(
  group: GroupSnapshot,
  view: SentinelView,
  whatIf: FailoverWhatIf,
): readonly Candidate[] {
  const listed = (view.replicas ?? [])
    .filter((entry) => whatIf.without?.includes(entry.node) !== true)
    .map((entry): Candidate => {
      const own = ownFacts(group.nodes.get(entry.node))
      const priority = whatIf.priorities?.get(entry.node) ?? own?.priority ?? entry.priority ?? DEFAULT_PRIORITY
      return {
        node: entry.node,
        priority,
        offset: own?.offset ?? entry.offset ?? 0,
        runId: own?.runId ?? entry.runId,
        isFresh: own?.offset !== undefined,
        rejectedBecause: priority === 0 ? PRIORITY_0 : rejection(entry, view.facts),
      }
    })
  return [...listed, ...hidden(group, view, whatIf)]
}

/** replica-announced no hides a replica from SENTINEL REPLICAS; the election does not look at it. */
function hidden(group: GroupSnapshot, view: SentinelView, whatIf: FailoverWhatIf): readonly Candidate[] {
  return directCandidates(group, whatIf).filter((one) => {
    const isListed = view.replicas?.some((entry) => entry.node === one.node) === true
    return !isListed && group.nodes.get(one.node)?.info?.replication.announced === false
  })
}

const PRIORITY_0 = 'priority 0: never promoted'

function rejection(entry: SentinelReplica, master: SentinelMaster | undefined): string | undefined {
  if (entry.flags.has('s_down') || entry.flags.has('o_down')) return 'subjectively down'
  if (entry.flags.has('disconnected')) return 'Sentinel has no connection to it'
  if (entry.lastOkPingReplyMs !== undefined && entry.lastOkPingReplyMs > PING_LIMIT_MS)
    return `no acceptable PING reply for ${entry.lastOkPingReplyMs} ms (limit ${PING_LIMIT_MS})`
  const isAgreedDown = master?.flags.has('o_down') === true
  const isMasterDown = master?.flags.has('s_down') === true || isAgreedDown
  // INFO is asked every 10 s until the master is o_down, and every second from then on: before that its age tells nothing.
  const infoLimit = isAgreedDown ? INFO_LIMIT_DOWN_MS : INFO_LIMIT_MS
  if (entry.infoRefreshMs === 0 && entry.runId === undefined) return 'Sentinel has never read its INFO'
  if (entry.infoRefreshMs !== undefined && entry.infoRefreshMs > infoLimit)
    return `its last INFO is ${entry.infoRefreshMs} ms old (limit ${infoLimit})`
  return linkTooOld(entry.masterLinkDownMs, master, isMasterDown)
}

/** A replica that never connected has no link-down time, and passes: it can be promoted empty. */
function linkTooOld(
  linkDownMs: number | undefined,
  master: SentinelMaster | undefined,
  isMasterDown: boolean,
): string | undefined {
  const downAfterMs = master?.downAfterMs
  if (linkDownMs === undefined || linkDownMs <= 0 || downAfterMs === undefined) return undefined
  const limit = (master?.sDownMs ?? 0) + 10 * downAfterMs
  const atElection = linkDownMs + (isMasterDown ? 0 : downAfterMs)
  return atElection > limit
    ? `its link to the master is down for ${linkDownMs} ms (limit ${limit} at the election)`
    : undefined
}

/** The direct replicas by their own INFO, filtered by what can be seen from here. The witness without any Sentinel. */
export function directCandidates(group: GroupSnapshot, whatIf: FailoverWhatIf): readonly Candidate[] {
  return group.replicas
    .filter((node) => whatIf.without?.includes(node) !== true && !isChained(group, node))
    .map((node): Candidate => {
      const snapshot = group.nodes.get(node)
      const own = ownFacts(snapshot)
      const priority = whatIf.priorities?.get(node) ?? own?.priority ?? DEFAULT_PRIORITY
      return {
        node,
        priority,
        offset: own?.offset ?? 0,
        runId: own?.runId,
        isFresh: own?.offset !== undefined,
        rejectedBecause: priority === 0 ? PRIORITY_0 : own === undefined ? 'it does not answer from here' : undefined,
      }
    })
}

/** Follows another replica rather than the master. */
export function isChained(group: GroupSnapshot, node: NodeId): boolean {
  const upstream = linkOf(group, node)?.upstream
  return upstream !== undefined && group.replicas.includes(upstream)
}

/** The replica's offsets do not number the master's bytes. False when either side is not known. */
export function isForeign(group: GroupSnapshot, node: NodeId): boolean {
  const own = group.nodes.get(node)?.info?.replication
  const master = group.master === undefined ? undefined : group.nodes.get(group.master)?.info?.replication
  if (own?.replid === undefined || master?.replid === undefined) return false
  return !comparable({ ...own, offset: own.appliedOffset }, master)
}

function ownFacts(snapshot: NodeSnapshot | undefined) {
  if (snapshot?.info === undefined || snapshot.reachability !== 'up') return undefined
  const { priority, appliedOffset } = snapshot.info.replication
  return { priority, offset: appliedOffset, runId: snapshot.runId }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
