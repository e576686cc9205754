import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatAddress,
  fromNodeId,
  hostAndPort,
  isHost,
  normaliseHost,
  parseAddress,
  sameAddress,
} from '../../src-main/domain/address.ts'

const port = fc.integer({ min: 1, max: 65535 })
const host = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV6().map((ip) => `${ip}%eth0.1-A`),
  fc.domain().filter((name) => name.length < 250),
  fc.constantFrom('localhost', 'redis_1', 'a', '::1', '::', 'fe80::1%en0', '::ffff:10.0.0.5', 'cache.example.org.'),
)

describe('an address', () => {
  it('that was formatted reads back as the same address', () => {
    fc.assert(
      fc.property(host, port, (name, number) => {
        const address = { host: normaliseHost(name), port: number }
        expect(parseAddress(formatAddress(address))).toEqual({ ok: true, value: address })
        expect(parseAddress(` "${formatAddress(address)}" `)).toEqual({ ok: true, value: address })
        expect(parseAddress(formatAddress(address), 1)).toEqual({ ok: true, value: address })
        expect(fromNodeId(formatAddress(address))).toEqual(address)
        expect(hostAndPort(formatAddress(address))).toBe(`${address.host} ${number}`)
      }),
      { numRuns: 500 },
    )
  })

  it('never throws and never gives a value that does not format back', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[[\]:.%a-f0-9\s'"-]{0,30}$/)),
        fc.option(port, { nil: undefined }),
        (text, fallback) => {
          const parsed = parseAddress(text, fallback)
          if (!parsed.ok) {
            expect(parsed.problem).not.toBe('')
            expect(parsed.hint).not.toBe('')
            return
          }
          expect(isHost(parsed.value.host)).toBe(true)
          expect(parsed.value.port).toBeGreaterThanOrEqual(1)
          expect(parsed.value.port).toBeLessThanOrEqual(65535)
          expect(parseAddress(formatAddress(parsed.value))).toEqual(parsed)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['10.0.0.5:6379', '10.0.0.5', 6379],
    ['Redis-1.Example.ORG:6379', 'redis-1.example.org', 6379],
    ['[::1]:6379', '::1', 6379],
    ['[FE80::1%Eth0]:26379', 'fe80::1%Eth0', 26379],
    [' redis_a:00080 ', 'redis_a', 80],
    ["'h:1'", 'h', 1],
  ])('%s is read', (text, name, number) => {
    expect(parseAddress(text)).toEqual({ ok: true, value: { host: name, port: number } })
  })

  it.each([
    ['localhost', 'localhost'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['10.0.0.5', '10.0.0.5'],
  ])('%s takes the port that is given as the default', (text, name) => {
    expect(parseAddress(text, 26379)).toEqual({ ok: true, value: { host: name, port: 26379 } })
    expect(parseAddress(text).ok).toBe(false)
  })

  it.each([
    ['', 'an empty address'],
    ['redis://h:1', 'starts a URL'],
    ['::1:6379', 'more than one colon'],
    ['a:b:1', 'more than one colon'],
    ['h:0', 'out of range'],
    ['h:65536', 'out of range'],
    ['h:6e3', 'no usable port'],
    ['h:', 'no usable port'],
    ['h:-1', 'no usable port'],
    [':6379', 'no usable host'],
    ['a b:1', 'no usable host'],
    ['user@h:1', 'a user name or a password'],
    ['h,g:1', 'no usable host'],
    ['-x:1', 'no usable host'],
    ['[]:1', 'no usable host'],
    ['[:]:1', 'no usable host'],
    ['[1.2.3.4]:1', 'no usable host'],
    ['[h]:1', 'no usable host'],
    ['[::1', 'more than one colon'],
    ['[1:2:3:4:5:6:7:8:9]:1', 'no usable host'],
    ['[1:2:3:4:5:6:7:8::]:1', 'no usable host'],
    ['[::1.2.3]:1', 'no usable host'],
    ['[::1.2.3.256]:1', 'no usable host'],
    ['[1.2.3.4::]:1', 'no usable host'],
    ['[12345::1]:1', 'no usable host'],
    ['[1:2:3]:1', 'no usable host'],
    ['[1::2::3]:1', 'no usable host'],
    ['[::1%]:1', 'no usable host'],
    ['[...:]:1', 'no usable host'],
    [`${'a'.repeat(300)}:1`, 'no usable host'],
  ])('%s is refused, and the reason names what is wrong', (text, problem) => {
    const parsed = parseAddress(text)
    expect(parsed.ok ? '' : parsed.problem).toContain(problem)
  })

  it('does not repeat a password that was typed with it, nor a text without end', () => {
    for (const text of ['user:secret@h:6379', 'redis://user:secret@h:6379', 'secret@h:6379']) {
      const parsed = parseAddress(text)
      expect(parsed.ok ? 'read' : parsed.problem + parsed.hint).not.toContain('secret')
    }
    const long = parseAddress(`${'a:'.repeat(100_000)}1`)
    expect(long.ok ? Infinity : long.problem.length + long.hint.length).toBeLessThan(300)
  })
})

describe('two addresses', () => {
  it('are the same whatever the case and the brackets, but not when a zone differs', () => {
    expect(sameAddress({ host: 'Cache', port: 1 }, { host: 'cache', port: 1 })).toBe(true)
    expect(sameAddress({ host: '[::1]', port: 1 }, { host: '::1', port: 1 })).toBe(true)
    expect(sameAddress({ host: '::1', port: 1 }, { host: '::1', port: 2 })).toBe(false)
    expect(sameAddress({ host: 'fe80::1%eth0', port: 1 }, { host: 'fe80::1%eth1', port: 1 })).toBe(false)
    expect(sameAddress({ host: 'FE80::1%eth0', port: 1 }, { host: 'fe80::1%eth0', port: 1 })).toBe(true)
  })
})
