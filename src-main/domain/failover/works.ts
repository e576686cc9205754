import { counted } from '../text.ts'
import type { GroupEvent, GroupSnapshot, SentinelView } from '../topology/model.ts'
import type { FailoverWhatIf, QuorumForecast, Works } from './model.ts'

/** The votes that could be had, from the best connected Sentinel. */
export function quorumForecast(group: GroupSnapshot, whatIf: FailoverWhatIf): QuorumForecast {
  const counts = leaders(group, whatIf).map((view) => count(group, view, whatIf))
  const best = counts.reduce<QuorumForecast | undefined>(
    (top, one) =>
      top === undefined || Number(one.ok) > Number(top.ok) || (one.ok === top.ok && one.reachable > top.reachable)
        ? one
        : top,
    undefined,
  )
  const known = group.knownSentinels
  const majority = known > 0 ? Math.floor(known / 2) + 1 : undefined
  return (
    best ?? {
      needed: group.quorum,
      reachable: 0,
      majorityNeeded: majority === undefined ? undefined : Math.max(majority, group.quorum ?? 0),
      ok: false,
    }
  )
}

/** Whether a failover would be carried out: agreement, votes, no cool-down, somebody to promote. */
export function judgeWorks(
  group: GroupSnapshot,
  quorum: QuorumForecast,
  hasCandidate: boolean,
  whatIf: FailoverWhatIf,
  events: readonly GroupEvent[],
): Works {
  if (group.sentinels.length === 0 && group.views.length === 0)
    return { ok: false, reasons: [isDeaf(group) ? DEAF : 'no Sentinel monitors this group'] }
  const obstacles = [
    ...votingTrouble(group, quorum, whatIf),
    ...(isUnderWay(group, events) ? ['a failover is already under way'] : coolDown(group, events)),
    ...(hasCandidate ? [] : ['no replica can be promoted']),
  ]
  if (obstacles.length > 0) return { ok: false, reasons: obstacles }
  const { reachable, needed, majorityNeeded } = quorum
  return {
    ok: true,
    reasons: [
      `${counted(reachable, 'Sentinel')} can vote; ${needed} must agree that it is down, ${majorityNeeded} must elect a leader`,
    ],
  }
}

/** Why nothing is known of Sentinels. */
export const DEAF = 'whether Sentinels monitor this group is not known: listening for them (SUBSCRIBE) is not permitted'

/** Why nothing is known of what the Sentinels would do. */
const UNHEARD = 'the Sentinels of this group cannot be heard from here: what they would do is not known'

/** Nothing stands in the way but that nothing is known of the Sentinels: no yes, and no "nobody" either. */
export function isUntold(works: Works): boolean {
  return !works.ok && works.reasons.length > 0 && works.reasons.every((one) => one === DEAF || one === UNHEARD)
}

/** There are Sentinels, and none of them answers us with what it believes. */
function isUnheard(group: GroupSnapshot, whatIf: FailoverWhatIf): boolean {
  const isThere = group.sentinels.some((id) => whatIf.without?.includes(id) !== true)
  return isThere && !group.views.some((view) => view.isReachable && view.facts !== undefined)
}

/** Sentinels are found by listening on the data nodes; where that is refused none was looked for. */
export function isDeaf(group: GroupSnapshot): boolean {
  return [...group.nodes.values()].some((node) => node.kind === 'server' && node.notPermitted.includes('SUBSCRIBE'))
}

/** Sentinels that answer us, follow this master and are able to act. */
function leaders(group: GroupSnapshot, whatIf: FailoverWhatIf): readonly SentinelView[] {
  return group.views.filter(
    (view) =>
      view.isReachable &&
      view.facts !== undefined &&
      view.master === group.master &&
      whatIf.without?.includes(view.sentinel) !== true &&
      !isTilted(group, view.sentinel),
  )
}

function count(group: GroupSnapshot, view: SentinelView, whatIf: FailoverWhatIf): QuorumForecast {
  const others = view.facts?.otherSentinelTotal
  const needed = view.facts?.quorum
  const reachable = 1 + (usablePeers(group, view, whatIf) ?? Math.max(0, (view.quorumCheck?.usable ?? 1) - 1))
  const known = others === undefined ? undefined : others + 1
  const majorityNeeded = known === undefined ? undefined : Math.max(Math.floor(known / 2) + 1, needed ?? 0)
  const ok = needed !== undefined && majorityNeeded !== undefined && reachable >= needed && reachable >= majorityNeeded
  return { needed, reachable, majorityNeeded, ok }
}

function usablePeers(group: GroupSnapshot, view: SentinelView, whatIf: FailoverWhatIf): number | undefined {
  return view.peers?.filter((peer) => {
    if (whatIf.without?.includes(peer.node) === true || isTilted(group, peer.node)) return false
    if (peer.flags.has('s_down') || peer.flags.has('o_down') || peer.flags.has('disconnected')) return false
    // a Sentinel that follows another master neither confirms nor votes for this one
    const own = group.views.find((other) => other.sentinel === peer.node)
    return own === undefined || !own.isReachable || own.master === group.master
  }).length
}

function isTilted(group: GroupSnapshot, sentinel: string): boolean {
  return group.nodes.get(sentinel)?.sentinel?.tilt === true
}

function votingTrouble(group: GroupSnapshot, quorum: QuorumForecast, whatIf: FailoverWhatIf): readonly string[] {
  const disagree = group.agreed ? [] : ['the Sentinels do not agree which node is the master']
  if (quorum.ok) return []
  if (isUnheard(group, whatIf)) return [...disagree, UNHEARD]
  if (leaders(group, whatIf).length === 0)
    return [...disagree, 'no Sentinel that follows this master can be reached from here and act']
  const { needed, reachable, majorityNeeded } = quorum
  if (needed === undefined || majorityNeeded === undefined) return [...disagree, 'the quorum is not known']
  return [
    ...disagree,
    ...(reachable < needed
      ? [`${counted(reachable, 'Sentinel')} can agree that it is down, the quorum is ${needed}`]
      : []),
    ...(reachable < majorityNeeded
      ? [
          `${counted(reachable, 'Sentinel')} can vote, ${majorityNeeded === 1 ? '1 vote is' : `${majorityNeeded} votes are`} needed (gone Sentinels count until SENTINEL RESET)`,
        ]
      : []),
  ]
}

/** A Sentinel that answers is failing this group over, or has said so and nobody has heard how that ended. */
export function isUnderWay(group: GroupSnapshot, events: readonly GroupEvent[] = []): boolean {
  const isAtIt = (view: SentinelView) => view.isReachable && view.facts?.flags.has('failover_in_progress') === true
  return group.views.some(isAtIt) || hasJustBegun(group, events)
}

/** An election is given up after this, or after failover-timeout where that is less. */
const ELECTION_MS = 10_000

/** Sentinels tell of an attempt before they are asked again and answer with its state. */
function hasJustBegun(group: GroupSnapshot, events: readonly GroupEvent[]): boolean {
  const started = openAttempt(events)
  if (started === undefined) return false
  const isGivenUp = events.some((event) => event.at >= started.at && event.what.startsWith('-failover-abort'))
  return !isGivenUp && group.takenAt - started.at < Math.min(ELECTION_MS, failoverTimeoutMs(group))
}

/** After a failed attempt every Sentinel waits twice the failover time-out; a finished one starts with a clean slate. */
function coolDown(group: GroupSnapshot, events: readonly GroupEvent[]): readonly string[] {
  const timeoutMs = failoverTimeoutMs(group)
  const started = openAttempt(events)
  if (started === undefined || timeoutMs === 0) return []
  const leftMs = started.at + 2 * timeoutMs - group.takenAt
  if (leftMs <= 0) return []
  return [`the last attempt did not succeed: no other one for ${Math.ceil(leftMs / 1000)} s (twice failover-timeout)`]
}

/** The beginning of the last attempt, unless it was finished. */
function openAttempt(events: readonly GroupEvent[]): GroupEvent | undefined {
  const finished = events.findLast((event) => event.what === '+switch-master' || event.what === '+failover-end')
  const started = events.findLast((event) => event.what === '+try-failover' || event.what === '+vote-for-leader')
  return started === undefined || (finished !== undefined && finished.at >= started.at) ? undefined : started
}

function failoverTimeoutMs(group: GroupSnapshot): number {
  return Math.max(...group.views.map((view) => view.facts?.failoverTimeoutMs ?? 0), 0)
}
