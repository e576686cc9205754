import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseNat, splitEntries } from '../../../src-main/app/targets/addresses.ts'
import { targetFromFlags } from '../../../src-main/app/targets/from-flags.ts'
import { targetFromInput } from '../../../src-main/app/targets/from-input.ts'
import type { TargetFlags } from '../../../src-main/app/targets/from-flags.ts'
import { hasPassword, parseUrl } from '../../../src-main/app/targets/url.ts'
import type { TargetInput } from '../../../src-main/contract/calls.ts'

const SECRET = 'hunter2-very-secret'
let dir: string
const file = (name: string): string => join(dir, name)

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'targets-'))
  for (const name of ['one', 'two'])
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat([
        '-subj',
        `/CN=${name}`,
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.pem`),
      ]),
      { stdio: 'ignore' },
    )
  writeFileSync(file('text.pem'), 'not a certificate')
  writeFileSync(file('broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  writeFileSync(
    file('locked.key'),
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
  )
})
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})

const parse = async (flags: TargetFlags, env: Record<string, string> = {}) => targetFromFlags(flags, env)
const problemOf = async (flags: TargetFlags, env: Record<string, string> = {}): Promise<string> => {
  const target = await parse(flags, env)
  if (target.ok) throw new Error('was accepted')
  expect(target.problem).not.toContain('\n')
  expect(target.hint).not.toBe('')
  return `${target.problem}; ${target.hint}`
}
const valueOf = async (flags: TargetFlags, env: Record<string, string> = {}) => {
  const target = await parse(flags, env)
  if (!target.ok) throw new Error(target.problem)
  return target.value
}

describe('a target from flags', () => {
  it('reads Sentinels and nodes, IPv6 and host names, and counts a repeated one once', async () => {
    const target = await valueOf({
      sentinel: ['[::1]:26379', 'Sentinel-1.example:26379,[::1]:26379'],
      node: ['10.0.0.5:6379'],
    })
    expect(target.sentinels).toEqual([
      { host: '::1', port: 26379 },
      { host: 'sentinel-1.example', port: 26379 },
    ])
    expect(target.nodes).toEqual([{ host: '10.0.0.5', port: 6379 }])
    expect(target.access).toEqual({ timeoutMs: 2000, node: {}, sentinel: {}, nat: [] })
  })

  it.each([
    [{}, 'no target given'],
    [{ sentinel: ['nonsense'] }, '"nonsense" has no port'],
    [{ sentinel: ['::1:26379'] }, 'in brackets'],
    [{ node: ['h:0'] }, 'out of range'],
    [{ node: ['h:70000'] }, 'out of range'],
    [{ node: ['h:port'] }, 'no usable port'],
    [{ sentinel: ['redis://h:1'] }, '--url'],
    [{ sentinel: [''] }, 'empty'],
    [{ node: ['h:1'], url: 'redis://h:1' }, 'one or the other'],
    [{ url: 'http://h:1' }, 'http:// is not one of Redis'],
    [{ url: 'redis+sentinel://h1:26379/one', group: 'two' }, 'two groups'],
    [{ node: ['h:1'], group: '' }, '--group is empty'],
    [{ node: ['h:1'], timeout: '2s' }, '"2s" is not a time-out'],
    [{ node: ['h:1'], timeout: '10' }, 'not a time-out'],
    [{ node: ['h:1'], nat: ['h:1'] }, 'not a NAT pair'],
    [{ node: ['h:1'], nat: ['h:1=x:2', 'h:1=y:2'] }, 'two addresses'],
    [{ node: ['h:1'], ca: 'x' }, '--ca has no meaning without --tls'],
    [{ node: ['h:1'], sentinelTls: true, tlsInsecure: true }, '--tls-insecure has no meaning without --tls'],
    [{ node: ['h:1'], tls: true, serverName: ['a', 'b'] }, 'given twice'],
    [{ node: ['h:1'], tls: true, serverName: ['h=b'] }, 'has no port'],
  ] satisfies [TargetFlags, string][])('says what is wrong with %j', async (flags, words) => {
    expect(await problemOf(flags)).toContain(words)
  })

  it('takes passwords from the environment and nowhere else', async () => {
    const flags = { node: ['h:1'], user: 'ops', passwordEnv: 'PW', sentinelUser: 's', sentinelPasswordEnv: 'SPW' }
    const target = await valueOf(flags, { PW: SECRET, SPW: 'other' })
    expect(target.access.node).toEqual({ user: 'ops', password: SECRET })
    expect(target.access.sentinel).toEqual({ user: 's', password: 'other' })
  })

  it('names a variable that is not set or empty, and never repeats a password given in its place', async () => {
    expect(await problemOf({ node: ['h:1'], passwordEnv: 'REDIS_PW' })).toContain(
      'REDIS_PW (--password-env) is not set',
    )
    expect(await problemOf({ node: ['h:1'], passwordEnv: 'REDIS_PW' }, { REDIS_PW: '' })).toContain('is empty')
    expect(await problemOf({ node: ['h:1'], sentinelPasswordEnv: SECRET })).not.toContain(SECRET)
  })

  it.each([
    [{ url: `redis://:${SECRET}@h:1` }],
    [{ url: `redis://user:${SECRET}@h:1` }],
    [{ url: `rediss://user:a/b@c?${SECRET}@h:1/0` }],
    [{ url: `redis+sentinel://u:${SECRET}@h1:26379,h2:26379/mymaster` }],
    [{ url: `redis://h:1/?password=${SECRET}` }],
    [{ url: `redis://user:${SECRET}` }],
    [{ url: `redis://h:1/${SECRET}` }],
    [{ url: `redis://h:1#${SECRET}` }],
    [{ url: `user:${SECRET}@h:1` }],
    [{ node: [`user:${SECRET}@h:1`] }],
    [{ node: [`redis://user:${SECRET}@h:1`] }],
    [{ node: ['h:1'], nat: [`user:${SECRET}@h:1`] }],
    [{ node: ['h:1'], nat: [`user:${SECRET}@h:1=h:2`] }],
  ] satisfies [TargetFlags][])('refuses %# without repeating its password', async (flags) => {
    expect(await problemOf(flags)).not.toContain(SECRET)
  })

  it('reads a Sentinel URL with user, hosts and group', async () => {
    const target = await valueOf({ url: 'redis+sentinel://ops@h1:26379,[::1],h2:26380/my%2Dmaster' })
    expect(target.sentinels.map((address) => `${address.host} ${address.port}`)).toEqual([
      'h1 26379',
      '::1 26379',
      'h2 26380',
    ])
    expect(target.group).toBe('my-master')
    expect(target.access.node).toEqual({ user: 'ops' })
    expect(target.access.nodeTls).toBeUndefined()
  })

  it('reads rediss:// as TLS for nodes, and rediss+sentinel:// as TLS for both', async () => {
    const node = await valueOf({ url: 'rediss://h/3' })
    expect(node.nodes).toEqual([{ host: 'h', port: 6379 }])
    expect(node.access).toMatchObject({ nodeTls: { insecure: false } })
    expect(node.access.sentinelTls).toBeUndefined()
    const both = await valueOf({ url: 'rediss+sentinel://h/x', tlsInsecure: true })
    expect(both.access).toMatchObject({ nodeTls: { insecure: true }, sentinelTls: { insecure: false } })
  })

  it('maps announced to reachable addresses', async () => {
    const target = await valueOf({
      node: ['h:1'],
      nat: ['172.17.0.2:6379=127.0.0.1:7001', '[fd00::2]:6379=[::1]:7002'],
    })
    expect(target.access.nat).toEqual([
      { from: { host: '172.17.0.2', port: 6379 }, to: { host: '127.0.0.1', port: 7001 } },
      { from: { host: 'fd00::2', port: 6379 }, to: { host: '::1', port: 7002 } },
    ])
  })
})

describe('TLS files', () => {
  it('are read and checked; Sentinels use those of the nodes unless they have their own', async () => {
    const target = await valueOf({
      sentinel: ['h:1'],
      tls: true,
      sentinelTls: true,
      ca: file('one.pem'),
      cert: file('one.pem'),
      key: file('one.key'),
      sentinelCa: file('two.pem'),
      serverName: ['redis.internal', 'h:2=other.internal'],
    })
    const { nodeTls, sentinelTls } = target.access
    expect(nodeTls?.ca).toContain('BEGIN CERTIFICATE')
    expect(nodeTls?.serverName).toBe('redis.internal')
    expect(nodeTls?.serverNames).toEqual(new Map([['h:2', 'other.internal']]))
    expect(sentinelTls?.ca).not.toBe(nodeTls?.ca)
    expect(sentinelTls?.key).toBe(nodeTls?.key)
  })

  it('that cannot be used are named with the reason', async () => {
    const tls = (rest: TargetFlags) => problemOf({ node: ['h:1'], tls: true, ...rest })
    expect(await tls({ ca: file('none.pem') })).toMatch(/^--ca ".*none\.pem" cannot be read: there is no such file/)
    expect(await tls({ ca: dir })).toContain('is a folder')
    expect(await tls({ ca: file('text.pem') })).toMatch(/text\.pem" is not a PEM certificate/)
    expect(await tls({ ca: file('broken.pem') })).toContain('cannot be read')
    expect(await tls({ ca: file('one.key') })).toContain('is not a PEM certificate')
    expect(await tls({ cert: file('one.pem') })).toContain('is given without --key')
    expect(await tls({ key: file('one.key') })).toContain('is given without --cert')
    expect(await tls({ cert: file('one.pem'), key: file('text.pem') })).toContain('is not a PEM private key')
    expect(await tls({ cert: file('one.pem'), key: file('locked.key') })).toContain('passphrase')
    expect(await tls({ cert: file('one.pem'), key: file('two.key') })).toContain('do not belong together')
    expect(await problemOf({ sentinel: ['h:1'], sentinelTls: true, sentinelCa: file('none.pem') })).toContain(
      '--sentinel-ca',
    )
  })
})

const tls = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }
const input = (partial: Partial<TargetInput>): TargetInput => ({
  addresses: 'h:1',
  kind: 'auto',
  group: null,
  node: { user: null, password: null },
  sentinel: { user: null, password: null },
  nodeTls: tls,
  sentinelTls: tls,
  nat: '',
  timeoutMs: 2000,
  ...partial,
})

describe('a target from the form', () => {
  const read = (partial: Partial<TargetInput>) => {
    const target = targetFromInput(input(partial))
    if (!target.ok) throw new Error(target.problem)
    return target.value
  }
  const hosts = (partial: Partial<TargetInput>) => read(partial).undecided.map((address) => address.host)

  it('accepts a list as people paste it', () => {
    expect(hosts({ addresses: ` "a:1", 'b:2';c:3\n\n  [::1]:4\t` })).toEqual(['a', 'b', 'c', '::1'])
  })

  it('puts addresses where their kind says', () => {
    expect(read({ kind: 'sentinel' }).sentinels).toHaveLength(1)
    expect(read({ kind: 'node' }).nodes).toHaveLength(1)
    expect(read({ kind: 'auto' }).undecided).toHaveLength(1)
    expect(read({ kind: 'node', addresses: 'redis+sentinel://h/m' })).toMatchObject({
      nodes: [],
      group: 'm',
      sentinels: [{ host: 'h' }],
    })
  })

  it("moves a URL's user and password into the credentials, unless the form has its own", () => {
    const url = 'redis://ops:p%40ss@h:1'
    expect(read({ addresses: url }).access.node).toEqual({ user: 'ops', password: 'p@ss' })
    expect(read({ addresses: url, node: { user: 'me', password: 'mine' } }).access.node).toEqual({
      user: 'me',
      password: 'mine',
    })
  })

  it('takes several URLs that differ in their hosts only', () => {
    expect(hosts({ addresses: 'rediss://a:1, rediss://b:2\nrediss://c' })).toEqual(['a', 'b', 'c'])
    expect(targetFromInput(input({ addresses: 'rediss://a:1 redis://b:1' }))).toMatchObject({ ok: false })
  })

  it('says what is wrong in the words of the form', () => {
    const problem = (partial: Partial<TargetInput>) => {
      const target = targetFromInput(input(partial))
      return target.ok ? 'accepted' : target.problem
    }
    expect(problem({ addresses: '  ' })).toBe('no address given')
    expect(problem({ nodeTls: { ...tls, enabled: true, ca: 'x' } })).toBe('the CA for nodes is not a PEM certificate')
    expect(problem({ nat: 'a:1' })).toBe('"a:1" is not a NAT pair')
    expect(problem({ addresses: `u:${SECRET}@h:1` })).not.toContain(SECRET)
  })

  it('never throws, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (addresses, nat) => {
        const target = targetFromInput(input({ addresses, nat }))
        if (target.ok) expect(target.value.undecided.length + target.value.sentinels.length).toBeGreaterThan(0)
        else expect(target.hint).not.toBe('')
      }),
    )
  })
})

describe('the parts', () => {
  it('split at commas, semicolons and white space only', () => {
    expect(splitEntries('a:1,b:2 ; c:3')).toEqual(['a:1', 'b:2', 'c:3'])
    expect(parseNat([])).toEqual({ ok: true, value: [] })
  })

  it('see a password in a URL, and none where there is none', () => {
    for (const url of [
      'redis://:x@h',
      'redis://u:x@h',
      'foo://u:x@h',
      'redis://h?password=x',
      'redis://h/0?a=1&auth=x',
    ])
      expect(hasPassword(url), url).toBe(true)
    for (const url of [
      'redis://h:1',
      'redis://u@h:1',
      'redis://[::1]:6379',
      'redis://u@[::1]:1',
      'redis://u:@h',
      'u:x@h',
    ])
      expect(hasPassword(url), url).toBe(false)
  })

  it('never throw on any URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rest) => {
        expect(typeof parseUrl(`redis+sentinel://${rest}`).ok).toBe('boolean')
      }),
    )
  })
})
