import type { ActionName, Intent, Plan, PreflightCheck } from '../../../../src-main/domain/plans/model.ts'
import type { Observed, ObservedServer } from '../../../../src-main/domain/plans/observed.ts'
import { planAction } from '../../../../src-main/domain/plans/plan-action.ts'
import type { GroupSnapshot } from '../../../../src-main/domain/topology/model.ts'
import { FIXTURE_AT } from '../../../support/facts.ts'

/** What the planner's own connections would read of a snapshot's servers. */
export function observedOf(
  group: GroupSnapshot,
  change: (server: ObservedServer) => ObservedServer = (one) => one,
): Observed {
  const servers = [...group.nodes.values()]
    .filter((node) => node.kind === 'server')
    .map((node): ObservedServer => {
      const role = node.info?.replication.role
      return {
        node: node.id,
        failure: node.failure,
        info: node.info,
        role:
          role === 'master'
            ? { role, offset: node.info?.replication.offset, replicas: [] }
            : role === 'replica'
              ? { role, master: undefined, state: 'connected', offset: node.info?.replication.appliedOffset }
              : undefined,
        config: node.config,
        clientNames: ['app'],
      }
    })
  return {
    at: FIXTURE_AT,
    servers: new Map(servers.map((server) => [server.node, change(server)])),
    sentinels: new Map(
      group.views.map((view) => [
        view.sentinel,
        {
          node: view.sentinel,
          failure: view.isReachable
            ? undefined
            : ({ kind: 'unreachable', at: view.sentinel, cause: 'refused', stage: 'connect', detail: '' } as const),
          myId: group.nodes.get(view.sentinel)?.sentinel?.myId,
          master: view.facts,
          replicas: view.replicas,
          peers: view.peers,
          quorumCheck: view.quorumCheck,
        },
      ]),
    ),
  }
}

export interface PlanOptions extends Partial<Omit<Intent, 'settings'>> {
  readonly settings?: Readonly<Record<string, string>>
  readonly observe?: (server: ObservedServer) => ObservedServer
  readonly lastMovedAt?: number
  readonly resumed?: Plan
}

export function planOf(action: ActionName, group: GroupSnapshot, options: PlanOptions = {}): Plan {
  const { settings = {}, observe, lastMovedAt, resumed, ...rest } = options
  const intent: Intent = {
    action,
    group: group.name,
    node: undefined,
    to: undefined,
    environment: 'production',
    ...rest,
    settings: new Map(Object.entries(settings)),
  }
  const observed = observedOf(group, observe)
  const plan = planAction(intent, { snapshot: group, observed, lastMovedAt, resumed }, 'p1', FIXTURE_AT)
  if (!plan.ok) throw new Error(JSON.stringify(plan.failure))
  return plan.value
}

export const checkOf = (plan: Plan, name: string): PreflightCheck | undefined =>
  plan.preflight.find((one) => one.check === name)

export const open = (plan: Plan): readonly string[] =>
  plan.preflight.filter((one) => one.status !== 'passed').map((one) => `${one.status} ${one.check}`)

export const commandsOf = (plan: Plan): readonly string[] =>
  plan.steps.flatMap((step) => step.commands.map((command) => `${step.node} ${command.join(' ')}`))
