import type { NodeId } from '../address.ts'
import { afterFailover } from '../resync/after-failover.ts'
import { linkOf, masterRate } from '../resync/parties.ts'
import type { GroupEvent, GroupSnapshot, SentinelView } from '../topology/model.ts'
import {
  compareCandidates,
  directCandidates,
  isChained,
  isForeign,
  sentinelCandidates,
  type Candidate,
} from './candidates.ts'
import { contest, type Contest, type Stream } from './contest.ts'
import { lossOver } from './loss.ts'
import type { FailoverForecast, FailoverWhatIf, RankedCandidate } from './model.ts'
import { timeline } from './timeline.ts'
import { judgeWorks, quorumForecast } from './works.ts'

/** About what one Sentinel's hellos and keep-alives put on the stream; a group that writes no more than that is idle. */
const HELLO_BYTES_PER_SECOND = 100

/** A Sentinel, or the replicas' own INFO, with its candidates. */
interface Witness {
  readonly name: string
  readonly candidates: readonly Candidate[]
}

/**
 * What Sentinel would do if the master died now, re-enacted from every reachable Sentinel's own view and from the
 * replicas' own INFO. `events` (oldest first) tell of an attempt that is cooling down.
 */
export function forecastFailover(
  group: GroupSnapshot,
  whatIf: FailoverWhatIf = {},
  events: readonly GroupEvent[] = [],
): FailoverForecast {
  const sentinels = sentinelWitnesses(group, whatIf)
  const hasSentinel = group.sentinels.length > 0 || group.views.length > 0
  const direct: Witness = { name: 'INFO', candidates: directCandidates(group, whatIf) }
  const witnesses = sentinels.length > 0 ? sentinels : [direct]
  const stream = streamOf(group)
  const outcome = agree(witnesses.map((witness) => contest(witness.candidates, stream)))
  const winner = hasSentinel ? outcome.winner : undefined
  const possibleWinners = hasSentinel ? outcome.possible : []
  const unknowns = doubts(group, witnesses, sentinels, outcome, whatIf)
  const ranking = rank(group, witnesses, whatIf, outcome.winner)
  const quorum = quorumForecast(group, whatIf)
  return {
    group: group.name,
    master: group.master,
    winner,
    possibleWinners,
    isCertain: winner !== undefined && possibleWinners.length === 1 && unknowns.length === 0,
    unknowns,
    works: judgeWorks(
      group,
      quorum,
      ranking.some((one) => one.isEligible),
      whatIf,
      events,
    ),
    timeline: timeline(group),
    ranking,
    quorum,
    loss: lossOver(group, possibleWinners),
    afterwards: afterFailover(group, winner === undefined ? possibleWinners : [winner], outcome.possible).filter(
      (one) => whatIf.without?.includes(one.node) !== true,
    ),
    writesAfterwards: writesAfterwards(group, winner ?? possibleWinners[0], whatIf),
  }
}

/** The replicas that Sentinel would consider, best first. */
export function electable(forecast: FailoverForecast): readonly NodeId[] {
  return forecast.ranking.filter((one) => one.isEligible).map((one) => one.node)
}

function sentinelWitnesses(group: GroupSnapshot, whatIf: FailoverWhatIf): readonly Witness[] {
  return readableViews(group, whatIf)
    .filter((view) => view.replicas !== undefined)
    .map((view) => ({ name: view.sentinel, candidates: sentinelCandidates(group, view, whatIf) }))
}

/** Sentinels that answer and follow this master: one of them will lead. */
function readableViews(group: GroupSnapshot, whatIf: FailoverWhatIf): readonly SentinelView[] {
  return group.views.filter(
    (view) => view.isReachable && view.master === group.master && whatIf.without?.includes(view.sentinel) !== true,
  )
}

function streamOf(group: GroupSnapshot): Stream {
  const bytesPerSecond = masterRate(group)
  const idle = HELLO_BYTES_PER_SECOND * Math.max(1, group.knownSentinels)
  return { bytesPerSecond, isIdle: bytesPerSecond !== undefined && bytesPerSecond <= idle }
}

/** One verdict from several: any witness may lead, so all their possible winners count. */
function agree(contests: readonly Contest[]): Contest {
  const possible = [...new Set(contests.flatMap((one) => one.possible))]
  const winners = new Set(contests.filter((one) => one.possible.length > 0).map((one) => one.winner))
  const [winner] = winners
  return {
    winner: winners.size === 1 ? winner : undefined,
    possible,
    unknowns: [...new Set(contests.flatMap((one) => one.unknowns))],
  }
}

function doubts(
  group: GroupSnapshot,
  witnesses: readonly Witness[],
  sentinels: readonly Witness[],
  outcome: Contest,
  whatIf: FailoverWhatIf,
): readonly string[] {
  const hasSentinel = group.sentinels.length > 0 || group.views.length > 0
  return [
    ...outcome.unknowns,
    ...(hasSentinel && sentinels.length === 0 ? ["no Sentinel's own list of replicas could be read"] : []),
    ...silentSentinels(group, whatIf),
    ...splitOpinions(witnesses),
    ...priorityDoubts(group, whatIf),
    ...outcome.possible
      .filter((node) => isForeign(group, node))
      .map(
        (node) => `${node} has another history than the master: its offset means nothing, and Sentinel does not look`,
      ),
  ]
}

/** A Sentinel that does not answer from here may still lead, unless its peers hold it for down. */
function silentSentinels(group: GroupSnapshot, whatIf: FailoverWhatIf): readonly string[] {
  return group.views
    .filter((view) => !view.isReachable && whatIf.without?.includes(view.sentinel) !== true)
    .filter((view) => !isHeldDown(group, view.sentinel))
    .map((view) => `Sentinel ${view.sentinel} does not answer from here, and may lead with a view of its own`)
}

function isHeldDown(group: GroupSnapshot, sentinel: NodeId): boolean {
  const reports = group.views
    .filter((view) => view.isReachable)
    .flatMap((view) => view.peers?.find((peer) => peer.node === sentinel) ?? [])
  return reports.length > 0 && reports.every((peer) => peer.flags.has('s_down'))
}

function splitOpinions(witnesses: readonly Witness[]): readonly string[] {
  const accepted = new Set(
    witnesses.flatMap((one) => one.candidates.filter((c) => c.rejectedBecause === undefined).map((c) => c.node)),
  )
  return witnesses.flatMap((witness) => [
    ...witness.candidates
      .filter((c) => c.rejectedBecause !== undefined && accepted.has(c.node))
      .map((c) => `${witness.name} would not take ${c.node}: ${c.rejectedBecause}`),
    ...[...accepted]
      .filter((node) => !witness.candidates.some((c) => c.node === node))
      .map((node) => `${witness.name} does not know ${node}`),
  ])
}

function priorityDoubts(group: GroupSnapshot, whatIf: FailoverWhatIf): readonly string[] {
  const differing = readableViews(group, whatIf).flatMap((view) =>
    (view.replicas ?? []).filter((entry) => {
      const own = group.nodes.get(entry.node)?.info?.replication.priority
      const isSet = whatIf.priorities?.has(entry.node) === true
      return !isSet && own !== undefined && entry.priority !== undefined && own !== entry.priority
    }),
  )
  return [...new Set(differing.map((entry) => entry.node))].map(
    (node) => `the priority of ${node} has just changed: not every Sentinel has read it yet`,
  )
}

/** Sentinel's order; a winner that the run id decides comes before a rival sampled a hello later. */
function rank(
  group: GroupSnapshot,
  witnesses: readonly Witness[],
  whatIf: FailoverWhatIf,
  winner: NodeId | undefined,
): readonly RankedCandidate[] {
  const nodes = new Set([...group.replicas, ...witnesses.flatMap((one) => one.candidates.map((c) => c.node))])
  const entries = [...nodes].map((node) => {
    const seen = witnesses.flatMap((one) => one.candidates.filter((c) => c.node === node))
    const candidate = seen.find((c) => c.rejectedBecause === undefined) ?? seen[0]
    return { node, candidate, ranked: toRanked(group, node, candidate, whatIf) }
  })
  return entries
    .sort((a, b) => {
      if (a.ranked.isEligible !== b.ranked.isEligible) return a.ranked.isEligible ? -1 : 1
      if (a.node === winner || b.node === winner) return a.node === winner ? -1 : 1
      if (a.candidate !== undefined && b.candidate !== undefined) return compareCandidates(a.candidate, b.candidate)
      if (a.candidate !== b.candidate) return a.candidate === undefined ? 1 : -1
      return a.node < b.node ? -1 : 1
    })
    .map((entry) => entry.ranked)
}

function toRanked(
  group: GroupSnapshot,
  node: NodeId,
  candidate: Candidate | undefined,
  whatIf: FailoverWhatIf,
): RankedCandidate {
  const own = group.nodes.get(node)
  const excludedBecause = candidate === undefined ? absence(group, node, whatIf) : candidate.rejectedBecause
  const cached =
    candidate === undefined || (candidate.offset === 0 && !candidate.isFresh) ? undefined : candidate.offset
  return {
    node,
    isEligible: excludedBecause === undefined,
    excludedBecause,
    priority: candidate?.priority ?? own?.info?.replication.priority,
    offset: cached ?? own?.info?.replication.appliedOffset,
    runId: candidate?.runId ?? own?.runId,
    byteLag: linkOf(group, node)?.byteLag,
    isForeign: isForeign(group, node),
  }
}

function absence(group: GroupSnapshot, node: NodeId, whatIf: FailoverWhatIf): string {
  if (whatIf.without?.includes(node) === true) return 'taken away (what if)'
  if (isChained(group, node)) return 'it follows another replica: Sentinel knows the replicas of the master only'
  return 'no Sentinel lists it'
}

function writesAfterwards(
  group: GroupSnapshot,
  winner: NodeId | undefined,
  whatIf: FailoverWhatIf,
): FailoverForecast['writesAfterwards'] {
  if (winner === undefined) return { accepted: undefined, reason: 'nobody would be promoted' }
  const config = group.nodes.get(winner)?.config
  const setting = config?.get('min-replicas-to-write') ?? config?.get('min-slaves-to-write')
  const required = whatIf.minReplicas ?? (setting === undefined ? undefined : Number(setting))
  if (required === undefined || Number.isNaN(required))
    return { accepted: undefined, reason: `min-replicas-to-write of ${winner} is not known` }
  const left = group.replicas.filter((node) => {
    if (node === winner || whatIf.without?.includes(node) === true) return false
    return !isChained(group, node) || linkOf(group, node)?.upstream === winner
  }).length
  return required <= left
    ? {
        accepted: true,
        reason: `${left === 1 ? '1 replica remains' : `${left} replicas remain`} once connected, ${required} required`,
      }
    : {
        accepted: false,
        reason: `${left === 1 ? '1 replica remains' : `${left} replicas remain`}, ${required} required: writes are refused until the old master is back`,
      }
}
