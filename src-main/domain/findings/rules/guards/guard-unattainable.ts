import { isEnabled, minReplicasOf } from '../../../failover/min-replicas.ts'
import { evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { countOfReplicas } from './existing-replicas.ts'

/** More good replicas required than exist. */
export const guardUnattainable: Rule = {
  code: 'guard-unattainable',
  section: 'guards',
  severities: ['critical'],
  fires: 'min-replicas-to-write of the master exceeds the replicas that exist. Chained replicas do not count.',
  matters: 'No write can ever be accepted.',
  advice: 'Lower min-replicas-to-write or add replicas.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master') return []
    if (master.info?.replication.connectedReplicas === undefined) return []
    const guard = minReplicasOf(master.config)
    const exist = countOfReplicas(context, master)
    if (guard === undefined || !isEnabled(guard) || guard.required <= exist) return []
    const attainable = Math.max(0, exist - 1)
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: 'critical',
        title: `${master.id} requires ${guard.required} good replicas and ${exist === 0 ? 'none exists' : `only ${exist} exist`}`,
        evidence: [
          evidence(context, master.id, 'min-replicas-to-write', guard.required),
          evidence(context, master.id, 'connected_slaves', master.info.replication.connectedReplicas),
        ],
        why: 'Every write is refused with NOREPLICAS, whatever state the replicas are in.',
        remedy: [
          `${setConfig(master.id, 'min-replicas-to-write', attainable)}   # leaves one replica to spare`,
          keepConfig(master),
          'or add replicas',
        ],
      },
    ]
  },
}
