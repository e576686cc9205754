import { createLines } from '../../../../src-main/actions/lines.ts'
import { observe } from '../../../../src-main/actions/observe.ts'
import { PLANNING_NAME } from '../../../../src-main/actions/ports.ts'
import type { ActionName, Plan } from '../../../../src-main/domain/plans/model.ts'
import { planAction } from '../../../../src-main/domain/plans/plan-action.ts'
import { groupSnapshot, linkSnapshot, nodeSnapshot } from '../../../support/facts.ts'
import type { FakeDeployment } from './fake-deployment.ts'
import { scopeOf } from './run.ts'

/** The plan of an action on the fake group, by its real planner, from what the group says now. */
export async function planFor(
  world: FakeDeployment,
  action: ActionName,
  options: {
    readonly node?: string
    readonly settings?: Readonly<Record<string, string>>
    readonly resumed?: Plan
  } = {},
): Promise<Plan> {
  const lines = createLines(world.dialler(), PLANNING_NAME)
  const observed = await observe(lines, scopeOf(world), { timeoutMs: 1000, now: world.clock.now, withClients: true })
  lines.close()
  const snapshot = groupSnapshot({
    name: 'g',
    nodes: [...world.servers.values()].map((server) =>
      nodeSnapshot({
        id: server.node,
        kind: 'server',
        role: server.role,
        info: observed.servers.get(server.node)?.info,
        config: observed.servers.get(server.node)?.config,
      }),
    ),
    links: [...world.servers.values()].flatMap((server) =>
      server.follows === undefined
        ? []
        : [linkSnapshot({ replica: server.node, upstream: server.follows, master: 'm:1', depth: 1, state: 'online' })],
    ),
    sentinels: [...world.sentinels.keys()],
  })
  const intent = {
    action,
    group: 'g',
    node: options.node,
    to: undefined,
    settings: new Map(Object.entries(options.settings ?? {})),
    environment: 'production',
  } as const
  const plan = planAction(
    intent,
    { snapshot, observed, lastMovedAt: undefined, resumed: options.resumed },
    'p1',
    world.clock.now(),
  )
  if (!plan.ok) throw new Error(JSON.stringify(plan.failure))
  return plan.value
}

/** Everything typed that a plan asks for. */
export function confirmationOf(plan: Plan) {
  const acknowledged = plan.preflight.filter((one) => one.status === 'warned').map((one) => one.check)
  return { text: plan.confirm, isArmed: true, acknowledged, note: 'why' }
}
