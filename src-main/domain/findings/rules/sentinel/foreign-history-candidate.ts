import { cli, evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { emptyMaster } from '../topology/empty-master.ts'
import { replicaAhead } from '../topology/replica-ahead.ts'
import { speakingViews } from './views.ts'

const SYNC_HOLD_MS = 30_000
/** An old master that returns as a master waits so long for Sentinel to make it a replica. */
const RETURN_HOLD_MS = 15_000

/** A candidate whose offset counts the bytes of another history. */
export const foreignHistoryCandidate: Rule = {
  code: 'foreign-history-candidate',
  section: 'sentinel',
  severities: ['critical'],
  fires:
    'a candidate of the election carries a replication id that is neither the master’s nor its previous one, and is not told of as replica-ahead',
  matters: 'Sentinel compares offsets without looking at the history: a stranger with a larger number wins.',
  advice: 'Set its replica-priority to 0 until it has resynced from the master.',
  holdForMs: RETURN_HOLD_MS,
  judge: (context) => {
    const master = masterOf(context)
    if (speakingViews(context).length === 0 || !isAnswering(master)) return []
    // Then the strangers hold what the master lost: nobody is to let them resync from it.
    if (emptyMaster.judge(context).length > 0) return []
    // A replica that holds what its master lost is told of with the bytes, and with what saves them.
    const ahead = new Set(replicaAhead.judge(context).map((one) => one.subject.id))
    return context.forecast.ranking
      .filter((one) => one.isEligible && one.isForeign && !ahead.has(one.node))
      .flatMap((one) => {
        const node = context.snapshot.nodes.get(one.node)
        if (!isAnswering(node) || node.info === undefined) return []
        const { replid, appliedOffset, masterLink, neverConnected, syncInProgress } = node.info.replication
        // With the link up the two samples lie on either side of a change; a node that holds nothing has a rule of its own.
        if (masterLink === 'up' || (neverConnected === true && (appliedOffset ?? 2) <= 1)) return []
        return {
          kind: 'fires' as const,
          subject: nodeSubject(one.node),
          severity: 'critical' as const,
          ...(syncInProgress === true ? { holdForMs: SYNC_HOLD_MS } : {}),
          title: `${one.node} can be elected although it holds another history than ${master.id}`,
          evidence: [
            evidence(context, one.node, 'master_replid', replid),
            evidence(context, one.node, 'slave_repl_offset', appliedOffset),
            evidence(context, master.id, 'master_replid', master.info?.replication.replid),
            evidence(context, master.id, 'master_replid2', master.info?.replication.replid2),
          ],
          why: `Its offset ${appliedOffset ?? 'unknown'} counts other bytes, but the election compares it with the others’: if it wins, every write of ${master.id} that it never had is lost.`,
          remedy: [
            cli(one.node, 'CONFIG SET replica-priority 0'),
            `Save what it holds if it matters (${cli(one.node, 'BGSAVE')}), then let it resync: its link to ${master.id} must come up`,
            cli(one.node, 'CONFIG SET replica-priority 100'),
          ],
        }
      })
  },
}
