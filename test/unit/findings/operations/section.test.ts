import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MEMORY_RULES } from '../../../../src-main/domain/findings/catalogue-memory.ts'
import { OPERATIONS_RULES } from '../../../../src-main/domain/findings/catalogue-operations.ts'
import { PERSISTENCE_RULES } from '../../../../src-main/domain/findings/catalogue-persistence.ts'
import type { NodeSnapshot } from '../../../../src-main/domain/topology/model.ts'
import { groupSnapshot, healthyGroup, infoReply, linkSnapshot, nodeSnapshot } from '../../../support/facts.ts'
import { contextOf, judge, NO_PAST } from '../judging.ts'

const RULES = [...PERSISTENCE_RULES, ...MEMORY_RULES, ...OPERATIONS_RULES]

describe('the rules about persistence, memory and operations', () => {
  it('have one code each and say what they are about', () => {
    expect(new Set(RULES.map((rule) => rule.code)).size).toBe(RULES.length)
    for (const rule of RULES) for (const text of [rule.fires, rule.matters, rule.advice]) expect(text).toMatch(/\.$/)
    expect(PERSISTENCE_RULES.every((rule) => rule.section === 'persistence')).toBe(true)
    expect(MEMORY_RULES.every((rule) => rule.section === 'memory')).toBe(true)
    expect(OPERATIONS_RULES.every((rule) => rule.section === 'operations')).toBe(true)
  })

  it('find nothing in a healthy group, and say what they could not look at', () => {
    const verdicts = RULES.flatMap((rule) =>
      judge(rule, healthyGroup()).map((verdict) => [rule.code, verdict.kind === 'fires' ? verdict.severity : 'open']),
    )
    expect(verdicts).toEqual([
      ['restart-loses-runtime-config', 'open'],
      ['dangerous-commands-open', 'open'],
      ['no-auth', 'open'],
    ])
  })

  it('say nothing of an empty snapshot', () => {
    for (const rule of RULES) expect(judge(rule, groupSnapshot()), rule.code).toEqual([])
  })

  it('never throw and never find anything in nodes that sent no fields', () => {
    const ids = ['10.0.0.1:6379', '10.0.0.2:6379', '[::1]:6379', '10.0.0.9:26379'] as const
    const node = (id: string): fc.Arbitrary<NodeSnapshot> =>
      fc
        .record({
          reachability: fc.constantFrom('up', 'loading', 'busy', 'auth-required', 'unreachable', 'hung'),
          role: fc.constantFrom('master', 'replica', 'unknown'),
          observedThrough: fc.constantFrom('direct', 'sentinel-cache', 'master-view', undefined),
          hasInfo: fc.boolean(),
          hasConfig: fc.boolean(),
        } as const)
        .map(({ hasInfo, hasConfig, ...rest }) =>
          nodeSnapshot({
            ...rest,
            id,
            kind: id.endsWith('26379') ? 'sentinel' : 'server',
            info: hasInfo ? infoReply() : undefined,
            config: hasConfig ? new Map() : undefined,
          }),
        )
    const snapshot = fc.tuple(...ids.map(node)).map((nodes) =>
      groupSnapshot({
        nodes,
        master: ids[0],
        links: [linkSnapshot({ replica: ids[1], upstream: ids[0], isTls: undefined })],
      }),
    )
    fc.assert(
      fc.property(snapshot, fc.boolean(), (group, isOneShot) => {
        for (const rule of RULES) {
          const verdicts = rule.judge(contextOf(group, { past: { ...NO_PAST, isOneShot } }))
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
