import { describe, expect, it } from 'vitest'
import { RULES } from '../../../src-main/domain/findings/catalogue.ts'
import { judgeGroup } from '../../../src-main/domain/findings/judge-group.ts'
import type { Finding, Severity } from '../../../src-main/domain/findings/model.ts'
import type { Rule } from '../../../src-main/domain/findings/rule.ts'
import type { GroupEvent, GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import { FIXTURE_AT, HEALTHY, healthyGroup, withNode } from '../../support/facts.ts'
import { contextOf, pastOf } from './judging.ts'

const { replica1 } = HEALTHY

/** Found in a picture: a severity, or nothing. */
type Found = Severity | undefined

function ruleOf(found: Found, part: Partial<Rule> = {}): Rule {
  return {
    code: 'replica-lag-bytes',
    section: 'topology',
    severities: ['warning', 'critical'],
    fires: '',
    matters: '',
    advice: '',
    holdForMs: 5_000,
    swings: true,
    judge: () =>
      found === undefined
        ? []
        : [
            {
              kind: 'fires',
              subject: { kind: 'link', id: replica1 },
              severity: found,
              title: found,
              evidence: [],
              why: '',
              remedy: [],
            },
          ],
    ...part,
  }
}

interface Step {
  readonly at: number
  readonly found: Found
  readonly group?: GroupSnapshot
  readonly events?: readonly GroupEvent[]
}

/** What is said after each picture, `at` seconds after the first: severity, `?` where it has not held, `~` where it eased. */
function told(steps: readonly Step[], part: Partial<Rule> = {}): readonly string[] {
  let findings: readonly Finding[] = []
  return steps.map(({ at, found, group = healthyGroup(), events = [] }) => {
    const snapshot = { ...group, takenAt: FIXTURE_AT + at * 1000 }
    findings = judgeGroup(
      [ruleOf(found, part)],
      contextOf(snapshot, { past: pastOf({}, { events }) }),
      findings,
    ).findings
    return findings.map((one) => `${one.severity}${one.held ? '' : '?'}${one.easedAt === undefined ? '' : '~'}`).join()
  })
}

const steps = (...list: readonly (readonly [number, Found])[]): readonly Step[] =>
  list.map(([at, found]) => ({ at, found }))

describe('a figure that swings about its limit', () => {
  it('is raised only once it has held without a gap', () => {
    expect(told(steps([0, 'warning'], [3, undefined], [4, 'warning'], [8, 'warning'], [9, 'warning']))).toEqual([
      'warning?',
      '',
      'warning?',
      'warning?',
      'warning',
    ])
  })

  it('stays until it has been better for the whole of the steady time', () => {
    const swing = steps([0, 'warning'], [5, 'warning'], [6, undefined], [20, undefined], [21, undefined])
    expect(told(swing)).toEqual(['warning?', 'warning', 'warning~', 'warning~', ''])
  })

  it('begins the steady time anew each time it is back', () => {
    const swing = steps(
      [0, 'warning'],
      [5, 'warning'],
      [6, undefined],
      [16, 'warning'],
      [17, undefined],
      [31, undefined],
    )
    expect(told(swing)).toEqual(['warning?', 'warning', 'warning~', 'warning', 'warning~', 'warning~'])
  })

  it('becomes graver at once, and less grave only after the steady time', () => {
    const swing = steps(
      [0, 'warning'],
      [5, 'warning'],
      [6, 'critical'],
      [7, 'warning'],
      [21, 'warning'],
      [22, 'warning'],
    )
    expect(told(swing)).toEqual(['warning?', 'warning', 'critical', 'critical~', 'critical~', 'warning'])
  })

  it('says nothing more of a node that has fallen silent, and nothing when roles have changed', () => {
    const silent = withNode(healthyGroup(), replica1, (node) => ({ ...node, reachability: 'unreachable' }))
    const held = steps([0, 'warning'], [5, 'warning'])
    expect(told([...held, { at: 6, found: undefined, group: silent }]).at(-1)).toBe('')
    const promoted: GroupEvent = {
      at: FIXTURE_AT + 6_000,
      kind: 'role',
      node: replica1,
      what: 'replica -> master',
      detail: '',
    }
    expect(told([...held, { at: 6, found: undefined, events: [promoted] }]).at(-1)).toBe('')
  })

  it('is the affair of rules that say so: any other condition is over when it is over', () => {
    const { swings: _, ...plain } = ruleOf(undefined)
    let findings: readonly Finding[] = []
    for (const [at, found] of [[0, 'warning'] as const, [5, 'warning'] as const, [6, undefined] as const]) {
      const snapshot = { ...healthyGroup(), takenAt: FIXTURE_AT + at * 1000 }
      findings = judgeGroup([{ ...plain, judge: ruleOf(found).judge }], contextOf(snapshot), findings).findings
    }
    expect(findings).toEqual([])
  })

  it('is what these rules compare', () => {
    expect(RULES.filter((rule) => rule.swings === true).map((rule) => rule.code)).toEqual([
      'replica-lag-seconds',
      'replica-lag-bytes',
      'output-buffer-pressure',
      'sync-fan-out',
      'memory-full-writes-fail',
      'fork-headroom',
      'priority-beats-freshness',
      'clock-skew',
      'inspector-slow',
    ])
  })
})
