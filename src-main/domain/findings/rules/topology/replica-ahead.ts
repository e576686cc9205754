import { describeBytes } from '../../../units.ts'
import { sameReplid } from '../../../lag/byte-lag.ts'
import type { LinkSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { removeFromSentinels } from '../../rule-words.ts'

/** A replica that holds what its master lost. */
export const replicaAhead: Rule = {
  code: 'replica-ahead',
  section: 'topology',
  severities: ['critical'],
  fires: "A replica's offset is provably above its master's on one history.",
  matters:
    'The master was rolled back: the replica holds writes that the master lost, and loses them at its next reconnect.',
  advice: 'Do not let it reconnect before it is decided which copy to keep.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link) => {
      const bytes = aheadBy(context, link)
      const source = link.upstream ?? link.master
      if (bytes === undefined || source === undefined) return []
      const own = context.snapshot.nodes.get(link.replica)?.info?.replication
      const upstream = context.snapshot.nodes.get(source)?.info
      return [
        {
          kind: 'fires',
          subject: linkSubject(link.replica),
          severity: 'critical',
          title: `${link.replica} holds ${describeBytes(bytes)} of stream that ${source} does not have`,
          evidence: [
            evidence(context, link.replica, 'slave_repl_offset', own?.appliedOffset),
            evidence(context, link.replica, 'master_replid', own?.replid),
            evidence(context, source, 'master_repl_offset', upstream?.replication.offset),
            evidence(context, source, 'master_replid', upstream?.replication.replid),
            evidence(context, source, 'second_repl_offset', upstream?.replication.secondOffset),
            evidence(context, source, 'uptime_in_seconds', upstream?.server.uptimeSeconds),
          ],
          why: `${source} was rolled back, by a restart from older data or by a failover. The next reconnect of ${link.replica} is a full resync, and these ${describeBytes(bytes)} are gone.`,
          remedy: [
            `${cli(link.replica, 'BGSAVE')}   # then copy its dump file away: it holds the newer data`,
            ...removeFromSentinels(context),
            `${cli(link.replica, 'REPLICAOF NO ONE')}   # keeps its copy until it is decided which one counts`,
          ],
        },
      ]
    }),
}

/** Bytes that the replica has beyond its upstream; undefined unless that is proved. */
function aheadBy(context: RuleContext, link: LinkSnapshot): number | undefined {
  const { nodes } = context.snapshot
  const replica = nodes.get(link.replica)
  const upstream = link.upstream === undefined ? undefined : nodes.get(link.upstream)
  if (!isAnswering(replica) || !isAnswering(upstream)) return undefined
  const R = replica.info?.replication
  const high = link.upstreamByteLag?.high
  if (high !== undefined && high < 0 && sameReplid(R?.replid, upstream.info?.replication.replid)) return -high
  const { atRiskBytes } = link.resyncIfDropped
  // A link that still looks up beside an id that the node it follows has left behind: that node was restarted, and the
  // replica has not noticed yet.
  const isLeftBehind = sameReplid(R?.replid, upstream.info?.replication.replid2)
  const isProof = R?.masterLink === 'down' || isLeftBehind
  return isProof && atRiskBytes !== undefined && atRiskBytes > 0 ? atRiskBytes : undefined
}
