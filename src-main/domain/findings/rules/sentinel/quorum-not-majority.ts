import { counted } from '../../../text.ts'
import type { Rule, RuleContext } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { onEverySentinel, said, speakingViews, type SpeakingView } from './views.ts'

/** A quorum of one, or one that cannot be reached at all. */
export const quorumNotMajority: Rule = {
  code: 'quorum-not-majority',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'the quorum is 1 although there are several Sentinels, or it is larger than the number known',
  matters: 'With 1 a single Sentinel with a bad network starts a failover; beyond the number known none ever happens.',
  advice: 'SENTINEL SET the quorum to the majority of the Sentinels, on every one of them.',
  holdForMs: 0,
  judge: (context) => {
    const { name, knownSentinels } = context.snapshot
    const odd = speakingViews(context).filter((view) => isOdd(view, knownSentinels))
    if (odd.length === 0) return []
    const quorums = [...new Set(odd.map((view) => view.facts.quorum))].join(' and ')
    const majority = Math.floor(knownSentinels / 2) + 1
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${name}: quorum ${quorums} with ${counted(knownSentinels, 'Sentinel')}`,
        evidence: odd.flatMap((view) => [
          said(view, 'quorum', view.facts.quorum),
          said(view, 'num-other-sentinels', view.facts.otherSentinelTotal),
        ]),
        why: whyOf(context, odd),
        remedy: onEverySentinel(context, `SENTINEL SET ${name} quorum ${majority}`),
      },
    ]
  },
}

function isOdd(view: SpeakingView, known: number): boolean {
  const { quorum } = view.facts
  return quorum !== undefined && known > 0 && ((quorum === 1 && known > 1) || quorum > known)
}

function whyOf(context: RuleContext, odd: readonly SpeakingView[]): string {
  return odd.some((view) => (view.facts.quorum ?? 0) > context.snapshot.knownSentinels)
    ? 'More Sentinels must agree than there are: the master is never called objectively down.'
    : 'One Sentinel that alone cannot reach the master is enough to begin a failover of a living one.'
}
