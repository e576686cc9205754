import { describe, expect, it } from 'vitest'
import type { ObservedServer } from '../../../src-main/domain/plans/observed.ts'
import { HEALTHY, healthyGroup, runId, withInfo, withNode, type InfoPartial } from '../../support/facts.ts'
import { checkOf, commandsOf, open, planOf, type PlanOptions } from './support/plan-of.ts'

const { master, replica1, replica2, chained } = HEALTHY

/** RDB only, supervised, with a file; `info` and `config` change one node, or all. */
function observe(
  change: {
    readonly node?: string
    readonly info?: InfoPartial
    readonly config?: Readonly<Record<string, string>>
  } = {},
) {
  return (server: ObservedServer): ObservedServer => {
    const isOne = change.node === undefined || change.node === server.node
    const base = {
      server: { supervised: 'systemd', configFile: '/etc/redis.conf', executable: '/usr/bin/redis-server' },
      persistence: { aofEnabled: false, aofRewriteInProgress: false, bgsaveInProgress: false, loading: false },
    }
    const info = server.info === undefined ? undefined : withInfo(server.info, base)
    return {
      ...server,
      info: info === undefined || !isOne ? info : withInfo(info, change.info ?? {}),
      config: new Map([
        ...(server.config ?? []),
        ['appendonly', 'no'],
        ['min-replicas-to-write', '1'],
        ['min-replicas-max-lag', '10'],
        ...(isOne ? Object.entries(change.config ?? {}) : []),
      ]),
    }
  }
}

const restart = (node: string, options: PlanOptions = {}) =>
  planOf('safe-restart', healthyGroup(), { node, observe: observe(), ...options })
const shutdowns = (plan: ReturnType<typeof restart>) =>
  plan.steps.filter((step) => step.commands[0]?.[0] === 'SHUTDOWN').map((step) => step.node)

describe('safe-restart of a replica', () => {
  it('keeps what it follows in its file, then ends it once, with a save', () => {
    const plan = restart(replica2)
    expect(commandsOf(plan)).toEqual([`${replica2} CONFIG REWRITE`, `${replica2} SHUTDOWN SAVE`])
    expect(plan.steps.map((step) => step.wait?.kind)).toEqual([
      undefined,
      'ready-to-restart',
      undefined,
      'restarted',
      'caught-up',
    ])
    expect(plan.steps[2]).toMatchObject({
      closes: true,
      isIrreversible: true,
      isPointOfNoReturn: true,
      needsRole: 'replica',
    })
    expect(plan.steps.map((step) => step.endsStage)).toEqual([false, false, false, false, true])
    expect(plan.confirm).toBe(replica2)
    expect([open(plan), checkOf(plan, 'resync')?.evidence]).toEqual([[], expect.stringContaining('partial')])
  })

  it('says who stands still meanwhile', () => {
    expect(restart(replica1).blastRadius.join('\n')).toContain(`${chained} stand still meanwhile`)
  })

  it.each([
    ['failed restart-config-file', { info: { server: { configFile: '' } } }],
    ['warned restart-config-file', { info: { server: { configFile: undefined } } }],
    ['warned comes-back', { info: { server: { supervised: 'no' } } }],
    ['warned comes-back', { info: { server: { supervised: undefined, processId: 1 } } }],
    ['warned resync', { info: { persistence: { aofEnabled: true } }, config: { appendonly: 'yes' } }],
    ['failed linked', { info: { replication: { masterLink: 'down' as const } } }],
    ['failed can-shut-down', { info: { persistence: { aofEnabled: true, aofRewriteInProgress: true } } }],
    ['failed can-shut-down', { info: { persistence: { loading: true } } }],
    ['warned can-shut-down', { info: { persistence: { bgsaveInProgress: true } } }],
  ] satisfies readonly (readonly [string, Parameters<typeof observe>[0]])[])('%s', (expected, change) => {
    expect(open(restart(replica2, { observe: observe({ node: replica2, ...change }) }))).toContain(expected)
  })

  it('is refused while the master needs it to take writes; a leaf of a chain does not count', () => {
    const needy = { observe: observe({ node: master, config: { 'min-replicas-to-write': '2' } }) }
    expect(checkOf(restart(replica2, needy), 'min-replicas')?.status).toBe('failed')
    expect(checkOf(restart(chained, needy), 'min-replicas')?.status).toBe('passed')
    const off = observe({ node: master, config: { 'min-replicas-to-write': '2', 'min-replicas-max-lag': '0' } })
    expect(checkOf(restart(replica2, { observe: off }), 'min-replicas')?.status).toBe('passed')
  })

  it('compares how long the backlog lasts with the absence', () => {
    const group = healthyGroup()
    const rate = (bytesPerSecond: number) => {
      const node = group.nodes.get(master)
      if (node === undefined) throw new Error('no master')
      const writeRate = { bytesPerSecond, peakBytesPerSecond: bytesPerSecond }
      return { ...group, nodes: new Map([...group.nodes, [master, { ...node, writeRate }]]) }
    }
    const coverageAt = (bytesPerSecond: number, settings = {}) =>
      checkOf(
        planOf('safe-restart', rate(bytesPerSecond), { node: replica2, observe: observe(), settings }),
        'coverage',
      )?.status
    expect([coverageAt(1000), coverageAt(60_000_000)]).toEqual(['passed', 'warned'])
    expect(coverageAt(1000, { absence: '90000' })).toBe('warned')
    expect(coverageAt(1000, { full: 'yes' })).toBe('warned')
  })

  it('does not take the pause between two hellos of Sentinels for no writes at all', () => {
    const group = withNode(healthyGroup(), master, (node) => ({
      ...node,
      writeRate: { bytesPerSecond: 0, peakBytesPerSecond: 0 },
    }))
    const evidence = (of: typeof group) =>
      checkOf(planOf('safe-restart', of, { node: replica2, observe: observe() }), 'coverage')?.evidence
    expect(evidence(group)).not.toContain('nothing is being written')
    expect(evidence({ ...group, sentinels: [], views: [] })).toContain('nothing is being written')
  })

  it.each([{ absence: 'x' }, { wait: '0' }, { full: 'maybe' }, { nonsense: '1' }])(
    'does not understand %o',
    (given) => {
      expect(checkOf(restart(replica2, { settings: { ...given } }), 'settings')?.status).toBe('failed')
    },
  )

  it('needs a node of the group', () => {
    expect(open(planOf('safe-restart', healthyGroup(), { observe: observe() }))).toEqual(['failed node'])
    expect(open(restart('10.9.9.9:1'))).toEqual(['failed node'])
  })
})

describe('safe-restart of the master', () => {
  it('hands over first and ends that stage before anything is shut down', () => {
    const plan = restart(master)
    const handOver = planOf('switchover', healthyGroup(), { observe: observe() })
    const n = handOver.steps.length
    expect(commandsOf(plan)).toEqual([...commandsOf(handOver), `${master} CONFIG REWRITE`, `${master} SHUTDOWN SAVE`])
    expect(plan.steps[n - 1]?.endsStage).toBe(true)
    expect(plan.steps.slice(n).every((step) => step.node === master)).toBe(true)
    expect(plan.steps[n + 1]?.wait?.params['upstream']).toBe('winner')
    expect(plan.confirm).toBe('mymaster')
    expect(plan.preflight.map((one) => one.check)).toEqual(
      expect.arrayContaining([...handOver.preflight.map((one) => one.check), 'comes-back', 'restart-config-file']),
    )
    expect(new Set(plan.preflight.map((one) => one.check)).size).toBe(plan.preflight.length)
  })
})

describe('rolling-restart', () => {
  const roll = (options: PlanOptions = {}) =>
    planOf('rolling-restart', healthyGroup(), { observe: observe(), ...options })
  /** These nodes run as other processes than in the fixture. */
  const after = (nodes: readonly string[]) => (server: ObservedServer) =>
    observe(
      nodes.includes(server.node) ? { info: { server: { runId: runId(900 + nodes.indexOf(server.node)) } } } : {},
    )(server)

  it('takes leaves first, the old master last, with a hand-over before it', () => {
    const plan = roll()
    expect(shutdowns(plan)).toEqual([chained, replica1, replica2, master])
    const words = commandsOf(plan)
    expect(words.findIndex((text) => text.includes('SENTINEL FAILOVER'))).toBeGreaterThan(
      words.indexOf(`${replica2} SHUTDOWN SAVE`),
    )
    expect(plan.steps.filter((step) => step.endsStage)).toHaveLength(5)
  })

  it('is taken up with what is left, as often as it is stopped', () => {
    const stopped = roll()
    const second = roll({ resumed: stopped, observe: after([chained, replica1]), settings: { resume: 'a1' } })
    expect(shutdowns(second)).toEqual([replica2, master])
    const third = roll({ resumed: second, observe: after([chained, replica1, replica2]), settings: { resume: 'a2' } })
    expect(shutdowns(third)).toEqual([master])
    const none = roll({
      resumed: third,
      observe: after([chained, replica1, replica2, master]),
      settings: { resume: 'a3' },
    })
    expect(open(none)).toEqual(['failed node'])
  })

  it('hands nothing over when the present master was restarted already', () => {
    const plan = roll({ resumed: roll(), observe: after([master, chained, replica1]), settings: { resume: 'a1' } })
    expect(commandsOf(plan)).toEqual([`${replica2} CONFIG REWRITE`, `${replica2} SHUTDOWN SAVE`])
  })

  it('refuses to take up what the journal does not have', () => {
    expect(open(roll({ settings: { resume: 'a1' } }))).toEqual(['failed node'])
  })
})
