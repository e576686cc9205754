import { describe, expect, it } from 'vitest'
import { changesSince, fingerprintOf, withEffects } from '../../../src-main/domain/plans/facts.ts'
import { planAction } from '../../../src-main/domain/plans/plan-action.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
  withSentinelReplica,
} from '../../support/facts.ts'
import { checkOf, commandsOf, observedOf, open, planOf } from './support/plan-of.ts'

const { master, replica1, replica2 } = HEALTHY
/** No chained replica, and as little else to acknowledge as a group can have. */
const plain = (): GroupSnapshot => {
  const group = healthyGroup()
  return { ...group, links: group.links.filter((link) => link.replica !== HEALTHY.chained) }
}
const withPriority = (group: GroupSnapshot, node: string, priority: number): GroupSnapshot =>
  withSentinelReplica(withNodeInfo(group, node, { replication: { priority } }), node, { priority })

describe('the plan of a switchover', () => {
  it('is the measured sequence, command by command, with what takes each back', () => {
    const plan = planOf('switchover', plain())
    expect(open(plan)).toEqual([])
    expect(commandsOf(plan)).toEqual([
      `${master} CONFIG SET min-replicas-to-write 2`,
      `${master} CLIENT PAUSE 2500 WRITE`,
      `${HEALTHY.sentinels[0]} SENTINEL FAILOVER mymaster`,
      `${master} ROLE`,
      `${master} INFO persistence`,
      `${master} REPLICAOF ${replica1.replace(':', ' ')}`,
      `${master} CONFIG SET min-replicas-to-write 1`,
      `${master} CONFIG REWRITE`,
      `${master} CLIENT KILL TYPE normal`,
      `${master} CLIENT KILL TYPE pubsub`,
      `${master} CLIENT UNPAUSE`,
    ])
    expect(plan.steps.map((one) => one.undo?.commands.map((command) => command.join(' ')))).toEqual([
      ['CONFIG SET min-replicas-to-write 1'],
      ['CLIENT UNPAUSE'],
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(plan.steps.find((one) => one.isPointOfNoReturn)?.commands[0]?.[1]).toBe('FAILOVER')
    expect(plan).toMatchObject({ confirm: 'mymaster', environment: 'production' })
    expect(plan.expiresAt - plan.plannedAt).toBe(60_000)
  })

  it('knows the candidates of a Sentinel that was too late for the picture, and answered the planner', () => {
    const group = plain()
    const views = group.views.map((view) =>
      view.sentinel === HEALTHY.sentinels[0]
        ? { ...view, isReachable: false, facts: undefined, replicas: undefined, peers: undefined }
        : view,
    )
    const intent = {
      action: 'switchover',
      group: group.name,
      node: undefined,
      to: undefined,
      settings: new Map(),
      environment: 'production',
    } as const
    const late = planAction(
      intent,
      { snapshot: { ...group, views }, observed: observedOf(group), lastMovedAt: undefined },
      'p1',
      FIXTURE_AT,
    )
    expect(late.ok && checkOf(late.value, 'winner')).toMatchObject({ status: 'passed' })
    expect(late.ok && commandsOf(late.value)).toEqual(commandsOf(planOf('switchover', group)))
  })

  it('asks the Sentinel with the smallest id of those that answer', () => {
    const group = plain()
    const silent: GroupSnapshot = {
      ...group,
      views: group.views.map((view) =>
        view.sentinel === HEALTHY.sentinels[0] ? { ...view, isReachable: false } : view,
      ),
    }
    expect(commandsOf(planOf('switchover', silent))).toContain(`${HEALTHY.sentinels[1]} SENTINEL FAILOVER mymaster`)
  })

  it.each([
    [30_000, '5000'],
    [5000, '2500'],
    [1000, '500'],
  ])('pauses no longer than half of down-after, never more than 5 s: %i', (downAfterMs, ms) => {
    const plan = planOf('switchover', withSentinelMaster(plain(), { downAfterMs }))
    expect(commandsOf(plan)).toContain(`${master} CLIENT PAUSE ${ms} WRITE`)
    expect(checkOf(plan, 'pause')?.status).toBe('passed')
  })

  it('never lowers a fence that is higher already, and gives the lag back its 0', () => {
    const plan = planOf(
      'switchover',
      withNodeConfig(plain(), master, { 'min-replicas-to-write': '3', 'min-replicas-max-lag': '0' }),
    )
    expect(plan.steps[0]?.commands).toEqual([
      ['CONFIG', 'SET', 'min-replicas-max-lag', '10'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '3'],
    ])
    expect(plan.steps[0]?.undo?.commands).toEqual([
      ['CONFIG', 'SET', 'min-replicas-to-write', '3'],
      ['CONFIG', 'SET', 'min-replicas-max-lag', '0'],
    ])
  })

  it('gives the wanted replica a better priority for the time, and restores it', () => {
    const plan = planOf('switchover', plain(), { to: replica2 })
    expect(plan.steps[0]).toMatchObject({
      node: replica2,
      commands: [['CONFIG', 'SET', 'replica-priority', '50']],
      wait: { kind: 'sentinel-sees-priority' },
    })
    expect(plan.steps.at(-1)?.commands).toEqual([
      ['CONFIG', 'SET', 'replica-priority', '100'],
      ['CONFIG', 'REWRITE'],
    ])
    expect(open(plan)).toEqual([])
  })

  it('needs no priority for one that would win by itself', () => {
    const plan = planOf('switchover', withPriority(plain(), replica2, 10), { to: replica2 })
    expect(plan.steps[0]?.title).toContain('fence')
  })

  it('takes a node by an alias', () => {
    const group = withNode(plain(), replica2, (node) => ({ ...node, aliases: ['localhost:7000'] }))
    expect(planOf('switchover', group, { to: 'localhost:7000' }).particulars['wanted']).toBe(replica2)
  })
})

describe('what stands in its way', () => {
  const refused: readonly (readonly [string, string, () => ReturnType<typeof planOf>])[] = [
    ['one-master', 'two masters', () => planOf('switchover', { ...plain(), masters: [master, replica1] })],
    [
      'no-failover',
      'a failover under way',
      () => planOf('switchover', withSentinelMaster(plain(), { flags: new Set(['master', 'failover_in_progress']) })),
    ],
    [
      'no-other-action',
      'another action on the master',
      () =>
        planOf('switchover', plain(), {
          observe: (server) => (server.node === master ? { ...server, clientNames: ['repliscope-act-a1'] } : server),
        }),
    ],
    [
      'can-pause',
      'a server before 6.2',
      () => planOf('switchover', withNodeInfo(plain(), master, { server: { flavour: 'redis', version: '6.0.20' } })),
    ],
    ['winner', 'a wanted node of nowhere', () => planOf('switchover', plain(), { to: '10.9.9.9:1' })],
    ['winner', 'the master itself', () => planOf('switchover', plain(), { to: master })],
    [
      'winner',
      'a replica that may never win',
      () => planOf('switchover', withPriority(plain(), replica2, 0), { to: replica2 }),
    ],
    [
      'winner',
      'a priority below which there is no room',
      () => planOf('switchover', withPriority(plain(), replica1, 1), { to: replica2 }),
    ],
    [
      'replicas-keep-up',
      'a replica that hangs',
      () =>
        planOf('switchover', plain(), {
          observe: (server) => (server.node === replica2 ? { ...server, info: undefined } : server),
        }),
    ],
    [
      'replicas-keep-up',
      'one that acknowledged long ago',
      () => planOf('switchover', withLink(plain(), replica2, { ackAgeSeconds: 5 })),
    ],
    [
      'replicas-keep-up',
      'one that lacks too much',
      () => planOf('switchover', withLink(plain(), replica2, { byteLag: { low: 0, high: 20_000_000 } })),
    ],
    [
      'fence',
      'settings that cannot be read',
      () => planOf('switchover', withNodeConfig(plain(), master, { 'min-replicas-to-write': undefined })),
    ],
    [
      'pause',
      'a down-after too short for a promotion',
      () => planOf('switchover', withSentinelMaster(plain(), { downAfterMs: 600 })),
    ],
    ['sentinel', 'no Sentinel', () => planOf('switchover', { ...plain(), isNamedBySentinel: false })],
    [
      'quorum',
      'no majority',
      () => {
        const group = plain()
        return planOf('switchover', {
          ...group,
          views: group.views.map((view) => ({
            ...view,
            quorumCheck: { isReachable: false, usable: 1, text: 'NOQUORUM 1 usable Sentinels.' },
          })),
        })
      },
    ],
  ]
  it.each(refused)('%s: %s', (check, _, make) => {
    expect(checkOf(make(), check)?.status).toBe('failed')
  })

  it('a cool-down that wants a note, a chained replica, writes that wait', () => {
    const recent = planOf('switchover', withSentinelMaster(plain(), { roleReportedMs: 30_000 }))
    expect(checkOf(recent, 'cool-down')).toMatchObject({ status: 'warned', needsNote: true })
    const ours = planOf('switchover', plain(), { lastMovedAt: 1_750_000_000_000 - 5000 })
    expect(checkOf(ours, 'cool-down')?.status).toBe('warned')
    const never = planOf('switchover', withSentinelMaster(plain(), { roleReportedMs: 30_000, configEpoch: 0 }))
    expect(checkOf(never, 'cool-down')?.status).toBe('passed')
    expect(checkOf(planOf('switchover', healthyGroup()), 'chained-replica')).toMatchObject({ status: 'warned' })
    const waits = planOf('switchover', withNodeConfig(plain(), 'all', { 'min-replicas-to-write': '2' }))
    expect(checkOf(waits, 'writes-afterwards')?.status).toBe('warned')
  })
})

describe('the fingerprint', () => {
  it('is of the facts, in whatever order, and of nothing else', () => {
    expect(fingerprintOf({ a: '1', b: '2' })).toBe(fingerprintOf({ b: '2', a: '1' }))
    expect(fingerprintOf({ a: '1' })).not.toBe(fingerprintOf({ a: '2' }))
    expect(fingerprintOf({})).toMatch(/^[0-9a-f]{16}$/)
    const one = planOf('switchover', plain())
    const moved = planOf(
      'switchover',
      withNodeInfo(plain(), master, { replication: { offset: HEALTHY.offset + 5000 } }),
    )
    expect(moved.fingerprint).toBe(one.fingerprint)
    const restarted = planOf('switchover', withNodeInfo(plain(), replica1, { server: { runId: 'f'.repeat(40) } }))
    expect(restarted.fingerprint).not.toBe(one.fingerprint)
  })

  it('changes with what a step causes, and forgets what it makes unknowable', () => {
    const facts = withEffects({ a: '1', b: '2' }, { a: '9', b: null, c: 'new' })
    expect(facts).toEqual({ a: '9' })
    expect(changesSince(facts, { a: '9', x: 'y' })).toEqual([])
    expect(changesSince(facts, {})).toEqual([{ key: 'a', was: '9', now: undefined }])
  })
})

describe('a replica that Sentinel sees as down for the moment', () => {
  it('is brought level and looked at for a promotion like the others: Sentinel may see it again when it is asked', () => {
    const group = withSentinelReplica(plain(), replica2, { flags: new Set(['slave', 's_down', 'disconnected']) })
    const waits = planOf('switchover', group).steps.flatMap((step) => step.wait ?? [])
    expect(waits.map((wait) => [wait.kind, wait.params['candidates']])).toEqual([
      ['level', `${replica1} ${replica2}`],
      ['promoted', `${replica1} ${replica2}`],
    ])
  })

  it('is left out while it may never be promoted', () => {
    const waits = planOf('switchover', withPriority(plain(), replica2, 0)).steps.flatMap((step) => step.wait ?? [])
    expect(waits.map((wait) => wait.params['candidates'])).toEqual([replica1, replica1])
  })
})
