import type { FailoverReport, ResyncReport } from '../../../src-main/contract/forecast.ts'
import { isFailoverUntold } from '../../../src-main/contract/untold.ts'
import { formatByteRange, formatBytes, formatDuration, plural } from '../../ui/format.ts'
import type { StatusTone } from '../../ui/status.ts'

/** The answer in one sentence, with how grave it is. */
export interface Answer {
  readonly tone: StatusTone
  readonly who: string
  readonly loss: string
}

/** Who takes over and what is lost. */
export function answerOf(report: FailoverReport): Answer {
  if (report.master === null)
    return { tone: 'crit', who: 'This group has no master that is known from here.', loss: '' }
  if (!report.works.ok) {
    const best = report.ranking.find((one) => one.eligible)
    const isUntold = isFailoverUntold(report)
    return {
      tone: isUntold ? 'stale' : 'crit',
      who: isUntold ? 'Whether a replica takes over cannot be told from here.' : 'Nobody takes over by itself.',
      loss: best === undefined ? 'No replica could be promoted by hand either.' : `Best by hand: ${best.node}.`,
    }
  }
  const loss = lossWords(report)
  const names = report.winner === null ? report.possibleWinners.join(' or ') : report.winner
  const isCostly = (report.loss.bytes?.high ?? 0) > 0 && (report.loss.seconds ?? 1) > 0
  return {
    tone: isCostly ? 'warn' : report.loss.bytes === null ? 'stale' : 'ok',
    who: `${names} takes over.`,
    loss,
  }
}

/** What a promotion loses: bounds, and how much writing time that is. */
export function lossWords({ loss }: FailoverReport): string {
  if (loss.bytes === null) return 'How much is lost cannot be told.'
  if (loss.bytes.high <= 0) return 'No writes are lost.'
  if (loss.seconds === 0) return `No client writes are lost (${formatByteRange(loss.bytes)} of keep-alives).`
  const time = loss.seconds === null ? '' : `, up to ${formatDuration(loss.seconds)} of writes`
  return `${loss.bytes.low > 0 ? formatByteRange(loss.bytes) : `Up to ${formatBytes(loss.bytes.high)}`}${time} lost.`
}

/** How the what-if differs from how things are; empty when it does not. */
export function differenceWords(now: FailoverReport, supposed: FailoverReport): readonly string[] {
  const words: string[] = []
  const winner = (report: FailoverReport): string =>
    report.works.ok ? (report.winner ?? report.possibleWinners.join(' or ')) : 'nobody'
  if (winner(now) !== winner(supposed)) words.push(`${winner(supposed)} instead of ${winner(now)}`)
  const lost = (report: FailoverReport): string => formatByteRange(report.loss.bytes)
  if (winner(now) !== winner(supposed) && lost(now) !== lost(supposed))
    words.push(`loss ${lost(supposed)} instead of ${lost(now)}`)
  const full = (report: FailoverReport): number => report.afterwards.filter((one) => one.resync === 'full').length
  if (full(now) !== full(supposed)) words.push(`${plural(full(supposed), 'full resync')} instead of ${full(now)}`)
  if (now.writesAfterwards.accepted !== supposed.writesAfterwards.accepted)
    words.push(
      supposed.writesAfterwards.accepted === false ? 'writes refused afterwards' : 'writes accepted afterwards',
    )
  return words
}

export const PHASE_WORDS: Readonly<Record<string, { readonly word: string; readonly hint: string }>> = {
  detection: { word: 'detection', hint: 'the Sentinels wait for down-after-milliseconds before they call it down' },
  'start-delay': { word: 'start delay', hint: 'each Sentinel waits a random part of a second' },
  election: { word: 'election', hint: 'the Sentinels vote for a leader' },
  selection: { word: 'selection', hint: 'the leader chooses a replica' },
  promotion: { word: 'promotion', hint: 'REPLICAOF NO ONE, and the INFO that confirms it' },
  announcement: { word: 'announcement', hint: 'clients are told: +switch-master' },
}

export type ResyncPlan = ResyncReport['nodes'][number]['cases'][number]['plan']

export const PLANS: readonly { readonly id: ResyncPlan; readonly word: string; readonly hint: string }[] = [
  { id: 'reconnect', word: 'Link drops', hint: 'it reconnects to the node it follows' },
  {
    id: 'restart-clean',
    word: 'Clean restart',
    hint: 'SHUTDOWN and start again; of the master: what its replicas get',
  },
  { id: 'restart-crash', word: 'Crash', hint: 'killed and started again; of the master: what its replicas get' },
  {
    id: 'repoint',
    word: 'Failover',
    hint: 'it is pointed at the new master; of the master: it died, was replaced, comes back',
  },
  { id: 'demote', word: 'Demoted', hint: 'the master becomes a replica of the new one' },
]

export const VERDICT_TONES: Readonly<Record<'partial' | 'full' | 'unknown', StatusTone>> = {
  partial: 'ok',
  full: 'warn',
  unknown: 'stale',
}

/** One cell: the verdict, with what it would send or lose. */
export function caseNote(one: { readonly sendBytes: number | null; readonly atRiskBytes: number | null }): string {
  if (one.atRiskBytes !== null && one.atRiskBytes > 0) return `loses ${formatBytes(one.atRiskBytes)}`
  return one.sendBytes === null ? '' : `sends ${formatBytes(one.sendBytes)}`
}

/** How long a node may stay away. */
export function awayWords(node: ResyncReport['nodes'][number]): string {
  return node.mayStayAwaySecondsUnbounded ? 'unbounded' : formatDuration(node.mayStayAwaySeconds)
}
