import { describeBytes } from '../../../units.ts'
import type { RankedCandidate } from '../../../failover/model.ts'
import { masterRate } from '../../../resync/parties.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { speakingViews } from './views.ts'

/** The predicted winner is provably behind another candidate; only its priority puts it first. */
export const priorityBeatsFreshness: Rule = {
  code: 'priority-beats-freshness',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'the predicted winner of a failover is behind another candidate by more than a second of writing',
  matters: 'Sentinel looks at the priority before the offset: what the fresher replica holds would be lost.',
  advice: 'Give the fresher replica a smaller replica-priority, or both the same so that the offset decides.',
  holdForMs: 0,
  swings: true,
  judge: (context) => {
    const { forecast, thresholds, snapshot } = context
    if (speakingViews(context).length === 0) return []
    const electable = forecast.ranking.filter((one) => one.isEligible && !one.isForeign)
    const winner = electable.find((one) => one.node === (forecast.winner ?? forecast.possibleWinners[0]))
    if (winner?.priority === undefined) return []
    const least = Math.max(thresholds.freshnessGapBytes, masterRate(snapshot) ?? 0)
    const best = electable
      .flatMap((one) => ({ one, gap: gapBetween(winner, one) }))
      .filter(({ one, gap }) => gap > least && (one.priority ?? 0) > (winner.priority ?? 0))
      .sort((a, b) => b.gap - a.gap)[0]
    if (best === undefined) return []
    const { one: fresher, gap } = best
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${winner.node} would be promoted (priority ${winner.priority}) although ${fresher.node} (priority ${fresher.priority}) is ${describeBytes(gap)} ahead of it`,
        evidence: [winner, fresher].flatMap((one) => [
          evidence(context, one.node, 'slave_priority', one.priority),
          evidence(context, one.node, 'slave_repl_offset', one.offset),
        ]),
        why: `A failover now would lose at least ${describeBytes(gap)} that ${fresher.node} holds: its next resync throws them away.`,
        remedy: [
          cli(fresher.node, `CONFIG SET replica-priority ${Math.max(1, winner.priority)}`),
          `${cli(fresher.node, 'CONFIG REWRITE')} (Sentinel reads the new priority within 10 s)`,
        ],
      },
    ]
  },
}

/** Bytes by which `other` is ahead of `winner` at least; negative or 0 when that is not proven. */
function gapBetween(winner: RankedCandidate, other: RankedCandidate): number {
  if (winner.byteLag === undefined || other.byteLag === undefined) return 0
  return winner.byteLag.low - other.byteLag.high
}
