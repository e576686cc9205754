import { describe, expect, it } from 'vitest'
import { advisoriesFor, type AdvisedProcess, type AdvisoryMatch } from '../../../src-main/domain/findings/advisories.ts'

function redis(version: string | undefined, more: Partial<AdvisedProcess> = {}): AdvisedProcess {
  return {
    kind: 'server',
    flavour: 'redis',
    version,
    mode: 'standalone',
    os: 'Linux 6.1.0 x86_64',
    settings: new Map([['appendonly', 'no']]),
    isAofOn: false,
    ...more,
  }
}

function valkey(version: string, more: Partial<AdvisedProcess> = {}): AdvisedProcess {
  return redis(version, { flavour: 'valkey', ...more })
}

function matches(process: AdvisedProcess): ReadonlyMap<string, AdvisoryMatch> {
  const answer = advisoriesFor(process)
  if (!answer.known) throw new Error(answer.reason)
  return new Map(answer.matches.map((match) => [match.advisory.id, match]))
}

describe('advisories by version', () => {
  it.each([
    ['redis-11666', redis('7.0.9'), true],
    ['redis-11666', redis('7.0.10'), false],
    ['redis-11666', redis('6.2.16'), false],
    ['redis-11666', redis('7.2.0'), false],
    ['meaningful-offset', redis('6.0.3'), true],
    ['meaningful-offset', redis('6.0.4'), false],
    ['meaningful-offset', redis('5.0.14'), false],
    ['redis-7760', redis('6.0.6'), false],
    ['redis-7760', redis('6.0.7'), true],
    ['redis-7839', redis('5.0.9'), true],
    ['redis-7839', redis('6.0.8'), true],
    ['redis-7839', redis('6.2.0'), false],
    ['cve-2023-41056', redis('7.0.8'), false],
    ['cve-2023-41056', redis('7.0.14'), true],
    ['cve-2023-41056', redis('7.2.3'), true],
    ['cve-2023-41056', redis('7.2.4'), false],
    ['redis-2026-08', redis('8.6.5'), true],
    ['redis-2026-08', redis('8.6.6'), false],
    ['redis-2026-08', redis('8.10.0'), true],
    ['cve-2025-49844', valkey('8.1.3'), true],
    ['cve-2025-49844', valkey('8.1.4'), false],
    ['cve-2025-49844', valkey('9.1.2'), false],
    ['valkey-1948', valkey('8.1.0'), true],
    ['valkey-1948', valkey('8.1.1'), false],
    ['valkey-1948', redis('8.0.0'), false],
  ])('%s is judged by flavour, line and patch (case %#)', (id, process, isAffected) => {
    expect(matches(process).has(id)).toBe(isAffected)
  })

  it('names the fix of the same line', () => {
    expect(matches(redis('8.4.1')).get('cve-2026-23479')?.fix).toEqual({ kind: 'fixed-in', version: '8.4.3' })
  })

  it('says that an ended line has no fix, and where the next one is', () => {
    const match = matches(redis('7.0.15')).get('cve-2024-31449')
    expect(match?.fix).toEqual({ kind: 'line-ended', line: '7.0', version: '7.2.6' })
    expect(match?.severity).toBe('warning')
  })

  it('does not claim that a supported line without an entry lacks the fix', () => {
    const match = matches(redis('7.2.13')).get('cve-2025-49844')
    expect(match?.fix).toEqual({ kind: 'unverified', line: '7.2', version: '7.4.6' })
    expect(match?.severity).toBe('info')
  })

  it('keeps what no release has fixed', () => {
    expect(matches(valkey('9.1.2')).get('link-down-never-synced')?.fix).toEqual({ kind: 'not-fixed' })
    expect(matches(redis('6.2.2')).has('link-down-never-synced')).toBe(true)
    expect(matches(redis('6.0.20')).has('link-down-never-synced')).toBe(false)
  })
})

describe('advisories by circumstance', () => {
  it('matches a setting that is on, passes over one that is off, and leaves open one that is not readable', () => {
    const on = new Map([['dual-channel-replication-enabled', 'yes']])
    const off = new Map([['dual-channel-replication-enabled', 'no']])
    expect(matches(valkey('8.0.1', { settings: on })).get('valkey-1173')?.severity).toBe('warning')
    expect(matches(valkey('8.0.1', { settings: off })).has('valkey-1173')).toBe(false)
    const open = matches(valkey('8.0.1', { settings: undefined })).get('valkey-1173')
    expect(open?.severity).toBe('info')
    expect(open?.dependsOn).toEqual(['dual-channel-replication-enabled yes'])
  })

  it('takes from INFO whether the append-only file is on, whatever CONFIG tells', () => {
    expect(matches(valkey('9.1.1', { settings: undefined, isAofOn: true })).get('valkey-4342')?.severity).toBe(
      'warning',
    )
    expect(matches(valkey('9.1.1', { settings: undefined, isAofOn: false })).has('valkey-4342')).toBe(false)
    expect(matches(valkey('9.1.1', { settings: undefined, isAofOn: undefined })).get('valkey-4342')?.severity).toBe(
      'info',
    )
  })

  it('is information only where the use of a feature decides', () => {
    const match = matches(redis('7.4.2')).get('redis-13793')
    expect(match?.severity).toBe('info')
    expect(match?.dependsOn).toEqual(['WAITAOF'])
  })

  it('keeps cluster defects to cluster mode and those of other systems to them', () => {
    expect(matches(redis('7.0.4')).has('redis-11263')).toBe(false)
    expect(matches(redis('7.0.4', { mode: 'cluster' })).get('redis-11263')?.severity).toBe('warning')
    const always = new Map([['appendfsync', 'always']])
    expect(matches(redis('6.2.5', { settings: always })).has('redis-9416')).toBe(false)
    expect(matches(redis('6.2.5', { settings: always, os: 'Darwin 22.1 arm64' })).has('redis-9416')).toBe(true)
  })

  it('tells Sentinels and servers apart', () => {
    expect(matches(redis('8.6.3')).has('sentinel-set-injection')).toBe(false)
    expect(matches(redis('8.6.3', { kind: 'sentinel' })).has('sentinel-set-injection')).toBe(true)
    expect(matches(redis('7.0.9', { kind: 'sentinel' })).has('redis-11666')).toBe(false)
  })
})

describe('versions that the table cannot judge', () => {
  it.each([
    [redis(undefined), 'does not say'],
    [redis('unstable'), 'does not say'],
    [redis('7.0.15', { flavour: 'unknown' }), 'does not say'],
    [redis('9.9.1'), 'newer than the advisories of'],
    [redis('7.9.226'), 'no release line 7.9'],
    [redis('6.3.4'), 'no release line 6.3'],
  ])('are said to be so (case %#)', (process, reason) => {
    const answer = advisoriesFor(process)
    expect(answer.known).toBe(false)
    if (!answer.known) expect(answer.reason).toContain(reason)
  })

  it('a distribution suffix makes everything depend on the patches of that build', () => {
    const answer = advisoriesFor(redis('7.0.15-1~deb12u6'))
    expect(answer.known && answer.isVendorBuild).toBe(true)
    expect(answer.known && answer.matches.length > 0).toBe(true)
    expect(answer.known && answer.matches.every((match) => match.severity === 'info')).toBe(true)
  })
})
