import { describe, expect, it } from 'vitest'
import { isChanging, isDestructive } from '../../../src-main/domain/plans/command-words.ts'
import { readsAs, sameValue } from '../../../src-main/domain/plans/nodes.ts'
import { redactCommand } from '../../../src-main/domain/plans/secrets.ts'
import { summarise } from '../../../src-main/domain/plans/wait-test.ts'
import {
  HEALTHY,
  healthyGroup,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
  withSentinelReplica,
} from '../../support/facts.ts'
import { checkOf, commandsOf, open, planOf } from './support/plan-of.ts'

const { master, replica1, replica2, chained, sentinels } = HEALTHY

describe('config-set', () => {
  it('shows old -> new on each node that differs, and takes each back', () => {
    const group = withNodeConfig(healthyGroup(), replica2, { 'repl-timeout': '90' })
    const plan = planOf('config-set', group, { settings: { 'repl-timeout': '90' } })
    expect(commandsOf(plan)).toEqual([master, replica1, chained].map((node) => `${node} CONFIG SET repl-timeout 90`))
    expect(plan.steps[0]?.undo?.commands).toEqual([['CONFIG', 'SET', 'repl-timeout', '60']])
    expect(checkOf(plan, 'changes')?.evidence).toBe('3 values change')
    expect(plan.blastRadius[0]).toContain('"60" -> "90"')
    expect(open(plan)).toEqual([])
  })

  it('is about one node when one is named, whose name has to be typed', () => {
    const plan = planOf('config-set', healthyGroup(), { node: replica1, settings: { 'repl-timeout': '90' } })
    expect(commandsOf(plan)).toEqual([`${replica1} CONFIG SET repl-timeout 90`])
    expect(checkOf(plan, 'changes')?.evidence).toBe('1 value changes')
    expect(plan.confirm).toBe(replica1)
  })

  it.each([
    ['known', { nonsense: '1' }],
    ['may-be-set', { dir: '/tmp' }],
    ['may-be-set', { port: '1' }],
    ['changes', { 'repl-timeout': '60' }],
    ['changes', { 'repl-backlog-size': '64mb' }],
    ['settings', {}],
  ])('is refused by %s', (check, settings) => {
    expect(checkOf(planOf('config-set', healthyGroup(), { settings }), check)?.status).toBe('failed')
  })

  it.each([
    ['stops-writes', { 'min-replicas-to-write': '5' }],
    ['stops-writes', { maxmemory: '1mb' }],
    ['append-only-off', { appendonly: 'no' }],
  ])('warns of %s', (check, settings) => {
    const group = withNodeInfo(healthyGroup(), master, { memory: { usedBytes: 500_000_000, policy: 'noeviction' } })
    expect(checkOf(planOf('config-set', group, { settings }), `${check}@${master}`)?.status).toBe('warned')
  })

  it('warns that an evicting policy deletes at once, and that a backlog before 7.0 forgets', () => {
    const evicting = withNodeInfo(healthyGroup(), master, { memory: { usedBytes: 500_000_000, policy: 'allkeys-lru' } })
    expect(
      checkOf(planOf('config-set', evicting, { settings: { maxmemory: '1mb' } }), `deletes-data@${master}`),
    ).toMatchObject({
      status: 'warned',
      needsNote: true,
    })
    const old = withNodeInfo(healthyGroup(), master, { server: { flavour: 'redis', version: '6.2.16' } })
    const plan = planOf('config-set', old, { settings: { 'repl-backlog-size': '128mb' } })
    expect(checkOf(plan, `backlog-history@${master}`)?.status).toBe('warned')
    expect(checkOf(plan, `backlog-history@${replica1}`)).toBeUndefined()
  })

  it('warns of a policy that deletes at once, also beside a limit that it makes matter', () => {
    const full = withNodeInfo(healthyGroup(), master, {
      memory: { usedBytes: 2000, maxBytes: 1000, policy: 'noeviction' },
    })
    const alone = planOf('config-set', full, { node: master, settings: { 'maxmemory-policy': 'allkeys-lru' } })
    expect(checkOf(alone, `deletes-data@${master}`)).toMatchObject({ status: 'warned', needsNote: true })
    const both = { 'maxmemory-policy': 'allkeys-lru', maxmemory: '500' }
    const plan = planOf('config-set', full, { node: master, settings: both })
    expect(checkOf(plan, `deletes-data@${master}`)?.evidence).toContain('allkeys-lru deletes keys at once until 500')
    expect(checkOf(plan, `stops-writes@${master}`)).toBeUndefined()
  })

  it('says of a name that is not known that alone', () => {
    expect(open(planOf('config-set', healthyGroup(), { settings: { 'no-such-thing': '1' } }))).toEqual(['failed known'])
  })

  describe('that is taken back after it succeeded', () => {
    const group = withNodeConfig(healthyGroup(), replica2, { 'repl-timeout': '30' })
    const first = planOf('config-set', group, { settings: { 'repl-timeout': '90' } })
    const after = withNodeConfig(group, 'all', { 'repl-timeout': '90' })
    const settings = { restore: 'a1' }

    it('gives each node what it had, newest first, and can itself be taken back', () => {
      const plan = planOf('config-set', after, { resumed: first, settings })
      expect(commandsOf(plan)).toEqual(
        commandsOf(first)
          .toReversed()
          .map((line) => line.replace(/90$/, line.startsWith(replica2) ? '30' : '60')),
      )
      expect(plan.steps[0]?.undo?.commands).toEqual([['CONFIG', 'SET', 'repl-timeout', '90']])
      expect(checkOf(plan, 'restores')?.status).toBe('passed')
      expect(plan.target).toMatch(/repl-timeout as before a1$/)
      expect(open(plan)).toEqual([])
    })

    it('warns where somebody changed it since, and leaves alone what is back already', () => {
      const changed = [
        { node: master, value: '120' },
        { node: replica1, value: '60' },
      ].reduce((all, { node, value }) => withNodeConfig(all, node, { 'repl-timeout': value }), after)
      const plan = planOf('config-set', changed, { resumed: first, settings })
      expect(open(plan)).toEqual([`warned changed-since-repl-timeout@${master}`])
      expect(commandsOf(plan).some((line) => line.startsWith(replica1))).toBe(false)
    })

    it('warns of what the old value does at once, as of any other', () => {
      const wide = planOf('config-set', withNodeConfig(healthyGroup(), 'all', { 'min-replicas-to-write': '5' }), {
        settings: { 'min-replicas-to-write': '0' },
        node: master,
      })
      const plan = planOf('config-set', withNodeConfig(healthyGroup(), 'all', { 'min-replicas-to-write': '0' }), {
        resumed: wide,
        settings,
      })
      expect(checkOf(plan, `stops-writes@${master}`)).toMatchObject({ status: 'warned', needsNote: true })
      expect(plan.confirm).toBe(master)
    })

    it('keeps it in the file where the change was kept there', () => {
      const kept = planOf('config-set', group, { node: master, settings: { 'repl-timeout': '90' }, withRewrite: true })
      expect(commandsOf(planOf('config-set', after, { resumed: kept, settings }))).toEqual([
        `${master} CONFIG SET repl-timeout 60`,
        `${master} CONFIG REWRITE`,
      ])
    })

    it('is refused without such an action, beside another setting, and when all is as it was', () => {
      expect(open(planOf('config-set', after, { settings }))).toEqual(['failed restores'])
      const beside = planOf('config-set', after, { resumed: first, settings: { ...settings, hz: '20' } })
      expect(open(beside)).toEqual(['failed restores'])
      expect(open(planOf('config-set', group, { resumed: first, settings }))).toEqual(['failed changes'])
    })
  })

  it('rewrites the file only when all is set, and the append-only file is there by then', () => {
    const group = withNodeConfig(healthyGroup(), 'all', { appendonly: 'no' })
    const plan = planOf('config-set', group, { node: replica1, settings: { appendonly: 'yes' }, withRewrite: true })
    expect(plan.steps.map((step) => step.wait?.kind ?? step.commands[0]?.[1])).toEqual([
      'config-reads',
      'rewrite-done',
      'REWRITE',
    ])
  })
})

describe('values of settings', () => {
  it.each([
    ['64mb', '67108864', true],
    ['YES', 'yes', true],
    ['replica 256mb 64mb 60', 'slave 268435456 67108864 60', true],
    ['1', '2', false],
    ['', '', true],
  ])('%s and %s', (a, b, same) => expect(sameValue(a, b)).toBe(same))

  const LIMITS = 'normal 0 0 0 slave 536870912 134217728 60 pubsub 33554432 8388608 60'
  it.each([
    ['client-output-buffer-limit', LIMITS, 'replica 512mb 128mb 60', true],
    ['client-output-buffer-limit', LIMITS, 'slave 512mb 128mb 60 pubsub 32mb 8mb 60', true],
    ['client-output-buffer-limit', LIMITS, 'replica 512mb 128mb 61', false],
    ['client-output-buffer-limit', LIMITS, 'replica 512mb 128mb 60 pubsub 1mb 1mb 1', false],
    ['client-output-buffer-limit', LIMITS, 'nonsense', false],
    ['notify-keyspace-events', 'AKE', 'KEA', true],
    ['notify-keyspace-events', '', 'KEA', false],
    ['notify-keyspace-events', 'xE', 'Ex', true],
    ['maxmemory-policy', 'AKE', 'KEA', false],
  ])('%s: %s reads as %s was asked for: %s', (key, now, wanted, so) => expect(readsAs(key, now, wanted)).toBe(so))
})

describe('bgsave and bgrewriteaof', () => {
  it('fork one child on one node, when none runs', () => {
    const plan = planOf('bgsave', healthyGroup(), { node: replica1 })
    expect(commandsOf(plan)).toEqual([`${replica1} BGSAVE`])
    expect(plan.steps[0]?.isIrreversible).toBe(true)
    const busy = withNodeInfo(healthyGroup(), replica1, { persistence: { bgsaveInProgress: true } })
    expect(checkOf(planOf('bgsave', busy, { node: replica1 }), 'no-child')?.status).toBe('failed')
    expect(checkOf(planOf('bgsave', busy, { node: '10.9.9.9:1' }), 'node')?.status).toBe('failed')
    const off = withNodeInfo(healthyGroup(), replica1, { persistence: { aofEnabled: false } })
    expect(checkOf(planOf('bgrewriteaof', off, { node: replica1 }), 'append-only')?.status).toBe('failed')
  })
})

describe('replicaof', () => {
  it('points a replica at another node, and back', () => {
    const plan = planOf('replicaof', healthyGroup(), { node: replica2, to: replica1 })
    expect(commandsOf(plan)).toEqual([`${replica2} REPLICAOF ${replica1.replace(':', ' ')}`])
    expect(checkOf(plan, 'sentinel-undoes-it')?.status).toBe('warned')
    expect(plan.confirm).toBe(replica2)
  })

  it.each([
    ['role', master, replica1],
    ['no-loop', replica1, chained],
    ['no-loop', replica1, replica1],
    ['changes', replica1, master],
    ['to', replica1, '10.9.9.9:1'],
  ])('is refused by %s', (check, node, to) => {
    expect(checkOf(planOf('replicaof', healthyGroup(), { node, to }), check)?.status).toBe('failed')
  })

  it('warns that all data are replaced when the other node does not know its history', () => {
    const foreign = withNodeInfo(healthyGroup(), replica2, { replication: { replid: 'b'.repeat(40) } })
    const plan = planOf('replicaof', foreign, { node: replica2, to: replica1 })
    expect(checkOf(plan, 'data-replaced')?.status).toBe('warned')
    expect(plan.steps[0]).toMatchObject({ isIrreversible: true, undo: undefined })
  })
})

describe('forced-failover', () => {
  it('wants the master named, shows what may be lost, and pauses nothing', () => {
    const plan = planOf('forced-failover', healthyGroup())
    expect(plan.confirm).toBe(`mymaster ${master}`)
    expect(checkOf(plan, 'loss')).toMatchObject({ status: 'warned', needsNote: true })
    expect(commandsOf(plan).some((text) => /PAUSE|min-replicas/.test(text))).toBe(false)
    expect(commandsOf(plan)).toContain(`${sentinels[0]} SENTINEL FAILOVER mymaster`)
  })

  it('does not try to demote a master that does not answer', () => {
    const plan = planOf('forced-failover', healthyGroup(), {
      observe: (server) => (server.node === master ? { ...server, role: undefined, info: undefined } : server),
    })
    expect(commandsOf(plan)).toEqual([`${sentinels[0]} SENTINEL FAILOVER mymaster`])
    expect(checkOf(plan, 'master-answers')?.status).toBe('warned')
  })
})

describe("Sentinels' own actions", () => {
  it('reset one after another, every vanishing entry acknowledged by itself', () => {
    const group = withSentinelReplica(healthyGroup(), replica2, {
      flags: new Set(['slave', 's_down']),
      host: '10.0.0.7',
      port: 6379,
    })
    const plan = planOf('sentinel-reset', group)
    expect(commandsOf(plan)).toEqual(sentinels.map((node) => `${node} SENTINEL RESET mymaster`))
    expect(plan.steps.every((step) => step.isIrreversible && step.wait?.kind === 'sentinel-relearnt')).toBe(true)
    expect(open(plan)).toEqual([`warned gone-for-good@${replica2}`])
  })

  it('do not reset while the master does not answer or a failover is under way', () => {
    const dead = planOf('sentinel-reset', healthyGroup(), {
      observe: (server) => (server.node === master ? { ...server, role: undefined } : server),
    })
    expect(checkOf(dead, 'master-answers')?.status).toBe('failed')
    const busy = withSentinelMaster(healthyGroup(), { flags: new Set(['master', 'failover_in_progress']) })
    expect(checkOf(planOf('sentinel-reset', busy), 'no-failover')?.status).toBe('failed')
  })

  it('set on every Sentinel, with the old value to go back to', () => {
    const plan = planOf('sentinel-set', healthyGroup(), { settings: { 'down-after-milliseconds': '10000' } })
    expect(commandsOf(plan)).toEqual(
      sentinels.map((node) => `${node} SENTINEL SET mymaster down-after-milliseconds 10000`),
    )
    expect(plan.steps[0]?.undo).toMatchObject({
      peer: 'sentinel',
      commands: [['SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', '5000']],
    })
    expect(checkOf(planOf('sentinel-set', healthyGroup(), { settings: { quorum: '9' } }), 'quorum')?.status).toBe(
      'failed',
    )
    expect(
      checkOf(planOf('sentinel-set', healthyGroup(), { settings: { 'auth-pass': 'x' } }), 'settings')?.status,
    ).toBe('failed')
  })

  it('ask for a quorum without changing anything', () => {
    const plan = planOf('ckquorum', healthyGroup())
    expect(plan.steps.flatMap((step) => step.commands).some(isChanging)).toBe(false)
  })
})

describe('client-pause', () => {
  it('is bounded by half of down-after and 5 s, holds writes only, and needs 6.2', () => {
    expect(commandsOf(planOf('client-pause', healthyGroup(), { settings: { ms: '2000' } }))).toEqual([
      `${master} CLIENT PAUSE 2000 WRITE`,
    ])
    expect(checkOf(planOf('client-pause', healthyGroup(), { settings: { ms: '2501' } }), 'bound')?.status).toBe(
      'failed',
    )
    const old = withNodeInfo(healthyGroup(), master, { server: { flavour: 'redis', version: '6.0.20' } })
    expect(checkOf(planOf('client-pause', old), 'can-pause')?.status).toBe('failed')
  })
})

describe('wait-test', () => {
  const settings = { replicas: '2', timeout: '1000', count: '5', batch: '3', probe: 'x' }
  it('writes its own key only and never waits for ever', () => {
    const plan = planOf('wait-test', healthyGroup(), { settings })
    expect(commandsOf(plan)).toEqual([
      `${master} SET repliscope:probe:x 1 PX 60000`,
      `${master} WAIT 2 1000`,
      `${master} DEL repliscope:probe:x`,
    ])
    expect(
      checkOf(planOf('wait-test', healthyGroup(), { settings: { ...settings, timeout: '0' } }), 'numbers')?.status,
    ).toBe('failed')
    expect(
      checkOf(planOf('wait-test', healthyGroup(), { settings: { ...settings, count: 'x' } }), 'numbers')?.status,
    ).toBe('failed')
  })

  it('needs 7.2 and an append-only file for WAITAOF', () => {
    const old = withNodeInfo(healthyGroup(), master, { server: { flavour: 'redis', version: '7.0.15' } })
    expect(checkOf(planOf('waitaof-test', old, { settings }), 'has-waitaof')?.status).toBe('failed')
    const off = withNode(healthyGroup(), master, (node) => node)
    const plan = planOf('waitaof-test', withNodeInfo(off, master, { persistence: { aofEnabled: false } }), {
      settings: { ...settings, local: '1' },
    })
    expect(checkOf(plan, 'append-only')?.status).toBe('failed')
  })

  it('sums up by nearest rank; short rounds are counted, unanswered ones too', () => {
    const rounds = [1, 2, 3, 4, 100].map((elapsedMs, i) => ({ acked: i === 4 ? undefined : 2, elapsedMs, batch: 2 }))
    expect(summarise(rounds, 2)).toMatchObject({
      p50Ms: 3,
      p95Ms: 100,
      p99Ms: 100,
      maxMs: 100,
      short: 1,
      perWriteMs: 11,
    })
    expect(summarise(rounds, 3).short).toBe(5)
    expect(summarise([], 1)).toMatchObject({ p50Ms: undefined, maxMs: undefined, short: 0, perWriteMs: undefined })
    expect(summarise(rounds, 2).histogram.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(5)
  })
})

describe('words of commands', () => {
  it('lose their secrets before anybody keeps them', () => {
    expect(redactCommand(['CONFIG', 'SET', 'requirepass', 'hunter2', 'maxmemory', '1'])).toEqual([
      'CONFIG',
      'SET',
      'requirepass',
      '***',
      'maxmemory',
      '1',
    ])
    expect(redactCommand(['AUTH', 'u', 'hunter2'])).toEqual(['AUTH', '***', '***'])
    expect(redactCommand(['SENTINEL', 'SET', 'g', 'auth-pass', 'hunter2']).join(' ')).not.toContain('hunter2')
    expect(redactCommand(['ACL', 'SETUSER', 'u', '>hunter2']).join(' ')).not.toContain('hunter2')
  })

  it.each([
    ['ROLE', false, false],
    ['CONFIG GET save', false, false],
    ['SENTINEL CKQUORUM g', false, false],
    ['CONFIG SET a b', true, false],
    ['SENTINEL FAILOVER g', true, true],
    ['SHUTDOWN', true, true],
    ['FLUSHALL', true, true],
    ['SOMETHING NEW', true, false],
  ])('%s changes: %s, destroys: %s', (text, changing, destructive) => {
    expect([isChanging(text.split(' ')), isDestructive(text.split(' '))]).toEqual([changing, destructive])
  })
})
