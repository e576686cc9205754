import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { App } from 'vue'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'
import { failedOver, sketchSlice, wellSlice } from '../support/samples.ts'

let app: App | undefined

function open(
  slices: readonly GroupSlice[],
  options?: Parameters<typeof createFakeHost>[1],
  path = '#/d/s1/topology',
): FakeHost {
  document.body.innerHTML = '<div id="app"></div>'
  // happy-dom draws no canvas: the strip of charts is folded.
  localStorage.setItem('repliscope.settings.v1', JSON.stringify({ isStripOpen: false }))
  location.hash = path
  const host = createFakeHost(slices, options)
  app = mountApp(host, '#app')
  return host
}

const named = (start: string): HTMLElement | null => document.querySelector(`[aria-label^="${start}"]`)
const press = (key: string, on: EventTarget | null): void =>
  void on?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
const words = (): string => document.body.textContent ?? ''

beforeEach(() => {
  // happy-dom has no layout: a pane of some size, so that the canvas has something to fit into.
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1200 })
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 700 })
})
afterEach(() => {
  app?.unmount()
  app = undefined
})

describe('the topology page', () => {
  test('every server, Sentinel and link is a thing with a name', async () => {
    open([wellSlice()])
    await expect.poll(() => named('10.0.0.5:6379, master, up, 3 replicas')).not.toBeNull()
    for (const start of [
      '10.0.0.6:6379, replica, up',
      '10.0.0.7:6379, replica',
      '10.0.0.8:6379, replica',
      '10.0.0.5:26379, Sentinel, up',
    ])
      expect(named(start), start).not.toBeNull()
    await expect.poll(() => named('10.0.0.6:6379 from 10.0.0.5:6379, byte lag')).not.toBeNull()
  })

  test('a refresh keeps the very elements; a failover renames them', async () => {
    const host = open([wellSlice()])
    await expect.poll(() => named('10.0.0.7:6379, replica')).not.toBeNull()
    const card = named('10.0.0.7:6379, replica')
    host.tick((slice) => ({ ...slice, nodes: slice.nodes.map((node) => ({ ...node, keys: 17 })) }))
    await expect.poll(() => card?.textContent).toMatch(/17 keys/)
    expect(named('10.0.0.7:6379, replica')).toBe(card)
    host.publish([failedOver(wellSlice(), '10.0.0.7:6379')])
    await expect.poll(() => named('10.0.0.7:6379, master, up, 3 replicas')).not.toBeNull()
    expect(named('10.0.0.5:6379, replica, not reached from here')).not.toBeNull()
  })

  test('arrows move along the tree, Enter opens details, Escape lets go', async () => {
    open([wellSlice()])
    await expect.poll(() => named('10.0.0.5:6379, master')).not.toBeNull()
    const master = named('10.0.0.5:6379, master')
    expect(master?.tabIndex).toBe(0)
    master?.focus()
    press('ArrowRight', master)
    await expect.poll(() => document.activeElement?.getAttribute('aria-label')).toMatch(/^10\.0\.0\.7:6379, replica/)
    press('Enter', document.activeElement)
    await expect.poll(() => document.querySelector('aside h2')?.textContent).toBe('10.0.0.7:6379')
    press('l', named('10.0.0.7:6379, replica'))
    await expect
      .poll(() => document.activeElement?.getAttribute('aria-label'))
      .toMatch(/^10\.0\.0\.7:6379 from 10\.0\.0\.5:6379/)
    press('Escape', document.activeElement)
    await expect.poll(() => document.querySelector('aside h2')?.textContent).toBe('orders')
  })

  test("script in a node's name and in an error stays text", async () => {
    const evil = '<img src=x onerror=alert(1)>'
    const slice = wellSlice()
    const nodes = slice.nodes.map((node) =>
      node.id === '10.0.0.6:6379' ? { ...node, version: evil, error: { code: 'x', message: evil } } : node,
    )
    open([{ ...slice, nodes }])
    await expect.poll(() => words()).toContain(evil)
    named('10.0.0.6:6379, replica')?.click()
    await expect.poll(() => document.querySelector('aside .error')?.textContent).toBe(evil)
    expect(document.querySelector('img')).toBeNull()
  })

  test('what may not be read is said with the ACL line that would help', async () => {
    open([sketchSlice()])
    await expect.poll(() => named('10.0.0.10:6379, replica')).not.toBeNull()
    named('10.0.0.10:6379, replica')?.click()
    await expect.poll(() => words()).toContain('ACL SETUSER repliscope +config|get')
  })
})

describe('states', () => {
  test('while connecting the outlines stand there and say so', async () => {
    open([], { head: { phase: 'connecting' } })
    await expect.poll(words).toContain('Connecting to orders-prod…')
  })

  test('a deployment in which nothing answers says what failed', async () => {
    open([], {
      head: {
        phase: 'failed',
        failures: [{ code: 'unreachable.refused', message: '10.0.0.5:26379: nothing listens on that port' }],
      },
    })
    await expect.poll(words).toContain('10.0.0.5:26379: nothing listens on that port')
  })

  test('Sentinels that monitor nothing are said to', async () => {
    open([])
    await expect.poll(words).toContain('Nothing is monitored here')
  })

  test('a session that is not there says why and offers to connect', async () => {
    const host = open([])
    host.respond('deployment/state', () => ({
      ok: false,
      failure: { code: 'not-found', message: 'there is no session s9' },
    }))
    location.hash = '#/d/s9/topology'
    await expect.poll(words).toContain('there is no session s9')
  })

  test('a lost line is said at once and leaves the picture standing; a refused one says what to do', async () => {
    const host = open([wellSlice()])
    await expect.poll(() => named('10.0.0.5:6379, master')).not.toBeNull()
    host.setLine({ state: 'connecting', attempt: 1 })
    await expect.poll(words).toContain('The line to the host is lost.')
    expect(named('10.0.0.5:6379, master')).not.toBeNull()
    host.setLine({ state: 'refused', message: 'open the URL that the host printed' })
    await expect.poll(words).toContain('open the URL that the host printed')
    host.setLine({ state: 'open' })
    await expect.poll(words).not.toContain('open the URL')
  })

  test('no Sentinels: the group is drawn without them, and it is said that nobody would fail over', async () => {
    const slice = wellSlice()
    open([
      {
        ...slice,
        group: { ...slice.group, sentinels: [], sentinelViews: [] },
        nodes: slice.nodes.filter((node) => node.kind === 'server'),
      },
    ])
    await expect.poll(words).toContain('none: nobody would fail over')
  })

  test('the empty path leads to what the host has opened, and without that to the connect screen', async () => {
    open([wellSlice()], {}, '#/')
    await expect.poll(() => location.hash).toBe('#/d/s1/topology')
    app?.unmount()
    open([], { info: { sessions: [] } }, '#/')
    await expect.poll(() => location.hash).toBe('#/connect')
  })
})

describe('the connect screen', () => {
  test('a password in a pasted URL moves into the password field, and the host gets it from there', async () => {
    const host = open([], {}, '#/connect')
    await expect.poll(() => document.querySelector('#addresses')).not.toBeNull()
    const field = document.querySelector<HTMLTextAreaElement>('#addresses')!
    field.value = 'redis://ann:s3cret@10.0.0.5:6379'
    field.dispatchEvent(new Event('input', { bubbles: true }))
    await expect.poll(() => document.querySelector<HTMLInputElement>('#node-password')?.value).toBe('s3cret')
    expect(field.value).toBe('redis://10.0.0.5:6379')
    expect(words()).not.toContain('s3cret')
    document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await expect.poll(words).toContain('nothing listens on that port')
    const made = host.made.find((call) => call.name === 'deployment/open')
    expect(made?.params).toMatchObject({
      target: { addresses: 'redis://10.0.0.5:6379', node: { user: 'ann', password: 's3cret' } },
    })
    expect(JSON.stringify(localStorage)).not.toContain('s3cret')
  })

  test('each step of a test is shown as it comes, with what to do', async () => {
    const host = open([], {}, '#/connect')
    let answer: () => void = () => undefined
    host.respond('connection/test', async ({ test: id }) => {
      host.emit('connection/step', {
        test: id,
        step: {
          address: 'a:1',
          step: 'tcp',
          status: 'failed',
          detail: 'refused',
          hint: 'is the port right?',
          elapsedMs: 1,
        },
      })
      await new Promise<void>((resolve) => (answer = resolve))
      return { ok: true, value: { steps: [] } }
    })
    await expect.poll(() => document.querySelector('#addresses')).not.toBeNull()
    const field = document.querySelector<HTMLTextAreaElement>('#addresses')!
    field.value = 'a:1'
    field.dispatchEvent(new Event('input', { bubbles: true }))
    await expect
      .poll(() =>
        [...document.querySelectorAll('button')].some(
          (button) => button.textContent.trim() === 'Test connection' && !button.disabled,
        ),
      )
      .toBe(true)
    ;[...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Test connection')?.click()
    await expect.poll(words).toContain('is the port right?')
    answer()
  })
})
