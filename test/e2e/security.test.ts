import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bulk, error, startFakeServer } from '../support/fake-resp-server.ts'
import type { FakeServer } from '../support/fake-resp-server.ts'
import { eventually } from '../support/eventually.ts'

// The built browser host and the built page, in a real browser, against pages and servers that mean no good.

const CLI = fileURLToPath(new URL('../../out/cli/index.js', import.meta.url))
const SECRET = 'hunter2-very-secret'
const TOKEN = 'a-token-of-the-test-0123456789'

interface Host {
  readonly url: string
  readonly origin: string
  readonly port: number
  readonly output: () => string
  readonly stop: () => Promise<void>
}

let browser: Browser
let context: BrowserContext
let home: string
const hosts: Host[] = []
const servers: FakeServer[] = []
const sites: Server[] = []

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
})
afterAll(() => browser.close())
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'security-'))
  context = await browser.newContext()
})
afterEach(async () => {
  await context.close()
  for (const host of hosts.splice(0)) await host.stop()
  for (const server of servers.splice(0)) await server.close()
  for (const site of sites.splice(0)) site.close()
  rmSync(home, { recursive: true, force: true })
})

async function serve(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Host> {
  const child: ChildProcess = spawn(process.execPath, [CLI, 'serve', '--no-open', ...args], {
    env: { ...process.env, REPLISCOPE_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let first: string | undefined
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    first ??= output.includes('\n') ? output.slice(0, output.indexOf('\n')) : undefined
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text))
  await vi.waitFor(() => expect(first, output).toBeDefined(), { timeout: 20_000, interval: 20 })
  const url = first ?? ''
  const { origin, port } = new URL(url)
  const host: Host = {
    url,
    origin,
    port: Number(port),
    output: () => output,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
  hosts.push(host)
  return host
}

/** A page, with everything that crosses its line and every breach of its policy. */
async function open(url: string) {
  const page = await context.newPage()
  const frames: string[] = []
  const breaches: string[] = []
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)))
  })
  page.on('dialog', (dialog) => {
    breaches.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) breaches.push(message.text())
  })
  await page.goto(url)
  return { page, frames, breaches }
}

const text = (page: Page) => page.locator('body').innerText()
const shows = (page: Page, part: string | RegExp) => page.getByText(part).first().waitFor({ timeout: 20_000 })

/** Another site on this machine, such as a page that a person has open beside ours. */
async function foreignSite(html: string): Promise<string> {
  const site = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(html)
  })
  sites.push(site)
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
}

describe('the token', () => {
  it('lets the page in, leaves the address bar and the history, and survives a reload', async () => {
    const host = await serve()
    const { page, frames, breaches } = await open(host.url)
    await eventually(() => expect(frames[0]).toContain('"welcome"'))
    expect(page.url()).not.toContain('token')
    await page.reload()
    await eventually(() => expect(frames.filter((frame) => frame.includes('"welcome"'))).toHaveLength(2))
    expect(await page.evaluate('JSON.stringify(performance.getEntries())')).not.toContain(host.url.split('=')[1])
    expect(breaches).toEqual([])
  })

  it('when it is wrong or missing, the page says what to open, and nothing else is told', async () => {
    const host = await serve()
    for (const url of [host.origin, `${host.origin}/#token=wrong`]) {
      const { page, frames } = await open(url)
      await shows(page, /repliscope serve/)
      expect(frames).toHaveLength(1)
      await page.close()
    }
  })

  it('of a host that was started again is another: the page says which address to open', async () => {
    const first = await serve()
    const { page } = await open(first.url)
    await shows(page, 'Connect')
    await first.stop()
    await serve(['--port', String(first.port)])
    await shows(page, /started again/)
    expect(await text(page)).toContain(first.origin)
  })

  it('given by --token-env on a fixed port lets the page go on by itself after a restart', async () => {
    const first = await serve(['--token-env', 'T'], { T: TOKEN })
    const { page, frames } = await open(first.url)
    await eventually(() => expect(frames[0]).toContain('"welcome"'))
    await first.stop()
    await serve(['--port', String(first.port), '--token-env', 'T'], { T: TOKEN })
    await vi.waitFor(() => expect(frames.filter((frame) => frame.includes('"welcome"'))).toHaveLength(2), {
      timeout: 20_000,
    })
    expect(await text(page)).not.toContain('lost')
  })
})

describe('a page of another site', () => {
  it('can neither read from the host, nor open a line to it, nor show it in a frame', async () => {
    const host = await serve(['--token-env', 'T'], { T: TOKEN })
    const site = await foreignSite(`<!doctype html><title>other</title><iframe src="${host.origin}/"></iframe>`)
    const { page } = await open(site)
    const line = `new Promise((resolve) => {
      const socket = new WebSocket('ws://127.0.0.1:${host.port}/contract')
      socket.onopen = () => { socket.send('{"t":"hello","contract":1,"token":"${TOKEN}"}') }
      socket.onmessage = (event) => resolve('told ' + event.data)
      socket.onerror = () => resolve('refused')
    })`
    expect(await page.evaluate(line)).toBe('refused')
    const read = `fetch('${host.origin}/').then(() => 'read', () => 'refused')`
    expect(await page.evaluate(read)).toBe('refused')
    await eventually(() => expect(page.frames()).toHaveLength(2))
    const framed = page.frames()[1]
    expect(await framed?.evaluate('document.body.innerHTML').catch(() => '')).not.toContain('id="app"')
  })

  it('whose name was made to lead to the host is not answered', async () => {
    const host = await serve(['--token-env', 'T'], { T: TOKEN })
    const rebound = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP evil.example 127.0.0.1'],
    })
    try {
      const page = await rebound.newPage()
      const answer = await page.goto(`http://evil.example:${host.port}/`)
      expect(answer?.status()).toBe(421)
      expect(await text(page)).not.toContain('Repliscope')
    } finally {
      await rebound.close()
    }
  })
})

describe('what the host tells', () => {
  it('never holds a password, in a target of its own or one typed into the page', async () => {
    const server = await fakeNode({ AUTH: error('WRONGPASS invalid username-password pair or user is disabled.') })
    const id = `127.0.0.1:${server.address.port}`
    const host = await serve(['--node', id, '--user', 'me', '--password-env', 'P'], { P: SECRET })
    const { page, frames } = await open(host.url)
    await vi.waitFor(() => expect(frames.join()).toContain('authentication failed'), { timeout: 20_000 })
    const typed = await page.evaluate(typedCalls(host.port, token(host), id))
    expect(typed).toContain('"t":"answer"')
    for (const told of [frames.join(), String(typed), host.output(), readAll(home)]) expect(told).not.toContain(SECRET)
    expect(server.received(), 'the password did go where it belongs').toContain(SECRET)
  })

  it('stays text in the page when a server answers with markup', async () => {
    const markup = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    const server = await fakeNode({ INFO: error(`ERR ${markup}`), ROLE: error(`ERR ${markup}`) })
    const named = await fakeNode({ INFO: bulk(`# Server\r\nredis_version:${markup}\r\nrun_id:${markup}\r\n`) })
    const host = await serve([
      ...['--node', `127.0.0.1:${server.address.port}`],
      ...['--node', `127.0.0.1:${named.address.port}`],
    ])
    const { page, frames, breaches } = await open(host.url)
    await vi.waitFor(() => expect(frames.join()).toContain('onerror'), { timeout: 20_000 })
    await page.waitForTimeout(500)
    expect(await page.locator('img[src="x"]').count()).toBe(0)
    expect(breaches).toEqual([])
  })
})

async function fakeNode(answers: Record<string, string>): Promise<FakeServer> {
  const server = await startFakeServer({ answers })
  servers.push(server)
  return server
}

const token = (host: Host) => decodeURIComponent(host.url.split('#token=')[1] ?? '')

/** Opens and tests a deployment with credentials over a line of the test's own; resolves with all that was told. */
function typedCalls(port: number, tokenText: string, address: string): string {
  const credentials = { user: 'me', password: SECRET }
  const tls = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }
  const target = {
    ...{ addresses: `redis://me:${SECRET}@${address}`, kind: 'auto', group: null, node: credentials },
    ...{ sentinel: credentials, nodeTls: tls, sentinelTls: tls, nat: '', timeoutMs: 1000 },
  }
  const frames = [
    { t: 'hello', contract: 1, token: tokenText },
    { t: 'call', id: 1, name: 'deployment/open', params: { target } },
    { t: 'call', id: 2, name: 'connection/test', params: { test: 't', target } },
    { t: 'call', id: 3, name: 'deployment/open', params: { target: { ...target, addresses: [SECRET] } } },
  ]
  return `new Promise((resolve) => {
    const socket = new WebSocket('ws://127.0.0.1:${port}/contract')
    let told = ''
    const answers = new Set()
    socket.onopen = () => ${JSON.stringify(frames)}.forEach((frame) => socket.send(JSON.stringify(frame)))
    socket.onmessage = ({ data }) => {
      told += data
      const frame = JSON.parse(data)
      if (frame.t === 'answer') answers.add(frame.id)
      if (frame.t === 'answer' && frame.id === 1)
        socket.send(JSON.stringify({ t: 'call', id: 4, name: 'deployment/state', params: frame.answer.value }))
      if (answers.size === 4) socket.send(JSON.stringify({ t: 'call', id: 5, name: 'recents/list', params: {} }))
      if (answers.has(5)) resolve(told)
    }
  })`
}

function readAll(folder: string): string {
  try {
    return readFileSync(join(folder, 'recents.json'), 'utf8')
  } catch {
    // Nothing was remembered: what leads nowhere is not.
    return ''
  }
}
