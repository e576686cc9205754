import type { NodeId } from '../address.ts'
import type { GroupSnapshot } from '../topology/model.ts'
import type { Draft, Intent, Plan } from './model.ts'
import type { Observed } from './observed.ts'
import { restartOfOldMaster, restartOfReplica } from './restart-node.ts'
import { handOverAndRestart, nothing, restartReplicas } from './safe-restart.ts'
import { check } from './seal.ts'
import type { PlanInput } from './switchover.ts'

/**
 * A whole group: replicas one by one, the leaves of a chain first, then a hand-over, the old master last. With the plan of a
 * run that was stopped, only what that run has not restarted: a node with another run id than then is done.
 */
export function planRollingRestart(intent: Intent, input: PlanInput): Draft {
  const { snapshot, observed, resumed } = input
  if (intent.settings.has('resume') && resumed === undefined)
    return nothing(intent, `no rolling restart ${intent.settings.get('resume') ?? ''} of this group is in the journal`)
  const original = { ...runIds(observed), ...(resumed === undefined ? {} : originalOf(resumed)) }
  const done = Object.keys(original).filter((node) => isRestarted(node, observed, original))
  const left = leavesFirst(snapshot).filter((node) => !done.includes(node))
  const replicas = left.map((node) => restartOfReplica(node, intent, input))
  const { master } = snapshot
  if (master === undefined) return nothing(intent, 'no master is agreed on')
  const isMasterDone = done.includes(master)
  if (left.length === 0 && isMasterDone) return nothing(intent, 'every node was restarted already')
  const draft = isMasterDone
    ? restartReplicas(intent, input, replicas, intent.group)
    : handOverAndRestart(intent, input, replicas, restartOfOldMaster(master, intent, input))
  return {
    ...draft,
    target: `${intent.group}: ${left.length + (isMasterDone ? 0 : 1)} nodes, one by one`,
    preflight: [
      ...draft.preflight,
      ...(resumed === undefined
        ? []
        : [check('taken-up', 'passed', `restarted already: ${done.length === 0 ? 'none' : done.join(', ')}`)]),
    ],
    particulars: { ...draft.particulars, original: JSON.stringify(original) },
  }
}

/** Deepest first; of one depth by id. */
function leavesFirst(snapshot: GroupSnapshot): readonly NodeId[] {
  const depth = (node: NodeId): number => snapshot.links.find((link) => link.replica === node)?.depth ?? 1
  return [...snapshot.replicas].sort((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1))
}

function runIds(observed: Observed): Readonly<Record<NodeId, string>> {
  return Object.fromEntries(
    [...observed.servers].flatMap(([node, server]) => {
      const runId = server.info?.server.runId
      return runId === undefined ? [] : [[node, runId]]
    }),
  )
}

/** The run ids before the first node was restarted, carried on from plan to plan. */
function originalOf(plan: Plan): Readonly<Record<NodeId, string>> {
  return JSON.parse(plan.particulars['original'] ?? '{}') as Readonly<Record<NodeId, string>>
}

function isRestarted(node: NodeId, observed: Observed, original: Readonly<Record<NodeId, string>>): boolean {
  const info = observed.servers.get(node)?.info
  const runId = info?.server.runId
  if (runId === undefined || runId === original[node]) return false
  return info?.replication.role === 'master' || info?.replication.masterLink === 'up'
}
