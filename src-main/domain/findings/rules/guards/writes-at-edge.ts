import { directLinks, isEnabled, minReplicasOf, refusesWithinSeconds } from '../../../failover/min-replicas.ts'
import { evidence, type Rule, type Verdict } from '../../rule.ts'
import { isAnswering, nodeSubject } from '../../rule-facts.ts'
import { listed } from '../../rule-words.ts'

/** No replica to spare. */
export const writesAtEdge: Rule = {
  code: 'writes-at-edge',
  section: 'guards',
  severities: ['warning'],
  fires: 'On a master min_slaves_good_slaves equals min-replicas-to-write.',
  matters: 'One slow replica stops all writes.',
  advice: 'Add a replica, bring a missing one back, or require one less.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.masters.flatMap((id): readonly Verdict[] => {
      const master = context.snapshot.nodes.get(id)
      if (!isAnswering(master) || master.info?.replication.role !== 'master') return []
      const guard = minReplicasOf(master.config)
      const good = master.info.replication.goodReplicas
      if (guard === undefined || good === undefined || !isEnabled(guard) || good !== guard.required) return []
      const counted = directLinks(context.snapshot)
        .filter((link) => link.upstream === id && (link.ackAgeSeconds ?? Infinity) <= guard.maxLagSeconds)
        .map((link) => link.replica)
      const who = counted.length === 0 ? `one of its ${good} good replicas` : listed(counted).replace(/ and /, ' or ')
      return [
        {
          kind: 'fires',
          subject: nodeSubject(id),
          severity: 'warning',
          title: `${id} has exactly the ${guard.required} good ${guard.required === 1 ? 'replica' : 'replicas'} that it requires`,
          evidence: [
            evidence(context, id, 'min_slaves_good_slaves', good),
            evidence(context, id, 'min-replicas-to-write', guard.required),
            evidence(context, id, 'min-replicas-max-lag', guard.maxLagSeconds),
          ],
          why: `When ${who} does not acknowledge for ${refusesWithinSeconds(guard)} s, all writes are refused.`,
          remedy: [
            `add a replica or bring a missing one back; ${guard.required > 1 ? 'or require one less' : 'with a single replica the guard trades availability for a bounded loss'}`,
          ],
        },
      ]
    }),
}
