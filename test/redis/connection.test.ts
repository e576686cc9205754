import { createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Address } from '../../src-main/domain/address.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { createConnection, type Connection } from '../../src-main/redis/connection.ts'
import type { PeerOptions } from '../../src-main/redis/peer.ts'
import { bulk, error, status } from '../support/fake-resp-server.ts'
import { endAfterEach, failureOf, fake, handClock, TIMEOUT_MS } from './adapter.ts'

const connections: Connection[] = []

endAfterEach()

afterEach(() => {
  for (const connection of connections.splice(0)) connection.dispose()
})

function connect(address: Address, options: Partial<PeerOptions> = {}): Connection {
  const connection = createConnection({
    address,
    dialled: address,
    timeoutMs: TIMEOUT_MS,
    credentials: {},
    tls: undefined,
    tlsFlag: '--tls',
    maxReplyBytes: 16_777_216,
    clock: systemClock,
    ...options,
  })
  connections.push(connection)
  return connection
}

function repliesOf(result: Awaited<ReturnType<Connection['ask']>>): readonly unknown[] {
  if (!result.ok) throw new Error(`unexpected failure: ${JSON.stringify(result.failure)}`)
  return result.value.replies.map((reply) => ('error' in reply ? reply.error : reply.value))
}

async function closedPort(): Promise<Address> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { host: '127.0.0.1', port }
}

describe('a question on a live server', () => {
  it('goes out with the name in one round trip, and comes back with times and bytes', async () => {
    const server = await fake({ answers: { INFO: bulk('# Server\r\n'), ROLE: status('x') } })
    const result = await connect(server.address).ask([['INFO'], ['ROLE']])
    expect(repliesOf(result)).toEqual(['# Server\r\n', 'x'])
    expect(server.commands).toEqual([['CLIENT', 'SETNAME', 'repliscope'], ['INFO'], ['ROLE']])
    expect(result.ok && result.value.receivedAt >= result.value.sentAt).toBe(true)
    expect(result.ok && [result.value.commands, result.value.bytes]).toEqual([3, 5 + 17 + 4])
  })

  it('uses the same connection for the next one and greets once', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    const connection = connect(server.address)
    await connection.ask([['INFO']])
    await connection.ask([['INFO']])
    expect(server.commands.map(([name]) => name)).toEqual(['CLIENT', 'INFO', 'INFO'])
    expect(server.connectionsTotal()).toBe(1)
  })

  it('never sends HELLO, CLIENT SETINFO, SELECT or a password that was not given', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    await connect(server.address).ask([['INFO']])
    expect(server.received()).not.toMatch(/HELLO|SETINFO|SELECT|AUTH/i)
  })

  it('goes on when the name may not be set', async () => {
    const server = await fake({
      answers: {
        'CLIENT SETNAME': error("NOPERM this user has no permissions to run the 'client|setname' command"),
        INFO: bulk('a'),
      },
    })
    expect(repliesOf(await connect(server.address).ask([['INFO']]))).toEqual(['a'])
  })

  it('reads a reply that comes byte by byte, and several in one packet', async () => {
    const text = '# Replication\r\nrole:master\r\n'
    const server = await fake({ answers: { INFO: bulk(text), ROLE: status('é') }, pieceBytes: 1 })
    expect(repliesOf(await connect(server.address, { timeoutMs: 2000 }).ask([['INFO'], ['ROLE']]))).toEqual([text, 'é'])
  })

  it('keeps integers beyond 2^53 as they were sent', async () => {
    const server = await fake({ answers: { ROLE: '*2\r\n$6\r\nmaster\r\n:9007199254740993\r\n' } })
    expect(repliesOf(await connect(server.address).ask([['ROLE']]))).toEqual([['master', '9007199254740993']])
  })

  it('ignores pushes between and before replies', async () => {
    const push = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n'
    const server = await fake({ answers: { INFO: `${push}${bulk('a')}>1\r\n$9\r\nsubscribe\r\n`, ROLE: status('b') } })
    const connection = connect(server.address)
    expect(repliesOf(await connection.ask([['INFO'], ['ROLE']]))).toEqual(['a', 'b'])
    server.push(push)
    expect(repliesOf(await connection.ask([['ROLE']]))).toEqual(['b'])
  })

  it('answers questions asked at once, each with its own reply', async () => {
    const server = await fake({ answers: { INFO: (command) => bulk(command[1] ?? '') } })
    const connection = connect(server.address)
    const results = await Promise.all(['a', 'b', 'c'].map((section) => connection.ask([['INFO', section]])))
    expect(results.map(repliesOf)).toEqual([['a'], ['b'], ['c']])
    expect(server.connectionsTotal()).toBe(1)
  })
})

describe('credentials', () => {
  it('are sent before the first question, in the same round trip', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    await connect(server.address, { credentials: { user: 'inspector', password: 'pw' } }).ask([['INFO']])
    expect(server.commands[0]).toEqual(['AUTH', 'inspector', 'pw'])
  })

  it('that are wrong are an auth failure, and are not tried again before the back-off', async () => {
    const server = await fake({
      answers: { AUTH: error('WRONGPASS invalid username-password pair or user is disabled.'), INFO: bulk('a') },
    })
    const connection = connect(server.address, { credentials: { password: 'pw' }, clock: handClock() })
    expect(failureOf(await connection.ask([['INFO']]))).toMatchObject({
      kind: 'auth',
      reply: expect.stringMatching(/^WRONGPASS/),
    })
    expect(failureOf(await connection.ask([['INFO']]))).toMatchObject({ kind: 'auth' })
    expect(server.commands.filter(([name]) => name === 'AUTH')).toHaveLength(1)
  })

  it('given to a server that wants none do no harm', async () => {
    const server = await fake({
      answers: {
        AUTH: error('ERR AUTH <password> called without any password configured for the default user. Are you sure?'),
        INFO: bulk('a'),
      },
    })
    expect(repliesOf(await connect(server.address, { credentials: { password: 'pw' } }).ask([['INFO']]))).toEqual(['a'])
  })

  it('that Redis 5 refuses with a plain ERR are an auth failure', async () => {
    const server = await fake({
      answers: { AUTH: error('ERR invalid password'), INFO: error('NOAUTH Authentication required.') },
    })
    const result = await connect(server.address, { credentials: { password: 'pw' } }).ask([['INFO']])
    expect(failureOf(result)).toMatchObject({ kind: 'auth', reply: 'ERR invalid password' })
  })

  it('never come back in an error, even when the server quotes them', async () => {
    const server = await fake({
      answers: {
        AUTH: error("ERR unknown command 'AUTH', with args beginning with: 'inspector' 's3cret' "),
        INFO: error('NOAUTH Authentication required. s3cret'),
      },
    })
    const result = await connect(server.address, { credentials: { user: 'inspector', password: 's3cret' } }).ask([
      ['INFO'],
    ])
    expect(failureOf(result)).toMatchObject({ kind: 'auth' })
    expect(JSON.stringify(result)).not.toContain('s3cret')
  })
})

describe('a peer that cannot be reached', () => {
  it('refuses the connection', async () => {
    const address = await closedPort()
    expect(failureOf(await connect(address).ask([['INFO']]))).toMatchObject({
      kind: 'unreachable',
      at: `127.0.0.1:${address.port}`,
      cause: 'refused',
      stage: 'connect',
    })
  })

  it('has a name that does not resolve', async () => {
    const result = await connect({ host: 'no-such-host.invalid', port: 6379 }, { timeoutMs: 5000 }).ask([['INFO']])
    expect(failureOf(result)).toMatchObject({ kind: 'unreachable', cause: 'dns', stage: 'connect' })
  })

  it('is not dialled again before the back-off says so, and the last failure answers meanwhile', async () => {
    const server = await fake({ answers: { INFO: 'CLOSE' } })
    const clock = handClock()
    const connection = connect(server.address, { clock })
    const first = failureOf(await connection.ask([['INFO']]))
    expect(first).toMatchObject({ kind: 'unreachable', cause: 'closed' })
    expect(failureOf(await connection.ask([['INFO']]))).toBe(first)
    expect(server.connectionsTotal()).toBe(1)
    clock.move(101)
    await connection.ask([['INFO']])
    expect(server.connectionsTotal()).toBe(2)
    clock.move(101)
    await connection.ask([['INFO']])
    expect(server.connectionsTotal()).toBe(2)
    clock.move(101)
    server.answer('INFO', bulk('back'))
    expect(repliesOf(await connection.ask([['INFO']]))).toEqual(['back'])
  })

  it('closes in the middle of a reply', async () => {
    const server = await fake({
      answers: {
        INFO: (_, peer) => {
          peer.socket.end('$100\r\nhalf')
          return 'HANG'
        },
      },
    })
    expect(failureOf(await connect(server.address).ask([['INFO']]))).toMatchObject({
      kind: 'unreachable',
      cause: 'closed',
      stage: 'command',
    })
  })

  it('closes without an answer: the detail says what a TLS port does', async () => {
    const server = await fake({ raw: (socket) => socket.destroy() })
    const failure = failureOf(await connect(server.address).ask([['INFO']]))
    expect(failure).toMatchObject({
      kind: 'unreachable',
      cause: 'closed',
      detail: expect.stringContaining('add --tls'),
    })
  })

  it('hangs: the question times out, and the late reply is not taken for the next answer', async () => {
    let release = (): void => {}
    const server = await fake({
      answers: {
        INFO: (command, peer) => {
          if (command[1] !== 'late') return bulk('fresh')
          release = () => peer.socket.write(bulk('late'))
          return 'HANG'
        },
      },
    })
    const connection = connect(server.address)
    expect(failureOf(await connection.ask([['INFO', 'late']]))).toMatchObject({
      kind: 'unreachable',
      cause: 'timeout',
      stage: 'command',
    })
    const next = connection.ask([['INFO', 'now']])
    release()
    expect(repliesOf(await next)).toEqual(['fresh'])
    expect(server.connectionsTotal()).toBe(1)
  })

  it('hangs for long: it is dialled again, and no question ever waits longer than the time-out', async () => {
    const server = await fake({ answers: { INFO: 'HANG' } })
    const clock = handClock()
    const connection = connect(server.address, { clock })
    await connection.ask([['INFO']])
    clock.move(10_000)
    expect(failureOf(await connection.ask([['INFO']]))).toMatchObject({ cause: 'timeout', stage: 'command' })
    await server.until(() => server.connectionsOpen() === 0)
    clock.move(1000)
    server.answer('INFO', bulk('a'))
    expect(repliesOf(await connection.ask([['INFO']]))).toEqual(['a'])
    expect(server.connectionsTotal()).toBe(2)
  })

  it('takes the connection and says nothing to a TLS handshake: the detail says so', async () => {
    const server = await fake({ raw: () => {} })
    const failure = failureOf(await connect(server.address, { tls: () => ({}) }).ask([['INFO']]))
    expect(failure).toMatchObject({
      kind: 'unreachable',
      cause: 'tls',
      detail: expect.stringContaining('without --tls'),
    })
  })
})

describe('a peer that is turned away or is not Redis', () => {
  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', /speaks HTTP/],
    ['TLS', Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 0x46]), /wants TLS, add --tls/],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', /speaks SSH/],
    ['garbage', Buffer.from([0, 1, 2, 3, 10]), /answers/],
    ['memcached', 'ERROR\r\n', /answers "ERROR"/],
    ['RESP with absurd lengths', '*99999999\r\n', /an array of 99999999/],
  ])('speaks %s', async (_, bytes, words) => {
    const server = await fake({ raw: (socket) => socket.write(bytes) })
    const failure = failureOf(await connect(server.address).ask([['INFO']]))
    expect(failure).toMatchObject({ kind: 'not-redis', detail: expect.stringMatching(words) })
  })

  it('speaks HTTP slowly, and is still told', async () => {
    const server = await fake({ raw: (socket) => socket.write('HTTP/1.1 400') })
    expect(failureOf(await connect(server.address).ask([['INFO']]))).toMatchObject({
      kind: 'not-redis',
      detail: expect.stringMatching(/speaks HTTP/),
    })
  })

  it('greets with a banner before it is asked', async () => {
    const server = await fake({ onConnect: (socket) => socket.write('220 mail ESMTP\r\n'), raw: () => {} })
    expect(failureOf(await connect(server.address).ask([['INFO']]))).toMatchObject({
      kind: 'not-redis',
      detail: 'answers "220 mail ESMTP"',
    })
  })

  it('has too many clients', async () => {
    const server = await fake({
      onConnect: (socket) => socket.end('-ERR max number of clients reached\r\n'),
      raw: () => {},
    })
    expect(failureOf(await connect(server.address).ask([['INFO']]))).toMatchObject({
      kind: 'unreachable',
      cause: 'closed',
      detail: 'ERR max number of clients reached',
    })
  })

  it('is in protected mode', async () => {
    const server = await fake({
      onConnect: (socket) => socket.end('-DENIED Redis is running in protected mode because…\r\n'),
      raw: () => {},
    })
    expect(failureOf(await connect(server.address).ask([['INFO']]))).toMatchObject({ kind: 'not-permitted' })
  })

  it('garbles a reply after good ones', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    const connection = connect(server.address)
    await connection.ask([['INFO']])
    server.answer('INFO', '?what\r\n')
    expect(failureOf(await connection.ask([['INFO']]))).toMatchObject({ kind: 'unreadable-reply', command: 'INFO' })
  })

  it.each([
    ['a reply too many', `${bulk('a')}$-1\r\n`],
    ['a null reply unasked', '$-1\r\n$-1\r\n'],
    ['a push that looks like a subscription', `>1\r\n$9\r\nsubscribe\r\n${bulk('a')}`],
    ['deep nesting', '*1\r\n'.repeat(5000)],
    ['a line without end', `+${'x'.repeat(100_000)}`],
    ['nested huge arrays', '*900000\r\n'.repeat(20)],
    ['a lone CR in a line', '+a\rb\r\n'],
    ['a negative length', '$-7\r\n'],
    ['an empty number', ':\r\n'],
  ])('sends %s: nothing escapes', async (_, bytes) => {
    const server = await fake({ answers: { INFO: bytes } })
    const connection = connect(server.address)
    await connection.ask([['INFO']])
    await connection.ask([['INFO']])
  })
})

describe('a reply without end', () => {
  it('is cut off at the bound, and the memory with it', async () => {
    const piece = Buffer.alloc(65_536, 0x61)
    let sentBytes = 0
    const server = await fake({
      answers: {
        INFO: (_, { socket }) => {
          socket.write('$9999999999\r\n')
          const more = (): void => {
            if (socket.destroyed) return
            sentBytes += piece.length
            socket.write(piece, more)
          }
          more()
          return 'HANG'
        },
      },
    })
    const result = await connect(server.address, { maxReplyBytes: 1_048_576, timeoutMs: 10_000 }).ask([['INFO']])
    expect(failureOf(result)).toMatchObject({
      kind: 'unreadable-reply',
      command: 'INFO',
      detail: 'more than 1048576 bytes',
    })
    await server.until(() => server.connectionsOpen() === 0)
    expect(sentBytes).toBeLessThan(32 * 1_048_576)
  })
})

describe('the owner', () => {
  it('is told when a live connection is lost between questions', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    const connection = connect(server.address)
    await connection.ask([['INFO']])
    const lost = new Promise<void>((resolve) => connection.onLost(resolve))
    server.drop()
    await lost
  })

  it('is not told of an end of its own making', async () => {
    const server = await fake({ answers: { INFO: bulk('a') } })
    const connection = connect(server.address)
    await connection.ask([['INFO']])
    let told = 0
    connection.onLost(() => {
      told += 1
    })
    connection.dispose()
    connection.dispose()
    await server.until(() => server.connectionsOpen() === 0)
    expect(told).toBe(0)
    expect(failureOf(await connection.ask([['INFO']]))).toEqual({ kind: 'cancelled' })
  })

  it('gets cancelled for what was open when it ended everything', async () => {
    const server = await fake({ answers: { INFO: 'HANG' } })
    const connection = connect(server.address, { timeoutMs: 60_000 })
    const open = [connection.ask([['INFO']]), connection.ask([['INFO']])]
    await server.until(() => server.commands.length > 1)
    connection.dispose()
    expect((await Promise.all(open)).map(failureOf)).toEqual([{ kind: 'cancelled' }, { kind: 'cancelled' }])
  })
})
