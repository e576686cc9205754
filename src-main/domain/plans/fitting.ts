import type { GroupSnapshot } from '../topology/model.ts'
import type { ActionName, Intent, PreflightCheck } from './model.ts'
import { idOf } from './nodes.ts'
import { check } from './seal.ts'

/** Actions about one node. All others are about the group, and send to its master or to every Sentinel. */
const OF_ONE_NODE: ReadonlySet<ActionName> = new Set([
  ...(['safe-restart', 'config-set', 'bgsave', 'bgrewriteaof', 'replicaof'] as const),
])

const WAIT = ['replicas', 'timeout', 'count', 'batch', 'probe']

/** Settings of those actions that do not look at the names themselves. */
const SETTINGS: Readonly<Partial<Record<ActionName, readonly string[]>>> = {
  'wait-test': WAIT,
  'waitaof-test': [...WAIT, 'local'],
  switchover: [],
  'forced-failover': [],
  replicaof: [],
  bgsave: [],
  bgrewriteaof: [],
  ckquorum: [],
  'sentinel-reset': [],
  'client-pause': ['ms'],
  'client-unpause': [],
}

/** True when `--node` (the node of an intent) says whom the action is about. */
export function isOfOneNode(action: ActionName): boolean {
  return OF_ONE_NODE.has(action)
}

/**
 * What was asked for and would be passed over: another node than the one that it is sent to, a setting that the action has
 * not. Somebody who says it means it, so nothing is done. Empty: all of it counts.
 */
export function fittingChecks(intent: Intent, snapshot: GroupSnapshot): readonly PreflightCheck[] {
  const { action, node, to, settings, withRewrite } = intent
  const known = SETTINGS[action]
  const stray = known === undefined ? [] : [...settings.keys()].filter((key) => !known.includes(key))
  const isElsewhere = node !== undefined && !isOfOneNode(action) && idOf(snapshot, node) !== snapshot.master
  const problems = [
    ...(isElsewhere ? [`${action} is about the whole group, not about ${node}: leave the node out`] : []),
    ...(to !== undefined && action !== 'switchover' && action !== 'replicaof'
      ? [`${action} leads to no other node`]
      : []),
    ...(withRewrite === true && action !== 'config-set' && action !== 'replicaof'
      ? [`${action} has nothing to keep in the file`]
      : []),
    ...(stray.length === 0
      ? []
      : [
          `${stray.join(', ')} is not known here (${known?.filter((key) => key !== 'probe').join(', ') || 'there are no settings'})`,
        ]),
  ]
  return problems.length === 0 ? [] : [check('fits', 'failed', problems.join('; '))]
}
