import { describe, expect, it } from 'vitest'
import type { ObservedServer } from '../../../src-main/domain/plans/observed.ts'
import { fullSyncChecks } from '../../../src-main/domain/plans/full-sync-checks.ts'
import { HEALTHY, healthyGroup, withInfo, type InfoPartial } from '../../support/facts.ts'
import { observedOf, planOf } from './support/plan-of.ts'

const { master, replica1, replica2 } = HEALTHY
const GIB = 1024 ** 3
const QUIET: InfoPartial = {
  memory: { usedBytes: 100 * 1024 * 1024, rssBytes: 120 * 1024 * 1024, totalSystemBytes: 8 * GIB },
  persistence: { bgsaveInProgress: false, aofRewriteInProgress: false, lastBgsaveSeconds: 2 },
}

function checksOf(
  change: {
    readonly source?: InfoPartial
    readonly replica?: InfoPartial
    readonly config?: Readonly<Record<string, string>>
    readonly rate?: number
  } = {},
) {
  const group = healthyGroup()
  const node = group.nodes.get(master)
  const nodes = new Map(group.nodes)
  if (node !== undefined)
    nodes.set(master, {
      ...node,
      writeRate: { bytesPerSecond: change.rate ?? 1000, peakBytesPerSecond: change.rate ?? 1000 },
    })
  const observe = (server: ObservedServer): ObservedServer => {
    const info = server.info === undefined ? undefined : withInfo(server.info, QUIET)
    const more = server.node === master ? change.source : server.node === replica1 ? change.replica : undefined
    return {
      ...server,
      info: info === undefined || more === undefined ? info : withInfo(info, more),
      config: new Map(
        Object.entries({
          'client-output-buffer-limit': 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
          'repl-diskless-sync': 'yes',
          ...change.config,
        }),
      ),
    }
  }
  const snapshot = { ...group, nodes }
  const observed = observedOf(snapshot, observe)
  return new Map(
    fullSyncChecks([{ source: master, replica: replica1 }], { snapshot, observed, lastMovedAt: undefined }).map(
      (one) => [one.check, one],
    ),
  )
}

describe('the checks of a full resync', () => {
  it('pass, with numbers, where there is room for it', () => {
    const checks = checksOf()
    expect([...checks.values()].map((one) => [one.check, one.status])).toEqual([
      ['full-sync-headroom', 'passed'],
      ['full-sync-child', 'passed'],
      ['full-sync-buffer', 'passed'],
      ['full-sync-memory', 'passed'],
    ])
    expect(checks.get('full-sync-buffer')?.evidence).toMatch(
      /takes about 2 s; .* the limits are 256 MB, and 64 MB for 60 s/,
    )
    expect(checks.get('full-sync-child')?.evidence).toContain('without its disk')
    expect(checksOf({ config: { 'repl-diskless-sync': 'no' } }).get('full-sync-child')?.evidence).toContain(
      'to its disk first',
    )
  })

  it('warn where the buffer would overflow, unless nothing limits it or another channel carries the writes', () => {
    const rate = 200 * 1024 * 1024
    expect(checksOf({ rate }).get('full-sync-buffer')).toMatchObject({ status: 'warned' })
    expect(checksOf({ rate }).get('full-sync-buffer')?.evidence).toContain('would be cut off and begin again')
    const unlimited = { 'client-output-buffer-limit': 'normal 0 0 0 slave 0 0 0 pubsub 0 0 0' }
    expect(checksOf({ rate, config: unlimited }).get('full-sync-buffer')?.status).toBe('passed')
    const channel = { 'dual-channel-replication-enabled': 'yes' }
    expect(checksOf({ rate, config: channel }).get('full-sync-buffer')?.status).toBe('passed')
    // Slow, and long: the soft limit.
    const slow = { persistence: { lastBgsaveSeconds: 120 } }
    expect(checksOf({ rate: 1024 * 1024, source: slow }).get('full-sync-buffer')?.status).toBe('warned')
  })

  it('warn about a limit that cannot be read, a child at work, and memory that is short on either side', () => {
    expect(checksOf({ config: { 'client-output-buffer-limit': '' } }).get('full-sync-buffer')?.status).toBe('warned')
    const busy = { persistence: { bgsaveInProgress: true } }
    expect(checksOf({ source: busy }).get('full-sync-child')).toMatchObject({ status: 'warned' })
    const full = { memory: { rssBytes: 6 * GIB } }
    expect(checksOf({ source: full }).get('full-sync-headroom')?.status).toBe('warned')
    const small = { memory: { totalSystemBytes: 100 * 1024 * 1024 } }
    expect(checksOf({ replica: small }).get('full-sync-memory')?.status).toBe('warned')
    const twice = { memory: { usedBytes: 7 * GIB } }
    expect(checksOf({ replica: twice }).get('full-sync-memory')?.status).toBe('passed')
    const swapped = checksOf({ replica: twice, config: { 'repl-diskless-load': 'swapdb' } }).get('full-sync-memory')
    expect(swapped).toMatchObject({ status: 'warned' })
    expect(swapped?.evidence).toContain('while it swaps the data sets')
  })
})

describe('an action that resyncs nobody in full', () => {
  it('has no such check, and one that does has them all', () => {
    const group = healthyGroup()
    const names = (plan: ReturnType<typeof planOf>) =>
      plan.preflight.flatMap((one) => (one.check.startsWith('full-sync') ? [one.check] : []))
    expect(names(planOf('bgsave', group))).toEqual([])
    const all = ['full-sync-headroom', 'full-sync-child', 'full-sync-buffer', 'full-sync-memory']
    const full = planOf('safe-restart', group, {
      node: replica2,
      settings: { full: 'yes' },
      observe: (server) => ({ ...server, info: server.info === undefined ? undefined : withInfo(server.info, QUIET) }),
    })
    expect(names(full)).toEqual(all)
  })
})
