import { describeSeconds } from '../../../units.ts'
import { isEnabled, maxLagWithin, minReplicasOf, refusesWithinSeconds } from '../../../failover/min-replicas.ts'
import { evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

/** The old master still takes writes when the new one exists. */
export const guardSlowerThanFailover: Rule = {
  code: 'guard-slower-than-failover',
  section: 'guards',
  severities: ['warning'],
  fires:
    'min-replicas-max-lag plus the two seconds within which it is noticed is longer than down-after-milliseconds plus an election that meets no trouble (a threshold, 2 s; a server gives an election up only after 10 s).',
  matters: 'After a partition two masters take writes for a while, and those of the old one are lost.',
  advice: 'min-replicas-max-lag below down-after-milliseconds.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master') return []
    const guard = minReplicasOf(master.config)
    if (guard === undefined || !isEnabled(guard)) return []
    const told = context.snapshot.views.flatMap((view) => {
      const { downAfterMs } = view.facts ?? {}
      if (!view.isReachable || view.master !== master.id || downAfterMs === undefined) return []
      return [{ view, downAfterMs, promotedMs: downAfterMs + context.thresholds.electionSeconds * 1000 }]
    })
    // the Sentinel that takes longest decides: the quorum may need it
    const slowest = [...told].sort((a, b) => b.promotedMs - a.promotedMs)[0]
    if (slowest === undefined || refusesWithinSeconds(guard) * 1000 <= slowest.promotedMs) return []
    const overlap = refusesWithinSeconds(guard) - slowest.promotedMs / 1000
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: 'warning',
        title: `${master.id} would take writes for up to ${describeSeconds(refusesWithinSeconds(guard))} alone; a failover may be done after ${describeSeconds(slowest.promotedMs / 1000)}`,
        evidence: [
          evidence(context, master.id, 'min-replicas-max-lag', guard.maxLagSeconds),
          evidence(context, master.id, 'min-replicas-to-write', guard.required),
          {
            node: slowest.view.sentinel,
            field: 'SENTINEL MASTERS down-after-milliseconds',
            value: slowest.downAfterMs,
            at: slowest.view.at,
          },
        ],
        why: `For about ${describeSeconds(overlap)} the old master and the new one both take writes, and those of the old one are lost. An election that meets trouble takes longer, and the overlap is shorter by that.`,
        remedy: [
          setConfig(master.id, 'min-replicas-max-lag', maxLagWithin(slowest.downAfterMs)),
          'the same on every replica: it counts after a failover',
          keepConfig(master),
        ],
      },
    ]
  },
}
