import { evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { listed, setConfig } from '../../rule-words.ts'

/** No backlog: nobody who is away can continue. Attaching a replica creates one. */
export const backlogInactive: Rule = {
  code: 'backlog-inactive',
  section: 'topology',
  severities: ['warning'],
  fires: 'Replicas are known but none is attached, and the master has no active backlog.',
  matters: 'The return of each replica is a full resync.',
  advice: 'Bring the replicas back one at a time; a longer repl-backlog-ttl keeps the backlog over a longer absence.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master') return []
    const replication = master.info?.replication
    const { replicas } = context.snapshot
    if (replication?.backlogActive !== false || replication.connectedReplicas !== 0 || replicas.length === 0) return []
    const ttl = master.config?.get('repl-backlog-ttl')
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: 'warning',
        title: `${master.id} keeps no backlog while ${listed(replicas)} ${replicas.length === 1 ? 'is' : 'are'} away`,
        evidence: [
          evidence(context, master.id, 'repl_backlog_active', 0),
          evidence(context, master.id, 'connected_slaves', 0),
          evidence(context, master.id, 'repl-backlog-ttl', ttl),
        ],
        why: 'It was freed after repl-backlog-ttl without replicas, or never existed since the start. Every return is a full resync.',
        remedy: [
          'bring the replicas back one at a time',
          `to keep it over longer absences: ${setConfig(master.id, 'repl-backlog-ttl', 86_400)}`,
        ],
      },
    ]
  },
}
