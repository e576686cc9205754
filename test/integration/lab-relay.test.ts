import { createHash, randomBytes } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Address } from '../../src-main/domain/address.ts'
import { type LinkEffect, LinkRules } from '../../src-main/lab/relay/link-rules.ts'
import { Relay, type RelayedPort } from '../../src-main/lab/relay/relay.ts'
import { isLongRun } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'

const CALLER = '127.66.1.2'
const CALLEE = '127.66.1.1'
const BYSTANDER = '127.66.1.3'
const CLIENT = '127.66.1.200'

/** Every other one for one way. */
const EFFECTS: readonly LinkEffect[] = [
  { kind: 'cut' },
  { kind: 'cut' },
  { kind: 'delay', ms: 3 },
  { kind: 'delay', ms: 7 },
  { kind: 'limit', bytesPerSecond: 500_000 },
  { kind: 'limit', bytesPerSecond: 20_000 },
]

/** One end of a connection, with all that it has heard so far. */
interface End {
  readonly socket: Socket
  readonly heard: () => string
  readonly count: () => number
  readonly state: () => 'open' | 'ended' | 'reset'
}

let rules: LinkRules
let relay: Relay
let port: RelayedPort
let callees: End[]
const opened: (Server | Socket)[] = []

beforeEach(async () => {
  rules = new LinkRules()
  relay = new Relay(rules)
  callees = []
  const server = createServer({ allowHalfOpen: true }, (socket) => callees.push(listenTo(socket)))
  const direct = await listening(server)
  port = { process: 'callee', direct, announced: { host: CALLEE, port: await freePort() } }
  relay.register(port)
  for (const [process, host] of Object.entries({ caller: CALLER, bystander: BYSTANDER }))
    relay.register({ process, direct: { host, port: 1 }, announced: { host, port: 2 } })
  await relay.open(port)
})

afterEach(async () => {
  await relay.dispose()
  for (const one of opened.splice(0)) {
    if ('destroy' in one) one.destroy()
    else one.close()
  }
})

describe('a relayed connection', () => {
  it('carries both ways, and the callee sees who calls', async () => {
    const [caller, callee] = await joined()
    caller.socket.write('ping')
    await waitFor(() => callee.heard() === 'ping', { what: 'the callee hears' })
    callee.socket.write('pong')
    await waitFor(() => caller.heard() === 'pong', { what: 'the caller hears' })
    expect(callee.socket.remoteAddress).toBe(CALLER)
  })

  it('passes on that one side has nothing more to say, and the other may go on', async () => {
    const [caller, callee] = await joined()
    caller.socket.end('last words')
    await waitFor(() => callee.state() === 'ended', { what: 'the end arrives' })
    expect(callee.heard()).toBe('last words')
    callee.socket.end('an answer')
    await waitFor(() => caller.state() === 'ended', { what: 'the other end arrives' })
    expect(caller.heard()).toBe('an answer')
    await waitFor(() => relay.count === 0, { what: 'the connection is forgotten' })
  })

  it('passes on what was said before the callee was there to hear it', async () => {
    const caller = call(CALLER)
    caller.socket.end('all at once')
    const callee = await nextCallee()
    await waitFor(() => callee.heard() === 'all at once' && callee.state() === 'ended', { what: 'all of it' })
  })

  it('passes a reset on as a reset, either way', async () => {
    const [caller, callee] = await joined()
    caller.socket.resetAndDestroy()
    await waitFor(() => callee.state() === 'reset', { what: 'the callee is reset' })
    const [second, itsCallee] = await joined()
    itsCallee.socket.resetAndDestroy()
    await waitFor(() => second.state() === 'reset', { what: 'the caller is reset' })
    await waitFor(() => relay.count === 0, { what: 'both are forgotten' })
  })

  it('is refused when the port is shut, and reset when nobody listens behind it', async () => {
    relay.shut(port)
    const refused = call(CALLER)
    expect(await errorOf(refused)).toBe('ECONNREFUSED')
    await relay.open({ ...port, direct: { host: CALLEE, port: await freePort() } })
    expect(await errorOf(call(CALLER))).toBe('ECONNRESET')
  })

  it('keeps a fast sender waiting for a slow reader, in bounded memory', async () => {
    const [caller, callee] = await joined()
    callee.socket.pause()
    const sent = await fill(caller.socket, 200 << 20)
    // What was taken is in the kernel's buffers of four sockets and in little more than 100 kB of ours.
    expect(sent).toBeLessThan(100 << 20)
    const before = process.memoryUsage().arrayBuffers
    expect(before).toBeLessThan(64 << 20)
    callee.socket.resume()
    await waitFor(() => callee.count() === sent, { what: 'all of it arrives in the end' })
  })
})

describe('a partition', () => {
  it('stops bytes both ways, leaves the sockets open, and lets go what it held back when healed', async () => {
    const [caller, callee] = await joined()
    const heal = rules.add([cut('caller', 'callee'), cut('callee', 'caller')])
    caller.socket.write('to the other side')
    callee.socket.write('and back')
    await throughAnother('by then it would have arrived')
    expect([caller.heard(), callee.heard(), caller.state(), callee.state()]).toEqual(['', '', 'open', 'open'])
    heal()
    await waitFor(() => callee.heard() === 'to the other side', { what: 'the callee hears' })
    await waitFor(() => caller.heard() === 'and back', { what: 'the caller hears' })
  })

  it('takes a new connection and says nothing on it; healed, the call goes through', async () => {
    const heal = rules.add([cut('caller', 'callee'), cut('callee', 'caller')])
    const caller = call(CALLER)
    await connected(caller)
    caller.socket.write('anybody there?')
    await throughAnother('by then it would have arrived')
    expect([callees.length, caller.state()]).toEqual([0, 'open'])
    heal()
    const callee = await nextCallee()
    await waitFor(() => callee.heard() === 'anybody there?', { what: 'the call goes through' })
  })

  it('forgets a new connection whose caller gave up', async () => {
    rules.add([cut('caller', 'callee')])
    const caller = call(CALLER)
    await connected(caller)
    await waitFor(() => relay.count === 1, { what: 'the connection is held' })
    caller.socket.write('never mind')
    caller.socket.destroy()
    await waitFor(() => relay.count === 0, { what: 'it is forgotten' })
    expect(callees).toEqual([])
  })

  it('hides that the other side has gone until it is healed', async () => {
    const [caller, callee] = await joined()
    const heal = rules.add([cut('caller', 'callee'), cut('callee', 'caller')])
    callee.socket.resetAndDestroy()
    await throughAnother('by then the reset would have arrived')
    expect(caller.state()).toBe('open')
    heal()
    await waitFor(() => caller.state() === 'reset', { what: 'the news arrives' })
  })

  it('of one way lets the other way through', async () => {
    const [caller, callee] = await joined()
    const heal = rules.add([cut('callee', 'caller')])
    caller.socket.write('question')
    await waitFor(() => callee.heard() === 'question', { what: 'the question arrives' })
    callee.socket.write('answer')
    await throughAnother('by then it would have arrived')
    expect(caller.heard()).toBe('')
    heal()
    await waitFor(() => caller.heard() === 'answer', { what: 'the answer arrives' })
  })

  it('of clients leaves processes alone, and of one client the other clients', async () => {
    const [process, client, other] = [call(CALLER), call(CLIENT), call('127.66.1.201')]
    await waitFor(() => callees.length === 3, { what: 'all three are through' })
    const hear = async () => {
      for (const end of [process, client, other]) end.socket.write('x')
      await throughAnother('by then they would have arrived')
      const from = (host: string) => callees.find(({ socket }) => socket.remoteAddress === host)?.count() ?? 0
      return [from(CALLER), from(CLIENT), from('127.66.1.201')]
    }
    const healAll = rules.add([{ from: 'clients', to: { process: 'callee' }, effect: { kind: 'cut' } }])
    expect(await hear()).toEqual([1, 0, 0])
    healAll()
    await waitFor(() => callees.every((end) => end.count() === 1), { what: 'all have been heard once' })
    rules.add([{ from: { client: CLIENT }, to: { process: 'callee' }, effect: { kind: 'cut' } }])
    expect(await hear()).toEqual([2, 1, 2])
  })
})

describe('a delay', () => {
  it('lets everything arrive later and in order', async () => {
    const [caller, callee] = await joined()
    rules.add([{ from: { process: 'caller' }, to: { process: 'callee' }, effect: { kind: 'delay', ms: 300 } }])
    const startedAt = performance.now()
    const expected: string[] = []
    for (let i = 0; i < 200; i++) {
      expected.push(`${i};`)
      caller.socket.write(`${i};`)
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    caller.socket.end()
    await waitFor(() => callee.heard() !== '', { what: 'the first of it', everyMs: 1 })
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(299)
    await waitFor(() => callee.state() === 'ended', { what: 'the end' })
    expect(callee.heard()).toBe(expected.join(''))
  })

  it('holds on its way what a fast line would have sent by then', async () => {
    const [caller, callee] = await joined()
    const heal = rules.add([
      { from: { process: 'caller' }, to: { process: 'callee' }, effect: { kind: 'delay', ms: 60_000 } },
    ])
    const bytes = 6 << 20
    caller.socket.write(Buffer.alloc(bytes, 'x'))
    await waitFor(() => caller.socket.writableLength === 0, { what: 'the sender is rid of it' })
    expect(callee.count()).toBe(0)
    heal()
    await waitFor(() => callee.count() === bytes, { what: 'all of it' })
  })
})

describe('a bandwidth limit', () => {
  it('passes no more than its rate, and the sender feels it', async () => {
    const [caller, callee] = await joined()
    const startedAt = performance.now()
    const heal = rules.add([
      { from: { process: 'caller' }, to: { process: 'callee' }, effect: { kind: 'limit', bytesPerSecond: 100_000 } },
    ])
    const sent = await fill(caller.socket, 200 << 20)
    await waitFor(() => callee.count() > 50_000, { what: 'half a second of it' })
    expect(callee.count()).toBeLessThanOrEqual(((performance.now() - startedAt + 200) / 1000) * 100_000)
    expect(sent).toBeLessThan(100 << 20)
    heal()
    await waitFor(() => callee.count() === sent, { what: 'the rest, at once' })
  })

  it('lets single bytes through on the slowest line', async () => {
    const [caller, callee] = await joined()
    rules.add([
      { from: { process: 'caller' }, to: { process: 'callee' }, effect: { kind: 'limit', bytesPerSecond: 100 } },
    ])
    caller.socket.write('a few bytes of news')
    await waitFor(() => callee.heard() === 'a few bytes of news', { what: 'all of it' })
  })

  it('is shared by all connections of the link', async () => {
    const [first, firstCallee] = await joined()
    const [second, secondCallee] = await joined()
    const startedAt = performance.now()
    rules.add([
      { from: { process: 'caller' }, to: { process: 'callee' }, effect: { kind: 'limit', bytesPerSecond: 200_000 } },
    ])
    for (const end of [first, second]) end.socket.write(Buffer.alloc(1 << 20))
    await waitFor(() => firstCallee.count() > 30_000 && secondCallee.count() > 30_000, { what: 'both get their share' })
    const sum = firstCallee.count() + secondCallee.count()
    expect(sum).toBeLessThanOrEqual(((performance.now() - startedAt + 200) / 1000) * 200_000)
  })
})

describe('whatever is done to a link', () => {
  it('every byte arrives once and in order, both ways, when all is healed', async () => {
    const [caller, callee] = await joined()
    const streams = [
      { from: caller, to: callee, sent: createHash('sha1'), heard: createHash('sha1'), bytes: 0 },
      { from: callee, to: caller, sent: createHash('sha1'), heard: createHash('sha1'), bytes: 0 },
    ]
    for (const { to, heard } of streams) to.socket.on('data', (bytes: Buffer) => heard.update(bytes))
    for (let round = 0; round < (isLongRun ? 2000 : 200); round++) {
      const heals = EFFECTS.flatMap((effect, i) => {
        const ends =
          i % 2 === 0
            ? { from: { process: 'caller' }, to: { process: 'callee' } }
            : { from: { process: 'callee' }, to: { process: 'caller' } }
        return Math.random() < 0.4 ? [rules.add([{ ...ends, effect }])] : []
      })
      for (const stream of streams) {
        const bytes = randomBytes(1 + Math.floor(Math.random() * 60_000))
        stream.bytes += bytes.length
        stream.sent.update(bytes)
        stream.from.socket.write(bytes)
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8))
      for (const heal of heals) heal()
    }
    for (const { from } of streams) from.socket.end()
    await waitFor(() => caller.state() === 'ended' && callee.state() === 'ended', { what: 'both ends' })
    for (const { to, bytes, sent, heard } of streams) {
      expect(to.count()).toBe(bytes)
      expect(heard.digest('hex')).toBe(sent.digest('hex'))
    }
    await waitFor(() => relay.count === 0, { what: 'the connection is forgotten' })
  })
})

function cut(from: string, to: string) {
  return { from: { process: from }, to: { process: to }, effect: { kind: 'cut' } } as const
}

function listenTo(socket: Socket): End {
  opened.push(socket)
  let count = 0
  let text = ''
  let state: ReturnType<End['state']> = 'open'
  socket.on('data', (bytes: Buffer) => {
    count += bytes.length
    if (text.length < 10_000) text += bytes.toString()
  })
  socket.on('end', () => (state = 'ended'))
  socket.on('error', () => (state = 'reset'))
  return { socket, heard: () => text, count: () => count, state: () => state }
}

function call(localAddress: string): End {
  return listenTo(connect({ ...port.announced, localAddress, allowHalfOpen: true }))
}

async function joined(): Promise<readonly [End, End]> {
  const before = callees.length
  const caller = call(CALLER)
  return [caller, await nextCallee(before)]
}

function nextCallee(before = 0): Promise<End> {
  return waitFor(() => callees[before], { what: 'the callee is called' })
}

/** A whole round through the relay on a link without rules: what was not held back has long arrived. */
async function throughAnother(words: string): Promise<void> {
  const before = callees.length
  const end = call(BYSTANDER)
  const callee = await nextCallee(before)
  for (let round = 1; round <= 10; round++) {
    end.socket.write(words)
    await waitFor(() => callee.count() === words.length * round, { what: 'the other link carries' })
  }
  end.socket.destroy()
  callees.splice(callees.indexOf(callee), 1)
}

/** Writes until the kernel takes no more for half a second, or so many bytes; gives how many it took. */
async function fill(socket: Socket, most: number): Promise<number> {
  const chunk = Buffer.alloc(256 * 1024, 'x')
  let queued = 0
  let lastTaken = -1
  for (;;) {
    while (socket.writableLength < chunk.length && queued < most) {
      socket.write(chunk)
      queued += chunk.length
    }
    const taken = queued - socket.writableLength
    if (taken === lastTaken) return queued
    lastTaken = taken
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

function connected({ socket }: End): Promise<unknown> {
  return new Promise((resolve) => socket.once('connect', resolve))
}

function errorOf({ socket }: End): Promise<string | undefined> {
  return new Promise((resolve) => socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)))
}

function listening(server: Server): Promise<Address> {
  opened.push(server)
  return new Promise((resolve) => {
    server.listen({ host: CALLEE, port: 0 }, () => {
      const at = server.address()
      resolve({ host: CALLEE, port: typeof at === 'object' && at !== null ? at.port : 0 })
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  const { port: free } = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return free
}
