import { hostAndPort } from '../../../address.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { isAnswering, nodeSubject } from '../../rule-facts.ts'
import { swapHoldMs } from '../../past-facts.ts'

/** A node that was told to follow itself. */
export const selfReplica: Rule = {
  code: 'self-replica',
  section: 'topology',
  severities: ['critical'],
  fires: 'A node says role:slave and names an address of its own as its master.',
  matters: 'It can never connect: its data stands still, and it refuses writes.',
  advice: 'Point it at the real master.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const node = context.snapshot.nodes.get(link.replica)
      if (link.upstream !== link.replica || !isAnswering(node) || node.info?.replication.role !== 'replica') return []
      const { masterHost, masterPort } = node.info.replication
      const { master } = context.snapshot
      const target = master !== undefined && master !== node.id ? master : undefined
      return [
        {
          kind: 'fires',
          subject: nodeSubject(node.id),
          severity: 'critical',
          title: `${node.id} follows itself (master_host ${masterHost}, master_port ${masterPort})`,
          evidence: [
            evidence(context, node.id, 'role', 'slave'),
            evidence(context, node.id, 'master_host', masterHost),
            evidence(context, node.id, 'master_port', masterPort),
          ],
          why: 'It is stuck on an address that was its master’s once, or on a name that resolves to itself. It refuses writes and gets none.',
          remedy:
            target === undefined
              ? [`if it shall be the master: ${cli(node.id, 'REPLICAOF NO ONE')}`]
              : [cli(node.id, `REPLICAOF ${hostAndPort(target)}`)],
          holdForMs: swapHoldMs(context),
        },
      ]
    }),
}
