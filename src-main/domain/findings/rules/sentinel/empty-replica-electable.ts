import type { NodeId } from '../../../address.ts'
import { isAtLeast } from '../../../replies/version.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, nodeSubject } from '../../rule-facts.ts'
import { listedReplica, said, speakingViews } from './views.ts'

const HEALS_BY_ITSELF_MS = 30_000

/** A replica that holds nothing passes Sentinel's filter: -1 s of link-down time is less than any limit. */
export const emptyReplicaElectable: Rule = {
  code: 'empty-replica-electable',
  section: 'sentinel',
  severities: ['critical', 'warning'],
  fires:
    'a replica that never synced since its start (6.2.2 and later) passes Sentinel’s filter; critical when no better candidate does',
  matters: 'It can be promoted empty, and then empties every other node.',
  advice: 'Set its replica-priority to 0 until its link is up, then back.',
  holdForMs: 0,
  judge: (context) => {
    if (speakingViews(context).length === 0) return []
    const { ranking } = context.forecast
    const electable = ranking.filter((one) => one.isEligible).map((one) => one.node)
    const empty = electable.filter((node) => isEmpty(context, node))
    const hasBetter = electable.length > empty.length
    // Its offset stands still: only its priority can put it first.
    return empty.map((node) => verdict(context, node, !hasBetter || electable[0] === node))
  },
}

function verdict(context: RuleContext, node: NodeId, isCritical: boolean): Verdict {
  const replication = context.snapshot.nodes.get(node)?.info?.replication
  const listed = listedReplica(context, node)
  const isSyncing = replication?.syncInProgress === true
  return {
    kind: 'fires',
    subject: nodeSubject(node),
    severity: isCritical ? 'critical' : 'warning',
    // The first sync of a new replica ends it.
    ...(isSyncing && !isCritical ? { holdForMs: HEALS_BY_ITSELF_MS } : {}),
    title: `${node} has never synced since its start, and Sentinel would take it${isCritical ? '' : ' if the better ones were gone'}`,
    evidence: [
      evidence(context, node, 'master_link_status', replication?.masterLink),
      evidence(context, node, 'master_link_down_since_seconds', -1),
      evidence(context, node, 'slave_repl_offset', replication?.appliedOffset),
      ...(listed?.entry.neverConnected === true ? [said(listed.view, `${node} master-link-down-time`, -1000)] : []),
    ],
    why: 'Sentinel reads its link-down time of -1 s as young. If the master dies before it is synced it can be promoted empty, and the other nodes copy the emptiness.',
    remedy: [
      cli(node, 'CONFIG SET replica-priority 0'),
      'Sentinel reads it within 10 s; mend the link, and when master_link_status is up:',
      cli(node, 'CONFIG SET replica-priority 100'),
    ],
  }
}

function isEmpty(context: RuleContext, id: NodeId): boolean {
  const node = context.snapshot.nodes.get(id)
  if (isAnswering(node)) {
    const { neverConnected, appliedOffset, masterLink } = node.info?.replication ?? {}
    const isNew = isAtLeast(node.info?.server ?? { flavour: 'unknown', version: undefined }, {
      redis: '6.2.2',
      valkey: '7.2.0',
    })
    return isNew !== false && masterLink === 'down' && neverConnected === true && (appliedOffset ?? 2) <= 1
  }
  const entry = listedReplica(context, id)?.entry
  return entry?.neverConnected === true && (entry.offset ?? 2) <= 1
}
