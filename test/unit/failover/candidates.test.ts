import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareCandidates,
  directCandidates,
  sentinelCandidates,
  type Candidate,
} from '../../../src-main/domain/failover/candidates.ts'
import { contest } from '../../../src-main/domain/failover/contest.ts'
import type { SentinelMaster, SentinelReplica } from '../../../src-main/domain/replies/reply-types.ts'
import {
  HEALTHY,
  healthyGroup,
  sentinelMaster,
  withNode,
  withNodeInfo,
  withSentinelReplica,
} from '../../support/facts.ts'

const { replica1, replica2, chained } = HEALTHY

function candidate(node: string, partial: Partial<Candidate> = {}): Candidate {
  return { node, priority: 100, offset: 1000, runId: node, rejectedBecause: undefined, isFresh: true, ...partial }
}

const anyCandidate = fc.record({
  node: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  priority: fc.constantFrom(0, 1, 100),
  offset: fc.nat(3),
  runId: fc.option(fc.constantFrom('aa', 'AA', 'ab', 'b'), { nil: undefined }),
  rejectedBecause: fc.option(fc.constant('down'), { nil: undefined }),
  isFresh: fc.boolean(),
})
const field = fc.uniqueArray(anyCandidate, { selector: (one) => one.node, maxLength: 5 })

describe("Sentinel's order", () => {
  it('takes the lower priority, then the higher offset, then the smaller run id without regard to case', () => {
    const by = (a: Partial<Candidate>, b: Partial<Candidate>) => compareCandidates(candidate('a', a), candidate('b', b))
    expect(by({ priority: 1, offset: 1 }, { priority: 2, offset: 9 })).toBeLessThan(0)
    expect(by({ offset: 1 }, { offset: 2 })).toBeGreaterThan(0)
    expect(by({ runId: 'AA' }, { runId: 'ab' })).toBeLessThan(0)
    expect(by({ runId: 'B' }, { runId: 'a' })).toBeGreaterThan(0)
    expect(by({ runId: undefined }, { runId: 'ff' })).toBeGreaterThan(0)
  })

  it('is total, antisymmetric and transitive', () => {
    fc.assert(
      fc.property(anyCandidate, anyCandidate, anyCandidate, (a, b, c) => {
        const sign = (x: Candidate, y: Candidate) => Math.sign(compareCandidates(x, y))
        expect(sign(a, b) + sign(b, a)).toBe(0)
        if (a.node !== b.node) expect(sign(a, b)).not.toBe(0)
        if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 1000 },
    )
  })
})

describe("Sentinel's filter", () => {
  const [view] = healthyGroup().views
  const judge = (entry: Partial<SentinelReplica>, master: Partial<SentinelMaster> = {}) => {
    if (view?.replicas === undefined) throw new Error('the fixture has views')
    const changed = {
      ...view,
      facts: sentinelMaster(master),
      replicas: view.replicas.map((one) => (one.node === replica1 ? { ...one, ...entry } : one)),
    }
    return sentinelCandidates(healthyGroup(), changed, {}).find((one) => one.node === replica1)?.rejectedBecause
  }
  const down = { flags: new Set(['master', 's_down']), sDownMs: 7000 }
  const agreedDown = { flags: new Set(['master', 's_down', 'o_down']), sDownMs: 7000 }

  it('takes a healthy replica', () => {
    expect(judge({})).toBeUndefined()
  })

  it.each<[string, Partial<SentinelReplica>, Partial<SentinelMaster>]>([
    ['subjectively down', { flags: new Set(['slave', 's_down']) }, {}],
    ['no connection', { flags: new Set(['slave', 'disconnected']) }, {}],
    ['no acceptable PING', { lastOkPingReplyMs: 5001 }, {}],
    ['never read', { infoRefreshMs: 0, runId: undefined }, {}],
    ['30001 ms old', { infoRefreshMs: 30_001 }, {}],
    ['5001 ms old', { infoRefreshMs: 5001 }, agreedDown],
    ['30001 ms old', { infoRefreshMs: 30_001 }, down],
    ['its link', { masterLinkDownMs: 45_001 }, {}],
    ['its link', { masterLinkDownMs: 57_001 }, down],
  ])('rejects: %s', (words, entry, master) => {
    expect(judge(entry, master)).toContain(words)
  })

  it.each<[Partial<SentinelReplica>, Partial<SentinelMaster>]>([
    [{ lastOkPingReplyMs: 5000 }, {}],
    [{ infoRefreshMs: 0 }, {}],
    [{ infoRefreshMs: 30_000 }, {}],
    [{ infoRefreshMs: 5000 }, agreedDown],
    [{ infoRefreshMs: 9900 }, down],
    [{ masterLinkDownMs: 45_000 }, {}],
    [{ masterLinkDownMs: 57_000 }, down],
    [{ masterLinkDownMs: undefined, neverConnected: true, offset: 0 }, {}],
    [{ masterLinkDownMs: 99_999 }, { downAfterMs: undefined }],
  ])('accepts at the limit, and a replica that never connected: %o %o', (entry, master) => {
    expect(judge(entry, master)).toBeUndefined()
  })

  it('rejects priority 0, also when only what-if says so, and takes what-if over the setting', () => {
    if (view === undefined) throw new Error('the fixture has views')
    const group = withNodeInfo(healthyGroup(), replica1, { replication: { priority: 0 } })
    const of = (priorities?: ReadonlyMap<string, number>) =>
      sentinelCandidates(group, view, priorities === undefined ? {} : { priorities })
    expect(of()[0]?.rejectedBecause).toContain('priority 0')
    expect(of(new Map([[replica1, 5]]))[0]?.rejectedBecause).toBeUndefined()
    expect(of(new Map([[replica2, 0]]))[1]?.rejectedBecause).toContain('priority 0')
  })

  it("uses a replica's own offset where it answers, and Sentinel's cache where it does not", () => {
    if (view === undefined) throw new Error('the fixture has views')
    expect(sentinelCandidates(healthyGroup(), view, {})[0]).toMatchObject({
      offset: HEALTHY.offset - 20,
      isFresh: true,
    })
    const away = withNode(healthyGroup(), replica1, (node) => ({ ...node, reachability: 'unreachable' }))
    expect(sentinelCandidates(away, view, {})[0]).toMatchObject({ offset: HEALTHY.offset - 2020, isFresh: false })
  })

  it('adds a replica that is hidden from its list and electable all the same', () => {
    if (view === undefined) throw new Error('the fixture has views')
    const hiding = { ...view, replicas: view.replicas?.filter((one) => one.node !== replica1) }
    const nodes = (announced: boolean) =>
      sentinelCandidates(withNodeInfo(healthyGroup(), replica1, { replication: { announced } }), hiding, {}).map(
        (one) => one.node,
      )
    expect(nodes(false)).toEqual([replica2, replica1])
    expect(nodes(true)).toEqual([replica2])
  })

  it('leaves out a node that is taken away', () => {
    if (view === undefined) throw new Error('the fixture has views')
    expect(sentinelCandidates(healthyGroup(), view, { without: [replica1] }).map((one) => one.node)).toEqual([replica2])
  })
})

describe('candidates by INFO alone', () => {
  it('are the direct replicas that answer', () => {
    expect(directCandidates(healthyGroup(), {}).map((one) => one.node)).toEqual([replica1, replica2])
    expect(directCandidates(healthyGroup(), {}).map((one) => one.node)).not.toContain(chained)
    const away = withNode(healthyGroup(), replica1, (node) => ({ ...node, reachability: 'hung' }))
    expect(directCandidates(away, {})[0]?.rejectedBecause).toContain('does not answer')
  })

  it('do not depend on what Sentinels think', () => {
    const group = withSentinelReplica(healthyGroup(), replica1, { flags: new Set(['slave', 's_down']) })
    expect(directCandidates(group, {}).every((one) => one.rejectedBecause === undefined)).toBe(true)
  })
})

describe('the contest before one witness', () => {
  const stream = { bytesPerSecond: 100, isIdle: false }

  it('is decided by a priority that nobody shares', () => {
    const field = [candidate('a', { offset: 9999 }), candidate('b', { priority: 10, offset: 1 })]
    expect(contest(field, stream)).toEqual({ winner: 'b', possible: ['b'], unknowns: [] })
  })

  it('is decided by a lead of more than ten seconds of writing', () => {
    expect(contest([candidate('a', { offset: 2001 }), candidate('b')], stream)).toEqual({
      winner: 'a',
      possible: ['a'],
      unknowns: [],
    })
  })

  it('names a favourite, not a certainty, between one second and ten', () => {
    const near = contest([candidate('a', { offset: 1500 }), candidate('b')], stream)
    expect(near).toMatchObject({ winner: 'a', possible: ['a', 'b'] })
    expect(near.unknowns).toHaveLength(1)
  })

  it('is undecided within one second of writing', () => {
    expect(contest([candidate('b', { offset: 1100 }), candidate('a')], stream)).toMatchObject({
      winner: undefined,
      possible: ['b', 'a'],
    })
  })

  it('is decided by the run id on an idle stream', () => {
    const idle = { bytesPerSecond: 100, isIdle: true }
    expect(contest([candidate('b', { offset: 1100 }), candidate('a')], idle)).toEqual({
      winner: 'a',
      possible: ['a'],
      unknowns: [],
    })
    expect(contest([candidate('b'), candidate('a', { isFresh: false })], idle)).toMatchObject({
      winner: 'a',
      possible: ['a', 'b'],
    })
  })

  it('is undecided when the rate is not measured', () => {
    expect(
      contest([candidate('a', { offset: 9999 }), candidate('b')], { bytesPerSecond: undefined, isIdle: false }),
    ).toMatchObject({
      winner: undefined,
      possible: ['a', 'b'],
    })
  })

  it('has no winner without an electable candidate', () => {
    expect(contest([candidate('a', { rejectedBecause: 'down' })], stream)).toEqual({
      winner: undefined,
      possible: [],
      unknowns: [],
    })
  })

  it('never lets a rejected candidate win, and names its winner among the possible', () => {
    fc.assert(
      fc.property(
        field,
        fc.option(fc.nat(5), { nil: undefined }),
        fc.boolean(),
        (candidates, bytesPerSecond, isIdle) => {
          const result = contest(candidates, { bytesPerSecond, isIdle })
          for (const node of result.possible)
            expect(candidates.find((one) => one.node === node)?.rejectedBecause).toBeUndefined()
          if (result.winner !== undefined) expect(result.possible[0]).toBe(result.winner)
          const electable = candidates.filter((one) => one.rejectedBecause === undefined)
          expect(result.possible.length > 0).toBe(electable.length > 0)
          // the best by Sentinel's order is never ruled out on a stream that moves
          const [best] = [...electable].sort(compareCandidates)
          if (best !== undefined && !isIdle) expect(result.possible).toContain(best.node)
        },
      ),
      { numRuns: 500 },
    )
  })
})
