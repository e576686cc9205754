import { describe, expect, it } from 'vitest'
import type { HelloMessage, SentinelEvent } from '../../src-main/domain/replies/reply-types.ts'
import { array, bulk, bulks, error, integer, type FakeServer } from '../support/fake-resp-server.ts'
import { connector, endAfterEach, failureOf, fake, handClock } from './adapter.ts'

endAfterEach()

const HELLO = '10.0.0.9,26379,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,3,orders,10.0.0.5,6379,3'
const SUBSCRIBED = array(bulk('subscribe'), bulk('__sentinel__:hello'), integer(1))
const PSUBSCRIBED = array(bulk('psubscribe'), bulk('*'), integer(1))
const message = (payload: string): string => bulks('message', '__sentinel__:hello', payload)
const event = (channel: string, payload: string): string => bulks('pmessage', '*', channel, payload)
const has = (server: FakeServer, name: string) => () => server.commands.some(([first]) => first?.toUpperCase() === name)

describe('listening to the hello channel', () => {
  it('tells each message once, on a connection of its own, until it is aborted', async () => {
    const server = await fake({ answers: { SUBSCRIBE: SUBSCRIBED } })
    const control = new AbortController()
    const heard: HelloMessage[] = []
    const done = connector()
      .dataNode(server.address)
      .listenHello((hello) => {
        heard.push(hello)
        if (heard.length === 2) control.abort()
      }, control.signal)
    await server.until(has(server, 'SUBSCRIBE'))
    server.push(message(HELLO) + message('not a hello') + message(HELLO.replace('orders', 'carts')))
    expect(await done).toEqual({ ok: true, value: undefined })
    expect(heard.map((hello) => hello.masterName)).toEqual(['orders', 'carts'])
    await server.until(() => server.connectionsOpen() === 0)
  })

  it('fails when the channel is not permitted', async () => {
    const server = await fake({
      answers: { SUBSCRIBE: error('NOPERM this user has no permissions to access one of the channels') },
    })
    const result = await connector()
      .dataNode(server.address)
      .listenHello(() => {}, new AbortController().signal)
    expect(failureOf(result)).toMatchObject({ kind: 'not-permitted', command: 'SUBSCRIBE' })
  })

  it('fails when the connection ends, and does not even begin when aborted before', async () => {
    const server = await fake({ answers: { SUBSCRIBE: 'CLOSE' } })
    const reader = connector().dataNode(server.address)
    expect(failureOf(await reader.listenHello(() => {}, new AbortController().signal))).toMatchObject({
      kind: 'unreachable',
      cause: 'closed',
    })
    expect(await reader.listenHello(() => {}, AbortSignal.abort())).toEqual({ ok: true, value: undefined })
    expect(server.connectionsTotal()).toBe(1)
  })

  it('times out on a peer that does not confirm', async () => {
    const server = await fake({ answers: { SUBSCRIBE: 'HANG' } })
    const result = await connector()
      .dataNode(server.address)
      .listenHello(() => {}, new AbortController().signal)
    expect(failureOf(result)).toMatchObject({ kind: 'unreachable', cause: 'timeout', stage: 'command' })
  })

  it('ends as cancelled with its reader', async () => {
    const server = await fake({ answers: { SUBSCRIBE: SUBSCRIBED } })
    const reader = connector().dataNode(server.address)
    const done = reader.listenHello(() => {}, new AbortController().signal)
    await server.until(has(server, 'SUBSCRIBE'))
    reader.dispose()
    expect(failureOf(await done)).toEqual({ kind: 'cancelled' })
    expect(failureOf(await reader.listenHello(() => {}, new AbortController().signal))).toEqual({ kind: 'cancelled' })
  })

  it.each([
    ['an empty array', '*0\r\n'],
    ['a message of nulls', '*3\r\n$7\r\nmessage\r\n$-1\r\n$-1\r\n'],
    ['an array of null', '*1\r\n$-1\r\n'],
    ['a short message', '*2\r\n$7\r\nmessage\r\n$1\r\na\r\n'],
    ['a nested message', '*3\r\n*1\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['an unsubscription', '*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n'],
    ['a status', '+OK\r\n'],
    ['a number', ':1\r\n'],
    ['a null', '$-1\r\n'],
    ['garbage', 'garbage\r\n'],
  ])('ends without a throw when the peer sends %s', async (_, bytes) => {
    const server = await fake({ answers: { SUBSCRIBE: SUBSCRIBED } })
    const done = connector()
      .dataNode(server.address)
      .listenHello(() => {}, new AbortController().signal)
    await server.until(has(server, 'SUBSCRIBE'))
    server.push(bytes)
    expect(failureOf(await done)).toMatchObject({ kind: 'unreadable-reply', command: 'SUBSCRIBE' })
  })

  it.each([':1\r\n', '$-1\r\n', '+OK\r\n', '*0\r\n', message(HELLO)])(
    'ends without a throw when the confirmation is %j',
    async (bytes) => {
      const server = await fake({ answers: { SUBSCRIBE: bytes } })
      const done = await connector()
        .dataNode(server.address)
        .listenHello(() => {}, new AbortController().signal)
      expect(failureOf(done)).toMatchObject({ kind: 'unreadable-reply' })
    },
  )
})

describe("a Sentinel's events", () => {
  it('come with their groups, and the state is told', async () => {
    const server = await fake({ answers: { PSUBSCRIBE: PSUBSCRIBED } })
    const events: SentinelEvent[] = []
    const states: boolean[] = []
    let arrived = (): void => {}
    const all = new Promise<void>((resolve) => (arrived = resolve))
    const stop = connector()
      .sentinel(server.address)
      .events(
        (got) => {
          events.push(got)
          if (events.length === 2) arrived()
        },
        (live) => {
          states.push(live)
        },
      )
    await server.until(has(server, 'PSUBSCRIBE'))
    server.push(event('+switch-master', 'orders 10.0.0.5 6379 10.0.0.6 6379') + event('+tilt', '#tilt mode entered'))
    await all
    expect(events).toMatchObject([
      { channel: '+switch-master', group: 'orders', switched: { to: { host: '10.0.0.6', port: 6379 } } },
      { channel: '+tilt', group: undefined },
    ])
    stop()
    stop()
    await server.until(() => server.connectionsOpen() === 0)
    expect(states).toEqual([true])
  })

  it('are subscribed to again after the connection was lost', async () => {
    const server = await fake({ answers: { PSUBSCRIBE: PSUBSCRIBED } })
    const states: boolean[] = []
    let again = (): void => {}
    const backUp = new Promise<void>((resolve) => (again = resolve))
    connector()
      .sentinel(server.address)
      .events(
        () => {},
        (live) => {
          states.push(live)
          if (states.length === 1) server.drop()
          if (states.length === 3) again()
        },
      )
    await backUp
    expect(states).toEqual([true, false, true])
    expect(server.connectionsTotal()).toBe(2)
  })

  it('are subscribed to again when the Sentinel stops answering without a word', async () => {
    const server = await fake({ answers: { PSUBSCRIBE: PSUBSCRIBED, PING: bulks('pong', '') } })
    const clock = handClock()
    const states: boolean[] = []
    let changed = (): void => {}
    const until = async (count: number): Promise<void> => {
      while (states.length < count) await new Promise<void>((resolve) => (changed = resolve))
    }
    connector({ clock })
      .sentinel(server.address)
      .events(
        () => {},
        (live) => {
          states.push(live)
          changed()
        },
      )
    await until(1)
    clock.move(5000)
    await server.until(() => server.commands.filter(([name]) => name === 'ping').length === 1)
    server.answer('PING', 'HANG')
    // The next question is due five seconds after the answer came, which the client may not have read yet.
    while (states.length < 2) {
      clock.move(5000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    clock.move(5000)
    await until(3)
    expect(states).toEqual([true, false, true])
  })
})
