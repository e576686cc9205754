import { hostAndPort } from '../../../address.ts'
import type { Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { said, speakingViews } from './views.ts'

const LEAST = 3

/** Fewer than three Sentinels cannot outvote a lost one. */
export const tooFewSentinels: Rule = {
  code: 'too-few-sentinels',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'fewer than three Sentinels are known',
  matters: 'With one or two Sentinels the loss of a single one ends all failovers: the majority of two is two.',
  advice: 'Run three or five Sentinels, on hosts that do not fail together.',
  holdForMs: 0,
  judge: (context) => {
    const { name, knownSentinels, master } = context.snapshot
    const views = speakingViews(context)
    if (views.length === 0 || knownSentinels === 0 || knownSentinels >= LEAST) return []
    const at = master === undefined ? 'HOST PORT' : hostAndPort(master)
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${name}: ${knownSentinels === 1 ? 'one Sentinel' : 'two Sentinels'} only`,
        evidence: views.map((view) => said(view, 'num-other-sentinels', view.facts.otherSentinelTotal)),
        why: `When one Sentinel of ${knownSentinels} is lost, no failover of ${name} can be authorised any more.`,
        remedy: [
          `Add Sentinels until there are ${LEAST}, each on a host of its own: redis-cli -h NEW-HOST -p 26379 SENTINEL MONITOR ${name} ${at} 2`,
        ],
      },
    ]
  },
}
