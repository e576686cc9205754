import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { App } from 'vue'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'
import { judgedSlice } from '../support/judge-samples.ts'
import { wellSlice } from '../support/samples.ts'

let app: App | undefined
let host: FakeHost

function open(slices: readonly GroupSlice[]): void {
  document.body.innerHTML = '<div id="app"></div>'
  localStorage.setItem('repliscope.settings.v1', JSON.stringify({ isStripOpen: false, isSideOpen: false }))
  location.hash = '#/d/s1/findings'
  host = createFakeHost(slices)
  app = mountApp(host, '#app')
}

const main = (): HTMLElement | null => document.querySelector('main')
const words = (): string => (main()?.textContent ?? '').replace(/\s+/g, ' ')
const named = (start: string): HTMLElement | null => document.querySelector(`main [aria-label^="${start}"]`)
const titles = (): (string | null)[] => [...document.querySelectorAll('main h4')].map((one) => one.textContent)

beforeEach(() => {
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
})
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.restoreAllMocks()
})

describe('the findings view', () => {
  test('shows the gravest first with its evidence open, and a count on the rail', async () => {
    open([judgedSlice()])
    await expect.poll(titles).toHaveLength(4)
    expect(titles()[0]).toBe('10.0.0.8:6379 has been down for 41 s')
    expect(words()).toContain('1 critical, 2 warnings, 1 note')
    expect(words()).toContain('master_link_down_since_seconds')
    expect(words()).not.toContain('slave_priority')
    expect(words()).toContain('not yet held')
    // what does not hold yet does not count
    expect(document.querySelector('nav [aria-label="Findings, 2 that need a look"]')).not.toBeNull()
  })

  test('each claim opens what it rests on and what to do', async () => {
    open([judgedSlice()])
    const evidence = (): HTMLElement | null => named('Evidence and remedy: 10.0.0.7:6379 would win')
    await expect.poll(evidence).not.toBeNull()
    evidence()?.click()
    await expect.poll(words).toContain('899,687,090')
    expect(words()).toContain('CONFIG SET replica-priority 100')
    expect(evidence()?.getAttribute('aria-expanded')).toBe('true')
    host.tick()
    await expect.poll(() => evidence()?.getAttribute('aria-expanded')).toBe('true')
  })

  test('an acknowledged finding goes quiet and can be taken back', async () => {
    open([judgedSlice()])
    await expect.poll(() => named('Acknowledge: 10.0.0.8:6379')).not.toBeNull()
    named('Acknowledge: 10.0.0.8:6379')?.click()
    await expect.poll(() => document.querySelector('main form')).not.toBeNull()
    const note = document.querySelector<HTMLInputElement>('main form input')!
    expect(document.activeElement).toBe(note)
    note.value = 'disk is being replaced'
    note.dispatchEvent(new Event('input'))
    document.querySelector('main form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await expect.poll(titles).toHaveLength(3)
    const made = host.made.find((call) => call.name === 'findings/acknowledge')
    expect(made?.params).toMatchObject({
      session: 's1',
      acknowledgement: {
        code: 'replica-link-down',
        group: 'orders',
        severity: 'critical',
        note: 'disk is being replaced',
      },
    })
    expect(document.querySelector('nav [aria-label="Findings, 1 that need a look"]')).not.toBeNull()
    document.querySelectorAll<HTMLInputElement>('main [type=checkbox]')[1]?.click()
    await expect.poll(() => named('Take back: 10.0.0.8:6379')).not.toBeNull()
    expect(words()).toContain('“disk is being replaced”')
    named('Take back: 10.0.0.8:6379')?.click()
    await expect.poll(() => named('Acknowledge: 10.0.0.8:6379')).not.toBeNull()
  })

  test('an acknowledged warning that becomes critical speaks up again', async () => {
    open([judgedSlice()])
    host.respond('findings/acknowledged', () => ({
      ok: true,
      value: {
        acknowledgements: [
          {
            code: 'priority-beats-freshness',
            subject: { kind: 'group', id: 'orders' },
            group: 'orders',
            severity: 'warning',
            note: '',
            at: new Date().toISOString(),
            expiresAt: null,
          },
        ],
      },
    }))
    await expect.poll(titles).toHaveLength(3)
    host.tick((slice) => ({
      ...slice,
      findings: slice.findings.map((one) => ({ ...one, severity: 'critical' as const })),
    }))
    await expect.poll(titles).toHaveLength(4)
  })

  test('one that cannot be kept is said, and the form stays', async () => {
    open([judgedSlice()])
    host.respond('findings/acknowledge', () => ({
      ok: false,
      failure: { code: 'storage', message: 'the disk is full' },
    }))
    await expect.poll(() => named('Acknowledge: 10.0.0.8:6379')).not.toBeNull()
    named('Acknowledge: 10.0.0.8:6379')?.click()
    await expect.poll(() => document.querySelector('main form')).not.toBeNull()
    document.querySelector('main form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await expect.poll(() => document.querySelector('main form [role=alert]')?.textContent).toBe('the disk is full')
  })

  test('what is said of several nodes is one card that opens to each, and is acknowledged at once', async () => {
    const slice = judgedSlice()
    const nodes = ['10.0.0.5:6379', '10.0.0.6:6379', '10.0.0.7:6379']
    const ended = nodes.map((id) => ({
      ...slice.findings.find(({ held, severity }) => held && severity === 'warning')!,
      code: 'end-of-life',
      subject: { kind: 'node' as const, id },
      title: `${id} runs redis 7.0.15`,
    }))
    open([{ ...slice, findings: ended }])
    await expect.poll(titles).toEqual(['10.0.0.5:6379 runs redis 7.0.15'])
    expect(words()).toContain('the same of 10.0.0.6:6379, 10.0.0.7:6379')
    expect(words()).toContain('3 warnings')
    named('Each of 3: end-of-life')?.click()
    await expect.poll(titles).toHaveLength(4)
    named('Acknowledge all 3: end-of-life')?.click()
    await expect.poll(() => document.querySelector('main form')).not.toBeNull()
    document.querySelector('main form')?.dispatchEvent(new Event('submit', { cancelable: true }))
    await expect.poll(titles).toEqual([])
    expect(
      host.made
        .filter((call) => call.name === 'findings/acknowledge')
        .map((call) => (call.params as { acknowledgement: { subject: { id: string } } }).acknowledgement.subject.id),
    ).toEqual(nodes)
  })

  test('is quiet when all is well, and still says what could not be judged', async () => {
    open([{ ...wellSlice(), notJudged: judgedSlice().notJudged }])
    await expect.poll(words).toContain('Nothing is wrong with orders that can be seen from here.')
    expect(words()).toContain('3 judgements could not be made')
    expect(document.querySelector('nav [aria-label="Findings"]')).not.toBeNull()
  })

  test('what another page acknowledged goes quiet here at once, and what it says of another session does not', async () => {
    const slice = judgedSlice()
    open([slice])
    await expect.poll(titles).toHaveLength(4)
    const { code, subject, severity } = slice.findings.find(({ held }) => held)!
    const one = {
      ...{ code, subject: { ...subject }, severity, group: slice.group.name, note: 'seen by the night shift' },
      ...{ at: new Date().toISOString(), expiresAt: null },
    }
    host.emit('findings/acknowledged', { session: 's9', acknowledgements: [one] })
    host.emit('findings/acknowledged', { session: 's1', acknowledgements: [] })
    await expect.poll(words).not.toContain('acknowledged(1)')
    host.emit('findings/acknowledged', { session: 's1', acknowledgements: [one] })
    await expect.poll(words).toContain('acknowledged(1)')
  })

  test('script in a title, a value and a remedy stays text', async () => {
    const evil = '<img src=x onerror=alert(1)>'
    const slice = judgedSlice()
    const first = slice.findings[0]!
    open([
      {
        ...slice,
        findings: [
          {
            ...first,
            title: evil,
            remedy: [`redis-cli ${evil}`],
            evidence: [{ node: evil, field: evil, value: evil, at: null }],
          },
        ],
      },
    ])
    await expect.poll(titles).toEqual([evil])
    expect(document.querySelector('img')).toBeNull()
  })

  test('the audit report is saved as a file', async () => {
    const saved: string[] = []
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:1')
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download)
    })
    open([judgedSlice()])
    const button = () =>
      [...document.querySelectorAll('main button')].find((one) => one.textContent?.trim() === 'Markdown')
    await expect.poll(button).toBeDefined()
    ;(button() as HTMLElement).click()
    await expect.poll(() => saved).toEqual(['audit.markdown'])
    expect(host.made.find((call) => call.name === 'audit/report')?.params).toEqual({
      session: 's1',
      group: 'orders',
      format: 'markdown',
    })
  })
})
