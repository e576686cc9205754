import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseReplicaClients } from '../../../src-main/domain/replies/client-list.ts'
import {
  configBytes,
  configFlag,
  configInteger,
  outputBufferLimit,
  parseConfig,
  readBytes,
  savePoints,
} from '../../../src-main/domain/replies/config-get.ts'
import { parseInfoCache } from '../../../src-main/domain/replies/info-cache.ts'
import type { RawReply } from '../../../src-main/domain/replies/raw.ts'
import { parseRole } from '../../../src-main/domain/replies/role.ts'
import {
  parseSentinelMasters,
  parseSentinelPeers,
  parseSentinelReplicas,
} from '../../../src-main/domain/replies/sentinel-maps.ts'
import { compareVersions, isAtLeast, parseVersion } from '../../../src-main/domain/replies/version.ts'

const word = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'master',
    'slave',
    'sentinel',
    'name',
    'port',
    'flags',
    '6379',
    '-1',
    'save',
    '__proto__',
    'constructor',
  ),
)
/** Any reply that a decoder can hand over. */
const anyReply = fc.letrec<{ reply: RawReply }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    word,
    fc.oneof(fc.integer(), fc.double(), fc.bigInt(), fc.boolean(), fc.constantFrom(null, undefined)),
    fc.array(tie('reply'), { maxLength: 8 }),
    fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
    fc.dictionary(word, tie('reply'), { maxKeys: 5 }),
  ),
})).reply

describe('any structure', () => {
  it.each([
    ['ROLE', parseRole],
    ['SENTINEL MASTERS', parseSentinelMasters],
    ['SENTINEL REPLICAS', parseSentinelReplicas],
    ['SENTINEL SENTINELS', parseSentinelPeers],
    ['CONFIG GET', parseConfig],
    ['SENTINEL INFO-CACHE', (raw: RawReply) => parseInfoCache(raw, 1_795_163_761_000)],
  ])('as a reply to %s is read or called unreadable in one short line, never thrown on', (_, parse) => {
    fc.assert(
      fc.property(anyReply, (raw) => {
        const parsed = parse(raw)
        if (!parsed.ok) expect(parsed.problem.detail).toMatch(/^[^\r\n]{1,120}$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('ROLE', () => {
  it('keeps port 0 and undefined offsets of a master’s replicas', () => {
    expect(parseRole(['master', 3129659, [['::1', '0', '3129242'], ['b', 'x', '-1'], [], 'odd']])).toEqual({
      ok: true,
      value: {
        role: 'master',
        offset: 3129659,
        replicas: [
          { host: '::1', port: 0, ackOffset: 3129242 },
          { host: 'b', port: undefined, ackOffset: undefined },
        ],
      },
    })
  })

  it('has no offset when it is beyond what a double holds', () => {
    expect(parseRole(['master', 2n ** 60n, []])).toMatchObject({ value: { offset: undefined } })
    expect(parseRole(['master', '9007199254740993', []])).toMatchObject({ value: { offset: undefined } })
    expect(parseRole(['slave', 'h', 6379, 'connected', 12n])).toMatchObject({ value: { offset: 12 } })
  })

  it('has no master when the address is incomplete, and an unknown role is unreadable', () => {
    expect(parseRole(['slave', '', 0, 'none', -1])).toMatchObject({ value: { master: undefined, state: 'none' } })
    for (const odd of [[], ['primary!'], 'master', null]) expect(parseRole(odd).ok).toBe(false)
  })
})

describe('CLIENT LIST', () => {
  it('tells absent numbers from zero, and keeps a name with an equals sign', () => {
    expect(parseReplicaClients('id=7 addr=[::1]:50634 name=a=b flags=SC omem=0\n')).toEqual([
      {
        id: '7',
        addr: '[::1]:50634',
        name: 'a=b',
        flags: 'SC',
        idleSeconds: undefined,
        outputBufferBytes: 0,
        outputListLength: undefined,
        totalMemoryBytes: undefined,
      },
    ])
  })

  it('never throws and is bounded', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseReplicaClients(text)))
    expect(parseReplicaClients('id=1 flags=S\n'.repeat(100_000))).toHaveLength(4096)
    expect(parseReplicaClients('x'.repeat(10_000_000))).toEqual([])
    expect(parseReplicaClients('')).toEqual([])
  })
})

describe('CONFIG GET', () => {
  const config = (...flat: string[]) => {
    const parsed = parseConfig(flat)
    if (!parsed.ok) throw new Error(parsed.problem.detail)
    return parsed.value
  }

  it('drops every secret, in any case, and keeps what only resembles one', () => {
    const secrets = [
      'requirepass',
      'masterauth',
      'primaryauth',
      'tls-key-file-pass',
      'tls-client-key-file-pass',
      'sentinel-pass',
      'auth-pass',
      'RequirePass',
    ]
    for (const form of [
      (f: string[]) => f,
      (f: string[]) => new Map([[f[0], f[1]]]),
      (f: string[]) => ({ [f[0] ?? '']: f[1] }),
    ])
      for (const name of secrets)
        expect(parseConfig(form([name, 'hunter2'])), name).toEqual({ ok: true, value: new Map() })
    const kept = ['tls-auth-clients', 'maxmemory', 'masteruser', 'aclfile', 'repl-timeout']
    expect([...config(...kept.flatMap((name) => [name, 'x'])).keys()]).toEqual(kept)
  })

  it('gives names in lower case', () => {
    expect(config('Repl-Timeout', '60').get('repl-timeout')).toBe('60')
  })

  it('reads numbers, bytes and yes or no, and nothing else', () => {
    const read = config('a', '60', 'b', '1gb', 'c', 'yes', 'd', 'no', 'e', '9223372036854775807', 'f', '-1', 'g', '')
    expect(['a', 'b', 'e', 'f', 'g', 'x'].map((name) => configInteger(read, name))).toEqual([
      60,
      undefined,
      undefined,
      -1,
      undefined,
      undefined,
    ])
    expect(['a', 'b', 'e', 'f', 'g', 'x'].map((name) => configBytes(read, name))).toEqual([
      60,
      2 ** 30,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(['c', 'd', 'a', 'x'].map((name) => configFlag(read, name))).toEqual([true, false, undefined, undefined])
  })

  it.each([
    ['0', 0],
    ['512', 512],
    ['512b', 512],
    ['1k', 1000],
    ['1kb', 1024],
    ['64mb', 64 * 1024 ** 2],
    ['64M', 64e6],
    ['2GB', 2 * 1024 ** 3],
    ['1tb', undefined],
    ['1.5mb', undefined],
    ['mb', undefined],
    ['-1', undefined],
    ['9999999999999999gb', undefined],
  ])('reads the size %s', (text, bytes) => {
    expect(readBytes(text)).toBe(bytes)
  })

  it('reads save rules; none when saving is off, undefined when it was not sent or is odd', () => {
    expect(savePoints(config('save', '3600 1 300 100 60 10000'))).toHaveLength(3)
    expect(savePoints(config('save', ''))).toEqual([])
    expect([config(), config('save', '900'), config('save', 'a b')].map(savePoints)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('reads a buffer limit in any order of classes and with units', () => {
    const limits = config('client-output-buffer-limit', 'pubsub 32mb 8mb 60 replica 256mb 64mb 60')
    expect(outputBufferLimit(limits, 'replica')).toEqual({
      hardBytes: 268_435_456,
      softBytes: 67_108_864,
      softSeconds: 60,
    })
    expect(outputBufferLimit(limits, 'normal')).toBeUndefined()
    expect(outputBufferLimit(config(), 'replica')).toBeUndefined()
    expect(outputBufferLimit(config('client-output-buffer-limit', 'slave 1 x 60'), 'replica')).toBeUndefined()
  })
})

describe('versions', () => {
  it.each([
    ['7.2.4', [7, 2, 4]],
    ['8.0', [8, 0, 0]],
    ['9.1.2-rc1', [9, 1, 2]],
    ['255.255.255', [255, 255, 255]],
    ['7', undefined],
    ['7.2.4.1', undefined],
    ['v7.2.4', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (text, parts) => {
    const version = parseVersion(text)
    expect(version && [version.major, version.minor, version.patch]).toEqual(parts)
  })

  it('compare by number, not by text', () => {
    const sign = (a: string, b: string) => {
      const [x, y] = [parseVersion(a), parseVersion(b)]
      return x && y && Math.sign(compareVersions(x, y))
    }
    expect(sign('7.10.0', '7.9.9')).toBe(1)
    expect(sign('6.2.2', '6.2.16')).toBe(-1)
    expect(sign('8.0', '8.0.0')).toBe(0)
  })

  it('are judged by flavour, and unknown stays unknown', () => {
    const since = { redis: '7.4.0', valkey: '8.0.0' }
    expect(isAtLeast({ flavour: 'redis', version: '7.2.6' }, since)).toBe(false)
    expect(isAtLeast({ flavour: 'redis', version: '7.4.0' }, since)).toBe(true)
    expect(isAtLeast({ flavour: 'valkey', version: '7.2.7' }, since)).toBe(false)
    expect(isAtLeast({ flavour: 'valkey', version: '9.1.2' }, { redis: '7.0' })).toBe(false)
    expect(isAtLeast({ flavour: 'valkey', version: undefined }, since)).toBeUndefined()
    expect(isAtLeast({ flavour: 'unknown', version: '7.4.0' }, since)).toBeUndefined()
  })
})
