import { describe, expect, it } from 'vitest'
import { assertNever, describeFailure, fail, failureCode, ok, reachabilityOf } from '../../src-main/domain/failure.ts'
import type { Failure, FailureKind, Reachability, UnreachableCause } from '../../src-main/domain/failure.ts'

const AT = '10.0.0.5:6379'
const CAUSES: readonly UnreachableCause[] = ['refused', 'timeout', 'dns', 'tls', 'closed']

/** One failure of every kind; a kind that is missing here does not compile. */
const ONE_OF_EACH: { readonly [K in FailureKind]: Extract<Failure, { kind: K }> } = {
  unreachable: { kind: 'unreachable', at: AT, cause: 'refused', stage: 'connect', detail: 'ECONNREFUSED' },
  auth: { kind: 'auth', at: AT, reply: 'NOAUTH Authentication required.' },
  'not-permitted': { kind: 'not-permitted', at: AT, command: 'CONFIG GET', reply: 'NOPERM no' },
  loading: { kind: 'loading', at: AT },
  busy: { kind: 'busy', at: AT },
  misconf: { kind: 'misconf', at: AT, reply: 'MISCONF no' },
  masterdown: { kind: 'masterdown', at: AT },
  readonly: { kind: 'readonly', at: AT },
  noreplicas: { kind: 'noreplicas', at: AT },
  oom: { kind: 'oom', at: AT },
  'unreadable-reply': { kind: 'unreadable-reply', at: AT, command: 'ROLE', detail: 'expected an array' },
  'not-redis': { kind: 'not-redis', at: AT, detail: 'HTTP/1.1' },
  'not-a-sentinel': { kind: 'not-a-sentinel', at: AT },
  'not-a-data-node': { kind: 'not-a-data-node', at: AT },
  tunnel: { kind: 'tunnel', detail: 'ssh exited' },
  'refused-by-guard': { kind: 'refused-by-guard', detail: 'the group is production' },
  'stale-plan': { kind: 'stale-plan', detail: 'the master changed' },
  'vault-unavailable': { kind: 'vault-unavailable', detail: 'no keyring' },
  storage: { kind: 'storage', detail: 'disk full' },
  'not-found': { kind: 'not-found', detail: 'no group "x"', known: ['orders', 'carts'] },
  cancelled: { kind: 'cancelled' },
}
const ALL: readonly Failure[] = Object.values(ONE_OF_EACH)

describe('a failure', () => {
  it.each(ALL)('$kind is described in one line that names the node', (failure) => {
    const words = describeFailure(failure)
    expect(words).toMatch(/^\S[^\r\n]*\S$/)
    if ('at' in failure) expect(words.startsWith(`${AT}: `)).toBe(true)
    if ('detail' in failure) expect(words).toContain(failure.detail)
    if ('reply' in failure) expect(words).toContain(failure.reply)
    if ('command' in failure) expect(words).toContain(failure.command)
  })

  it.each(ALL)('$kind survives as plain data, with a code that starts with its kind', (failure) => {
    expect(structuredClone(failure)).toEqual(failure)
    expect(JSON.parse(JSON.stringify(failure))).toEqual(failure)
    expect(failureCode(failure).split('.')[0]).toBe(failure.kind)
  })

  it('has words of its own for every kind', () => {
    expect(new Set(ALL.map(describeFailure)).size).toBe(ALL.length)
  })

  it.each(CAUSES)('to reach a node by cause %s has its own words and code at both stages', (cause) => {
    const at = (stage: 'connect' | 'command'): Failure => ({ kind: 'unreachable', at: AT, cause, stage, detail: '' })
    expect(failureCode(at('connect'))).toBe(`unreachable.${cause}`)
    expect(describeFailure(at('connect'))).not.toContain('()')
    expect(describeFailure(at('connect')) === describeFailure(at('command'))).toBe(cause !== 'timeout')
  })

  it('names what is known where something was not found', () => {
    expect(describeFailure(ONE_OF_EACH['not-found'])).toBe('no group "x"; known: orders, carts')
    expect(describeFailure({ kind: 'not-found', detail: 'no group "x"', known: [] })).toBe('no group "x"')
  })
})

describe('reachability', () => {
  it('is up without a failure', () => {
    expect(reachabilityOf(undefined)).toBe('up')
  })

  it.each(CAUSES)('of a node unreachable by cause %s is hung only after a connection that was taken', (cause) => {
    const of = (stage: 'connect' | 'command') =>
      reachabilityOf({ kind: 'unreachable', at: AT, cause, stage, detail: '' })
    expect(of('connect')).toBe('unreachable')
    expect(of('command')).toBe(cause === 'timeout' ? 'hung' : 'unreachable')
  })

  it('is up for a node that answers with an error of its own, and never for one that did not answer', () => {
    const byKind = (kinds: readonly FailureKind[]) => new Set(kinds.map((kind) => reachabilityOf(ONE_OF_EACH[kind])))
    const up: Set<Reachability> = new Set(['up'])
    expect(byKind(['misconf', 'masterdown', 'readonly', 'noreplicas', 'oom'])).toEqual(up)
    expect(byKind(['unreadable-reply', 'not-a-sentinel', 'not-a-data-node'])).toEqual(up)
    expect(byKind(['not-redis', 'tunnel', 'storage', 'cancelled'])).toEqual(new Set(['unreachable']))
    expect(
      ['auth', 'not-permitted', 'loading', 'busy'].map((kind) => reachabilityOf(ONE_OF_EACH[kind as FailureKind])),
    ).toEqual(['auth-required', 'not-permitted', 'loading', 'busy'])
  })
})

describe('a result', () => {
  it('carries a value or a failure', () => {
    expect(ok(5)).toEqual({ ok: true, value: 5 })
    expect(fail(ONE_OF_EACH.cancelled)).toEqual({ ok: false, failure: { kind: 'cancelled' } })
  })

  it('of a case that cannot be throws with the value named', () => {
    expect(() => assertNever('surprise' as never)).toThrow('surprise')
  })
})
