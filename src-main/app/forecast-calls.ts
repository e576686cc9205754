import type { AdviceReport, MinReplicasGuard } from '../contract/advice.ts'
import type { CallParams } from '../contract/calls.ts'
import type { FailoverReport, ResyncReport } from '../contract/forecast.ts'
import { toAdviceReport } from '../contract/to-advice.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { fromNodeId } from '../domain/address.ts'
import { adviseConsistency } from '../domain/failover/consistency.ts'
import { simulateMinReplicas } from '../domain/failover/min-replicas.ts'
import { fullSyncTime } from '../domain/lag/full-sync-time.ts'
import type { GroupState, SessionState } from '../monitor/session.ts'
import { failoverOf, resyncOf } from './forecasts.ts'
import type { ForecastAnswer } from './forecasts.ts'

/** The page's what-if, with node ids as the page knows them. */
export function failoverForPage(
  state: SessionState,
  { group, without, priorities, minReplicas }: CallParams<'forecast/failover'>,
): ForecastAnswer<FailoverReport> {
  return failoverOf(state, group, {
    without: without.map(fromNodeId),
    priorities: Object.entries(priorities).map(([node, priority]) => ({ node: fromNodeId(node), priority })),
    minReplicas: minReplicas ?? undefined,
  })
}

/** The resync forecast of one group. */
export function resyncForPage(
  state: SessionState,
  { group, awaySeconds }: CallParams<'forecast/resync'>,
): ForecastAnswer<ResyncReport> {
  const known = groupOf(state, group)
  if (!known.ok) return known
  return resyncOf({ ...state, groups: new Map([[group, known.value]]) }, [], awaySeconds ?? undefined)
}

/** Consistency and sizes of one group; `guard` null tries the one that is set. */
export function adviceForPage(
  state: SessionState,
  name: string,
  guard: MinReplicasGuard | null,
): ForecastAnswer<AdviceReport> {
  const known = groupOf(state, name)
  if (!known.ok) return known
  const { snapshot, past } = known.value
  const advice = adviseConsistency(snapshot)
  const tried = guard ?? advice.guard
  const simulation = tried === undefined ? undefined : simulateMinReplicas(snapshot, tried)
  const fullSync = (node: { readonly id: string }) => fullSyncTime(snapshot, past, node.id)
  return { ok: true, value: toAdviceReport(snapshot, advice, simulation, fullSync) }
}

function groupOf(state: SessionState, name: string): ForecastAnswer<GroupState> {
  const group = state.groups.get(name)
  if (group !== undefined) return { ok: true, value: group }
  const detail = `no group "${name}" is monitored here`
  return { ok: false, failure: toContractFailure({ kind: 'not-found', detail, known: [...state.groups.keys()] }) }
}
