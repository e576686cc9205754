import type { ContractFailure } from '../contract/calls.ts'
import type { ExposureReport, FailoverReport, ResyncReport } from '../contract/forecast.ts'
import { toExposureReport } from '../contract/to-exposure.ts'
import { toFailoverReport } from '../contract/to-failover.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { toResyncReport } from '../contract/to-resync.ts'
import type { Address, NodeId } from '../domain/address.ts'
import { formatAddress } from '../domain/address.ts'
import { isChained } from '../domain/failover/candidates.ts'
import { forecastFailover } from '../domain/failover/forecast.ts'
import type { FailoverWhatIf } from '../domain/failover/model.ts'
import { forecastResync } from '../domain/resync/forecast.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'
import type { GroupState, SessionState } from '../monitor/session.ts'

export type ForecastAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: ContractFailure }

/** What if: nodes gone, other priorities, another min-replicas-to-write. Addresses as people type them: ids or aliases. */
export interface WhatIf {
  readonly without: readonly Address[]
  readonly priorities: readonly { readonly node: Address; readonly priority: number }[]
  readonly minReplicas: number | undefined
}

/** The failover forecast of one group (the only one when no name is given). Fails with `not-found` for names that are not there. */
export function failoverOf(
  state: SessionState,
  name: string | undefined,
  whatIf: WhatIf,
): ForecastAnswer<FailoverReport> {
  const group = pickGroup(state, name)
  if (!group.ok) return group
  const { snapshot, past } = group.value
  const typed = [...whatIf.without, ...whatIf.priorities.map(({ node }) => node)].map(formatAddress)
  const stranger = typed.find((id) => find(snapshot, id) === undefined)
  if (stranger !== undefined) return notFound(`${stranger} is not in group "${snapshot.name}"`, idsOf(snapshot))
  const idOf = (address: Address): NodeId => find(snapshot, formatAddress(address)) ?? formatAddress(address)
  const domainWhatIf: FailoverWhatIf = {
    without: whatIf.without.map(idOf),
    priorities: new Map(whatIf.priorities.map(({ node, priority }) => [idOf(node), priority])),
    ...(whatIf.minReplicas === undefined ? {} : { minReplicas: whatIf.minReplicas }),
  }
  const report = toFailoverReport(forecastFailover(snapshot, domainWhatIf, past.events), snapshot.takenAt)
  const master = snapshot.master === undefined ? undefined : snapshot.nodes.get(snapshot.master)
  return { ok: true, value: { ...report, masterReachability: master?.reachability ?? null } }
}

/**
 * Why a supposition would change nothing: the forecast is about the master's death anyhow, and only a candidate's priority
 * counts. Undefined: it may, or what it names is not there.
 */
export function idleSupposition(state: SessionState, name: string | undefined, whatIf: WhatIf): string | undefined {
  const group = pickGroup(state, name)
  if (!group.ok) return undefined
  const { snapshot } = group.value
  if (whatIf.without.some((address) => isMaster(snapshot, address)))
    return `--without ${snapshot.master ?? ''}: that is the master, whose death is forecast anyhow; name a replica or a Sentinel`
  const idle = whatIf.priorities.find(({ node }) => {
    const id = find(snapshot, formatAddress(node))
    return id !== undefined && !isCandidate(snapshot, id)
  })
  if (idle === undefined) return undefined
  return `--priority ${formatAddress(idle.node)}: that is no candidate, so its priority does not count; name a replica of the master`
}

function isMaster(snapshot: GroupSnapshot, address: Address): boolean {
  return snapshot.master !== undefined && find(snapshot, formatAddress(address)) === snapshot.master
}

function isCandidate(snapshot: GroupSnapshot, node: NodeId): boolean {
  const isListed = snapshot.views.some((view) => view.replicas?.some((entry) => entry.node === node) === true)
  return snapshot.replicas.includes(node) && (isListed || !isChained(snapshot, node))
}

/** The resync forecast of every node, or of those named. Fails with `not-found` for a node that is not there. */
export function resyncOf(
  state: SessionState,
  about: readonly Address[],
  awaySeconds: number | undefined,
): ForecastAnswer<ResyncReport> {
  const groups = [...state.groups.values()].map((group) => group.snapshot)
  const forecasts = groups.flatMap((group) =>
    forecastResync(group, {
      winners: forecastFailover(group).possibleWinners,
      ...(awaySeconds === undefined ? {} : { awaySeconds }),
    }),
  )
  const takenAt = Math.max(0, ...groups.map((group) => group.takenAt))
  if (about.length === 0) return { ok: true, value: toResyncReport(forecasts, takenAt) }
  const wanted = about.map((address) => {
    const typed = formatAddress(address)
    const id = groups.map((group) => find(group, typed)).find((one) => one !== undefined)
    return { typed, forecast: forecasts.find((forecast) => forecast.node === id) }
  })
  const stranger = wanted.find(({ forecast }) => forecast === undefined)
  if (stranger !== undefined)
    return notFound(
      `${stranger.typed} is not a data node of this deployment`,
      forecasts.map((forecast) => forecast.node).sort(),
    )
  return {
    ok: true,
    value: toResyncReport(
      wanted.flatMap(({ forecast }) => forecast ?? []),
      takenAt,
    ),
  }
}

/** The exposure of every group, as the session judged it. */
export function exposureReportOf(state: SessionState): ExposureReport {
  const groups = [...state.groups.values()]
  return toExposureReport(groups, Math.max(0, ...groups.map((group) => group.snapshot.takenAt)))
}

function pickGroup(state: SessionState, name: string | undefined): ForecastAnswer<GroupState> {
  const only = name === undefined && state.groups.size === 1 ? [...state.groups.values()][0] : undefined
  const group = name === undefined ? only : state.groups.get(name)
  if (group !== undefined) return { ok: true, value: group }
  const what = name === undefined ? 'give --group NAME' : `no group "${name}" is monitored here`
  return notFound(what, [...state.groups.keys()])
}

/** By id or by an alias: people type the address that they dial. */
function find(snapshot: GroupSnapshot, id: NodeId): NodeId | undefined {
  if (snapshot.nodes.has(id)) return id
  return [...snapshot.nodes.values()].find((node) => node.aliases.includes(id))?.id
}

function idsOf(snapshot: GroupSnapshot): readonly NodeId[] {
  return [...snapshot.nodes.keys()].sort()
}

function notFound(detail: string, known: readonly string[]): { readonly ok: false; readonly failure: ContractFailure } {
  return { ok: false, failure: toContractFailure({ kind: 'not-found', detail, known }) }
}
