import { describeBytes } from '../../../units.ts'
import {
  directLinks,
  isEnabled,
  maxLagWithin,
  minReplicasOf,
  refusesWithinSeconds,
} from '../../../failover/min-replicas.ts'
import { masterRate } from '../../../resync/parties.ts'
import { evidence, type Rule, type RuleContext } from '../../rule.ts'
import { configNotPermitted, isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, perSecond, setConfig } from '../../rule-words.ts'

/** An isolated master that goes on taking writes. */
export const writesUnguarded: Rule = {
  code: 'writes-unguarded',
  section: 'guards',
  severities: ['warning', 'info'],
  fires:
    'The master of a group with replicas has min-replicas-to-write 0, or min-replicas-max-lag 0. Info outside production.',
  matters:
    'Cut off from its replicas, it takes writes until the partition heals; after a failover all of them are lost.',
  advice:
    'min-replicas-to-write 1 and min-replicas-max-lag 10 (less than down-after-milliseconds where that is shorter), where there are two replicas or more.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master' || context.snapshot.replicas.length === 0) return []
    const guard = minReplicasOf(master.config)
    if (guard === undefined) {
      // INFO prints the good replicas only where the guard is on
      if (master.info?.replication.goodReplicas !== undefined) return []
      return [configNotPermitted(master, nodeSubject(master.id))]
    }
    if (isEnabled(guard)) return []
    const rate = masterRate(context.snapshot)
    const direct = directLinks(context.snapshot).length
    const bound =
      rate === undefined ? 'the length of the partition x the write rate' : `${perSecond(rate)} for as long as it lasts`
    const maxLagSeconds = maxLagToSet(context, guard.maxLagSeconds)
    const closes = refusesWithinSeconds({ required: 1, maxLagSeconds })
    const bounded = rate === undefined ? '' : `, about ${describeBytes(rate * closes)}`
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: context.environment === 'production' ? 'warning' : 'info',
        title: `${master.id} takes writes without any replica (min-replicas-to-write ${guard.required}, min-replicas-max-lag ${guard.maxLagSeconds})`,
        evidence: [
          evidence(context, master.id, 'min-replicas-to-write', guard.required),
          evidence(context, master.id, 'min-replicas-max-lag', guard.maxLagSeconds),
        ],
        why: `Isolated, it goes on until the heal; what is lost when another node is promoted: ${bound}. With the guard it is bounded by about ${closes} s${bounded}.`,
        remedy: [
          setConfig(master.id, 'min-replicas-to-write', 1),
          ...(guard.maxLagSeconds === maxLagSeconds
            ? []
            : [setConfig(master.id, 'min-replicas-max-lag', maxLagSeconds)]),
          'the same on every replica: it counts after a failover',
          ...(direct < 2
            ? ['with one replica only, its loss, or a failover, then stops all writes: add a second one first']
            : []),
          keepConfig(master),
        ],
      },
    ]
  },
}

/** What is set, or the server's 10 s; less where the guard would close only after a failover is over. */
function maxLagToSet({ snapshot }: RuleContext, present: number): number {
  const known = snapshot.views.flatMap((view) => view.facts?.downAfterMs ?? [])
  return Math.min(present > 0 ? present : 10, ...known.map(maxLagWithin))
}
