import { hostAndPort } from '../../../address.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'

/** A replica of a replica. */
export const chainedReplica: Rule = {
  code: 'chained-replica',
  section: 'topology',
  severities: ['info'],
  fires: 'A replica follows another replica.',
  matters:
    'Lag adds up along the path, a restart of the node in the middle touches all below it, and Sentinel does not know the nodes below.',
  advice: 'Fine where it is meant. Otherwise REPLICAOF the master.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      if (link.depth < 2 || link.upstream === undefined) return []
      const node = context.snapshot.nodes.get(link.replica)
      const upstream = context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(node) || upstream?.role === 'master') return []
      const replication = node.info?.replication
      return [
        {
          kind: 'fires',
          subject: linkSubject(link.replica),
          severity: 'info',
          title: `${link.replica} follows ${link.upstream}, itself a replica (depth ${link.depth})`,
          evidence: [
            evidence(context, node.id, 'master_host', replication?.masterHost),
            evidence(context, node.id, 'master_port', replication?.masterPort),
          ],
          why: `Its lag is that of every hop together; when ${link.upstream} restarts, it waits too. Sentinel neither lists nor promotes it.`,
          remedy:
            link.master === undefined
              ? []
              : [`if that is not meant: ${cli(node.id, `REPLICAOF ${hostAndPort(link.master)}`)}`],
        },
      ]
    }),
}
