import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GUARD_RULES } from '../../../../src-main/domain/findings/catalogue-guards.ts'
import { TOPOLOGY_RULES } from '../../../../src-main/domain/findings/catalogue-topology.ts'
import type { LinkState, NodeSnapshot } from '../../../../src-main/domain/topology/model.ts'
import {
  groupSnapshot,
  healthyGroup,
  infoReply,
  linkSnapshot,
  nodeSnapshot,
  sentinelMaster,
  sentinelView,
  withNodeConfig,
} from '../../../support/facts.ts'
import { contextOf, judge, pastOf } from '../judging.ts'

const RULES = [...TOPOLOGY_RULES, ...GUARD_RULES]

describe('the rules about topology and guards', () => {
  it('have one code each and say what they are about', () => {
    expect(new Set(RULES.map((rule) => rule.code)).size).toBe(RULES.length)
    for (const rule of RULES) for (const text of [rule.fires, rule.matters, rule.advice]) expect(text).toMatch(/\.$/)
    expect(TOPOLOGY_RULES.every((rule) => rule.section === 'topology')).toBe(true)
    expect(GUARD_RULES.every((rule) => rule.section === 'guards')).toBe(true)
  })

  it('find nothing worse than info in a healthy group, and leave nothing unjudged', () => {
    // with down-after 5 s a guard of 10 s closes too late
    const guarded = withNodeConfig(healthyGroup(), 'all', { 'min-replicas-max-lag': '5' })
    const verdicts = RULES.flatMap((rule) => judge(rule, guarded).map((verdict) => ({ code: rule.code, verdict })))
    expect(
      verdicts.map(({ code, verdict }) => [code, verdict.kind === 'fires' ? verdict.severity : verdict.reason]),
    ).toEqual([
      ['chained-replica', 'info'],
      ['aof-restart-full-sync', 'info'],
    ])
  })

  it('say nothing of an empty snapshot', () => {
    for (const rule of RULES) expect(judge(rule, groupSnapshot()), rule.code).toEqual([])
  })

  it('never throw and never find anything in nodes that sent no fields, whatever is known around them', () => {
    const ids = ['10.0.0.1:6379', '10.0.0.2:6379', '[::1]:6379'] as const
    const states: readonly LinkState[] = ['online', 'connecting', 'full-sync', 'loading', 'unknown']
    const node = (id: string): fc.Arbitrary<NodeSnapshot> =>
      fc
        .record({
          reachability: fc.constantFrom(
            'up',
            'loading',
            'busy',
            'auth-required',
            'not-permitted',
            'unreachable',
            'hung',
          ),
          role: fc.constantFrom('master', 'replica', 'unknown'),
          observedThrough: fc.constantFrom('direct', 'sentinel-cache', 'master-view', undefined),
          hasInfo: fc.boolean(),
          hasConfig: fc.boolean(),
          notPermitted: fc.constantFrom([], ['CLIENT LIST', 'CONFIG GET']),
        } as const)
        .map(({ hasInfo, hasConfig, ...rest }) =>
          nodeSnapshot({
            ...rest,
            id,
            info: hasInfo ? infoReply() : undefined,
            config: hasConfig ? new Map() : undefined,
          }),
        )
    const link = fc
      .record({
        replica: fc.constantFrom(...ids.slice(1)),
        upstream: fc.constantFrom(ids[0], undefined),
        state: fc.constantFrom(...states),
        depth: fc.integer({ min: 1, max: 2 }),
      })
      .map(linkSnapshot)
    const snapshot = fc
      .record({
        nodes: fc.tuple(...ids.map(node)),
        links: fc.uniqueArray(link, { selector: (one) => one.replica }),
        hasMaster: fc.boolean(),
        hasView: fc.boolean(),
      })
      .map(({ nodes, links, hasMaster, hasView }) =>
        groupSnapshot({
          nodes,
          links,
          masters: hasMaster ? [ids[0]] : [],
          // a master that nobody names is news by itself, so it is named here
          master: ids[0],
          views: hasView
            ? [sentinelView({ sentinel: 's:1', master: ids[0], facts: sentinelMaster({ replicaTotal: undefined }) })]
            : [],
        }),
      )
    // These two are told by others: the link's state, which the upstream or the session knows.
    const told = new Set(['full-sync-running', 'sync-fan-out', 'chained-replica'])
    fc.assert(
      fc.property(snapshot, fc.boolean(), (group, isOneShot) => {
        for (const rule of RULES) {
          const verdicts = rule.judge(contextOf(group, { past: pastOf({}, { isOneShot }) }))
          if (!told.has(rule.code))
            expect(
              verdicts.filter((verdict) => verdict.kind === 'fires'),
              rule.code,
            ).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })
})
