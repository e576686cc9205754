import { describe, expect, it } from 'vitest'
import { quoted } from '../../../src-main/domain/plans/flush-files.ts'
import type { ObservedServer } from '../../../src-main/domain/plans/observed.ts'
import { HEALTHY, healthyGroup, withInfo, type InfoPartial } from '../../support/facts.ts'
import { checkOf, commandsOf, open, planOf, type PlanOptions } from './support/plan-of.ts'

const { master, replica1, replica2, chained } = HEALTHY
const NODES = [replica1, replica2, chained, master]

const KEYS: InfoPartial = {
  keyspace: [
    { db: 0, keys: 1000, expires: 0 },
    { db: 3, keys: 5, expires: 0 },
  ],
  persistence: { aofEnabled: false, bgsaveInProgress: false, aofRewriteInProgress: false, lastBgsaveStatus: 'ok' },
}

/** Every node holds keys and has these settings; `info` and `config` change one of them. */
function observe(
  change: {
    readonly node?: string
    readonly info?: InfoPartial
    readonly config?: Readonly<Record<string, string>>
  } = {},
) {
  return (server: ObservedServer): ObservedServer => {
    const isOne = change.node === undefined || change.node === server.node
    const info = server.info === undefined ? undefined : withInfo(server.info, KEYS)
    return {
      ...server,
      info: info === undefined || !isOne ? info : withInfo(info, change.info ?? {}),
      config: new Map([
        ...(server.config ?? []),
        ['save', '3600 1'],
        ['dir', '/data'],
        ['dbfilename', 'dump.rdb'],
        ['appenddirname', 'aof dir'],
        ['auto-aof-rewrite-percentage', '100'],
        ...(isOne ? Object.entries(change.config ?? {}) : []),
      ]),
    }
  }
}

const flushall = (options: PlanOptions = {}) => planOf('flushall', healthyGroup(), { observe: observe(), ...options })

describe('flushall', () => {
  it('does not rewrite the file of a node that has none when it takes its settings back', () => {
    const plan = flushall({ observe: observe({ info: { server: { configFile: '' } } }) })
    const undos = plan.steps.flatMap((step) => step.undo?.commands ?? [])
    expect(undos.length).toBeGreaterThan(0)
    expect(undos.filter((command) => command[1] === 'REWRITE')).toEqual([])
  })

  it('makes a way back on every node first, replicas before the master, and takes only its settings back later', () => {
    const plan = flushall()
    expect(commandsOf(plan)).toEqual([
      ...NODES.flatMap((node) => [`${node} BGSAVE`, `${node} CONFIG SET save `]),
      `${master} FLUSHALL ASYNC`,
    ])
    const undos = plan.steps.flatMap((step) => (step.undo === undefined ? [] : [step.undo]))
    expect(undos.map((undo) => [undo.node, undo.isForLater])).toEqual(NODES.map((node) => [node, true]))
    expect(undos[0]?.commands).toEqual([
      ['CONFIG', 'SET', 'save', '3600 1'],
      ['CONFIG', 'REWRITE'],
    ])
    expect(plan.steps.filter((step) => step.isIrreversible).map((step) => step.commands)).toEqual([
      [['FLUSHALL', 'ASYNC']],
    ])
    expect(open(plan)).toEqual([])
  })

  it('wants the group and the number of keys typed, in two commands', () => {
    const plan = flushall()
    expect([plan.confirm, plan.confirmsCount]).toEqual(['mymaster 1005', true])
    expect(plan.blastRadius).toContain(`${master} (master): db0 1000 keys, db3 5 keys`)
    expect(plan.blastRadius).toContain(`  ${master}: cp -p /data/dump.rdb /data/dump.rdb.before-flush`)
  })

  it('holds rewriting back where an append-only file is on, and copies its folder', () => {
    const plan = flushall({ observe: observe({ node: replica2, info: { persistence: { aofEnabled: true } } }) })
    expect(commandsOf(plan).filter((text) => text.includes('auto-aof'))).toEqual([
      `${replica2} CONFIG SET auto-aof-rewrite-percentage 0`,
    ])
    expect(plan.blastRadius).toContain(`  ${replica2}: cp -a '/data/aof dir' '/data/aof dir.before-flush'`)
  })

  it('leaves save points alone that are not set', () => {
    const plan = flushall({ observe: observe({ config: { save: '' } }) })
    expect(commandsOf(plan)).toEqual([...NODES.map((node) => `${node} BGSAVE`), `${master} FLUSHALL ASYNC`])
  })

  it('without a way back has that acknowledged, and says what becomes of each dump file', () => {
    const plan = flushall({ settings: { 'way-back': 'no' }, observe: observe({ node: master, config: { save: '' } }) })
    expect(commandsOf(plan)).toEqual([`${master} FLUSHALL ASYNC`])
    expect(open(plan)).toEqual(['warned way-back'])
    expect(plan.blastRadius).toContain(`${master}: /data/dump.rdb is left alone: no save points are set`)
    expect(plan.blastRadius.join('\n')).toContain(
      `${replica1}: /data/dump.rdb is overwritten with an empty one at once`,
    )
  })

  it('knows the word SYNC only since 6.2', () => {
    const sync = { settings: { mode: 'sync', 'way-back': 'no' } }
    expect(commandsOf(flushall(sync))).toEqual([`${master} FLUSHALL SYNC`])
    const old = observe({ info: { server: { flavour: 'redis', version: '6.0.16' } } })
    expect(commandsOf(flushall({ ...sync, observe: old }))).toEqual([`${master} FLUSHALL`])
  })

  it.each([
    ['failed settings', { settings: { nonsense: '1' } }],
    ['failed settings', { settings: { mode: 'quick' } }],
    ['failed settings', { settings: { db: '3' } }],
    ['failed no-child', { observe: observe({ node: replica1, info: { persistence: { bgsaveInProgress: true } } }) }],
    ['warned links', { observe: observe({ node: replica2, info: { replication: { masterLink: 'down' } } }) }],
    ['warned last-save', { observe: observe({ node: master, info: { persistence: { lastBgsaveStatus: 'err' } } }) }],
    [
      'warned fork-headroom',
      { observe: observe({ node: master, info: { memory: { usedBytes: 9e9, totalSystemBytes: 16e9 } } }) },
    ],
  ] satisfies readonly (readonly [string, PlanOptions])[])('%s', (expected, options) => {
    expect(open(flushall(options))).toContain(expected)
  })

  it('is refused while the number of keys, or the save points, cannot be read', () => {
    const blind = (server: ObservedServer): ObservedServer => {
      const seen = observe()(server)
      return { ...seen, config: undefined, info: seen.info && { ...seen.info, keyspace: undefined } }
    }
    const plan = flushall({ observe: blind })
    expect([checkOf(plan, 'keys')?.status, checkOf(plan, 'way-back')?.status]).toEqual(['failed', 'failed'])
  })

  it('tells of a node that cannot be asked, and does not touch it', () => {
    const plan = flushall({
      observe: (server) =>
        server.node === replica2 ? { ...observe()(server), info: undefined, role: undefined } : observe()(server),
    })
    expect(open(plan)).toContain('warned nodes-answer')
    expect(commandsOf(plan).some((text) => text.startsWith(replica2))).toBe(false)
  })
})

describe('flushdb', () => {
  it('selects its database on the same connection and counts the keys of that one', () => {
    const plan = planOf('flushdb', healthyGroup(), { observe: observe(), settings: { db: '3', 'way-back': 'no' } })
    expect(commandsOf(plan)).toEqual([`${master} SELECT 3`, `${master} FLUSHDB ASYNC`])
    expect([plan.confirm, plan.steps.at(-1)?.isAtomic]).toEqual(['mymaster 5', false])
    expect(plan.blastRadius).toContain(`${master} (master): db0 1000 keys (kept), db3 5 keys`)
  })

  it.each([{}, { db: 'x' }, { db: '-1' }])('needs a database that is a number: %o', (settings) => {
    const plan = planOf('flushdb', healthyGroup(), { observe: observe(), settings: { ...settings } })
    expect(checkOf(plan, 'settings')?.status).toBe('failed')
  })
})

it('a path is one word of a shell, whatever is in it', () => {
  expect([quoted('/data/dump.rdb'), quoted("/it's here/x")]).toEqual(['/data/dump.rdb', String.raw`'/it'\''s here/x'`])
})
