import { describe, expect, it } from 'vitest'
import { evicting } from '../../../../src-main/domain/findings/rules/memory/evicting.ts'
import { forkHeadroom } from '../../../../src-main/domain/findings/rules/memory/fork-headroom.ts'
import { memoryFullWritesFail } from '../../../../src-main/domain/findings/rules/memory/memory-full-writes-fail.ts'
import { noMaxmemory } from '../../../../src-main/domain/findings/rules/memory/no-maxmemory.ts'
import { volatilePolicyWithoutTtl } from '../../../../src-main/domain/findings/rules/memory/volatile-policy-without-ttl.ts'
import { HEALTHY, healthyGroup, withNode } from '../../../support/facts.ts'
import { change, evidenceOf, fired, group, judge, masterPast, unjudged, words } from '../judging.ts'

const GIB = 1024 ** 3

describe('evicting', () => {
  const store = (keys: number, expires: number) =>
    group({
      stats: { evictedKeys: 50 },
      memory: { policy: 'allkeys-lru', maxBytes: GIB },
      keyspace: [{ db: 0, keys, expires }],
    })
  const rising = (from: ReturnType<typeof store>) =>
    masterPast(from, [
      [100, { evictedKeys: 20 }],
      [0, { evictedKeys: 50 }],
    ])

  it('fires when keys that do not expire are thrown away', () => {
    const group = store(1000, 0)
    const finding = fired(judge(evicting, group, { past: rising(group) }))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('10.0.0.5:6379 evicted 30 keys in 100 s, though none of its 1000 keys expire')
    expect(evidenceOf(finding)).toMatchObject({ evicted_keys: 50, expires: 0, maxmemory_policy: 'allkeys-lru' })
    expect(words(finding)).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET maxmemory-policy noeviction')
  })

  it('does not fire on a cache, when the counter stands still, or when keys were not counted', () => {
    const cache = store(1000, 900)
    expect(judge(evicting, cache, { past: rising(cache) })).toEqual([])
    const still = store(1000, 0)
    const past = masterPast(still, [
      [100, { evictedKeys: 50 }],
      [0, { evictedKeys: 50 }],
    ])
    expect(judge(evicting, still, { past })).toEqual([])
    const uncounted = withNode(still, HEALTHY.master, (node) => ({
      ...node,
      info: node.info === undefined ? undefined : { ...node.info, keyspace: undefined },
    }))
    expect(judge(evicting, uncounted, { past: rising(still) })).toEqual([])
  })

  it('needs two samples', () => {
    expect(unjudged(judge(evicting, store(1000, 0)))[0]).toContain('needs two samples')
  })
})

describe('memory-full-writes-fail', () => {
  const full = (usedBytes: number, more: Record<string, number | string> = {}) =>
    group({ memory: { usedBytes, maxBytes: 1000, policy: 'noeviction', ...more } })

  it.each([
    [901, 'warning'],
    [980, 'warning'],
    [981, 'critical'],
    [1200, 'critical'],
  ] as const)('with %i of 1000 bytes it is %s', (used, severity) => {
    expect(fired(judge(memoryFullWritesFail, full(used))).severity).toBe(severity)
  })

  it('says what is left, and names replicas before the master', () => {
    const finding = fired(judge(memoryFullWritesFail, full(950)))
    expect(finding.title).toBe('10.0.0.5:6379 uses 95 % of its 1000 B: 50 B until writes fail')
    const steps = finding.remedy.filter((step) => step.includes('CONFIG SET maxmemory'))
    expect(steps.at(-1)).toContain('-h 10.0.0.5 ')
    expect(steps[0]).toContain('-h 10.0.0.6 ')
  })

  it('does not fire at 90 %, without a limit, under another policy, on a replica, or for buffers that do not count', () => {
    expect(judge(memoryFullWritesFail, full(900))).toEqual([])
    expect(judge(memoryFullWritesFail, full(990, { maxBytes: 0 }))).toEqual([])
    expect(judge(memoryFullWritesFail, full(990, { policy: 'allkeys-lru' }))).toEqual([])
    expect(judge(memoryFullWritesFail, full(990, { notCountedForEvictBytes: 100 }))).toEqual([])
    const replica = change(HEALTHY.replica1, { memory: { usedBytes: 990, maxBytes: 1000, policy: 'noeviction' } })
    expect(judge(memoryFullWritesFail, replica)).toEqual([])
  })
})

describe('no-maxmemory', () => {
  it('fires on a host whose memory is known, and advises a limit that leaves room', () => {
    const finding = fired(judge(noMaxmemory, group({ memory: { maxBytes: 0, totalSystemBytes: 10 * GIB } })))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toBe('10.0.0.5:6379 has no memory limit on a host of 10 GB')
    expect(words(finding)).toContain(`redis-cli -h 10.0.0.5 -p 6379 CONFIG SET maxmemory ${6 * GIB}`)
  })

  it('gives no number below what is used', () => {
    const finding = fired(
      judge(noMaxmemory, group({ memory: { maxBytes: 0, totalSystemBytes: 10 * GIB, usedBytes: 7 * GIB } })),
    )
    expect(words(finding)).not.toContain('CONFIG SET maxmemory ')
    expect(words(finding)).toContain('larger host')
  })

  it('does not fire with a limit, or when limit or host are not known', () => {
    expect(judge(noMaxmemory, healthyGroup())).toEqual([])
    expect(judge(noMaxmemory, group({ memory: { maxBytes: undefined } }))).toEqual([])
    expect(judge(noMaxmemory, group({ memory: { maxBytes: 0, totalSystemBytes: undefined } }))).toEqual([])
  })
})

describe('fork-headroom', () => {
  const host = (rssBytes: number, lastCowBytes: number | undefined, lastBgsaveSeconds = 0) =>
    group({
      memory: { rssBytes, usedBytes: rssBytes, totalSystemBytes: 1_000_000 },
      persistence: { lastCowBytes, lastBgsaveSeconds },
    })

  it('fires when the last copy-on-write would not fit', () => {
    const finding = fired(judge(forkHeadroom, host(900_000, 100_001)))
    expect(finding.severity).toBe('warning')
    expect(evidenceOf(finding)).toMatchObject({ used_memory_rss: 900_000, rdb_last_cow_size: 100_001 })
  })

  it('expects as much as the peak write rate fills during a save', () => {
    expect(judge(forkHeadroom, host(900_000, 0, 5))).toEqual([])
    expect(fired(judge(forkHeadroom, host(900_000, 0, 6))).severity).toBe('warning')
  })

  it('never expects more than the whole dataset, and does not guess', () => {
    expect(judge(forkHeadroom, host(500_000, 9_999_999))).toEqual([])
    expect(judge(forkHeadroom, host(999_999, undefined))).toEqual([])
    expect(judge(forkHeadroom, healthyGroup())).toEqual([])
  })
})

describe('volatile-policy-without-ttl', () => {
  const policy = (name: string, expires: number, maxBytes = GIB) =>
    group({ memory: { policy: name, maxBytes }, keyspace: [{ db: 0, keys: 10, expires }] })

  it('fires when nothing can be evicted', () => {
    const finding = fired(judge(volatilePolicyWithoutTtl, policy('volatile-lru', 0)))
    expect(finding.severity).toBe('warning')
    expect(finding.title).toContain('(volatile-lru), but none of its 10 keys does')
  })

  it('does not fire when a key expires, without a limit, under other policies, or without keys', () => {
    expect(judge(volatilePolicyWithoutTtl, policy('volatile-lru', 1))).toEqual([])
    expect(judge(volatilePolicyWithoutTtl, policy('volatile-lru', 0, 0))).toEqual([])
    expect(judge(volatilePolicyWithoutTtl, policy('allkeys-lru', 0))).toEqual([])
    expect(
      judge(volatilePolicyWithoutTtl, group({ memory: { policy: 'volatile-ttl', maxBytes: GIB }, keyspace: [] })),
    ).toEqual([])
  })
})
