import { formatByteRate, formatBytes, formatDuration } from '../../ui/format.ts'
import type { BacklogFacts, ReplicaStanding } from './backlog-facts.ts'

/** Which end moves, how fast, and whom it reaches first. Whole sentences. */
export function describeEdge(facts: BacklogFacts): string {
  if (facts.state === 'inactive') return 'No backlog is kept: whoever attaches or reconnects needs a full resync.'
  if (facts.state === 'unknown') return 'What this node keeps is not known: it has not answered from here.'
  return [edge(facts), reached(facts)].filter(Boolean).join(' ')
}

function edge(facts: BacklogFacts): string {
  const { bytesPerSecond: rate } = facts
  if (rate === null) return 'The write rate is not known yet, so neither is how soon the oldest byte moves.'
  if (rate === 0) return 'Nothing is written: both ends stand still.'
  if (!facts.isFull)
    return `Still filling at ${formatByteRate(rate)}: the oldest byte stays for ${formatDuration(facts.fullInSeconds)}, then it moves.`
  const peak = facts.holdsAtPeakSeconds === null ? '' : `, ${formatDuration(facts.holdsAtPeakSeconds)} at the peak rate`
  return `The oldest byte moves on at ${formatByteRate(rate)}: an absence of ${formatDuration(facts.holdsSeconds)} is covered${peak}.`
}

/** The first of those that stand still, that is of those away. */
function reached(facts: BacklogFacts): string {
  const away = facts.replicas.filter((one) => one.isAway && !one.isEstimate && one.marginBytes !== null)
  const fallen = away.filter((one) => (one.marginBytes ?? 0) < 0)
  if (fallen.length > 0) return `${fallen.map((one) => one.replica).join(', ')} fell off and needs a full resync.`
  const next = away
    .filter((one) => one.secondsLeft !== null)
    .sort((a, b) => (a.secondsLeft ?? 0) - (b.secondsLeft ?? 0))[0]
  return next ? `${next.replica} is away and is reached in ${formatDuration(next.secondsLeft)}.` : ''
}

/** What to set for a minute of absence at the peak rate; null when the present size covers it or the peak is unknown. */
export function adviseSize(facts: BacklogFacts): string | null {
  const { sizeBytes, holdsAtPeakSeconds } = facts
  if (facts.state !== 'active' || sizeBytes === null || holdsAtPeakSeconds === null || holdsAtPeakSeconds >= 60)
    return null
  const wanted = (sizeBytes / holdsAtPeakSeconds) * 60 * 1.5
  return `To cover a minute at the peak rate: repl-backlog-size about ${formatBytes(roundUp(wanted))}.`
}

/** Up to the next power of two of bytes: sizes people set. */
function roundUp(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, bytes)))
}

/** Time left of one replica in words. */
export function describeLeft(standing: ReplicaStanding): string {
  if (standing.isUnbounded) return 'no writes'
  if (standing.marginBytes !== null && standing.marginBytes < 0) return 'fell off'
  return formatDuration(standing.secondsLeft)
}

/** The picture in one sentence, for its accessible name. */
export function describePicture(facts: BacklogFacts): string {
  const held =
    facts.state === 'active' ? `holds ${formatBytes(facts.heldBytes)} of ${formatBytes(facts.sizeBytes)}` : facts.state
  const placed = facts.replicas.filter((one) => one.marginBytes !== null)
  const few = placed.slice(0, 6).map((one) => `${one.replica} ${formatBytes(one.marginBytes)} from the oldest byte`)
  const more = placed.length > few.length ? ` and ${placed.length - few.length} more` : ''
  return `Backlog of ${facts.node}, ${held}${few.length ? `; ${few.join('; ')}${more}` : ''}`
}
