import { cli, evidence, type Rule } from '../../rule.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { speakingViews } from './views.ts'

/** Hidden from clients, but not from the election. */
export const hiddenButElectable: Rule = {
  code: 'hidden-but-electable',
  section: 'sentinel',
  severities: ['info'],
  fires: 'a replica has replica-announced no and a priority above 0',
  matters: 'SENTINEL REPLICAS hides it, the election does not: it can become the master.',
  advice: 'If it must never be the master, set replica-priority 0 as well.',
  holdForMs: 0,
  judge: (context) => {
    if (speakingViews(context).length === 0) return []
    return answeringServers(context).flatMap((node) => {
      const { role, announced, priority } = node.info?.replication ?? {}
      if (role !== 'replica' || announced !== false || priority === undefined || priority === 0) return []
      return {
        kind: 'fires' as const,
        subject: nodeSubject(node.id),
        severity: 'info' as const,
        title: `${node.id} is hidden from SENTINEL REPLICAS and can be elected all the same (priority ${priority})`,
        evidence: [
          evidence(context, node.id, 'replica_announced', 0),
          evidence(context, node.id, 'slave_priority', priority),
        ],
        why: 'A hidden replica is mostly one for backups or analysis; as the master it would serve all clients.',
        remedy: [cli(node.id, 'CONFIG SET replica-priority 0'), cli(node.id, 'CONFIG REWRITE')],
      }
    })
  },
}
