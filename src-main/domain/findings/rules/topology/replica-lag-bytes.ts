import { describeBytes, describeSeconds } from '../../../units.ts'
import type { LinkSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { samplesOf, trend } from '../../past-facts.ts'
import { perSecond } from '../../rule-words.ts'

/** How far back the trends look, seconds. */
const TREND_SECONDS = 60

/** One burst that is larger than the backlog passes in a moment; so long it may be behind the backlog unremarked. */
const BURST_MS = 5_000

/** A replica that provably lags by more than a moment's writes. */
export const replicaLagBytes: Rule = {
  code: 'replica-lag-bytes',
  section: 'topology',
  severities: ['warning', 'critical'],
  fires:
    'The low bound of the byte lag exceeds 1 MB and one second of writes for 30 s; critical when, at the present trend, the replica falls off the backlog within 60 s, or has been off it for 5 s.',
  matters:
    'What it lacks is lost when it is promoted; once it has fallen off the backlog, a lost link is a full resync.',
  advice: 'See what slows it down; enlarge the backlog while it is still on it.',
  holdForMs: 30_000,
  swings: true,
  judge: (context) => context.snapshot.links.flatMap((link) => judge(context, link)),
}

function judge(context: RuleContext, link: LinkSnapshot): readonly Verdict[] {
  const { thresholds, snapshot } = context
  const master = link.master === undefined ? undefined : snapshot.nodes.get(link.master)
  const replica = snapshot.nodes.get(link.replica)
  if (link.byteLag === undefined || !isAnswering(master) || !isAnswering(replica)) return []
  const rateIn = master.writeRate?.bytesPerSecond
  const limit = Math.max(thresholds.lagBytes, (rateIn ?? 0) * thresholds.lagWriteSeconds)
  const { low, high } = link.byteLag
  if (low <= limit) return []
  const samples = samplesOf(context, link.replica, TREND_SECONDS)
  const margin = link.coverage?.bytes
  const marginTrend = trend(samples, (sample) => sample.marginBytes)
  const goneIn = margin === undefined ? undefined : timeLeft(margin, marginTrend)
  const rateOut = trend(samples, (sample) => sample.offset)
  const isGoing = goneIn !== undefined && goneIn <= thresholds.marginGoneSeconds
  const rates = [
    ...(rateIn === undefined ? [] : [`${perSecond(rateIn)} are written`]),
    ...(rateOut === undefined || rateOut < 0 ? [] : [`it applies ${perSecond(rateOut)}`]),
  ].join(', ')
  const fate =
    goneIn === undefined
      ? ''
      : goneIn === 0
        ? 'it has fallen off the backlog'
        : `it falls off the backlog in ${describeSeconds(goneIn)}`
  const tail = isGoing ? `; ${fate}` : ''
  return [
    {
      kind: 'fires',
      subject: linkSubject(link.replica),
      severity: isGoing ? 'critical' : 'warning',
      title: `${link.replica} is at least ${describeBytes(low)} behind ${master.id}${tail}`,
      evidence: [
        { node: link.replica, field: 'byte lag, low', value: low, at: replica.sampledAt },
        { node: link.replica, field: 'byte lag, high', value: high, at: replica.sampledAt },
        evidence(context, link.replica, 'slave_repl_offset', replica.info?.replication.appliedOffset),
        evidence(context, master.id, 'master_repl_offset', master.info?.replication.offset),
        ...(margin === undefined
          ? []
          : [{ node: link.replica, field: 'backlog margin', value: margin, at: replica.sampledAt }]),
      ],
      why: `${[rates, fate].filter((text) => text !== '').join('; ') || 'What it lacks is lost if it is promoted now'}. ${where(link)}`.trim(),
      remedy: [
        cli(link.replica, 'SLOWLOG GET 10'),
        `${cli(link.replica, 'INFO commandstats')}   # and the load, disk and network of its host`,
        ...(link.upstream === undefined
          ? []
          : [`${cli(link.upstream, 'CLIENT LIST TYPE replica')}   # omem: what waits for it`]),
      ],
      holdForMs: holdForMs(context, goneIn),
    },
  ]
}

/** A trend was seen for long enough already; a single look behind the backlog was not. */
function holdForMs({ thresholds }: RuleContext, goneIn: number | undefined): number {
  const lagHoldMs = thresholds.lagHoldSeconds * 1000
  if (goneIn === undefined || goneIn > thresholds.marginGoneSeconds) return lagHoldMs
  return goneIn === 0 ? Math.min(BURST_MS, lagHoldMs) : 0
}

/** Seconds until the margin is used up; 0 when it is; undefined when it does not shrink or the trend is not known. */
function timeLeft(margin: number, perSecondTrend: number | undefined): number | undefined {
  if (margin < 0) return 0
  if (perSecondTrend === undefined || perSecondTrend >= 0) return undefined
  return margin / -perSecondTrend
}

function where({ inFlightBytes, unappliedBytes }: LinkSnapshot): string {
  if (inFlightBytes === undefined || unappliedBytes === undefined) return ''
  return `Not yet received: ${describeBytes(inFlightBytes)}; received and not applied: ${describeBytes(unappliedBytes)}.`
}
