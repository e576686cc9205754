import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextTick, type App } from 'vue'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'
import { endedRun, playLab, runView, type FakeLab } from '../support/lab-samples.ts'
import { wellSlice } from '../support/samples.ts'

let app: App | undefined

function open(path: string, start: Partial<FakeLab> = {}): FakeHost {
  document.body.innerHTML = '<div id="app"></div>'
  location.hash = path
  const host = createFakeHost([wellSlice()], { head: { environment: 'lab' } })
  playLab(host, start)
  app = mountApp(host, '#app')
  return host
}

const words = (): string => (document.body.textContent ?? '').replace(/\s+/g, ' ')
const made = (host: FakeHost, name: string) => host.made.filter((call) => call.name === name).map((call) => call.params)
const named = <E extends HTMLElement>(selector: string, text: string) =>
  [...document.querySelectorAll<E>(selector)].find((one) =>
    one.textContent.replace(/\s+/g, ' ').trim().startsWith(text),
  )
const button = (text: string) => named<HTMLButtonElement>('button', text)
async function click(text: string, selector = 'button'): Promise<void> {
  await expect.poll(() => named(selector, text), { message: `${selector} ${text}` }).toBeDefined()
  named(selector, text)?.click()
  await nextTick()
}
const rows = () =>
  [...document.querySelectorAll('.list .moment')].map((one) => one.textContent.replace(/\s+/g, ' ').trim())
const article = (title: string) =>
  [...document.querySelectorAll('article')].find((one) => one.textContent.includes(title))

beforeEach(() => {
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
})
afterEach(() => {
  app?.unmount()
  app = undefined
})

describe('the gallery', () => {
  test('needs no deployment; each drill tells its story, what it needs and how long it takes', async () => {
    open('#/drills')
    await expect.poll(words).toContain('The master dies under load')
    for (const part of ['about 15 s', 'about 2 min', 'needs root', 'Not here: it needs root', 'To begin with'])
      expect(words()).toContain(part)
    const refused = article('The disk of the master is full')?.querySelectorAll('button')
    expect([...(refused ?? [])].every((one) => one.disabled)).toBe(true)
  })

  test('starts one, with its remedy where it has one, and goes to its run', async () => {
    const host = open('#/drills')
    await expect.poll(words).toContain('The master dies under load')
    expect(article('Too few Sentinels')?.textContent).not.toContain('with the remedy')
    const [, withRemedy] = article('The master dies under load')!.querySelectorAll('button')
    withRemedy?.click()
    await expect.poll(() => location.hash).toBe('#/drills/r1')
    expect(made(host, 'drills/start')).toEqual([{ name: 'primary-crash', withRemedy: true }])
    await expect.poll(words).toContain('with the remedy')
  })

  test('while one runs no other can be started, and it can be watched and cancelled from there', async () => {
    const host = open('#/drills', { runs: [runView()] })
    await expect.poll(words).toContain('Watch it')
    expect(button('Start')?.disabled).toBe(true)
    await click('Cancel')
    expect(made(host, 'drills/cancel')).toEqual([{ run: 'r1' }])
  })

  test('says why one could not be started', async () => {
    const host = open('#/drills')
    host.respond('drills/start', () => ({ ok: false, failure: { code: 'in-use', message: 'one runs in this host' } }))
    await click('Start')
    await expect.poll(words).toContain('one runs in this host')
    expect(location.hash).toBe('#/drills')
  })

  test('shows the last result of each kind, and how the forecast did', async () => {
    open('#/drills', { runs: [endedRun(), endedRun({ run: 'r2', withRemedy: true })] })
    await expect.poll(words).toContain('Result: forecast right in 5 of 5')
    expect(words()).toContain('With the remedy: forecast right in 3 of 4')
  })
})

describe('a drill that runs', () => {
  test('shows what it does, the forecast, and the newest moment first; its lab can be looked at', async () => {
    const host = open('#/drills/r1', { runs: [runView()] })
    await expect.poll(words).toContain('the Sentinels wait 5 s')
    expect(words()).toContain('5 s to 7.4 s')
    expect(rows()[0]).toContain('master-unreachable raised')
    const timeline = [
      ...runView().timeline,
      { atMs: 9100, lane: 'sentinel' as const, node: null, what: '+sdown', detail: '' },
    ]
    host.emit('drill/changed', runView({ timeline, doing: 'A replica is chosen' }))
    await expect.poll(words).toContain('A replica is chosen')
    expect(rows()[0]).toBe('+9.1 s Sentinel +sdown')
    expect(named<HTMLAnchorElement>('a', 'Look at its lab')?.getAttribute('href')).toBe('#/d/s1/topology')
  })

  test('the lanes can be chosen; every moment is reached by arrows', async () => {
    open('#/drills/r1', { runs: [runView()] })
    await expect.poll(() => rows().length).toBe(9)
    const faults = named('label', 'Faults')?.querySelector('input')
    faults?.click()
    await expect.poll(() => rows().length).toBe(7)
    expect(rows().join()).not.toContain('killed')
    const all = [...document.querySelectorAll<HTMLElement>('.list .moment')]
    all[0]?.focus()
    all[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }))
    expect(document.activeElement).toBe(all[1])
    await expect.poll(() => all[1]?.getAttribute('aria-current')).toBe('true')
  })

  test('its lab is left when it ends, from its page at once', async () => {
    const host = open('#/d/s1/topology', { runs: [runView()] })
    await click('Back to the drill', 'a')
    await expect.poll(words).toContain('the Sentinels wait 5 s')
    expect(made(host, 'deployment/close')).toEqual([])
    host.emit('drill/changed', endedRun())
    await expect.poll(() => made(host, 'deployment/close')).toEqual([{ session: 's1' }])
  })

  test('who looks at its lab when it ends is told so, and led to the result', async () => {
    const host = open('#/d/s1/topology', { runs: [runView()] })
    await expect.poll(words).toContain('Back to the drill')
    host.respond('drills/runs', () => ({ ok: true, value: { runs: [endedRun()] } }))
    host.emit('drill/changed', endedRun())
    await expect.poll(words).toContain('this is the last picture of its lab')
    await click('Its result', 'a')
    await expect.poll(words).toContain('The forecast was right in 5 of 5')
  })

  test('is cancelled by one press, and what it ended with stays', async () => {
    const host = open('#/drills/r1', { runs: [runView()] })
    await click('Cancel')
    expect(made(host, 'drills/cancel')).toEqual([{ run: 'r1' }])
    expect(words()).toContain('Cancelling…')
    host.emit('drill/changed', runView({ state: 'cancelled', session: null, doing: 'cancelled' }))
    await expect.poll(words).toContain('Cancelled before its end')
    expect(words()).not.toContain('cancelled 0 s')
    expect(named('a', 'Look at its lab')).toBeUndefined()
    expect(rows().length).toBe(9)
  })

  test('goes on being told when the line to the host was lost meanwhile', async () => {
    const host = open('#/drills/r1', { runs: [runView()] })
    await expect.poll(words).toContain('the Sentinels wait 5 s')
    const asked = made(host, 'drills/runs').length
    host.setLine({ state: 'connecting', attempt: 1 })
    host.respond('drills/runs', () => ({ ok: true, value: { runs: [endedRun()] } }))
    host.setLine({ state: 'open' })
    await expect.poll(() => made(host, 'drills/runs').length).toBeGreaterThan(asked)
    await expect.poll(words).toContain('The forecast was right in 5 of 5')
  })

  test('a failed one says why', async () => {
    open('#/drills/r1', {
      runs: [runView({ state: 'failed', failure: { code: 'drill', message: 'no port is free' } })],
    })
    await expect.poll(words).toContain('no port is free')
  })

  test('a run that this host does not know is said so', async () => {
    open('#/drills/r9')
    await expect.poll(words).toContain('This run is not known here')
  })
})

describe('the result', () => {
  const verdicts = () =>
    [...document.querySelectorAll('td.mark')].map((one) => one.textContent.replace(/\s+/g, ' ').trim())

  test('sets the forecast beside the measurement, with its verdict, lesson and numbers', async () => {
    open('#/drills/r1', { runs: [endedRun()] })
    await expect.poll(words).toContain('The forecast was right in 5 of 5')
    expect(verdicts()).toEqual(['● right', '● right', '● right', '● right', '● right'])
    for (const part of ['0 B to 14 KB', '41 of 1161 acknowledged writes', 'are gone', 'no answer, yet it is there'])
      expect(words()).toContain(part)
    expect(rows()[0]).toContain('lab is up')
  })

  test('tells wrong from not said, and names what was wrong', async () => {
    open('#/drills/r2', { runs: [endedRun({ run: 'r2', withRemedy: true })] })
    await expect.poll(words).toContain('The forecast was right in 3 of 4')
    expect(verdicts()).toEqual(['● right', '● right', '■ wrong', '– not said', '● right'])
    expect(words()).toContain('wrong: How long writes fail')
  })

  test('offers the setting that would have changed it and runs it again with that', async () => {
    const host = open('#/drills/r1', { runs: [endedRun()] })
    await expect.poll(words).toContain('CONFIG SET min-replicas-to-write 1')
    await click('Run again with the remedy')
    expect(made(host, 'drills/start')).toEqual([{ name: 'primary-crash', withRemedy: true }])
    await expect.poll(() => location.hash).toBe('#/drills/r2')
  })

  test('both runs stand side by side, and go into the file together', async () => {
    const host = open('#/drills/r1', { runs: [endedRun(), endedRun({ run: 'r2', withRemedy: true })] })
    await expect.poll(words).toContain('Side by side')
    const lost = [...document.querySelectorAll('tr')].find((row) => row.textContent.startsWith('lost'))
    expect([...(lost?.querySelectorAll('td.num') ?? [])].map((cell) => cell.textContent)).toEqual(['41', '0'])
    await click('Markdown')
    expect(made(host, 'drills/report')).toEqual([{ run: 'r1', beside: 'r2', format: 'markdown' }])
    await expect.poll(words).toContain('drill-r1.markdown saved')
  })
})
