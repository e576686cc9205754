import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextTick, type App } from 'vue'
import type { ActionProgress, PlanReport } from '../../../src-main/contract/actions.ts'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, HEAD, type FakeHost } from '../support/fake-client.ts'
import { wellSlice } from '../support/samples.ts'
import {
  BGSAVE,
  CONFIG_SET,
  outcomeSample,
  planSample,
  ROLLING,
  runSample,
  storySample,
  SWITCHOVER,
} from './samples.ts'

let app: App | undefined
let plan: PlanReport

function open(path = '#/d/s1/topology', prepare: (host: FakeHost) => void = () => undefined): FakeHost {
  document.body.innerHTML = '<div id="app"></div>'
  localStorage.setItem('repliscope.settings.v1', JSON.stringify({ isStripOpen: false }))
  location.hash = path
  const host = createFakeHost([wellSlice()], { head: { environment: 'production' } })
  host.respond('actions/list', () => ({ ok: true, value: { actions: [SWITCHOVER, CONFIG_SET, BGSAVE] } }))
  host.respond('actions/runs', () => ({ ok: true, value: { runs: [] } }))
  host.respond('actions/unfinished', () => ({ ok: true, value: { actions: [] } }))
  host.respond('actions/plan', () => ({ ok: true, value: { plan, keptId: plan.id } }))
  host.respond('actions/run', () => ({ ok: true, value: { run: plan.id } }))
  host.respond('actions/cancel', () => ({ ok: true, value: {} }))
  host.respond('session/arm', ({ minutes }) => {
    const armedUntil = new Date(Date.now() + minutes * 60_000).toISOString()
    host.emit('deployment/head', { ...HEAD, armedUntil })
    return { ok: true, value: { armedUntil } }
  })
  host.respond('session/disarm', () => {
    host.emit('deployment/head', HEAD)
    return { ok: true, value: {} }
  })
  prepare(host)
  app = mountApp(host, '#app')
  return host
}

const words = (): string => document.body.textContent ?? ''
const dialog = (): HTMLElement | null => document.querySelector('[role=dialog]')
const buttons = (): HTMLButtonElement[] => [...document.querySelectorAll('button')]
const buttonOf = (text: string | RegExp): HTMLButtonElement | undefined =>
  buttons().find((one) =>
    typeof text === 'string' ? one.textContent.trim().startsWith(text) : text.test(one.textContent),
  )
async function click(text: string | RegExp): Promise<void> {
  await expect.poll(() => buttonOf(text), { message: `a button ${text}` }).toBeDefined()
  buttonOf(text)?.click()
  await nextTick()
}
async function type(label: string, text: string): Promise<HTMLInputElement> {
  const find = () => {
    const one = [...document.querySelectorAll('label')].find((it) => it.textContent.includes(label))
    return document.getElementById(one?.htmlFor ?? '') as HTMLInputElement | null
  }
  await expect.poll(find, { message: `a field ${label}` }).not.toBeNull()
  const field = find()!
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await nextTick()
  return field
}
const press = (key: string, on: EventTarget | null = document.activeElement): void =>
  void on?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
const made = (host: FakeHost, name: string) => host.made.filter((call) => call.name === name)

/** The wizard with the plan in front, armed. */
async function review(host: FakeHost): Promise<void> {
  await click('read-only')
  await type('To arm it', 'production')
  await click('Arm ')
  await expect.poll(() => dialog()).toBeNull()
  await click('Act…')
  await click('Switch over…')
  await expect.poll(() => buttonOf('Plan')).toBeDefined()
  document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await expect.poll(() => made(host, 'actions/plan').length).toBe(1)
  await expect.poll(words).toContain('SENTINEL FAILOVER orders')
}

const line = (i: number, phase: ActionProgress['phase'], n: number): ActionProgress => ({
  session: 's1',
  run: 'p1',
  i,
  phase,
  n,
  of: 4,
  title: '',
  command: null,
  node: null,
  elapsedMs: i * 100,
  detail: '',
})

beforeEach(() => {
  plan = planSample()
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1200 })
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 700 })
})
afterEach(() => {
  app?.unmount()
  app = undefined
})

describe('arming', () => {
  test('production wants its name typed; the rest of the time is counted down; it is taken back by one press', async () => {
    const host = open()
    await click('read-only')
    await expect.poll(words).toContain('This is production.')
    expect(buttonOf('Arm ')?.disabled).toBe(true)
    await type('To arm it', 'Production')
    expect(buttonOf('Arm ')?.disabled).toBe(true)
    await type('To arm it', 'production')
    await click('Arm ')
    await expect.poll(words).toMatch(/armed\s*[45]:\d\d/)
    expect(made(host, 'session/arm')[0]?.params).toEqual({ session: 's1', minutes: 5, confirmation: 'production' })
    await click('Disarm')
    await expect.poll(words).toContain('read-only · arm…')
  })

  test('a host without actions shows the mark and no button', async () => {
    open('#/d/s1/topology', (host) => host.respond('actions/list', () => ({ ok: true, value: { actions: [] } })))
    await expect.poll(words).toContain('read-only')
    expect(buttonOf('read-only')).toBeUndefined()
    expect(buttonOf('Act…')).toBeUndefined()
  })
})

describe('the menu of a row', () => {
  const menu = (): HTMLElement | null => document.querySelector('[role=menu]')
  const cell = (): HTMLElement | null => document.querySelector('[data-row="1"][data-column="2"]')
  /** As the menu key does: no pointer has a part in it. */
  const byKey = (on: EventTarget | null): void =>
    void on?.dispatchEvent(new PointerEvent('contextmenu', { bubbles: true, cancelable: true, pointerType: '' }))

  test('is that of the card: by key on any cell, by the button; Escape leads back', async () => {
    open('#/d/s1/replicas')
    await expect.poll(() => document.querySelectorAll('main button[aria-haspopup=menu]').length).toBe(3)
    cell()?.focus()
    byKey(cell())
    await expect.poll(() => menu()?.textContent).toContain('Switch over…')
    expect(document.activeElement?.textContent).toContain('Copy 10.0.0.7:6379')
    press('Escape')
    await expect.poll(menu).toBeNull()
    expect(document.activeElement).toBe(cell())
    const button = document.querySelector<HTMLElement>('button[aria-label="Act on 10.0.0.6:6379"]')
    button?.click()
    await expect.poll(() => menu()?.getAttribute('aria-label')).toBe('Act on 10.0.0.6:6379')
    press('Escape')
    await expect.poll(menu).toBeNull()
    expect(document.activeElement).toBe(button)
    expect(location.hash).not.toContain('link')
  })

  test('is nothing where the host has no actions', async () => {
    open('#/d/s1/replicas', (host) => host.respond('actions/list', () => ({ ok: true, value: { actions: [] } })))
    await expect.poll(cell).not.toBeNull()
    expect(document.querySelectorAll('main button[aria-haspopup=menu]')).toHaveLength(0)
    const event = new PointerEvent('contextmenu', { bubbles: true, cancelable: true, pointerType: 'mouse' })
    cell()?.dispatchEvent(event)
    expect(event.defaultPrevented).toBe(false)
    expect(menu()).toBeNull()
  })
})

describe('the focus', () => {
  test('goes to the view in front when a dialog was opened from nowhere', async () => {
    open()
    await expect.poll(() => buttonOf('read-only')).toBeDefined()
    expect(document.activeElement).toBe(document.body)
    await click('read-only')
    await expect.poll(() => dialog()?.contains(document.activeElement)).toBe(true)
    press('Escape', dialog())
    await expect.poll(() => document.activeElement?.tagName).toBe('MAIN')
  })
})

describe('the wizard', () => {
  test('shows each command with its node and its way back, and runs only what was typed', async () => {
    const host = open()
    await review(host)
    for (const text of ['restore the fence', 'none: cannot be undone', 'writes wait for up to 2500 ms', '3 can vote'])
      expect(words()).toContain(text)
    expect(buttonOf('Run: ')?.disabled).toBe(true)
    const field = await type('To run it', 'order')
    expect(buttonOf('Run: ')?.disabled).toBe(true)
    await type('To run it', 'orders')
    press('Enter', field)
    expect(made(host, 'actions/run')).toEqual([])
    await click('Run: ')
    await expect
      .poll(() => made(host, 'actions/run')[0]?.params)
      .toEqual({
        session: 's1',
        plan: 'p1',
        confirmation: 'orders',
        acknowledged: [],
        note: null,
      })
  })

  test('no button has the focus at first, and Escape means no', async () => {
    const host = open()
    await review(host)
    await type('To run it', 'orders')
    expect(document.activeElement?.tagName).not.toBe('BUTTON')
    press('Escape', dialog())
    await expect.poll(() => dialog()).toBeNull()
    expect(made(host, 'actions/run')).toEqual([])
  })

  test('nothing is pasted into the confirmation', async () => {
    const host = open()
    await review(host)
    const field = await type('To run it', '')
    const paste = new Event('paste', { bubbles: true, cancelable: true })
    field.dispatchEvent(paste)
    expect(paste.defaultPrevented).toBe(true)
    const drop = new InputEvent('beforeinput', { inputType: 'insertFromDrop', bubbles: true, cancelable: true })
    field.dispatchEvent(drop)
    expect(drop.defaultPrevented).toBe(true)
    await expect.poll(words).toContain('nothing is pasted here')
  })

  test('a failed check blocks: there is nothing to type', async () => {
    plan = planSample({ preflight: [{ check: 'quorum', status: 'failed', evidence: '1 of 3', needsNote: false }] })
    const host = open()
    await review(host)
    expect(words()).toContain('cannot be overridden')
    expect(words()).not.toContain('To run it, type')
    expect(buttonOf('Run: ')?.disabled).toBe(true)
  })

  test('warnings are acknowledged one by one, with a note where one is needed', async () => {
    plan = planSample({
      preflight: [
        { check: 'cool-down', status: 'warned', evidence: '4 s ago', needsNote: true },
        { check: 'blocked-clients', status: 'warned', evidence: '2 wait', needsNote: false },
      ],
    })
    const host = open()
    await review(host)
    await type('To run it', 'orders')
    expect(words()).toContain('Not acknowledged: cool-down, blocked-clients.')
    for (const box of document.querySelectorAll<HTMLInputElement>('[role=dialog] input[type=checkbox]')) {
      expect(buttonOf('Run: ')?.disabled).toBe(true)
      box.click()
      await nextTick()
    }
    await expect.poll(words).toContain('A note is needed.')
    const note = document.querySelector<HTMLInputElement>('[role=dialog] .note input')!
    note.value = 'agreed with the team'
    note.dispatchEvent(new Event('input', { bubbles: true }))
    await click('Run: ')
    await expect
      .poll(() => made(host, 'actions/run')[0]?.params)
      .toMatchObject({ acknowledged: ['cool-down', 'blocked-clients'], note: 'agreed with the team' })
  })

  test('an expired plan cannot be run; planned again, what was typed is gone', async () => {
    plan = planSample({ expiresAt: new Date(Date.now() - 1000).toISOString() })
    const host = open()
    await review(host)
    await type('To run it', 'orders')
    await expect.poll(words).toContain('This plan has expired.')
    expect(buttonOf('Run: ')?.disabled).toBe(true)
    plan = planSample({ id: 'p2' })
    await click('Plan again')
    await expect.poll(words).toContain('Not confirmed yet.')
    expect(made(host, 'actions/plan')).toHaveLength(2)
  })

  test('a refusal of the host is said, and nothing is shown as running', async () => {
    const host = open()
    host.respond('actions/run', () => ({
      ok: false,
      failure: { code: 'stale-plan', message: 'the master is another by now' },
    }))
    await review(host)
    await type('To run it', 'orders')
    await click('Run: ')
    await expect.poll(words).toContain('the master is another by now')
    expect(buttonOf('Cancel between steps')).toBeUndefined()
  })

  test('what cannot be planned is said in the form', async () => {
    const host = open()
    host.respond('actions/plan', () => ({ ok: false, failure: { code: 'storage', message: 'the journal is locked' } }))
    await click('Act…')
    await click('Switch over…')
    await expect.poll(() => document.querySelector('form')).not.toBeNull()
    document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await expect.poll(words).toContain('the journal is locked')
    expect(buttonOf('Plan')).toBeDefined()
  })
})

describe('a run', () => {
  async function running(): Promise<FakeHost> {
    const host = open()
    await review(host)
    await type('To run it', 'orders')
    await click('Run: ')
    await expect.poll(() => buttonOf('Cancel between steps')).toBeDefined()
    return host
  }
  const states = () =>
    [...document.querySelectorAll('.steps li [role=img]')].map((mark) => mark.getAttribute('aria-label'))

  test('shows each step as it goes, can be cancelled, and ends with what the servers say', async () => {
    const host = await running()
    expect(states()).toEqual(['not yet', 'not yet', 'not yet', 'not yet'])
    host.emit('action/progress', line(0, 'sending', 1))
    await expect.poll(states).toEqual(['sending', 'not yet', 'not yet', 'not yet'])
    host.emit('action/progress', line(1, 'done', 1))
    await expect.poll(states).toEqual(['done', 'not yet', 'not yet', 'not yet'])
    await click('Cancel between steps')
    expect(made(host, 'actions/cancel')[0]?.params).toEqual({ session: 's1', run: 'p1' })
    host.emit(
      'action/outcome',
      runSample({
        progress: [line(0, 'sending', 1), line(1, 'done', 1)],
        outcome: outcomeSample({ state: 'stopped', reason: 'cancelled' }),
      }),
    )
    await expect.poll(words).toContain('Stopped')
    expect(words()).toContain('one master')
    await click('Journal entry')
    await expect.poll(() => location.hash).toContain('/journal?entry=a77')
  })

  test('of which every step was done, and yet the servers say otherwise, is not called undone', async () => {
    const host = await running()
    const failed = { state: 'failed', verification: [{ what: 'one master', so: false, evidence: 'two' }] } as const
    const done = [1, 2, 3, 4].map((n) => line(n, 'done', n))
    host.emit(
      'action/outcome',
      runSample({ progress: done, outcome: outcomeSample({ ...failed, verification: [...failed.verification] }) }),
    )
    await expect.poll(words).toContain('Done, but not as planned')
    expect(words()).toContain('Nothing is left to be taken back.')
    host.emit(
      'action/outcome',
      runSample({ progress: done.slice(0, 2), outcome: outcomeSample({ state: 'failed', reason: 'no answer' }) }),
    )
    await expect.poll(words).toContain('Not done')
  })

  test('goes on when its dialog is closed, is shown on the bar, and its end is not missed', async () => {
    const host = await running()
    press('Escape', dialog())
    await expect.poll(() => dialog()).toBeNull()
    expect(made(host, 'actions/cancel')).toEqual([])
    await expect.poll(() => buttonOf(/switchover runs/)).toBeDefined()
    host.emit('action/outcome', runSample({ outcome: outcomeSample() }))
    await click(/switchover succeeded/)
    await expect.poll(words).toContain('What the servers say')
  })

  test('is found again by a page that was reloaded, lines that were missed with it', async () => {
    const host = open('#/d/s1/topology', (one) =>
      one.respond('actions/runs', () => ({
        ok: true,
        value: { runs: [runSample({ progress: [line(0, 'sending', 1)] })] },
      })),
    )
    await click(/switchover runs/)
    await expect.poll(states).toEqual(['sending', 'not yet', 'not yet', 'not yet'])
    const progress = [line(0, 'sending', 1), line(1, 'done', 1), line(2, 'sending', 2)]
    host.respond('actions/runs', () => ({ ok: true, value: { runs: [runSample({ progress })] } }))
    host.emit('action/progress', line(2, 'sending', 2))
    await expect.poll(states).toEqual(['done', 'sending', 'not yet', 'not yet'])
  })
})

describe('after a crash', () => {
  test('it is shown first with where it stood; verified, what is left is offered; never by itself', async () => {
    const host = open('#/d/s1/topology', (one) => {
      one.respond('actions/unfinished', () => ({ ok: true, value: { actions: [storySample()] } }))
      one.respond('actions/verify', () => ({
        ok: true,
        value: {
          id: 'a77',
          state: 'unfinished',
          lastStep: null,
          now: ['10.0.0.5:6379 is master'],
          pending: [{ title: 'restore the fence', node: '10.0.0.5:6379', commands: [['CONFIG', 'SET', 'x', '0']] }],
          settled: [],
        },
      }))
      one.respond('actions/undo-plan', () => ({
        ok: true,
        value: { plan: planSample({ action: 'undo' }), keptId: 'p1' },
      }))
    })
    await expect.poll(words).toContain('step 1 (fence) was under way')
    expect(made(host, 'actions/verify')).toEqual([])
    await click('Verify now')
    await expect.poll(words).toContain('CONFIG SET x 0')
    await click('Plan to take it back')
    await expect.poll(() => made(host, 'actions/undo-plan')[0]?.params).toEqual({ session: 's1', action: 'a77' })
    await expect.poll(() => buttonOf('Run: Take back')).toBeDefined()
  })
})

describe('the journal', () => {
  test('lists actions, shows rows and answers, and says when it is not what was written', async () => {
    const row = { seq: 1, at: '2026-01-01T10:00:00.123Z', kind: 'step-answered', hash: 'abc' }
    open('#/d/s1/journal', (host) => {
      host.respond('journal/list', () => ({ ok: true, value: { actions: [storySample({ state: 'failed' })] } }))
      host.respond('journal/show', () => ({
        ok: true,
        value: {
          story: storySample({ state: 'failed' }),
          rows: [{ ...row, line: 'step-answered  step 1  fence', body: '{"replies":[{"error":"READONLY no"}]}' }],
        },
      }))
      host.respond('journal/verify', () => ({
        ok: true,
        value: { sound: false, rows: 9, problems: ['row 4 was changed'], notes: ['the head was kept apart'] },
      }))
    })
    await expect.poll(words).toContain('Not what was written')
    expect(words()).toContain('row 4 was changed')
    await click(/switchover orders:/)
    await expect.poll(words).toContain('READONLY no')
    expect(location.hash).toContain('entry=a77')
  })
})

describe('the journal without a deployment', () => {
  const alone = (story: Parameters<typeof storySample>[0], prepare: (host: FakeHost) => void = () => undefined) =>
    open('#/journal?entry=a77', (host) => {
      const one = storySample(story)
      host.respond('journal/list', () => ({ ok: true, value: { actions: [one] } }))
      host.respond('journal/show', () => ({ ok: true, value: { story: one, rows: [] } }))
      host.respond('journal/verify', () => ({ ok: true, value: { sound: true, rows: 3, problems: [], notes: [] } }))
      host.respond('journal/export', () => ({
        ok: true,
        value: { fileName: 'journal.jsonl', mediaType: 'application/jsonl', text: '' },
      }))
      prepare(host)
    })

  test('is read, verified and exported; an unfinished action names its servers and the way to them', async () => {
    const host = alone({ session: null, nodes: ['10.0.0.5:6379', '10.0.0.6:6379'] })
    await expect.poll(words).toContain('Sound: 3 rows')
    await expect.poll(words).toContain('switchover: unfinished')
    expect(host.made.some(({ name }) => name === 'deployment/state')).toBe(false)
    await click('Export')
    await expect.poll(() => made(host, 'journal/export').length).toBe(1)
    const way = [...document.querySelectorAll<HTMLAnchorElement>('main a')].find((one) =>
      one.textContent.includes('Connect to them'),
    )
    way?.click()
    await expect.poll(() => document.querySelector<HTMLTextAreaElement>('#addresses')?.value).toContain('10.0.0.6:6379')
    await expect.poll(() => location.hash).toBe('#/connect')
  })

  test('what another page has open is verified, and taken back on that deployment', async () => {
    const host = alone({}, (one) => {
      one.respond('actions/verify', () => ({
        ok: true,
        value: {
          id: 'a77',
          state: 'unfinished',
          lastStep: null,
          now: [],
          pending: [{ title: 'restore the fence', node: '10.0.0.5:6379', commands: [] }],
          settled: [],
        },
      }))
      one.respond('actions/undo-plan', () => ({ ok: true, value: { plan, keptId: 'p1' } }))
    })
    await click('Verify now')
    await click('Plan to take it back')
    await expect.poll(() => made(host, 'actions/undo-plan')[0]?.params).toEqual({ session: 's1', action: 'a77' })
    await expect.poll(() => location.hash).toContain('/d/s1/journal?entry=a77')
    await expect.poll(() => buttonOf('Run: Take back')).toBeDefined()
  })

  test('a change of settings that succeeded is set back by a new plan of its own', async () => {
    const host = alone({ action: 'config-set', state: 'succeeded', pending: [] })
    await click('Set back…')
    await expect
      .poll(() => made(host, 'actions/plan')[0]?.params)
      .toEqual({
        session: 's1',
        intent: { action: 'config-set', group: 'orders', node: null, to: null, settings: { restore: 'a77' } },
      })
    await expect.poll(() => buttonOf('Run: Set back')?.disabled).toBe(true)
    expect(made(host, 'actions/run')).toEqual([])
  })

  test('a rolling restart that stopped is taken up again by a new plan', async () => {
    const host = alone({ action: 'rolling-restart', state: 'stopped', pending: [] }, (one) => {
      one.respond('actions/list', () => ({ ok: true, value: { actions: [ROLLING] } }))
    })
    await click('Take it up again')
    await expect.poll(() => document.querySelector<HTMLInputElement>('[role=dialog] form input')?.value).toBe('a77')
    document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await expect
      .poll(() => made(host, 'actions/plan')[0]?.params)
      .toMatchObject({ session: 's1', intent: { action: 'rolling-restart', settings: { resume: 'a77' } } })
  })
})
