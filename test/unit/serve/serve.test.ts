import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { MAX_PAGE_FRAME_CHARS } from '../../../src-main/contract/wire.ts'
import { startServe } from '../../../src-main/hosts/serve/serve.ts'
import type { Served, ServeOptions } from '../../../src-main/hosts/serve/serve.ts'
import type { CallContext } from '../../../src-main/contract/server.ts'
import { plainHandlers } from '../../contract/support/handlers.ts'
import { timers } from '../../contract/support/timers.ts'
import { get, makePage } from './support.ts'
import { eventually } from '../../support/eventually.ts'

const TOKEN = 'a-token-of-the-test-0123456789'
let page: ReturnType<typeof makePage>
let served: Served
let seen: CallContext[]
const sockets: WebSocket[] = []

beforeEach(async () => {
  page = makePage()
  seen = []
  served = await serve()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await served.dispose()
  page.remove()
})

async function serve(overrides: Partial<ServeOptions> = {}): Promise<Served> {
  const started = await startServe({
    handlers: plainHandlers({}, seen),
    timers,
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    page: page.folder,
    logBug: (_reference, _call, error) => expect.unreachable(String(error)),
    ...overrides,
  })
  if (!started.ok) throw new Error(started.problem)
  return started.value
}

/** A would-be page; resolves with the status of a refused upgrade, or 101. */
async function upgrade(headers: Record<string, string>, path = '/contract') {
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { headers })
  sockets.push(socket)
  const texts: string[] = []
  socket.on('message', (data) => void texts.push((data as Buffer).toString()))
  socket.on('error', () => undefined)
  const status = await new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  })
  return { socket, texts, status }
}
const own = (port = served.port) => ({ Host: `127.0.0.1:${port}`, Origin: `http://127.0.0.1:${port}` })
const hello = (token: string | null) => JSON.stringify({ t: 'hello', contract: 1, token })

describe('the page', () => {
  it('is served with a policy that allows no inline script or style and no foreign source', async () => {
    const got = await get(served.port, '/')
    expect(got).toMatchObject({ status: 200, body: expect.stringContaining('Repliscope') })
    const policy = String(got.headers['content-security-policy'])
    expect(policy).not.toContain('unsafe')
    for (const part of [
      "default-src 'self'",
      "script-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split('; ')).toContain(part)
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${served.port}`)
    expect(got.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    expect(Object.keys(got.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('has an address that carries the token in its fragment, which no request sends', () => {
    expect(served.url).toBe(`http://127.0.0.1:${served.port}/#token=${TOKEN}`)
  })

  it('is all there is: nothing outside its folder, nothing by other methods', async () => {
    for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/nothing', '/contract'])
      expect(await get(served.port, path)).toMatchObject({ status: 404, body: expect.not.stringContaining('outside') })
    expect(await get(served.port, '/', {}, 'POST')).toMatchObject({ status: 405 })
    expect(await get(served.port, '/', {}, 'OPTIONS')).toMatchObject({ status: 405 })
  })

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost@evil.example', '169.254.0.1'])(
    'is not served under the foreign name %j',
    async (host) => {
      const got = await get(served.port, '/', { Host: host })
      expect([400, 421]).toContain(got.status)
      expect(got.body).not.toContain('Repliscope')
    },
  )

  it.each(['localhost:9999', '127.0.0.1', '[::1]:7070'])(
    'is served under %s, which a forwarded port may be',
    async (host) => {
      expect(await get(served.port, '/', { Host: host })).toMatchObject({ status: 200 })
    },
  )

  it.each(['https://evil.example', 'null', 'http://localhost:3000'])(
    'is not answered to the origin %s',
    async (origin) => {
      expect(await get(served.port, '/', { Origin: origin })).toMatchObject({ status: 403 })
    },
  )
})

describe('the line', () => {
  it('is taken from our own page with the right token', async () => {
    const { socket, texts, status } = await upgrade(own())
    expect(status).toBe(101)
    socket.send(hello(TOKEN))
    await eventually(() => expect(texts).toEqual(['{"t":"welcome","contract":1}']))
    expect(served.pageCount()).toBe(1)
  })

  it('is taken through a forwarded port, whose number differs', async () => {
    expect(await upgrade({ Host: 'localhost:9999', Origin: 'http://localhost:9999' })).toMatchObject({ status: 101 })
  })

  it.each([
    ['a foreign origin', { Origin: 'https://evil.example' }, 403],
    ['another port of this machine', { Origin: 'http://127.0.0.1:3000' }, 403],
    ['an origin without one', { Origin: 'null' }, 403],
    ['the other scheme', { Origin: 'https://127.0.0.1' }, 403],
    ['a rebound name', { Host: 'evil.example', Origin: 'http://evil.example' }, 421],
  ])('is refused to %s', async (_what, headers, status) => {
    expect(await upgrade({ ...own(), ...headers })).toMatchObject({ status })
    expect(served.pageCount()).toBe(0)
  })

  it('is refused to a program that tells no origin', async () => {
    expect(await upgrade({})).toMatchObject({ status: 403 })
  })

  it('is at one path only', async () => {
    expect(await upgrade(own(), '/other')).toMatchObject({ status: 404 })
  })

  it.each([['wrong'], [''], [`${TOKEN}x`], [TOKEN.slice(1)], [null]])(
    'is refused with the token %j, in words',
    async (token) => {
      const { socket, texts } = await upgrade(own())
      socket.send(hello(token))
      await once(socket, 'close')
      expect(texts).toHaveLength(1)
      expect(JSON.parse(texts[0] ?? '')).toMatchObject({
        t: 'refused',
        message: expect.stringContaining('repliscope serve'),
      })
      expect(texts[0]).not.toContain(TOKEN)
      expect(seen).toEqual([])
    },
  )

  it('ends with an oversized message, before it is read', async () => {
    const { socket } = await upgrade(own())
    socket.send(hello(TOKEN))
    await eventually(() => expect(served.pageCount()).toBe(1))
    socket.send(JSON.stringify({ t: 'call', id: 1, name: 'app/info', params: 'x'.repeat(MAX_PAGE_FRAME_CHARS) }))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
    await eventually(() => expect(served.pageCount()).toBe(0))
  })

  it('ends with a binary frame', async () => {
    const { socket } = await upgrade(own())
    socket.send(hello(TOKEN))
    await eventually(() => expect(served.pageCount()).toBe(1))
    socket.send(Buffer.from([1, 2, 3]), { binary: true })
    await once(socket, 'close')
    expect(served.pageCount()).toBe(0)
  })

  it('ends with the host', async () => {
    const { socket, texts } = await upgrade(own())
    socket.send(hello(TOKEN))
    await eventually(() => expect(texts).toHaveLength(1))
    const closed = once(socket, 'close')
    await served.dispose()
    await closed
    await expect(get(served.port, '/')).rejects.toThrow('ECONNREFUSED')
  })

  it('has room for many pages, and not for any number', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 70; n += 1) statuses.push((await upgrade(own())).status)
    expect(statuses.filter((status) => status === 101)).toHaveLength(64)
    expect(statuses.at(-1)).toBe(503)
  })
})

it('says which port is in use and what to do', async () => {
  const second = await startServe({
    handlers: plainHandlers(),
    timers,
    host: '127.0.0.1',
    port: served.port,
    token: TOKEN,
    page: page.folder,
    logBug: () => undefined,
  })
  expect(second).toEqual({
    ok: false,
    problem: `127.0.0.1:${served.port} is in use by another program`,
    hint: expect.stringContaining('--port'),
  })
})
