import { directLinks } from '../../../failover/min-replicas.ts'
import type { Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { onEverySentinel, said, speakingViews } from './views.ts'

/** After a failover every replica is re-pointed at the same time. */
export const parallelSyncsHigh: Rule = {
  code: 'parallel-syncs-high',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'parallel-syncs is above 1 and not less than the number of replicas',
  matters:
    'After a failover all replicas resync, and load, at once: no reader is left, and the new master feeds all of them.',
  advice: 'SENTINEL SET parallel-syncs to 1, or to less than the number of replicas, on every Sentinel.',
  holdForMs: 0,
  judge: (context) => {
    const { name } = context.snapshot
    const replicas = directLinks(context.snapshot).length
    if (replicas < 2) return []
    const high = speakingViews(context).filter((view) => {
      const { parallelSyncs } = view.facts
      return parallelSyncs !== undefined && parallelSyncs > 1 && parallelSyncs >= replicas
    })
    if (high.length === 0) return []
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${name}: parallel-syncs ${[...new Set(high.map((view) => view.facts.parallelSyncs))].join(' and ')} with ${replicas} replicas: all of them stop together`,
        evidence: high.map((view) => said(view, 'parallel-syncs', view.facts.parallelSyncs)),
        why: `A failover re-points all ${replicas} replicas at once; where they need a full resync none of them serves reads until it has loaded.`,
        remedy: onEverySentinel(context, `SENTINEL SET ${name} parallel-syncs 1`),
      },
    ]
  },
}
