import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextTick, type App } from 'vue'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'
import { ACTIVE, playLab, type FakeLab } from '../support/lab-samples.ts'
import { wellSlice } from '../support/samples.ts'

let app: App | undefined
const REPLICA = '10.0.0.7:6379'

function open(path: string, start: Partial<FakeLab> | null = {}): FakeHost {
  document.body.innerHTML = '<div id="app"></div>'
  localStorage.setItem('repliscope.settings.v1', JSON.stringify({ isStripOpen: false }))
  location.hash = path
  const host = createFakeHost([wellSlice()], { head: { environment: 'lab' } })
  if (start !== null) playLab(host, start)
  app = mountApp(host, '#app')
  return host
}

const words = (): string => (document.body.textContent ?? '').replace(/\s+/g, ' ')
const made = (host: FakeHost, name: string) => host.made.filter((call) => call.name === name).map((call) => call.params)
const card = (id: string) => document.querySelector<HTMLElement>(`[role=group][aria-label^="${id}, "]`)
const menu = () => document.querySelector<HTMLElement>('[role=menu][aria-label^="Break"]')
const items = () => [...(menu()?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
const item = (text: string) => items().find((one) => one.textContent.trim().startsWith(text))
const button = (text: string | RegExp) =>
  [...document.querySelectorAll<HTMLElement>('button, a')].find((one) => {
    const name = one.getAttribute('aria-label') ?? one.textContent.replace(/\s+/g, ' ').trim()
    return typeof text === 'string' ? name.startsWith(text) : text.test(name)
  })
async function click(text: string | RegExp): Promise<void> {
  await expect.poll(() => button(text), { message: `a button ${text}` }).toBeDefined()
  button(text)?.click()
  await nextTick()
}
const press = (key: string, on: EventTarget | null = document.activeElement): void =>
  void on?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))

/** By keyboard, as on the canvas: the card has the focus, B opens. */
async function openMenuOf(id: string): Promise<void> {
  await expect.poll(() => button('Drills')).toBeDefined()
  await expect.poll(() => card(id)).not.toBeNull()
  await expect.poll(words).toContain('practice lab practice')
  card(id)?.focus()
  press('b', card(id))
  await expect.poll(menu).not.toBeNull()
}

beforeEach(() => {
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1200 })
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 700 })
})
afterEach(() => {
  app?.unmount()
  app = undefined
})

describe('the menu of faults', () => {
  test('is reached by keyboard; nothing is chosen at first, Escape means no and gives the focus back', async () => {
    const host = open('#/d/s1/topology')
    await openMenuOf(REPLICA)
    expect(document.activeElement).toBe(menu())
    press('Enter')
    expect(made(host, 'lab/break')).toEqual([])
    press('ArrowDown')
    expect(document.activeElement).toBe(item('Kill'))
    press('Escape')
    await expect.poll(menu).toBeNull()
    expect(made(host, 'lab/break')).toEqual([])
    expect(document.activeElement).toBe(card(REPLICA))
  })

  test('breaks at once what takes nothing, marks it on the card and in the bar, and heals it', async () => {
    const host = open('#/d/s1/topology')
    await openMenuOf(REPLICA)
    item('Freeze')?.click()
    await expect
      .poll(() => made(host, 'lab/break'))
      .toEqual([{ session: 's1', fault: { kind: 'freeze', node: REPLICA } }])
    await expect.poll(() => card(REPLICA)?.getAttribute('aria-label')).toMatch(/fault in force: frozen$/)
    expect(words()).toContain('1 fault in force')
    await click(`Heal: ${REPLICA} freeze`)
    expect(made(host, 'lab/heal')).toEqual([{ session: 's1', fault: 'f1' }])
    await expect.poll(words).toContain('No fault in force')
    expect(card(REPLICA)?.getAttribute('aria-label')).not.toContain('fault in force')
  })

  test('greys what cannot be done and says why; it cannot be chosen', async () => {
    const host = open('#/d/s1/topology')
    await openMenuOf('10.0.0.5:6379')
    expect(item('Second master')?.textContent).toContain('only for a replica')
    expect(item('Fill the disk')?.textContent).toContain('only root')
    expect(item('Fill the disk')?.getAttribute('aria-disabled')).toBe('true')
    item('Second master')?.click()
    item('Fill the disk')?.click()
    await nextTick()
    expect(made(host, 'lab/break')).toEqual([])
    expect(menu()).not.toBeNull()
  })

  test('asks for an amount within its bounds; Enter in the field does nothing, Escape closes', async () => {
    const host = open('#/d/s1/topology')
    await openMenuOf(REPLICA)
    item('Delay')?.click()
    const field = () => document.querySelector<HTMLInputElement>('[role=dialog] input[type=number]')
    await expect.poll(field).not.toBeNull()
    field()!.value = '70000'
    field()!.dispatchEvent(new Event('input', { bubbles: true }))
    await expect.poll(words).toContain('From 1 ms to 60,000 ms.')
    field()!.value = '250'
    field()!.dispatchEvent(new Event('input', { bubbles: true }))
    press('Enter', field())
    expect(made(host, 'lab/break')).toEqual([])
    const peer = document.querySelector<HTMLSelectElement>('[role=dialog] select')!
    peer.value = '10.0.0.5:6379'
    peer.dispatchEvent(new Event('change', { bubbles: true }))
    await nextTick()
    await click('Delay')
    await expect
      .poll(() => made(host, 'lab/break'))
      .toEqual([
        {
          session: 's1',
          fault: { kind: 'delay', node: REPLICA, peer: '10.0.0.5:6379', direction: 'both', amount: 250 },
        },
      ])
    const link = () => document.querySelector(`[role=group][aria-label^="${REPLICA} from 10.0.0.5:6379"]`)
    await expect.poll(() => link()?.getAttribute('aria-label')).toMatch(/fault in force: delayed$/)
    await openMenuOf(REPLICA)
    item('Delay')?.click()
    await expect.poll(field).not.toBeNull()
    press('Escape', field())
    await expect.poll(field).toBeNull()
    expect(made(host, 'lab/break')).toHaveLength(1)
  })

  test('a refusal of the host is said where it was asked', async () => {
    const host = open('#/d/s1/topology')
    host.respond('lab/break', () => ({ ok: false, failure: { code: 'refused', message: 'no port is free' } }))
    await openMenuOf(REPLICA)
    item('Kill')?.click()
    await expect.poll(words).toContain('no port is free')
  })

  test('is in the palette for what is selected, and so is healing', async () => {
    const host = open('#/d/s1/topology', { active: ACTIVE })
    await expect.poll(words).toContain('3 faults in force')
    card(REPLICA)?.click()
    await click('Command palette')
    const field = () => document.querySelector<HTMLInputElement>('[role=dialog] input')
    await expect.poll(field).not.toBeNull()
    field()!.value = 'heal every'
    field()!.dispatchEvent(new Event('input', { bubbles: true }))
    await expect.poll(words).toContain('Heal every fault')
    expect(words()).not.toContain('break Kill')
    field()!.value = 'break kill'
    field()!.dispatchEvent(new Event('input', { bubbles: true }))
    await expect.poll(() => document.getElementById('palette-0')?.textContent).toContain('Kill')
    press('Enter', field())
    await expect
      .poll(() => made(host, 'lab/break'))
      .toEqual([{ session: 's1', fault: { kind: 'kill', node: REPLICA } }])
  })

  test('is in the palette with nothing selected, too: each node, whose menu then opens', async () => {
    const host = open('#/d/s1/topology')
    await expect.poll(words).toContain('No fault in force')
    await click('Command palette')
    const field = () => document.querySelector<HTMLInputElement>('[role=dialog] input')
    await expect.poll(field).not.toBeNull()
    field()!.value = `break ${REPLICA}`
    field()!.dispatchEvent(new Event('input', { bubbles: true }))
    await expect.poll(() => document.getElementById('palette-0')?.textContent).toContain('break')
    press('Enter', field())
    await expect.poll(menu).not.toBeNull()
    expect(menu()?.getAttribute('aria-label')).toBe(`Break ${REPLICA}`)
    expect(made(host, 'lab/break')).toEqual([])
    item('Kill')?.click()
    await expect
      .poll(() => made(host, 'lab/break'))
      .toEqual([{ session: 's1', fault: { kind: 'kill', node: REPLICA } }])
  })

  test('faults that somebody else made appear and go by themselves; all are healed by one button', async () => {
    const host = open('#/d/s1/topology')
    await expect.poll(words).toContain('No fault in force')
    host.emit('lab/faults', { session: 's1', active: [...ACTIVE] })
    await expect.poll(words).toContain('3 faults in force')
    host.emit('lab/faults', { session: 'another', active: [] })
    await nextTick()
    expect(words()).toContain('3 faults in force')
    await click('Heal all')
    expect(made(host, 'lab/heal')).toEqual([{ session: 's1', fault: null }])
    await expect.poll(words).toContain('No fault in force')
  })

  test('there is none for a deployment that is no lab', async () => {
    const host = open('#/d/s1/topology', null)
    await expect.poll(() => card(REPLICA)).not.toBeNull()
    await expect.poll(() => made(host, 'lab/faults').length).toBeGreaterThan(0)
    card(REPLICA)?.click()
    card(REPLICA)?.focus()
    press('b', card(REPLICA))
    await nextTick()
    expect(menu()).toBeNull()
    expect(words()).not.toContain('fault')
    expect(button(/Break/)).toBeUndefined()
  })
})

describe('the first screen', () => {
  test('starts a lab by one press, with what it tells meanwhile', async () => {
    const host = open('#/connect')
    let answer: (() => void) | undefined
    host.respond(
      'lab/start',
      () => new Promise((done) => (answer = () => done({ ok: false, failure: { code: 'lab', message: 'no port' } }))),
    )
    await click('Start a practice lab')
    expect(made(host, 'lab/start')).toEqual([{}])
    host.emit('lab/progress', { text: 'three Sentinels agree', ratio: 0.5 })
    await expect.poll(words).toContain('three Sentinels agree')
    answer?.()
    await expect.poll(words).toContain('no port')
  })

  test('asks for another lab by its options', async () => {
    const host = open('#/connect')
    await expect.poll(() => button('Start a practice lab')).toBeDefined()
    const field = [...document.querySelectorAll('label')].find((one) => one.textContent.startsWith('Replicas'))!
    const input = document.getElementById(field.htmlFor) as HTMLInputElement
    input.value = '99'
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await expect.poll(words).toContain('0 to 20')
    input.value = '5'
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await click('Start a practice lab')
    expect(made(host, 'lab/start')).toMatchObject([{ replicas: 5, sentinels: 3 }])
    await expect.poll(() => location.hash).toContain('/d/s1/topology')
  })

  test('opens a lab that runs here, and takes one down at the second press', async () => {
    const host = open('#/connect')
    await click('Take down lab practice')
    expect(made(host, 'lab/stop')).toEqual([])
    await click('Really take down lab practice')
    expect(made(host, 'lab/stop')).toEqual([{ name: 'practice' }])
    await expect.poll(() => button('Open lab practice')).toBeUndefined()
  })

  test('says how to make a lab possible where there is no server', async () => {
    const host = open('#/connect')
    host.respond('app/info', () => ({
      ok: true,
      value: {
        version: '1',
        host: 'serve',
        platform: 'linux',
        dataFolder: '/x',
        sessions: [],
        labUnavailable: 'no server: apt-get install redis-server',
      },
    }))
    app?.unmount()
    document.body.innerHTML = '<div id="app"></div>'
    app = mountApp(host, '#app')
    await expect.poll(words).toContain('apt-get install redis-server')
    expect(button('Start a practice lab')).toBeUndefined()
  })
})
