import { isAtLeast } from '../../../replies/version.ts'
import { evidence, type Rule } from '../../rule.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { setConfig } from '../../rule-words.ts'

/** Replicas on which a key may be read after its time. */
export const staleExpiredReads: Rule = {
  code: 'stale-expired-reads',
  section: 'topology',
  severities: ['info'],
  fires: 'A replica older than Redis 3.2, or a writable replica that holds keys with a TTL.',
  matters:
    'Readers can see expired keys: replicas do not expire by themselves, and local keys expire on their own clock.',
  advice: 'Upgrade, or make the replica read-only.',
  holdForMs: 0,
  judge: (context) =>
    answeringServers(context).flatMap((node) => {
      const info = node.info
      if (info?.replication.role !== 'replica') return []
      const isOld = info.server.flavour === 'redis' && isAtLeast(info.server, { redis: '3.2' }) === false
      const expires = (info.keyspace ?? []).reduce((sum, db) => sum + (db.expires ?? 0), 0)
      const tracked = info.stats.slaveExpiresTrackedKeys ?? 0
      const isWritable = info.replication.readOnly === false && (expires > 0 || tracked > 0)
      if (!isOld && !isWritable) return []
      return [
        {
          kind: 'fires',
          subject: nodeSubject(node.id),
          severity: 'info',
          title: isOld
            ? `${node.id} runs ${info.server.version}: its readers can see expired keys`
            : `${node.id} is writable and holds ${Math.max(expires, tracked)} keys with a TTL: readers can see expired ones`,
          evidence: [
            evidence(context, node.id, 'redis_version', info.server.version),
            evidence(context, node.id, 'slave_read_only', info.replication.readOnly),
            evidence(context, node.id, 'keyspace expires', expires),
            evidence(context, node.id, 'slave_expires_tracked_keys', info.stats.slaveExpiresTrackedKeys),
          ],
          why: 'A key lives on a replica until the master deletes it; only a read-only replica of 3.2 or newer hides it from readers before.',
          remedy: isOld ? ['upgrade it'] : [setConfig(node.id, 'replica-read-only', 'yes')],
        },
      ]
    }),
}
