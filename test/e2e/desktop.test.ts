import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDesktop } from '../support/electron-double/start.ts'
import type { DesktopDouble } from '../support/electron-double/start.ts'
import { eventually } from '../support/eventually.ts'

// The built desktop bundles against the double of `electron`; what that cannot prove is said in its header.

const BUILT = fileURLToPath(new URL('../../out/main/index.js', import.meta.url))
let home: string
let desktop: DesktopDouble | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'desktop-'))
})
afterEach(async () => {
  await desktop?.stop()
  desktop = undefined
  rmSync(home, { recursive: true, force: true })
})

async function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const started = startDesktop(args, { REPLISCOPE_HOME: join(home, 'data'), ...env })
  desktop = started
  await vi.waitFor(() => expect(events('shown'), started.stderr()).toHaveLength(1), { timeout: 30_000, interval: 50 })
  return started
}

function events(name: string) {
  return desktop?.events.filter(({ event }) => event === name) ?? []
}

/** The double maps its https origin back to the scheme; a look-alike of it becomes one of the scheme's. */
const seenAs = (url: string) => url.replace('https://app.repliscope.test', 'repliscope://app')

/** The line's own call, made by hand through the door that the preload exposed. */
const CALL_INFO = `new Promise((resolve) => {
  const stop = window.repliscope.listen((text) => {
    const frame = JSON.parse(text)
    if (frame.t !== 'answer' || frame.id !== 4242) return
    stop()
    resolve(frame.answer)
  })
  window.repliscope.call(4242, 'app/info', {})
})`

it('is built', () => expect(existsSync(BUILT)).toBe(true))

describe('the window', () => {
  it('is isolated and sandboxed, without Node, with the data where everything of ours is', async () => {
    await start()
    const [{ options, isSandboxed, userData }] = events('window') as never as [
      { options: { webPreferences: object }; isSandboxed: boolean; userData: string },
    ]
    expect(options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
    })
    expect([isSandboxed, userData]).toEqual([true, join(home, 'data', 'electron')])
  })

  it('shows the page from its own scheme, without a breach of the policy', async () => {
    const { evaluate } = await start()
    await vi.waitFor(async () => expect(await evaluate('document.body.innerText')).toContain('Connect'), {
      timeout: 20_000,
    })
    const csp = "fetch('/index.html').then((page) => page.headers.get('content-security-policy'))"
    expect(await evaluate(csp)).toContain("script-src 'self'")
    expect(await evaluate("fetch('/nothing.js').then((page) => page.status)")).toBe(404)
    expect([
      ...events('pageerror'),
      ...events('console').filter((one) => !String(one['message']).includes('404')),
    ]).toEqual([])
  })

  it('gives the page the contract and nothing else', async () => {
    const { evaluate } = await start()
    expect(await evaluate('Object.keys(window.repliscope).sort()')).toEqual([
      'ack',
      'call',
      'cancel',
      'hello',
      'listen',
    ])
    expect(await evaluate('typeof require + typeof process + typeof module + typeof window.electron')).toBe(
      'undefined'.repeat(4),
    )
    expect(
      await evaluate("(() => { try { window.repliscope.call(1, 'shell/run', {}) } catch (e) { return e.message } })()"),
    ).toContain('no call')
  })

  it('opens where it was, unless that is on no display any more', async () => {
    const file = join(home, 'data', 'window.json')
    const first = await start()
    await first.ask('closeWindow')
    expect(await first.ended).toBe(0)
    const place = JSON.parse(readFileSync(file, 'utf8')) as { bounds: object }
    expect(place).toMatchObject({ schema: 'repliscope/window@1', bounds: { width: 1440, height: 900 } })

    const write = (x: number) =>
      writeFileSync(file, JSON.stringify({ ...place, bounds: { x, y: 30, width: 1100, height: 720 } }))
    write(40)
    const second = await start()
    expect(events('window')[0]).toMatchObject({ options: { x: 40, y: 30, width: 1100, height: 720 } })
    await second.stop()
    write(5000)
    await start()
    expect(events('window')[0]).toMatchObject({ options: { width: 1440, height: 900 } })
    expect(events('window')[0]).not.toHaveProperty('options.x')
  })

  it('survives a broken memory of where it was', async () => {
    mkdirSync(join(home, 'data'), { recursive: true })
    writeFileSync(join(home, 'data', 'window.json'), '{"schema":')
    await start()
  })
})

describe('a message to the host', () => {
  it('is answered when it comes from the top frame of our page', async () => {
    const { evaluate } = await start()
    expect(await evaluate(CALL_INFO)).toMatchObject({
      ok: true,
      value: { host: 'desktop', dataFolder: join(home, 'data'), sessions: [] },
    })
  })

  it('is refused when it comes from a frame inside it', async () => {
    const { evaluate, stderr } = await start()
    await evaluate(`new Promise((resolve) => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      setTimeout(() => {
        frame.contentWindow.__doubleSend('repliscope/to-host', ['{"t":"hello","contract":1,"token":null}'])
        resolve()
      }, 100)
    })`)
    await eventually(() => expect(stderr()).toContain('a message from about:blank was refused'))
    expect(await evaluate('window.frames[0].repliscope')).toBeUndefined()
    expect(await evaluate(CALL_INFO), 'the line of our own page is as it was').toMatchObject({ ok: true })
  })

  it('of any other shape ends nothing but that line', async () => {
    const { evaluate } = await start()
    await evaluate("window.__doubleSend('repliscope/to-host', [{ t: 'hello' }])")
    await evaluate("window.__doubleSend('repliscope/other', ['x'])")
    expect(await evaluate(CALL_INFO)).toMatchObject({ ok: true })
  })
})

describe('the way out', () => {
  it('is closed to navigation and to new windows', async () => {
    const { evaluate } = await start()
    await evaluate('void (window.isTheSameDocument = true)')
    for (const url of ['https://example.org/', 'http://127.0.0.1:1/', 'https://app.repliscope.test.evil.example/']) {
      await evaluate(`void (location.href = ${JSON.stringify(url)})`)
      await eventually(() => expect(events('navigation').at(-1)).toMatchObject({ url: seenAs(url), isPrevented: true }))
    }
    await evaluate("void window.open('http://example.org/')")
    await evaluate("void window.open('https://example.org/docs')")
    await eventually(() => expect(events('popup')).toHaveLength(2))
    expect(events('popup').map(({ action }) => action)).toEqual(['deny', 'deny'])
    expect(
      events('openExternal').map(({ url }) => url),
      'only the web, in the own browser',
    ).toEqual(['https://example.org/docs'])
    expect(await evaluate('window.isTheSameDocument')).toBe(true)
  })

  it('leads to nobody: the page asks for nothing outside by itself', async () => {
    await start()
    expect(events('request')).toEqual([])
  })

  it('is closed to permissions, but for writing to the clipboard from our own page', async () => {
    const { ask } = await start()
    const granted = async (permission: string, url: string) => await ask('permission', { permission, url })
    const none = { request: false, check: false, device: false }
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fileSystem'])
      expect(await granted(permission, 'repliscope://app/'), permission).toEqual(none)
    expect(await granted('clipboard-sanitized-write', 'https://example.org/')).toEqual(none)
    expect(await granted('clipboard-sanitized-write', 'repliscope://app/')).toEqual({
      ...none,
      request: true,
      check: true,
    })
  })
})

describe('the process', () => {
  it('ends with its last window, with a signal and when asked, and ends all it holds', async () => {
    const { ask, ended } = await start(['--sentinel', '127.0.0.1:1'])
    await ask('closeWindow')
    expect(await ended).toBe(0)
    const second = await start()
    process.kill(second.pid, 'SIGTERM')
    expect(await second.ended).toBe(0)
  })

  it('is the only one: a second gives way, the first shows itself', async () => {
    const first = await start()
    await first.ask('secondInstance')
    expect(events('focused')).toHaveLength(1)
    const second = startDesktop([], { REPLISCOPE_HOME: join(home, 'data'), DOUBLE_HAS_OTHER_INSTANCE: '1' })
    expect(await second.ended).toBe(0)
    expect(second.events.filter(({ event }) => event === 'window')).toEqual([])
  })

  it('opens on the deployment that its arguments name', async () => {
    const { evaluate } = await start(['--sentinel', '127.0.0.1:1', '--node=127.0.0.1:2'])
    const answer = await evaluate<{ value: { sessions: unknown[] } }>(CALL_INFO)
    expect(answer.value.sessions).toHaveLength(1)
  })
})
