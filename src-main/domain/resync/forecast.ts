import type { NodeId } from '../address.ts'
import { coverage, spanRate, type Span } from '../lag/coverage.ts'
import type { GroupSnapshot, LinkSnapshot, ResyncVerdict } from '../topology/model.ts'
import { afterFailover } from './after-failover.ts'
import { masterRestartVerdict } from './master-restart.ts'
import { masterRate, ofOldSamples, promoted, toParty } from './parties.ts'
import { resyncVerdict, type ResyncParty, type ResyncPlan } from './verdict.ts'

/** One plan's verdict. */
export interface ResyncCase extends ResyncVerdict {
  readonly plan: ResyncPlan
}

/** Partial or full, for everything that may happen to one node. */
export interface ResyncForecast {
  readonly node: NodeId
  /** Whom it would ask; undefined for the master. */
  readonly upstream: NodeId | undefined
  /**
   * Of a replica: reconnect, restart-clean, restart-crash to its upstream, and repoint: what a failover does to it.
   * Of the master: restart-clean and restart-crash: what its direct replicas get when it comes back in its place (the
   * worst of them); demote: it becomes a replica of the winner; repoint: it died, was replaced and comes back.
   * A plan that cannot happen is left out.
   */
  readonly cases: readonly ResyncCase[]
  /** How long it may be gone and still continue, from now. Undefined: unknown, or unbounded. */
  readonly mayStayAway: Span
}

/** What shapes the forecast. */
export interface ResyncOptions {
  /** Who may be promoted, from the failover forecast; empty: nobody. */
  readonly winners: readonly NodeId[]
  /** The node comes back only after so long; default at once. */
  readonly awaySeconds?: number
}

const UNKNOWN_SPAN: Span = { seconds: undefined, isUnbounded: false }

/** Every replica by `group.replicas`, then the master where there is one. */
export function forecastResync(group: GroupSnapshot, options: ResyncOptions): readonly ResyncForecast[] {
  const after = new Map(afterFailover(group, options.winners).map((entry) => [entry.node, entry.resync]))
  const replicas = group.links.map((link) => forecastReplica(group, link, after.get(link.replica), options))
  return group.master === undefined ? replicas : [...replicas, forecastMaster(group, group.master, options)]
}

/** The verdict for one link if it dropped now. */
export function verdictIfDropped(
  upstream: ResyncParty | undefined,
  replica: ResyncParty | undefined,
  now: number,
  bytesPerSecond: number | undefined,
): ResyncVerdict {
  return verdictOf('reconnect', upstream, replica, now, bytesPerSecond)
}

/**
 * How long a node may be away and still get a partial resync, from now; 0 when it would not get one now. Undefined seconds
 * when the verdict or the rate is unknown.
 */
export function mayStayAway(
  verdict: ResyncVerdict,
  upstream: ResyncParty | undefined,
  replica: ResyncParty | undefined,
  bytesPerSecond: number | undefined,
): Span {
  if (verdict.verdict === 'full') return { seconds: 0, isUnbounded: false }
  if (verdict.verdict === 'unknown' || upstream === undefined || replica === undefined) return UNKNOWN_SPAN
  const U = upstream.info.replication
  const R = replica.info.replication
  const own = R.role === 'replica' ? R.appliedOffset : R.offset
  const span = coverage({
    sizeBytes: U.backlogSizeBytes,
    firstByteOffset: U.backlogFirstByteOffset,
    upstreamOffset: U.offset,
    // a partial verdict proves that it is not ahead: what looks so is the time between the samples
    replicaOffset: own === undefined || U.offset === undefined ? undefined : Math.min(own, U.offset),
    bytesPerSecond,
  })
  return span === undefined ? UNKNOWN_SPAN : { seconds: span.seconds, isUnbounded: span.isUnbounded }
}

function forecastReplica(
  group: GroupSnapshot,
  link: LinkSnapshot,
  after: ResyncVerdict | undefined,
  options: ResyncOptions,
): ResyncForecast {
  const rate = masterRate(group)
  const upstream = link.upstream === undefined ? undefined : toParty(group.nodes.get(link.upstream))
  const replica = toParty(group.nodes.get(link.replica))
  const sides = [
    group.nodes.get(link.replica),
    link.upstream === undefined ? undefined : group.nodes.get(link.upstream),
  ]
  const judge = (plan: ResyncPlan): ResyncVerdict =>
    ofOldSamples(
      verdictOf(plan, upstream, replica, group.takenAt, rate),
      sides.slice(0, link.upstream === undefined ? 1 : 2),
    )
  const now = judge('reconnect')
  const span = mayStayAway(now, upstream, replica, spanRate(rate, group.views.length > 0))
  const cases = (['reconnect', 'restart-clean', 'restart-crash'] as const).map((plan) => {
    const verdict = plan === 'reconnect' ? now : judge(plan)
    return { plan, ...afterAbsence(verdict, span, options.awaySeconds ?? 0, rate) }
  })
  return {
    node: link.replica,
    upstream: link.upstream,
    cases: after === undefined ? cases : [...cases, { plan: 'repoint', ...after }],
    mayStayAway: span,
  }
}

function forecastMaster(group: GroupSnapshot, master: NodeId, options: ResyncOptions): ResyncForecast {
  const own = toParty(group.nodes.get(master))
  const restarts = (['clean', 'crash'] as const).flatMap((how): ResyncCase[] => {
    const verdict = restartOf(group, master, how)
    return verdict === undefined ? [] : [{ plan: `restart-${how}`, ...verdict }]
  })
  const demotions = options.winners.map((winner) => {
    const party = toParty(group.nodes.get(winner))
    const upstream = party === undefined ? undefined : promoted(party)
    const verdict = verdictOf('demote', upstream, own, group.takenAt, masterRate(group), true)
    return ofOldSamples(verdict, [group.nodes.get(master), group.nodes.get(winner)])
  })
  const demote = worst(demotions)
  const returns: readonly ResyncCase[] =
    demote === undefined
      ? []
      : [
          { plan: 'demote', ...demote },
          { plan: 'repoint', ...RETURN_OF_MASTER },
        ]
  return { node: master, upstream: undefined, cases: [...restarts, ...returns], mayStayAway: UNKNOWN_SPAN }
}

const RETURN_OF_MASTER: ResyncVerdict = {
  verdict: 'full',
  reason: 'it starts as a master with a new id before it is demoted; with replicaof in its file it would continue',
  decidedBy: 'master return: a restarted master draws a new id',
  sendBytes: undefined,
  atRiskBytes: undefined,
}

function restartOf(group: GroupSnapshot, master: NodeId, how: 'clean' | 'crash'): ResyncVerdict | undefined {
  const own = toParty(group.nodes.get(master))
  if (own === undefined) return undefined
  const each = group.links.flatMap((link) => {
    const replica = link.upstream === master ? toParty(group.nodes.get(link.replica)) : undefined
    if (replica === undefined) return []
    return [
      ofOldSamples(masterRestartVerdict(how, own, replica), [group.nodes.get(link.replica), group.nodes.get(master)]),
    ]
  })
  return worst(each)
}

function verdictOf(
  plan: ResyncPlan,
  upstream: ResyncParty | undefined,
  replica: ResyncParty | undefined,
  now: number,
  bytesPerSecond: number | undefined,
  isPromotion = false,
): ResyncVerdict {
  if (replica === undefined) return unseen('the node', 'R')
  if (upstream === undefined) return unseen('its upstream', 'U')
  return resyncVerdict({ plan, upstream, replica, now, bytesPerSecond, isPromotion })
}

function unseen(who: string, side: string): ResyncVerdict {
  return {
    verdict: 'unknown',
    reason: `${who} has not answered`,
    decidedBy: `row 1: ${side}.INFO`,
    sendBytes: undefined,
    atRiskBytes: undefined,
  }
}

/** The stream goes on while the node is away. */
function afterAbsence(
  verdict: ResyncVerdict,
  span: Span,
  awaySeconds: number,
  rate: number | undefined,
): ResyncVerdict {
  if (awaySeconds <= 0 || verdict.verdict !== 'partial' || span.isUnbounded) return verdict
  if (span.seconds === undefined || rate === undefined)
    return {
      ...verdict,
      verdict: 'unknown',
      reason: 'the write rate is not known',
      decidedBy: 'row 13: U.write rate',
      sendBytes: undefined,
    }
  if (awaySeconds > span.seconds)
    return {
      ...verdict,
      verdict: 'full',
      reason: `after ${Math.floor(span.seconds)} s at the present write rate the backlog has moved past it`,
      decidedBy: `row 13: U.repl_backlog_size over ${awaySeconds} s`,
      sendBytes: undefined,
    }
  const sendBytes = verdict.sendBytes === undefined ? undefined : Math.round(verdict.sendBytes + awaySeconds * rate)
  const reason = `the backlog would still hold what it lacks after ${awaySeconds} s`
  return { ...verdict, reason, sendBytes }
}

const GRAVITY = { full: 2, unknown: 1, partial: 0 } as const

function worst(verdicts: readonly ResyncVerdict[]): ResyncVerdict | undefined {
  return verdicts.reduce<ResyncVerdict | undefined>(
    (gravest, one) => (gravest === undefined || GRAVITY[one.verdict] > GRAVITY[gravest.verdict] ? one : gravest),
    undefined,
  )
}
