import { fail, ok, type Result } from '../failure.ts'
import { planConfigSet } from './config-set.ts'
import { fittingChecks } from './fitting.ts'
import { planFlush } from './flush.ts'
import { planForcedFailover } from './forced-failover.ts'
import { planReplicaof } from './replicaof.ts'
import type { ActionName, Draft, Intent, Plan } from './model.ts'
import { planPause } from './pause.ts'
import { planSave } from './persistence.ts'
import { planRollingRestart } from './rolling-restart.ts'
import { planSafeRestart } from './safe-restart.ts'
import { seal } from './seal.ts'
import { planCkquorum, planSentinelReset, planSentinelSet } from './sentinel-actions.ts'
import { planSwitchover, type PlanInput } from './switchover.ts'
import { planWaitTest } from './wait-test.ts'

type Planner = (intent: Intent, input: PlanInput) => Draft

/** Who plans what. An action that is missing here is not part of this build. */
const PLANNERS: Readonly<Partial<Record<ActionName, Planner>>> = {
  switchover: planSwitchover,
  'forced-failover': planForcedFailover,
  replicaof: planReplicaof,
  'safe-restart': planSafeRestart,
  'rolling-restart': planRollingRestart,
  'config-set': planConfigSet,
  bgsave: planSave,
  bgrewriteaof: planSave,
  ckquorum: planCkquorum,
  'sentinel-set': planSentinelSet,
  'sentinel-reset': planSentinelReset,
  'client-pause': planPause,
  'client-unpause': planPause,
  'wait-test': planWaitTest,
  'waitaof-test': planWaitTest,
  flushall: planFlush,
  flushdb: planFlush,
}

/** The actions that can be planned, in the order in which help lists them. */
export const PLANNED_ACTIONS: readonly ActionName[] = Object.keys(PLANNERS) as ActionName[]

/** True for the name of an action of this build. */
export function isPlanned(name: string): name is ActionName {
  return Object.hasOwn(PLANNERS, name)
}

/** The plan of an intent: pure, from what was read. Fails with `not-found` for an action that this build does not have. */
export function planAction(intent: Intent, input: PlanInput, id: string, now: number): Result<Plan> {
  const planner = PLANNERS[intent.action]
  if (planner === undefined)
    return fail({ kind: 'not-found', detail: `no action ${intent.action}`, known: PLANNED_ACTIONS })
  const draft = planner(intent, input)
  const preflight = [...fittingChecks(intent, input.snapshot), ...draft.preflight]
  return ok(seal(intent, { ...draft, preflight }, id, now))
}
