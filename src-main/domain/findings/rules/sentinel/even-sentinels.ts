import type { Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { said, speakingViews } from './views.ts'

/** An even number of Sentinels tolerates no more than one fewer would. */
export const evenSentinels: Rule = {
  code: 'even-sentinels',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'the number of known Sentinels is even',
  matters:
    'Two equal halves of a partition both lack the majority, and the additional Sentinel tolerates no additional loss.',
  advice: 'Add one Sentinel or remove one, so that their number is odd. Entries of gone Sentinels count.',
  holdForMs: 0,
  judge: (context) => {
    const { name, knownSentinels } = context.snapshot
    const views = speakingViews(context)
    if (views.length === 0 || knownSentinels < 2 || knownSentinels % 2 !== 0) return []
    const majority = knownSentinels / 2 + 1
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${name}: ${knownSentinels} Sentinels, an even number`,
        evidence: views.map((view) => said(view, 'num-other-sentinels', view.facts.otherSentinelTotal)),
        why: `${majority} of ${knownSentinels} votes are needed: ${knownSentinels - majority} may be lost, as with ${knownSentinels - 1} Sentinels, and a split into halves promotes nobody.`,
        remedy: [
          `Add a Sentinel on a host of its own, or take one away and then SENTINEL RESET ${name} on the others, one at a time, at least 30 s apart`,
        ],
      },
    ]
  },
}
