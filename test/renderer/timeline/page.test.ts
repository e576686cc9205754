import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { App } from 'vue'
import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'
import { finding, wellSlice } from '../support/samples.ts'
import { tellOfTrouble } from '../support/timeline-samples.ts'
import { eventOf } from '../support/views-samples.ts'

// The timeline inside the whole page, over a host that is played by hand.

let app: App | undefined
let host: FakeHost
const copied: string[] = []
const PATIENCE = { timeout: 15_000 }

function open(total = 100, slice = wellSlice()): void {
  document.body.innerHTML = '<div id="app"></div>'
  location.hash = '#/d/s1/timeline'
  host = createFakeHost([slice])
  if (total > 0) tellOfTrouble(host, total)
  else
    host.respond('deployment/past', () => ({
      ok: true,
      value: { since: new Date().toISOString(), series: {}, events: [] },
    }))
  app = mountApp(host, '#app')
}

const view = (): HTMLElement | null => document.querySelector('section[aria-label="Event timeline"]')
const words = (): string => (view()?.textContent ?? '').replace(/\s+/g, ' ')
const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[role=option]')]
const rowWith = (text: string): HTMLElement | undefined => rows().find((row) => row.textContent?.includes(text))
const named = (name: string): HTMLElement | null => {
  const nameOf = (button: Element) => (button.getAttribute('aria-label') ?? button.textContent ?? '').trim()
  const buttons = [...document.querySelectorAll<HTMLElement>('main button')]
  return (
    buttons.find((button) => nameOf(button) === name) ??
    buttons.find((button) => nameOf(button).startsWith(`${name} `)) ??
    null
  )
}
const listbox = (): HTMLElement => document.querySelector<HTMLElement>('[role=listbox]')!
const picture = (): HTMLElement => document.querySelector<HTMLElement>('div.picture')!
const press = (target: Element, key: string, more: KeyboardEventInit = {}) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
const tell = (...events: readonly ContractEvent[]) =>
  host.emit('deployment/event', { session: 's1', events: [...events] })
const eventNow = (part: Partial<ContractEvent>) => eventOf(0, { at: new Date().toISOString(), ...part })

beforeEach(() => {
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
  copied.length = 0
  vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(async (text) => void copied.push(text))
})
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.restoreAllMocks()
})

describe('the timeline', () => {
  test('shows what happened before the page was opened, in lanes and in a list, oldest first', async () => {
    open()
    await expect.poll(() => rows().length, PATIENCE).toBe(100)
    expect([...document.querySelectorAll('.lanes .label')].map((one) => one.textContent)).toEqual([
      'Sentinel',
      'Roles',
      'Links',
      'Findings',
      'Actions',
      'Faults',
    ])
    expect(rowWith('+switch-master')?.textContent).toContain('3 Sentinels')
    const times = rows().map((row) => row.querySelector('.time')?.textContent ?? '')
    // Midnight may lie within the quarter of an hour.
    expect(times.filter((time, i) => time < (times[i - 1] ?? '')).length).toBeLessThanOrEqual(1)
    expect(document.querySelectorAll('.lanes .gap').length).toBeGreaterThanOrEqual(1)
  })

  test('adds what is told live, and what is told again is not a second line', async () => {
    open()
    await expect.poll(() => rows().length, PATIENCE).toBe(100)
    const event = eventNow({ what: '+reboot', by: ['10.0.0.5:26379'] })
    tell(event)
    await expect.poll(() => rowWith('+reboot')?.textContent, PATIENCE).toContain('1 Sentinel')
    tell({ ...event, by: ['10.0.0.5:26379', '10.0.0.6:26379'] })
    await expect.poll(() => rowWith('+reboot')?.textContent, PATIENCE).toContain('2 Sentinels')
    expect(rows()).toHaveLength(101)
  })

  test('leads from an event to its node, and stays with it while live goes on', async () => {
    open()
    await expect.poll(() => rowWith('replica -> master'), PATIENCE).toBeDefined()
    rowWith('replica -> master')?.click()
    await expect.poll(() => rowWith('replica -> master')?.getAttribute('aria-selected'), PATIENCE).toBe('true')
    expect(named('Follow live')?.getAttribute('aria-pressed')).toBe('false')
    const shown = rows().length
    const stretch = document.querySelector('header .count')?.textContent
    tell(eventNow({ what: '+later' }))
    host.tick()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(rows()).toHaveLength(shown)
    expect(document.querySelector('header .count')?.textContent).toBe(stretch)
    expect(rowWith('replica -> master')?.getAttribute('aria-selected')).toBe('true')
    named('Node')?.click()
    await expect
      .poll(() => document.querySelector('aside[aria-label=Details] h2')?.textContent, PATIENCE)
      .toContain('10.0.0.7:6379')
    named('Follow live')?.click()
    await expect.poll(() => rowWith('+later'), PATIENCE).toBeDefined()
  })

  test('is filtered by kind, severity and words; pictures and list agree, and all comes back at once', async () => {
    open()
    await expect.poll(() => rows().length, PATIENCE).toBe(100)
    named('Links')?.click()
    await expect.poll(() => rowWith('link to'), PATIENCE).toBeUndefined()
    expect([...document.querySelectorAll('.lanes .label')].map((one) => one.textContent)).not.toContain('Links')
    const severity = document.querySelector<HTMLSelectElement>('#timeline-severity')!
    severity.value = 'critical'
    severity.dispatchEvent(new Event('change'))
    await expect.poll(() => rows().length, PATIENCE).toBe(4)
    const text = document.querySelector<HTMLInputElement>('#timeline-text')!
    text.value = 'no-master raised'
    text.dispatchEvent(new Event('input'))
    await expect.poll(() => rows().length, PATIENCE).toBe(1)
    text.value = 'nothing like that'
    text.dispatchEvent(new Event('input'))
    await expect.poll(words, PATIENCE).toContain('No event passes the filter')
    named('Show every event')?.click()
    await expect.poll(() => rows().length, PATIENCE).toBe(100)
  })

  test('copies one line by Ctrl C, and all that is in view as text and as a table', async () => {
    open()
    await expect.poll(() => rowWith('+odown'), PATIENCE).toBeDefined()
    rowWith('+odown')?.click()
    await expect.poll(() => named('Copy this event'), PATIENCE).not.toBeNull()
    press(listbox(), 'c', { ctrlKey: true })
    await expect
      .poll(() => copied.at(-1), PATIENCE)
      .toMatch(/^\d{4}-.*Z {2}critical {2}Sentinel {2}\+odown {2}10\.0\.0\.5:6379/)
    named('Copy the events in view as text')?.click()
    await expect.poll(() => copied.at(-1)?.trimEnd().split('\n').length, PATIENCE).toBe(100)
    named('Copy the events in view as Markdown')?.click()
    await expect.poll(() => copied.at(-1), PATIENCE).toContain('| time | severity | kind |')
  })

  test('is walked by keys in the picture and in the list', async () => {
    open()
    await expect.poll(() => rows().length, PATIENCE).toBe(100)
    const chosen = () => rows().findIndex((row) => row.getAttribute('aria-selected') === 'true')
    press(picture(), 'ArrowLeft')
    await expect.poll(chosen, PATIENCE).toBe(99)
    press(picture(), 'ArrowLeft')
    await expect.poll(chosen, PATIENCE).toBe(98)
    press(listbox(), 'ArrowUp')
    await expect.poll(chosen, PATIENCE).toBe(97)
    press(picture(), '+')
    await expect.poll(() => rows().length, PATIENCE).toBeLessThan(100)
    press(picture(), 'Escape')
    await expect.poll(chosen, PATIENCE).toBe(-1)
    press(picture(), ' ')
    await expect.poll(() => named('Follow live')?.getAttribute('aria-pressed'), PATIENCE).toBe('true')
  })

  test('leads to a finding that still holds, and not to one that is over', async () => {
    open(100, {
      ...wellSlice(),
      findings: [finding('no-master', 'critical', 'group', 'orders', 'Nobody accepts writes')],
    })
    await expect.poll(() => rowWith('no-master'), PATIENCE).toBeDefined()
    rowWith('no-master')?.click()
    await expect.poll(() => named('Finding'), PATIENCE).not.toBeNull()
    named('Finding')?.click()
    await expect.poll(() => location.hash, PATIENCE).toContain('/findings?code=no-master')
    await expect
      .poll(() => document.querySelector<HTMLSelectElement>('#finding-code')?.value, PATIENCE)
      .toBe('no-master')
  })

  test('takes in actions that another process wrote into the journal', async () => {
    const at = new Date(Date.now() - 60_000).toISOString()
    const story = {
      id: 'a9',
      action: 'bgsave',
      target: 'orders',
      group: 'orders',
      state: 'succeeded' as const,
      startedAt: at,
      endedAt: at,
      lastStep: null,
      pending: [],
      nodes: ['10.0.0.5:6379'],
      session: 's1',
    }
    open()
    host.respond('journal/list', () => ({ ok: true, value: { actions: [story] } }))
    const body = JSON.stringify({ plan: { action: 'bgsave', target: 'orders' } })
    const row = { seq: 1, at, kind: 'action-started', line: '', body, hash: '' }
    host.respond('journal/show', () => ({ ok: true, value: { story, rows: [row] } }))
    await expect.poll(() => rowWith('bgsave on orders'), PATIENCE).toBeDefined()
    // Told by the host from here on: what was read before gives way to it.
    tell(
      eventNow({
        id: 'live',
        kind: 'action',
        what: 'succeeded',
        detail: 'bgsave',
        about: { kind: 'action', id: 'a9' },
      }),
    )
    await expect.poll(() => rowWith('succeeded')?.textContent, PATIENCE).toContain('bgsave')
    expect(rowWith('bgsave on orders')).toBeUndefined()
    rowWith('succeeded')?.click()
    await expect.poll(() => named('Journal'), PATIENCE).not.toBeNull()
    named('Journal')?.click()
    await expect.poll(() => location.hash, PATIENCE).toContain('/journal?entry=a9')
  })

  test('says what would appear while nothing has happened', async () => {
    open(0)
    await expect.poll(words, PATIENCE).toContain('Nothing has happened since')
    expect(words()).toContain('what Sentinels publish')
  })

  test('script in what a server sent stays text', async () => {
    open()
    await expect.poll(() => rows().length, PATIENCE).toBe(100)
    tell(eventNow({ what: '<img src=x onerror=alert(1)>', detail: '<script>1</script>' }))
    await expect.poll(() => rowWith('<img'), PATIENCE).toBeDefined()
    expect(view()?.querySelector('img, script')).toBeNull()
  })
})
