import { isChained } from '../../../failover/candidates.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { speakingViews } from './views.ts'

/** Nobody may ever be promoted. */
export const allPriorityZero: Rule = {
  code: 'all-priority-zero',
  section: 'sentinel',
  severities: ['critical'],
  fires: 'every replica of the master has priority 0',
  matters: 'Sentinel never promotes a replica with priority 0: the loss of the master is an outage.',
  advice: 'Give at least one replica a replica-priority above 0.',
  holdForMs: 0,
  judge: (context) => {
    const { snapshot, forecast } = context
    if (speakingViews(context).length === 0) return []
    const replicas = forecast.ranking.filter((one) => !isChained(snapshot, one.node))
    if (replicas.length === 0 || replicas.some((one) => one.priority !== 0)) return []
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'critical',
        title: `${snapshot.name}: all ${replicas.length} replicas have priority 0: none is ever promoted`,
        evidence: replicas.map((one) => evidence(context, one.node, 'slave_priority', one.priority)),
        why: `If ${snapshot.master ?? 'the master'} dies, Sentinel finds no suitable replica, however many are level with it.`,
        remedy: replicas.flatMap((one) => [
          cli(one.node, 'CONFIG SET replica-priority 100'),
          cli(one.node, 'CONFIG REWRITE'),
        ]),
      },
    ]
  },
}
