import { evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { isCollapse, keysOf } from '../../past-facts.ts'
import { holders, rescueSteps } from './rescue.ts'
import { listed } from '../../rule-words.ts'

/** Replicas are about to replace their data with an empty master's, or are doing so. */
export const emptinessPropagating: Rule = {
  code: 'emptiness-propagating',
  section: 'topology',
  severities: ['critical'],
  fires: 'A master is (nearly) empty, and replicas that hold or held data synchronise from it or load.',
  matters: 'What the replicas hold is replaced by nothing. Old data goes only when the load starts.',
  advice: 'REPLICAOF NO ONE at once on a replica that has not begun to load, after SENTINEL REMOVE on all Sentinels.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master' || master.info?.persistence.loading === true) return []
    const keys = keysOf(master)
    if (keys === undefined) return []
    const all = holders(context)
    const busy = all.filter((one) => {
      const link = context.snapshot.links.find((entry) => entry.replica === one.node)
      const isSyncing = link?.state === 'full-sync' || link?.state === 'loading'
      return isSyncing && link.upstream === master.id && isCollapse(context, one.heldKeys, keys)
    })
    if (busy.length === 0) return []
    const intact = all.filter((one) => one.isIntact)
    const still =
      intact.length === 0
        ? 'nobody that answers holds the data any more'
        : `${listed(intact.map((one) => one.node))} still ${intact.length === 1 ? 'holds' : 'hold'} data`
    return [
      {
        kind: 'fires',
        subject: nodeSubject(master.id),
        severity: 'critical',
        title: `${master.id} has ${keys} keys and ${listed(busy.map((one) => one.node))} ${busy.length === 1 ? 'synchronises' : 'synchronise'} from it: ${still}`,
        evidence: [
          evidence(context, master.id, 'keyspace keys', keys),
          ...busy.flatMap((one) => [
            evidence(
              context,
              one.node,
              'master_sync_in_progress',
              context.snapshot.nodes.get(one.node)?.info?.replication.syncInProgress,
            ),
            evidence(context, one.node, 'keyspace keys', one.keys),
            evidence(context, one.node, 'keyspace keys (most seen)', one.heldKeys),
          ]),
        ],
        why: 'A replica drops its old data when the load of the new dataset begins. After that only files and backups are left.',
        remedy: rescueSteps(context, all),
      },
    ]
  },
}
