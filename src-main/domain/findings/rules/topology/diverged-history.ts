import { comparable, sameReplid } from '../../../lag/byte-lag.ts'
import type { LinkSnapshot, NodeSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { emptyMaster } from './empty-master.ts'
import { samplesOf, swapHoldMs } from '../../past-facts.ts'

/** Seconds within which an inequality with the link up must have been seen before. */
const LOOK_BACK_SECONDS = 60

/** A replica of another history: its next reconnect cannot continue. */
export const divergedHistory: Rule = {
  code: 'diverged-history',
  section: 'topology',
  severities: ['warning'],
  fires:
    "A replica's replid matches neither replid nor replid2 (within its limit) of the node it follows: with the link down, or in two samples.",
  matters: 'Its next reconnect is a full resync, and what it alone holds is lost.',
  advice: 'Know it before anyone restarts it: plan the full resync, and save what only it holds.',
  holdForMs: 0,
  judge: (context) => {
    // Then the replicas hold what the master lost, which is told by itself: nobody is to let them resync.
    if (emptyMaster.judge(context).length > 0) return []
    return context.snapshot.links.flatMap((link) => {
      const replica = context.snapshot.nodes.get(link.replica)
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(replica) || !isAnswering(upstream)) return []
      if (!isForeign(replica, upstream) || !isSettled(context, link, replica, upstream)) return []
      // then it is ahead, which is told by itself
      if (link.resyncIfDropped.atRiskBytes !== undefined) return []
      const R = replica.info?.replication
      const U = upstream.info?.replication
      return [
        {
          kind: 'fires',
          subject: linkSubject(link.replica),
          severity: 'warning',
          title: `${link.replica} is of another history than ${upstream.id}: its next reconnect is a full resync`,
          evidence: [
            evidence(context, replica.id, 'master_replid', R?.replid),
            evidence(context, replica.id, 'slave_repl_offset', R?.appliedOffset),
            evidence(context, upstream.id, 'master_replid', U?.replid),
            evidence(context, upstream.id, 'master_replid2', U?.replid2),
            evidence(context, upstream.id, 'second_repl_offset', U?.secondOffset),
          ],
          why: `${upstream.id} does not know the history of ${link.replica}, so it sends its whole dataset, and what only ${link.replica} holds is gone. Nobody should restart or re-point it unaware.`,
          remedy: [
            `if it may hold something of its own: ${cli(replica.id, 'BGSAVE')} and copy its dump file away`,
            `let it resync when ${upstream.id} can bear a fork and the transfer`,
          ],
          holdForMs: swapHoldMs(context),
        },
      ]
    })
  },
}

function isForeign(replica: NodeSnapshot, upstream: NodeSnapshot): boolean {
  const R = replica.info?.replication
  const U = upstream.info?.replication
  if (R?.replid === undefined || U?.replid === undefined || R.appliedOffset === undefined) return false
  // it has no history yet, or is about to get another one
  if (R.appliedOffset === 1 && R.offset === 0) return false
  if (R.syncInProgress === true || replica.info?.persistence.loading === true) return false
  return !comparable({ ...R, offset: R.appliedOffset }, U)
}

/** With the link up the ids are equal by rule; an inequality is a race of the samples unless it is seen twice. */
function isSettled(context: RuleContext, link: LinkSnapshot, replica: NodeSnapshot, upstream: NodeSnapshot): boolean {
  if (replica.info?.replication.masterLink === 'down') return true
  if (replica.info?.replication.masterLink !== 'up' || link.state !== 'online') return false
  const sawBefore = (node: NodeSnapshot) =>
    samplesOf(context, node.id, LOOK_BACK_SECONDS).some(
      (sample) => sample.at < context.snapshot.takenAt && sameReplid(sample.replid, node.info?.replication.replid),
    )
  return sawBefore(replica) && sawBefore(upstream)
}
