import { parseVersion } from '../../../replies/version.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'

/** A replica whose RDB loader is older than its master's writer. Patch releases share one RDB format. */
export const replicaVersionOlder: Rule = {
  code: 'replica-version-older',
  section: 'topology',
  severities: ['warning'],
  fires: 'A replica runs an older release (major.minor, same flavour) than the node it follows.',
  matters: "It may refuse its master's RDB at the next full sync, and then it cannot come back at all.",
  advice: 'Upgrade the replicas first, then fail over.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const replica = context.snapshot.nodes.get(link.replica)
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(replica) || !isAnswering(upstream) || !isOlder(replica, upstream)) return []
      const own = replica.info?.server.version
      const other = upstream.info?.server.version
      return [
        {
          kind: 'fires',
          subject: linkSubject(link.replica),
          severity: 'warning',
          title: `${link.replica} runs ${own}, older than ${upstream.id} with ${other}`,
          evidence: [
            evidence(context, replica.id, versionField(replica), own),
            evidence(context, upstream.id, versionField(upstream), other),
          ],
          why: 'A stream it may follow, but an RDB of a newer format it refuses: the next full sync would fail again and again.',
          remedy: [
            `upgrade ${link.replica} to ${other} or newer before anything makes it synchronise fully`,
            'replicas first, the master last, by a failover',
          ],
        },
      ]
    }),
}

function isOlder(replica: NodeSnapshot, upstream: NodeSnapshot): boolean {
  const flavour = replica.info?.server.flavour
  if (flavour === undefined || flavour === 'unknown' || flavour !== upstream.info?.server.flavour) return false
  const own = parseVersion(replica.info?.server.version)
  const other = parseVersion(upstream.info?.server.version)
  if (own === undefined || other === undefined) return false
  return own.major < other.major || (own.major === other.major && own.minor < other.minor)
}

function versionField(node: NodeSnapshot): string {
  return node.info?.server.flavour === 'valkey' ? 'valkey_version' : 'redis_version'
}
