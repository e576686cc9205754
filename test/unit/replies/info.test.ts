import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DECIMAL, FLAG, NUMBER, TEXT } from '../../../src-main/domain/replies/info-fields.ts'
import { parseInfo } from '../../../src-main/domain/replies/info.ts'
import { capturedText, CAPTURED_VERSIONS } from '../../support/captured-replies.ts'

const EMPTY = parseInfo('')
/** Values for the fields whose text is judged. */
const SAMPLES: Readonly<Record<string, string>> = { role: 'master', server_name: 'valkey', master_link_status: 'up' }
const KNOWN_KEYS = [NUMBER, FLAG, DECIMAL, TEXT].flatMap((slots) => Object.keys(slots))
const lines = (...texts: string[]) => texts.map((text) => `${text}\r\n`).join('')

/** Texts like INFO: known keys and others, with all sorts of values. */
const infoLine = fc.oneof(
  fc.tuple(fc.constantFrom(...KNOWN_KEYS), fc.oneof(fc.bigInt().map(String), fc.string())).map(([k, v]) => `${k}:${v}`),
  fc
    .tuple(fc.constantFrom('slave0', 'db3', 'errorstat_ERR', 'cmdstat_get', 'slave', 'db'), fc.string())
    .map((p) => p.join(':')),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '# Server', '#', ':', '\r', 'role', 'role:', ':::'),
)
const infoText = fc
  .array(infoLine, { maxLength: 40 })
  .chain((all) => fc.constantFrom('\r\n', '\n').map((eol) => all.join(eol)))

describe('any text', () => {
  it('never throws, and is read the same way twice', () => {
    fc.assert(
      fc.property(infoText, (text) => {
        expect(parseInfo(text)).toEqual(parseInfo(text))
      }),
      { numRuns: 500 },
    )
  })

  it('without a known key leaves everything undefined', () => {
    expect(EMPTY).toEqual(parseInfo('no colon\r\n:\r\nhello:1\r\n'))
    expect(EMPTY.server).toMatchObject({ flavour: 'unknown', version: undefined, uptimeSeconds: undefined })
    const { replicas, ...replication } = EMPTY.replication
    expect(replicas).toEqual([])
    expect(Object.values(replication).every((value) => value === undefined)).toBe(true)
    const sections = [EMPTY.clients, EMPTY.memory, EMPTY.persistence, EMPTY.stats]
    expect(sections.flatMap((section) => Object.values(section)).every((value) => value === undefined)).toBe(true)
    expect([EMPTY.keyspace, EMPTY.errors, EMPTY.commands, EMPTY.sentinel]).toEqual(Array(4).fill(undefined))
  })

  it('leaves no trace in the next reading', () => {
    parseInfo(capturedText('valkey-9.1.2', 'info.master'))
    expect(parseInfo('')).toEqual(EMPTY)
  })

  it.each(KNOWN_KEYS.filter((key) => key !== 'sentinel_tilt_since_seconds'))(
    '%s is found wherever it stands, and not in a key that only resembles it',
    (key) => {
      const value = SAMPLES[key] ?? '1'

      const alone = parseInfo(`${key}:${value}`)
      expect(alone).not.toEqual(EMPTY)
      for (const text of [
        lines(`${key}:${value}`),
        lines('zzz:1', `${key}:${value}`, 'some_other_field:12345'),
        `\n${key}:${value}\n`,
      ])
        expect(parseInfo(text)).toEqual(alone)
      for (const other of [`x${key}`, `${key}x`, `${key.slice(0, -1)}~`, `~${key.slice(1)}`, key.toUpperCase()])
        expect(parseInfo(lines(`${other}:${value}`, 'some_other_field:12345'))).toEqual(EMPTY)
    },
  )

  it('reads lines that end in LF as those that end in CR LF', () => {
    for (const version of CAPTURED_VERSIONS) {
      const text = capturedText(version, 'info.master')
      expect(parseInfo(text.replaceAll('\r\n', '\n'))).toEqual(parseInfo(text))
      expect(parseInfo(text.trimEnd())).toEqual(parseInfo(text))
    }
  })

  it('gives the same whatever the order of the lines', () => {
    const all = capturedText('valkey-9.1.2', 'info.master')
      .split('\r\n')
      .filter((line) => line.includes(':'))
    const inOrder = parseInfo(lines(...all))
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(parseInfo(lines(...shuffled))).toEqual(inOrder)
      }),
      { numRuns: 50 },
    )
  })

  it('ignores keys it does not know, between any two lines', () => {
    const all = capturedText('redis-7.2.6', 'info.replica').split('\r\n')
    const plain = parseInfo(all.join('\r\n'))
    const unknown = fc
      .tuple(fc.stringMatching(/^zz[a-z_0-9]{0,40}$/), fc.stringMatching(/^[^\r\n]*$/))
      .map((pair) => pair.join(':'))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(all.length), unknown), { maxLength: 20 }), (extra) => {
        const mixed = [...all]
        for (const [at, line] of extra) mixed.splice(at, 0, line)
        expect(parseInfo(mixed.join('\r\n'))).toEqual(plain)
      }),
    )
  })

  it('takes the last of two lines with one key', () => {
    const info = parseInfo(
      lines('role:master', 'used_memory:1', 'role:slave', 'used_memory:2', 'db0:keys=1', 'db0:keys=2'),
    )
    expect(info.replication.role).toBe('replica')
    expect(info.memory.usedBytes).toBe(2)
    expect(info.keyspace).toEqual([{ db: 0, keys: 2, expires: undefined }])
  })

  it('splits at the first colon, so that an IPv6 address and a path keep theirs', () => {
    const info = parseInfo(
      lines('master_host:fe80::1%eth0', 'master_port:6379', 'config_file:C:\\redis:x.conf', 'executable:'),
    )
    expect(info.replication).toMatchObject({ masterHost: 'fe80::1%eth0', masterPort: 6379 })
    expect(info.server).toMatchObject({ configFile: 'C:\\redis:x.conf', executable: '' })
  })
})

describe('numbers', () => {
  it('are exact up to 2^53 - 1, and undefined and listed beyond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), (value) => {
        const { replication, unreadable } = parseInfo(`master_repl_offset:${value}\r\nrole:master\r\n`)
        const isHeld = value <= BigInt(Number.MAX_SAFE_INTEGER)
        expect(replication.offset).toBe(isHeld ? Number(value) : undefined)
        expect(unreadable).toEqual(
          isHeld ? [] : [{ field: 'master_repl_offset', raw: String(value).slice(0, 64), problem: 'beyond-2^53' }],
        )
        expect(replication.role).toBe('master')
      }),
    )
    for (const edge of ['9007199254740991', '0009007199254740991'])
      expect(parseInfo(`slave_repl_offset:${edge}`).replication.appliedOffset).toBe(Number.MAX_SAFE_INTEGER)
    expect(parseInfo('slave_repl_offset:9007199254740992').replication.appliedOffset).toBeUndefined()
  })

  it('that are no numbers are undefined and listed, with their text cut', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^\r\n]*$/), (text) => {
        fc.pre(!/^-?\d+$/.test(text))
        const { stats, unreadable } = parseInfo(lines(`sync_full:${text}`, 'sync_partial_ok:3'))
        expect(stats).toMatchObject({ syncFull: undefined, syncPartialOk: 3 })
        expect(unreadable).toEqual([{ field: 'sync_full', raw: text.slice(0, 64), problem: 'not-a-number' }])
      }),
    )
  })

  it('that are negative mean none', () => {
    const info = parseInfo(
      lines(
        'second_repl_offset:-1',
        'master_last_io_seconds_ago:-1',
        'rdb_last_bgsave_time_sec:-1',
        'master_sync_total_bytes:-1',
        'master_sync_left_bytes:-512',
        'loading_loaded_perc:-0.00',
      ),
    )
    expect(info.replication).toMatchObject({ secondOffset: undefined, masterLastIoSeconds: undefined })
    expect(info.replication).toMatchObject({ syncTotalBytes: undefined, syncLeftBytes: undefined })
    expect(info.persistence.lastBgsaveSeconds).toBeUndefined()
    expect(info.unreadable).toEqual([])
  })

  it('with a fraction are read where they belong', () => {
    expect(parseInfo('loading_loaded_perc:12.50').persistence.loadingPercent).toBe(12.5)
    expect(parseInfo('loading_loaded_perc:nan').unreadable).toHaveLength(1)
  })

  it('that are flags are 0 or 1, anything else is listed', () => {
    expect(parseInfo('aof_enabled:0').persistence.aofEnabled).toBe(false)
    expect(parseInfo('aof_enabled:1').persistence.aofEnabled).toBe(true)
    for (const odd of ['2', '-1', 'yes', '']) {
      const info = parseInfo(`aof_enabled:${odd}`)
      expect(info.persistence.aofEnabled).toBeUndefined()
      expect(info.unreadable).toEqual([{ field: 'aof_enabled', raw: odd, problem: 'not-a-number' }])
    }
  })

  it('list at most twenty that cannot be read', () => {
    const info = parseInfo(lines(...Object.keys(NUMBER).map((key) => `${key}:x`)))
    expect(info.unreadable).toHaveLength(20)
  })
})

describe('the link to the master', () => {
  const read = (...extra: string[]) => parseInfo(lines('role:slave', ...extra)).replication

  it.each([
    ['-1', { linkDownSeconds: undefined, neverConnected: true }],
    ['1795163475', { linkDownSeconds: undefined, neverConnected: true }],
    ['0', { linkDownSeconds: 0, neverConnected: false }],
    ['86400', { linkDownSeconds: 86400, neverConnected: false }],
  ])('down since %s', (seconds, expected) => {
    expect(read('master_link_status:down', `master_link_down_since_seconds:${seconds}`)).toMatchObject(expected)
  })

  it('is not known to have been up when the age is not sent', () => {
    expect(read('master_link_status:down')).toMatchObject({ linkDownSeconds: undefined, neverConnected: undefined })
  })

  it('has no age while it is up', () => {
    const up = read('master_link_status:up', 'master_link_down_since_seconds:5')
    expect(up).toMatchObject({ masterLink: 'up', linkDownSeconds: undefined, neverConnected: undefined })
  })
})

describe('lines of several values', () => {
  it.each([
    ['ip=::1,port=6379,state=online,offset=5,lag=0', '::1'],
    ['ip=fe80::1%eth0,port=6379,state=online,offset=5,lag=0', 'fe80::1%eth0'],
    ['ip=cache-1.example.org,port=6379,state=online,offset=5,lag=0,type=rdb-channel', 'cache-1.example.org'],
    ['io-thread=0,lag=0,offset=5,state=online,port=6379,ip=10.0.0.5,later=a=b', '10.0.0.5'],
  ])('reads the replica %s', (line, host) => {
    const [replica] = parseInfo(`slave0:${line}`).replication.replicas
    expect(replica).toMatchObject({ host, port: 6379, state: 'online', ackOffset: 5, lagSeconds: 0 })
    expect(replica?.type).toBe(line.includes('type=') ? 'rdb-channel' : undefined)
  })

  it('keeps port 0, which a backup client has, and drops one that is none', () => {
    const ports = parseInfo(lines('slave0:ip=a,port=0', 'slave1:ip=b,port=70000', 'slave2:ip=c')).replication.replicas
    expect(ports.map((replica) => replica.port)).toEqual([0, undefined, undefined])
    expect(ports[2]).toEqual({
      host: 'c',
      port: undefined,
      state: undefined,
      ackOffset: undefined,
      lagSeconds: undefined,
      type: undefined,
    })
  })

  it('orders replicas and databases by number', () => {
    const info = parseInfo(
      lines('slave10:ip=c', 'slave2:ip=b', 'slave0:ip=a', 'db9:keys=1,expires=0', 'db0:keys=2,expires=1'),
    )
    expect(info.replication.replicas.map((replica) => replica.host)).toEqual(['a', 'b', 'c'])
    expect(info.keyspace?.map((entry) => entry.db)).toEqual([0, 9])
  })

  it('lists a replica line without a host instead of inventing one', () => {
    const info = parseInfo('slave3:port=6379,state=online')
    expect(info.replication.replicas).toEqual([])
    expect(info.unreadable).toEqual([{ field: 'slave3', raw: 'port=6379,state=online', problem: 'not-a-number' }])
  })

  it('reads counts of errors and commands', () => {
    const info = parseInfo(
      lines(
        '# Errorstats',
        'errorstat_NOPERM:count=3',
        'errorstat_ERR:count=x',
        '# Commandstats',
        'cmdstat_CONFIG|Set:calls=2,usec=34,usec_per_call=17.00',
      ),
    )
    expect([...(info.errors ?? [])]).toEqual([['NOPERM', 3]])
    expect([...(info.commands ?? [])]).toEqual([['config|set', { calls: 2, usec: 34 }]])
  })

  it('tells an empty section from one that was not sent', () => {
    const info = parseInfo(lines('# Keyspace', '', '# Errorstats', '', '# Sentinel'))
    expect([info.keyspace, info.errors, info.commands]).toEqual([[], new Map(), undefined])
    expect(info.sentinel).toEqual({ masters: undefined, tilt: undefined, tiltSinceSeconds: undefined })
    expect(info.sections).toEqual(['keyspace', 'errorstats', 'sentinel'])
  })
})

describe('a text of 50 MB', () => {
  const SIZE = 50 * 1024 * 1024
  const filled = (unit: string) => unit.repeat(Math.ceil(SIZE / unit.length))

  it.each([
    ['one line without an end', 'x'],
    ['line feeds', '\n'],
    ['lines without a colon', 'aof_rewrite_in_progres\n'],
    ['lines that resemble a field', 'aof_rewrite_in_xxxxxxxs:0\n'],
    ['headings', '# Server\r\n'],
    ['one replica line', 'slave0:ip=a,'],
    ['digits', '9'],
  ])('of %s is examined up to a limit', (_, unit) => {
    const info = parseInfo(`role:master\r\n${filled(unit)}\r\nused_memory:1\r\n`)
    expect(info.replication.role).toBe('master')
    expect(info.memory.usedBytes).toBeUndefined()
    expect(info.sections.length).toBeLessThanOrEqual(64)
  })

  it('keeps a bounded number of what can repeat', () => {
    let text = ''
    for (let i = 0; i < 30_000; i++)
      text += `slave${i}:ip=h${i}\ndb${i}:keys=1\nerrorstat_E${i}:count=1\ncmdstat_c${i}:calls=1\n`
    const info = parseInfo(text)
    expect(info.replication.replicas).toHaveLength(4096)
    expect(info.keyspace).toHaveLength(4096)
    expect(info.errors?.size).toBe(1024)
    expect(info.commands?.size).toBe(2048)
  })

  it('never gives half of a number that the limit cuts', () => {
    const head = 'x'.repeat(4 * 1024 * 1024 - 20)
    const info = parseInfo(`${head}\nused_memory:123456789012\n`)
    expect(info.memory.usedBytes).toBeUndefined()
    expect(info.unreadable).toEqual([])
  })
})

describe('flavour and version', () => {
  it('never takes the frozen 7.2.4 of a Valkey for its version', () => {
    expect(parseInfo(lines('redis_version:7.2.4', 'server_name:valkey', 'valkey_version:8.1.1')).server).toMatchObject({
      flavour: 'valkey',
      version: '8.1.1',
    })
    expect(parseInfo(lines('redis_version:7.2.4', 'server_name:valkey')).server).toMatchObject({
      flavour: 'valkey',
      version: undefined,
    })
    expect(parseInfo('redis_version:7.2.4').server).toMatchObject({ flavour: 'redis', version: '7.2.4' })
  })
})
