import { describeSeconds } from '../../../units.ts'
import { minReplicasOf } from '../../../failover/min-replicas.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'

/** A replica that is online and does not acknowledge. */
export const replicaLagSeconds: Rule = {
  code: 'replica-lag-seconds',
  section: 'topology',
  severities: ['warning'],
  fires:
    'The last acknowledgement of an online replica is older than 10 s, or than min-replicas-max-lag where that is longer.',
  matters:
    'It is stalled or cut off; at repl-timeout (60 s) the master drops it. The classic alarm "lag over 30 s for a minute" can hardly fire, because the link is gone by then.',
  advice: 'See what blocks the replica: a slow command, a script, swap, the disk, the network.',
  holdForMs: 0,
  swings: true,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      const age = link.ackAgeSeconds
      if (age === undefined || !isAnswering(upstream)) return []
      const guard = minReplicasOf(upstream.config)
      const limit = Math.max(context.thresholds.ackAgeSeconds, guard?.maxLagSeconds ?? 0)
      if (age <= limit) return []
      const timeout = upstream.config?.get('repl-timeout')
      return [
        {
          kind: 'fires',
          subject: linkSubject(link.replica),
          severity: 'warning',
          title: `${link.replica} has not acknowledged to ${upstream.id} for ${describeSeconds(age)}`,
          evidence: [
            evidence(context, upstream.id, 'slaveN lag', age),
            evidence(context, upstream.id, 'slaveN offset', link.ackOffset),
            evidence(context, upstream.id, 'repl-timeout', timeout),
          ],
          why: `It is connected and silent: stalled, or the network swallows what it sends. ${upstream.id} drops it ${timeout === undefined ? 'at repl-timeout' : `after ${timeout} s`}${guard !== undefined && guard.required > 0 ? '; it does not count as a good replica now' : ''}.`,
          remedy: [
            `${cli(link.replica, 'INFO')}   # does it answer; loading, blocked_clients, a slow script`,
            cli(link.replica, 'SLOWLOG GET 10'),
            cli(link.replica, 'LATENCY LATEST'),
          ],
          ...(upstream.sampledAt === undefined ? {} : { knownSince: upstream.sampledAt - age * 1000 }),
        },
      ]
    }),
}
