import { Command } from 'ioredis'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAllowed } from '../../src-main/redis/allow-list.ts'
import { AUDITED_KEYS, LEGACY_PATTERNS } from '../../src-main/redis/audited-keys.ts'
import { openLink, type Link } from '../../src-main/redis/link.ts'
import { parseRequests } from '../../src-main/redis/request-frames.ts'
import { bulk, status, type FakeServer } from '../support/fake-resp-server.ts'
import { endAfterEach, fake, TIMEOUT_MS } from './adapter.ts'

endAfterEach()

const wire = (...words: string[]): string => `*${words.length}\r\n${words.map(bulk).join('')}`

async function link(server: FakeServer): Promise<{ readonly link: Link; readonly ended: Promise<unknown> }> {
  let onReady = (): void => {}
  let onClosed: (error: unknown) => void = () => {}
  const ready = new Promise<void>((resolve) => (onReady = resolve))
  const ended = new Promise<unknown>((resolve) => (onClosed = resolve))
  const made = openLink(
    { dialled: server.address, timeoutMs: TIMEOUT_MS, tls: undefined, maxReplyBytes: 1_000_000 },
    { onReady: () => onReady(), onClosed: (error) => onClosed(error) },
  )
  await ready
  return { link: made, ended }
}

const WRITES: readonly (readonly [string, ...string[]])[] = [
  ['SET', 'k', 'v'],
  ['CONFIG', 'SET', 'appendonly', 'no'],
  ['CONFIG', 'GET', '*'],
  ['CONFIG', 'GET', 'requirepass'],
  ['CONFIG', 'GET', 'save', 'masterauth'],
  ['CONFIG', 'REWRITE'],
  ['SHUTDOWN', 'NOSAVE'],
  ['SENTINEL', 'FAILOVER', 'orders'],
  ['SENTINEL', 'RESET', '*'],
  ['SENTINEL', 'SET', 'orders', 'quorum', '1'],
  ['SENTINEL', 'CONFIG', 'GET', '*'],
  ['SENTINEL', 'IS-MASTER-DOWN-BY-ADDR', '127.0.0.1', '6379', '1', 'f'.repeat(40)],
  ['EVAL', 'return redis.call("SET","k","v")', '0'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['FLUSHALL'],
  ['CLIENT', 'KILL', 'TYPE', 'replica'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'PAUSE', '1000'],
  ['DEBUG', 'SLEEP', '1'],
  ['INFO', 'everything'],
  ['MULTI'],
  ['MONITOR'],
  ['PUBLISH', '__sentinel__:hello', 'x'],
  ['SUBSCRIBE', 'other'],
  ['HELLO', '3'],
  ['SELECT', '1'],
]

type Door = (link: Link, command: readonly [string, ...string[]]) => unknown

const DOORS: readonly (readonly [name: string, door: Door])[] = [
  ['call', ({ redis }, [name, ...args]) => redis.call(name, ...args).catch(() => {})],
  ['lower case', ({ redis }, [name, ...args]) => redis.call(name.toLowerCase(), ...args).catch(() => {})],
  [
    'a pipeline after an allowed command',
    ({ redis }, [name, ...args]) =>
      redis
        .pipeline()
        .call('INFO')
        .call(name, ...args)
        .exec(),
  ],
  [
    'a pipeline before an allowed command',
    ({ redis }, [name, ...args]) =>
      redis
        .pipeline()
        .call(name, ...args)
        .call('INFO')
        .exec(),
  ],
  [
    'a transaction',
    ({ redis }, [name, ...args]) =>
      redis
        .multi()
        .call(name, ...args)
        .exec()
        .catch(() => {}),
  ],
  [
    'a command object',
    ({ redis }, [name, ...args]) => {
      const command = new Command(name, args, { replyEncoding: 'utf8' })
      command.promise.catch(() => {})
      void redis.sendCommand(command)
    },
  ],
  [
    'our own send',
    (link, command) => {
      link.send([command], () => {})
    },
  ],
  ['the raw socket', ({ redis }, command) => streamOf(redis).write(wire(...command))],
  ['the raw socket as bytes', ({ redis }, command) => streamOf(redis).write(Buffer.from(wire(...command)))],
  ['a last word', ({ redis }, command) => streamOf(redis).end(wire(...command))],
  [
    'a corked socket',
    ({ redis }, command) => {
      const stream = streamOf(redis)
      stream.cork()
      stream.write(wire(...command))
      stream.write(wire('PING'))
      stream.uncork()
    },
  ],
  [
    'a command in two halves',
    ({ redis }, command) => {
      const text = wire(...command)
      streamOf(redis).write(text.slice(0, 5))
      streamOf(redis).write(text.slice(5))
    },
  ],
  ['an inline command', ({ redis }, command) => streamOf(redis).write(`${command.join(' ')}\r\n`)],
  ['the tail of an argument', ({ redis }, command) => streamOf(redis).write(`${wire('INFO')}${command.join(' ')}\r\n`)],
]

function streamOf(redis: unknown): NodeJS.WritableStream & { cork: () => void; uncork: () => void } {
  return (redis as { stream: NodeJS.WritableStream & { cork: () => void; uncork: () => void } }).stream
}

describe('a monitoring connection', () => {
  it.each(DOORS)('lets not one byte of a write out through %s', async (_, door) => {
    const server = await fake({ answers: { INFO: bulk('a'), PING: status('PONG') } })
    for (const command of WRITES) {
      const { link: made, ended } = await link(server)
      door(made, command)
      expect(await ended).toMatchObject({ kind: 'refused-command' })
    }
    await server.until(() => server.connectionsOpen() === 0)
    expect(server.received()).toBe('')
    expect(server.connectionsTotal()).toBe(WRITES.length)
  })

  it('lets an allowed command out through every door that carries whole commands', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    const { link: made } = await link(server)
    await made.redis.call('INFO')
    await made.redis.pipeline().call('INFO', 'server').exec()
    streamOf(made.redis).write(wire('INFO', 'replication'))
    await server.until(() => server.commands.length === 3)
    made.destroy()
  })

  it('passes what it passed before, by the whole text and on any connection, and still nothing else', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    const first = await link(server)
    const second = await link(server)
    for (const { link: made } of [first, first, second]) await made.redis.call('INFO', 'server')
    expect(server.commands).toHaveLength(3)
    streamOf(second.link.redis).write(wire('INFO', 'server') + wire('FLUSHALL'))
    expect(await second.ended).toMatchObject({ kind: 'refused-command', message: 'FLUSHALL' })
    first.link.redis.call('INFO', 'everything').catch(() => {})
    expect(await first.ended).toMatchObject({ kind: 'refused-command', message: 'INFO' })
    expect(server.commands).toHaveLength(3)
  })

  it('does not let the library turn a script into a command', async () => {
    const server = await fake()
    const { link: made, ended } = await link(server)
    made.redis.defineCommand('innocent', { lua: 'return redis.call("SET", "k", "v")', numberOfKeys: 0 })
    Reflect.get(made.redis, 'innocent')
      .call(made.redis)
      .catch(() => {})
    expect(await ended).toMatchObject({ kind: 'refused-command', message: 'EVAL' })
    expect(server.received()).toBe('')
  })
})

describe('the allow-list', () => {
  it.each([
    [['info']],
    [['INFO', 'server', 'replication']],
    [['ROLE']],
    [['config', 'get', ...AUDITED_KEYS]],
    [['CLIENT', 'LIST', 'TYPE', 'replica']],
    [['CLIENT', 'SETNAME', 'repliscope']],
    [['SENTINEL', 'masters']],
    [['SENTINEL', 'CKQUORUM', 'orders']],
    [['SENTINEL', 'INFO-CACHE', 'orders']],
    [['PSUBSCRIBE', '*']],
    [['SUBSCRIBE', '__sentinel__:hello']],
  ])('lets %j pass', (command) => {
    expect(isAllowed(command)).toBe(true)
  })

  it.each(WRITES.map((command) => [command]))('stops %j', (command) => {
    expect(isAllowed(command)).toBe(false)
  })

  it('audits no parameter that holds a secret, and no pattern that matches one', () => {
    const secrets = [
      'requirepass',
      'masterauth',
      'masteruser',
      'primaryauth',
      'primaryuser',
      'tls-key-file-pass',
      'tls-client-key-file-pass',
      'aclfile',
    ]
    const patterns = [...AUDITED_KEYS, ...LEGACY_PATTERNS].map((glob) => new RegExp(`^${glob.replaceAll('*', '.*')}$`))
    expect(secrets.filter((secret) => patterns.some((pattern) => pattern.test(secret)))).toEqual([])
  })

  it('knows no command that only begins like an allowed one', () => {
    expect(isAllowed([])).toBe(false)
    expect(isAllowed([''])).toBe(false)
    expect(isAllowed(['INFO\r\nSET'])).toBe(false)
    expect(isAllowed(['ROLE', 'x'])).toBe(false)
    expect(isAllowed(['__proto__'])).toBe(false)
  })
})

describe('reading what is about to be written', () => {
  it('gives back exactly the commands that were encoded, whatever their bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        (commands) => {
          const wellFormed = commands.map((command) => command.map((word) => Buffer.from(word).toString()))
          expect(parseRequests(Buffer.from(wellFormed.map((command) => wire(...command)).join('')))).toEqual(wellFormed)
        },
      ),
    )
  })

  it('refuses anything cut short or with bytes left over', () => {
    const text = wire('INFO', 'server')
    for (let length = 1; length < text.length; length++)
      expect(parseRequests(Buffer.from(text.slice(0, length)))).toBeUndefined()
    expect(parseRequests(Buffer.from(`${text}x`))).toBeUndefined()
    expect(parseRequests(Buffer.from('*-1\r\n'))).toBeUndefined()
    expect(parseRequests(Buffer.from('*0\r\n'))).toBeUndefined()
  })
})
