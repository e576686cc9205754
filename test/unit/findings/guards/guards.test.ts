import { describe, expect, it } from 'vitest'
import { guardSlowerThanFailover } from '../../../../src-main/domain/findings/rules/guards/guard-slower-than-failover.ts'
import { guardUnattainableAfterFailover } from '../../../../src-main/domain/findings/rules/guards/guard-unattainable-after-failover.ts'
import { guardUnattainable } from '../../../../src-main/domain/findings/rules/guards/guard-unattainable.ts'
import { writesAtEdge } from '../../../../src-main/domain/findings/rules/guards/writes-at-edge.ts'
import { writesBlocked } from '../../../../src-main/domain/findings/rules/guards/writes-blocked.ts'
import { writesUnguarded } from '../../../../src-main/domain/findings/rules/guards/writes-unguarded.ts'
import { DEFAULT_THRESHOLDS } from '../../../../src-main/domain/findings/thresholds.ts'
import type { GroupSnapshot } from '../../../../src-main/domain/topology/model.ts'
import {
  HEALTHY,
  healthyGroup,
  withLink,
  withNode,
  withNodeConfig,
  withNodeInfo,
  withSentinelMaster,
} from '../../../support/facts.ts'
import { evidenceOf, fired, judge } from '../judging.ts'

const { master, replica1, replica2 } = HEALTHY

const guarded = (required: number, settings: Readonly<Record<string, string>> = {}) =>
  withNodeConfig(healthyGroup(), 'all', { 'min-replicas-to-write': String(required), ...settings })

const good = (group: GroupSnapshot, goodReplicas: number | undefined) =>
  withNodeInfo(group, master, { replication: { goodReplicas } })

const denied = (group: GroupSnapshot, id: string) =>
  withNode(group, id, (node) => ({ ...node, config: undefined, notPermitted: ['CONFIG GET'] }))

describe('writes-unguarded', () => {
  const open = good(guarded(0), undefined)

  it('warns in production, informs elsewhere', () => {
    const verdict = fired(judge(writesUnguarded, open))
    expect(verdict.severity).toBe('warning')
    expect(verdict.why).toContain('1000 B/s for as long as it lasts')
    expect(verdict.remedy[0]).toBe('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET min-replicas-to-write 1')
    for (const environment of ['staging', 'development', 'lab'] as const)
      expect(fired(judge(writesUnguarded, open, { environment })).severity).toBe('info')
  })

  it('fires on a max-lag of 0 as well, which switches the guard off', () => {
    const off = good(guarded(1, { 'min-replicas-max-lag': '0' }), undefined)
    expect(fired(judge(writesUnguarded, off)).remedy).toContain(
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG SET min-replicas-max-lag 4',
    )
    expect(fired(judge(writesUnguarded, withSentinelMaster(off, { downAfterMs: 30_000 }))).remedy).toContain(
      'redis-cli -h 10.0.0.5 -p 6379 CONFIG SET min-replicas-max-lag 10',
    )
  })

  it('is quiet without replicas, and cannot be judged without CONFIG unless INFO shows the guard', () => {
    expect(judge(writesUnguarded, { ...open, replicas: [], links: [] })).toEqual([])
    expect(judge(writesUnguarded, denied(open, master))).toMatchObject([{ kind: 'not-judged' }])
    expect(judge(writesUnguarded, denied(healthyGroup(), master))).toEqual([])
  })
})

describe('writes-blocked', () => {
  it('fires below the requirement and names the missing replica and why', () => {
    const stalled = withLink(good(guarded(2), 1), replica2, { ackAgeSeconds: 25 })
    const verdict = fired(judge(writesBlocked, stalled))
    expect(verdict).toMatchObject({ severity: 'critical', subject: { kind: 'node', id: master } })
    expect(verdict.title).toBe(
      `${master} refuses writes: 1 good replica, 2 required; ${replica2} has not acknowledged for 25 s (limit 10 s)`,
    )
    expect(verdict.remedy[1]).toContain('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET min-replicas-to-write 1')
    expect(evidenceOf(verdict)).toMatchObject({ [`${master} min_slaves_good_slaves`]: 1 })
  })

  it('tells a replica that is away', () => {
    const away = withLink(good(guarded(2), 1), replica1, { state: 'down', ackAgeSeconds: undefined })
    expect(fired(judge(writesBlocked, away)).why).toContain(`${replica1} is not attached`)
  })

  it.each([
    [2, 2, 0],
    [2, 3, 0],
    [0, 0, 0],
  ])('required %i, good %i: %i findings', (required, count, findings) => {
    expect(judge(writesBlocked, good(guarded(required), count))).toHaveLength(findings)
  })

  it('needs no CONFIG when none is good, and cannot be judged with some', () => {
    expect(fired(judge(writesBlocked, denied(good(healthyGroup(), 0), master))).severity).toBe('critical')
    expect(judge(writesBlocked, denied(healthyGroup(), master))).toMatchObject([{ kind: 'not-judged' }])
  })

  it('says nothing where INFO does not print the good replicas', () => {
    expect(judge(writesBlocked, good(guarded(3), undefined))).toEqual([])
  })
})

describe('writes-at-edge', () => {
  it.each([
    [2, 2, 1],
    [1, 2, 0],
    [2, 1, 0],
  ])('required %i, good %i: %i findings', (required, count, findings) => {
    expect(judge(writesAtEdge, good(guarded(required), count))).toHaveLength(findings)
  })

  it('names whose stall stops all writes', () => {
    expect(fired(judge(writesAtEdge, good(guarded(2), 2))).why).toContain(
      `When ${replica1} or ${replica2} does not acknowledge for 12 s, all writes are refused`,
    )
  })
})

describe('guard-unattainable', () => {
  it('fires above the replicas that exist; chained ones do not count', () => {
    const verdict = fired(judge(guardUnattainable, guarded(3)))
    expect(verdict).toMatchObject({ severity: 'critical', subject: { id: master } })
    expect(verdict.title).toContain('only 2 exist')
    expect(verdict.remedy[0]).toContain('CONFIG SET min-replicas-to-write 1')
    expect(judge(guardUnattainable, guarded(2))).toEqual([])
  })

  it('believes the master when it sees more replicas than are known here', () => {
    expect(
      judge(guardUnattainable, withNodeInfo(guarded(3), master, { replication: { connectedReplicas: 3 } })),
    ).toEqual([])
  })

  it('is quiet without CONFIG: other rules say so', () => {
    expect(judge(guardUnattainable, denied(guarded(3), master))).toEqual([])
  })
})

describe('guard-unattainable-after-failover', () => {
  it('judges each promotable replica by its own settings and by what is left then', () => {
    // with its chained replica the one keeps two, the other keeps one
    const verdict = fired(judge(guardUnattainableAfterFailover, guarded(2)))
    expect(verdict).toMatchObject({ severity: 'warning', subject: { kind: 'node', id: replica2 } })
    expect(verdict.title).toContain('it requires 2 good replicas, 1 would be left')
    expect(verdict.remedy[1]).toContain('redis-cli -h 10.0.0.7 -p 6379 CONFIG SET min-replicas-to-write 1')
  })

  it('is quiet at the boundary, for a node that is never promoted, and tells where CONFIG is missing', () => {
    expect(judge(guardUnattainableAfterFailover, guarded(1))).toEqual([])
    const never = withNodeInfo(guarded(2), replica2, { replication: { priority: 0 } })
    expect(judge(guardUnattainableAfterFailover, never)).toEqual([])
    expect(judge(guardUnattainableAfterFailover, denied(guarded(1), replica1))).toMatchObject([{ kind: 'not-judged' }])
  })
})

describe('guard-slower-than-failover', () => {
  const lag = (seconds: number) => guarded(1, { 'min-replicas-max-lag': String(seconds) })

  it.each([
    [5, 0],
    [6, 1],
  ])('max-lag %i s with down-after 5 s and 2 s of election: %i findings', (seconds, findings) => {
    expect(judge(guardSlowerThanFailover, lag(seconds))).toHaveLength(findings)
  })

  it('says for how long two masters take writes, and sets what closes in time', () => {
    const { severity, title, why, remedy } = fired(judge(guardSlowerThanFailover, lag(6)))
    expect([severity, title, why]).toEqual([
      'warning',
      expect.stringContaining('up to 8 s alone'),
      expect.stringContaining('For about 1 s '),
    ])
    expect(remedy[0]).toBe('redis-cli -h 10.0.0.5 -p 6379 CONFIG SET min-replicas-max-lag 4')
    expect(judge(guardSlowerThanFailover, lag(4))).toEqual([])
  })

  it('counts on the election that the thresholds name', () => {
    const thresholds = { ...DEFAULT_THRESHOLDS, electionSeconds: 10 }
    expect(judge(guardSlowerThanFailover, lag(13), { thresholds })).toEqual([])
    expect(judge(guardSlowerThanFailover, lag(14), { thresholds })).toHaveLength(1)
  })

  it('is quiet without a guard, without Sentinel and without down-after', () => {
    expect(judge(guardSlowerThanFailover, guarded(0, { 'min-replicas-max-lag': '600' }))).toEqual([])
    expect(judge(guardSlowerThanFailover, { ...lag(600), views: [], sentinels: [] })).toEqual([])
    expect(judge(guardSlowerThanFailover, withSentinelMaster(lag(600), { downAfterMs: undefined }))).toEqual([])
  })
})
