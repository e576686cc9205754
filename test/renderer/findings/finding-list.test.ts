import { describe, expect, test } from 'vitest'
import {
  countFindings,
  filterFindings,
  gravestOf,
  groupFindings,
  groupNotJudged,
  listFindings,
  NO_FILTER,
} from '../../../src-renderer/features/findings/finding-list.ts'
import { judgedSlice } from '../support/judge-samples.ts'

const nobody = () => null
const listed = listFindings([judgedSlice()], nobody)
const codes = (list: typeof listed) => list.map((one) => one.finding.code)

describe('the list of findings', () => {
  test('is ordered by gravity and then by names, whatever order they come in', () => {
    const there = groupFindings(listed, 'subject', false)
    const back = groupFindings([...listed].reverse(), 'subject', false)
    expect(there.map((section) => [section.severity, section.total])).toEqual([
      ['critical', 1],
      ['warning', 2],
      ['info', 1],
    ])
    expect(back).toEqual(there)
    expect(there[1]?.sections.map((part) => part.title)).toEqual(['orders', '10.0.0.7:6379'])
  })

  test('put together by rule, one rule about several subjects is one part', () => {
    const slice = judgedSlice()
    const twice = listFindings([slice, { ...slice, group: { ...slice.group, name: 'carts' } }], nobody)
    const parts = groupFindings(twice, 'code', true).find((section) => section.severity === 'critical')?.sections
    expect(parts).toMatchObject([{ title: 'replica-link-down', note: '2' }])
    const bySubject = groupFindings(twice, 'subject', true)[0]?.sections
    expect(bySubject?.map((part) => part.note)).toEqual(['link of carts', 'link of orders'])
  })

  test.each([
    [{ severities: new Set(['warning'] as const) }, ['priority-beats-freshness', 'replica-lag-bytes']],
    [{ code: 'chained-replica' }, ['chained-replica']],
    [{ text: '10.0.0.8 DOWN' }, ['replica-link-down']],
    [{ text: 'slave_priority' }, ['priority-beats-freshness']],
    [{ text: 'masterauth' }, ['replica-link-down']],
    [{ isHeldOnly: true }, ['replica-link-down', 'priority-beats-freshness', 'chained-replica']],
    [{ code: 'no-such-code' }, []],
  ])('the filter %j leaves %j', (part, left) => {
    expect(codes(filterFindings(listed, { ...NO_FILTER, ...part }))).toEqual(left)
  })

  test('what is acknowledged is left out of list and counts until it is asked for', () => {
    const ack = { code: 'replica-link-down', subject: { kind: 'link' as const, id: 'x' }, group: 'orders' }
    const seen = listFindings([judgedSlice()], (_group, finding) =>
      finding.severity === 'critical'
        ? { ...ack, severity: 'critical', note: 'known to Ada', at: '', expiresAt: null }
        : null,
    )
    expect(countFindings(seen)).toEqual({ critical: 0, warning: 2, info: 1, acknowledged: 1, notHeld: 1 })
    expect(codes(filterFindings(seen, NO_FILTER))).not.toContain('replica-link-down')
    expect(codes(filterFindings(seen, { ...NO_FILTER, withAcknowledged: true, text: 'ada' }))).toEqual([
      'replica-link-down',
    ])
  })

  test('of too many the gravest are kept', () => {
    expect(codes(gravestOf([...listed].reverse(), 2))).toEqual(['replica-link-down', 'replica-lag-bytes'])
    expect(gravestOf(listed, 4)).toBe(listed)
  })

  test('what could not be judged is told by reason, the reason that silences most first', () => {
    const reasons = groupNotJudged([judgedSlice()])
    expect(reasons.map((one) => [one.reason, one.rules.length])).toEqual([
      ['CONFIG GET not permitted on 10.0.0.10:6379', 2],
      ['the memory of the host is not known', 1],
    ])
  })

  test('what is said of several nodes stands once, above the single ones, and apart from what somebody has seen', () => {
    const slice = judgedSlice()
    const [first] = slice.findings.filter((one) => one.severity === 'warning')
    const ended = ['10.0.0.5:6379', '10.0.0.6:6379', '10.0.0.7:6379'].map((id) => ({
      ...first!,
      code: 'end-of-life',
      subject: { kind: 'node' as const, id },
      title: `${id} runs redis 7.0.15`,
    }))
    const of = (known: (id: string) => boolean) =>
      listFindings([{ ...slice, findings: [...ended, first!] }], (group, { code, subject, severity }) =>
        known(subject.id) ? { code, subject, group, severity, note: '', at: '', expiresAt: null } : null,
      )
    const shape = (list: typeof listed, by: 'subject' | 'code') =>
      groupFindings(list, by, false)[0]?.sections.map((part) => [
        part.title,
        part.note,
        part.folds.map(({ all }) => all.length),
      ])
    expect(
      shape(
        of(() => false),
        'subject',
      ),
    ).toEqual([
      ['orders', 'group', [1]],
      ['several nodes', '', [3]],
    ])
    expect(
      shape(
        of(() => false),
        'code',
      ),
    ).toEqual([
      ['end-of-life', '3', [3]],
      [first!.code, '', [1]],
    ])
    expect(
      shape(
        of((id) => id === '10.0.0.6:6379'),
        'code',
      )?.[0],
    ).toEqual(['end-of-life', '3', [2, 1]])
  })
})
