import { describe, expect, it } from 'vitest'
import { RULES } from '../../../src-main/domain/findings/catalogue.ts'
import {
  foldedEvidence,
  foldedRemedy,
  foldedWhy,
  foldFindings,
  isCommand,
  ONE_MATTER,
  type Foldable,
} from '../../../src-main/domain/findings/fold.ts'

const A = '10.0.0.5:6379'
const B = '10.0.0.6:6379'
const C = '10.0.0.7:6379'

const finding = (id: string, title: string, part: Partial<Foldable> = {}): Foldable => ({
  code: 'no-maxmemory',
  severity: 'warning',
  subject: { kind: 'node', id },
  title,
  why: '',
  remedy: [],
  held: true,
  ...part,
})

/** Titles of each entry: the first, whom the same is said of, the others' own words. */
const told = (findings: readonly Foldable[], apart?: (one: Foldable) => string) =>
  foldFindings(findings, (one) => one, apart).map(({ first, sameOf, unlike }) => [
    first.title,
    sameOf,
    unlike.map((one) => [one.first.title, ...one.sameOf]),
  ])

describe('what is said of several nodes', () => {
  it('is one entry where the very same is said, and stays apart where a figure differs', () => {
    expect(
      told([
        finding(A, `${A} has no memory limit on a host of 24 GB`),
        finding(B, `${B} has no memory limit on a host of 24 GB`),
        finding(C, `${C} has no memory limit on a host of 8 GB`),
      ]),
    ).toEqual([
      [`${A} has no memory limit on a host of 24 GB`, [B], []],
      [`${C} has no memory limit on a host of 8 GB`, [], []],
    ])
  })

  it('is one entry in whatever words where it is one matter', () => {
    const of = (id: string, words: string) => finding(id, `${id} runs ${words}`, { code: 'end-of-life' })
    const D = '10.0.0.8:6379'
    expect(told([of(A, 'redis 7.0.15'), of(B, 'redis 6.2.1'), of(C, 'redis 7.0.15'), of(D, 'redis 6.2.1')])).toEqual([
      [`${A} runs redis 7.0.15`, [C], [[`${B} runs redis 6.2.1`, D]]],
    ])
  })

  it('is never put together across codes, severities, what has held and what has not, or what is kept apart', () => {
    const title = (id: string) => `${id} is so`
    const all = [
      finding(A, title(A)),
      finding(A, title(A), { code: 'fsync-no' }),
      finding(B, title(B), { severity: 'critical' }),
      finding(C, title(C), { held: false }),
    ]
    expect(told(all)).toHaveLength(4)
    expect(told([finding(A, title(A)), finding(B, title(B))], ({ subject }) => subject.id)).toHaveLength(2)
  })

  it('takes a name for a name only where it stands by itself', () => {
    const long = '10.0.0.5:63790'
    expect(told([finding(A, `${A} follows ${long}`), finding(long, `${long} follows ${long}0`)])).toHaveLength(2)
    expect(told([finding(A, `${A} follows ${C}`), finding(B, `${B} follows ${C}`)])).toHaveLength(1)
  })

  it('about groups is never one entry', () => {
    const of = (id: string) => finding(id, `${id} has three`, { subject: { kind: 'group', id } })
    expect(told([of('orders'), of('carts')])).toHaveLength(2)
  })
})

describe('the text of a fold', () => {
  const both = [
    finding(A, '', {
      why: `Whoever reaches ${A} reads it.`,
      remedy: ['first masterauth everywhere', `redis-cli -h 10.0.0.5 CONFIG SET masterauth`, `Restart ${A}`],
    }),
    finding(B, '', {
      why: `Whoever reaches ${B} reads it.`,
      remedy: ['first masterauth everywhere', `redis-cli -h 10.0.0.6 CONFIG SET masterauth`, `Restart ${B}`],
    }),
  ]

  it('keeps every command, each sentence once, and the order of the steps over all nodes', () => {
    expect(foldedRemedy(both)).toEqual([
      'first masterauth everywhere',
      'redis-cli -h 10.0.0.5 CONFIG SET masterauth',
      'redis-cli -h 10.0.0.6 CONFIG SET masterauth',
      'Restart each of them',
    ])
    expect(foldedWhy(both)).toEqual(['Whoever reaches each of them reads it.'])
    expect(foldedWhy(both.slice(0, 1))).toEqual([`Whoever reaches ${A} reads it.`])
  })

  it('names the nodes of one observation together', () => {
    const of = (node: string, value: string) => ({ evidence: [{ node, field: 'redis_version', value, at: 1 }] })
    expect(foldedEvidence([of(A, '7.0.15'), of(B, '7.0.15'), of(C, '6.2.1')]).map(({ nodes }) => nodes)).toEqual([
      [A, B],
      [C],
    ])
  })

  it('tells commands from sentences', () => {
    expect(isCommand('redis-cli -h 10.0.0.5 PING')).toBe(true)
    expect(isCommand('valkey-check-aof --fix x')).toBe(true)
    expect(isCommand('redis-cli')).toBe(false)
    expect(isCommand('Restart redis-cli now')).toBe(false)
  })
})

it('one matter is what rules of operations say of each process', () => {
  const operations = new Set(RULES.filter(({ section }) => section === 'operations').map(({ code }) => code))
  for (const code of ONE_MATTER) expect(operations).toContain(code)
})
