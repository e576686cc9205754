import type { NodeId } from '../../../address.ts'
import { isEnabled, minReplicasOf } from '../../../failover/min-replicas.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { configNotPermitted, isAnswering, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { directReplicas } from './existing-replicas.ts'

/** A promoted replica that would refuse every write. Its own settings count, not the present master's. */
export const guardUnattainableAfterFailover: Rule = {
  code: 'guard-unattainable-after-failover',
  section: 'guards',
  severities: ['warning'],
  fires:
    'min-replicas-to-write of a promotable replica exceeds the replicas that are left when it is promoted and the old master is gone.',
  matters: 'A failover turns into a write outage until the old master is back.',
  advice: 'Keep one replica more than min-replicas-to-write requires, or require one less.',
  holdForMs: 0,
  judge: (context) => directReplicas(context).flatMap((id) => judge(context, id)),
}

function judge(context: RuleContext, id: NodeId): readonly Verdict[] {
  const node = context.snapshot.nodes.get(id)
  if (!isAnswering(node) || node.info?.replication.role !== 'replica' || node.info.replication.priority === 0) return []
  if (node.config === undefined) return [configNotPermitted(node, nodeSubject(id))]
  const guard = minReplicasOf(node.config)
  if (guard === undefined || !isEnabled(guard)) return []
  const own = context.snapshot.links.filter((link) => link.upstream === id).length
  const left = directReplicas(context).length - 1 + own
  if (guard.required <= left) return []
  return [
    {
      kind: 'fires',
      subject: nodeSubject(id),
      severity: 'warning',
      title: `${id} would refuse writes after its promotion: it requires ${guard.required} good ${guard.required === 1 ? 'replica' : 'replicas'}, ${left} would be left`,
      evidence: [
        evidence(context, id, 'min-replicas-to-write', guard.required),
        evidence(context, id, 'min-replicas-max-lag', guard.maxLagSeconds),
      ],
      why: `A failover to it turns into a write outage until ${context.snapshot.master ?? 'the old master'} is back as a replica.`,
      remedy: [
        'add a replica',
        `or ${setConfig(id, 'min-replicas-to-write', Math.max(0, left))}   # and the same on every node`,
        keepConfig(node),
      ],
    },
  ]
}
