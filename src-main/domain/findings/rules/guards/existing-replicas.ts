import type { NodeId } from '../../../address.ts'
import { isChained } from '../../../failover/candidates.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import type { RuleContext } from '../../rule.ts'

/** Replicas that are, or would be once they return, fed by the master itself: chained ones never count for its guard. */
export function directReplicas(context: RuleContext): readonly NodeId[] {
  return context.snapshot.replicas.filter((id) => !isChained(context.snapshot, id))
}

/** How many there are; the master may see more than this snapshot knows. Clients without a port do not count. */
export function countOfReplicas(context: RuleContext, master: NodeSnapshot): number {
  const { connectedReplicas, replicas } = master.info?.replication ?? {}
  const attached = (connectedReplicas ?? 0) - (replicas ?? []).filter((line) => line.port === 0).length
  return Math.max(directReplicas(context).length, attached)
}
