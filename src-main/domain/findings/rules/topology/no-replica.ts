import { hostAndPort } from '../../../address.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { listed } from '../../rule-words.ts'

/** Nothing to fail over to, although there should be. */
export const noReplica: Rule = {
  code: 'no-replica',
  section: 'topology',
  severities: ['critical'],
  fires: 'The master has had no attached replica for 30 s, although some are known here or to Sentinel.',
  matters: 'There is nothing to fail over to, and every write exists once.',
  advice: 'See why the replicas are not attached: link state, authentication, addresses.',
  holdForMs: 30_000,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master') return []
    const { connectedReplicas, replicas: lines } = master.info?.replication ?? {}
    if (connectedReplicas === undefined) return []
    // port 0 is a client such as redis-cli --rdb
    const attached = connectedReplicas - (lines ?? []).filter((line) => line.port === 0).length
    if (attached > 0) return []
    const { replicas, views, nodes } = context.snapshot
    const listings = views.filter((view) => view.isReachable && view.master === master.id)
    const told = Math.max(0, ...listings.map((view) => view.facts?.replicaTotal ?? view.replicas?.length ?? 0))
    if (replicas.length === 0 && told === 0) return []
    const downSince = replicas.flatMap((id) => {
      const node = nodes.get(id)
      const seconds = isAnswering(node) ? node.info?.replication.linkDownSeconds : undefined
      return seconds === undefined || node?.sampledAt === undefined ? [] : [node.sampledAt - seconds * 1000]
    })
    const names = replicas.length > 0 ? listed(replicas) : `${told} known to Sentinel`
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: 'critical',
        title: `${master.id} has no attached replica, ${Math.max(replicas.length, told)} expected: ${names}`,
        evidence: [
          evidence(context, master.id, 'connected_slaves', connectedReplicas),
          ...listings.map((view) => ({
            node: view.sentinel,
            field: 'SENTINEL MASTERS num-slaves',
            value: view.facts?.replicaTotal,
            at: view.at,
          })),
        ],
        why: 'A failover would find nothing to promote, or a replica that lacks everything written since it was cut off.',
        remedy: [
          ...replicas.map((id) => `${cli(id, 'INFO replication')}   # master_host, master_link_status`),
          ...replicas.map(
            (id) => `if it follows nobody or another address: ${cli(id, `REPLICAOF ${hostAndPort(master.id)}`)}`,
          ),
        ],
        holdForMs: context.thresholds.noReplicaHoldSeconds * 1000,
        // the moment the last of them was cut off, where all of them tell
        ...(downSince.length === replicas.length && downSince.length > 0 ? { knownSince: Math.max(...downSince) } : {}),
      },
    ]
  },
}
