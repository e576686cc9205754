import type { NodeId } from '../address.ts'
import type { PreflightCheck } from './model.ts'
import type { Observed } from './observed.ts'
import { check } from './seal.ts'

const ACTION_CLIENT = /^repliscope-act-/

/** No connection of another action on any node that answers; where CLIENT LIST is not permitted that cannot be seen. */
export function noOtherAction(observed: Observed): PreflightCheck {
  const answering = [...observed.servers.values()].filter((one) => one.failure === undefined)
  const others = answering.flatMap((one) => (one.clientNames ?? []).filter((name) => ACTION_CLIENT.test(name)))
  const unseen = answering.filter((one) => one.clientNames === undefined).map((one) => one.node)
  if (others.length > 0)
    return check('no-other-action', 'failed', `another action is connected: ${[...new Set(others)].join(', ')}`)
  return unseen.length > 0
    ? check('no-other-action', 'warned', `CLIENT LIST is not permitted on ${unseen.join(', ')}: others cannot be seen`)
    : check('no-other-action', 'passed', `no other action is connected to ${answering.length} nodes`)
}

/** No Sentinel that answers is failing the group over. Passed for a group without Sentinels. */
export function noFailover(observed: Observed): PreflightCheck {
  const sentinels = [...observed.sentinels.values()]
  const underWay = sentinels.filter((one) => one.master?.flags.has('failover_in_progress') === true)
  return underWay.length === 0
    ? check('no-failover', 'passed', `none of ${sentinels.length} Sentinels is failing over`)
    : check('no-failover', 'failed', `a failover is under way by ${underWay.map((one) => one.node).join(', ')}`)
}

/** The node says itself that it is master, and nobody else of the group does. */
export function oneMaster(observed: Observed, master: NodeId | undefined): PreflightCheck {
  const saying = [...observed.servers.values()].filter((one) => one.role?.role === 'master').map((one) => one.node)
  return master !== undefined && saying.length === 1 && saying[0] === master
    ? check('one-master', 'passed', `${master}, by its own word; no other node says so`)
    : check('one-master', 'failed', `masters by their own word: ${saying.join(', ') || 'none'}`)
}
