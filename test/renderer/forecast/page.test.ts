import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { App } from 'vue'
import { mountApp } from '../../../src-renderer/mount-app.ts'
import { createFakeHost, type FakeHost } from '../support/fake-client.ts'
import { failoverSample, judgedSlice } from '../support/judge-samples.ts'
import { wellSlice } from '../support/samples.ts'

let app: App | undefined
let host: FakeHost

function open(view: string): void {
  document.body.innerHTML = '<div id="app"></div>'
  localStorage.setItem('repliscope.settings.v1', JSON.stringify({ isStripOpen: false, isSideOpen: false }))
  location.hash = `#/d/s1/${view}?group=orders`
  host = createFakeHost([judgedSlice(), wellSlice('carts', '10.0.1')])
  app = mountApp(host, '#app')
}
const words = (): string => (document.querySelector('main')?.textContent ?? '').replace(/\s+/g, ' ')
const field = (name: string): HTMLInputElement | null => document.querySelector(`main [aria-label="${name}"]`)
const asked = () => host.made.flatMap((call) => (call.name === 'forecast/failover' ? [call.params] : []))

function type(input: HTMLInputElement | null, text: string): void {
  if (input === null) throw new Error('no such field')
  input.value = text
  input.dispatchEvent(new Event('input'))
}

beforeEach(() => {
  Object.defineProperty(window, 'innerWidth', { configurable: true, value: 1440 })
})
afterEach(() => {
  app?.unmount()
  app = undefined
})

describe('the forecast view', () => {
  test('answers, ranks, times, and says why each rejected candidate is out', async () => {
    open('forecast')
    await expect.poll(words).toContain('10.0.0.7:6379 takes over.')
    expect(words()).toContain('not taken: subjectively down')
    expect(words()).toContain('not certain')
    expect(words()).toContain('may lead with a view of its own')
    expect(words()).toContain('at worst 8.3 s without a master')
    expect(document.querySelector('main svg[role=img]')?.getAttribute('aria-label')).toContain('detection 5.1 s')
    expect(words()).toContain('it is ahead of the new master by 312,882 bytes')
    await expect.poll(words).toContain('14 m 20 s')
  })

  test('a node taken away is asked about at once, and compared with how things are', async () => {
    open('forecast')
    await expect.poll(() => field('10.0.0.7:6379 is gone')).not.toBeNull()
    field('10.0.0.7:6379 is gone')?.click()
    await expect.poll(words).toContain('What if 10.0.0.7:6379 is gone')
    await expect.poll(words).toContain('10.0.0.6:6379 instead of 10.0.0.7:6379')
    expect(asked()).toContainEqual(expect.objectContaining({ group: 'orders', without: ['10.0.0.7:6379'] }))
    ;[...document.querySelectorAll<HTMLElement>('main button')]
      .find((one) => one.textContent?.trim() === 'As things are')
      ?.click()
    await expect.poll(words).not.toContain('What if 10.0.0.7')
    await expect.poll(() => asked().at(-1)).toMatchObject({ without: [] })
  })

  test('priorities and the guard are whole numbers; what is none is as if it was empty', async () => {
    open('forecast')
    await expect.poll(() => field('Priority of 10.0.0.6:6379')).not.toBeNull()
    type(field('Priority of 10.0.0.6:6379'), '10')
    await expect.poll(() => asked().at(-1)).toMatchObject({ priorities: {} })
    await expect.poll(() => asked().some((one) => one.priorities['10.0.0.6:6379'] === 10)).toBe(true)
    type(field('Priority of 10.0.0.6:6379'), '-4')
    await expect.poll(words).not.toContain('has priority')
  })

  test('it is asked anew with every sample, one call at a time', async () => {
    open('forecast')
    await expect.poll(words).toContain('10.0.0.7:6379 takes over.')
    let answer: ((of: { ok: true; value: ReturnType<typeof failoverSample> }) => void) | undefined
    host.respond('forecast/failover', () => new Promise((resolve) => (answer = resolve)))
    host.tick()
    await expect.poll(() => answer).toBeDefined()
    const before = asked().length
    host.tick()
    host.tick()
    host.tick()
    await Promise.resolve()
    expect(asked()).toHaveLength(before)
    answer?.({ ok: true, value: failoverSample({ winner: '10.0.0.6:6379' }) })
    await expect.poll(words).toContain('10.0.0.6:6379 takes over.')
    await expect.poll(() => asked().length).toBe(before + 1)
  })

  test('an answer about the group before is not shown for the next', async () => {
    open('forecast')
    await expect.poll(words).toContain('10.0.0.7:6379 takes over.')
    let answer: ((of: { ok: true; value: ReturnType<typeof failoverSample> }) => void) | undefined
    host.respond('forecast/failover', ({ group }) =>
      group === 'orders'
        ? new Promise((resolve) => (answer = resolve))
        : { ok: true, value: failoverSample({ group, winner: '10.0.1.6:6379' }) },
    )
    host.tick()
    await expect.poll(() => answer).toBeDefined()
    location.hash = '#/d/s1/forecast?group=carts'
    // happy-dom changes the hash without telling anybody
    window.dispatchEvent(new PopStateEvent('popstate', { state: null }))
    await expect.poll(words).toContain('What happens in carts')
    expect(words()).not.toContain('10.0.0.7:6379 takes over.')
    answer?.({ ok: true, value: failoverSample() })
    await expect.poll(words).toContain('10.0.1.6:6379 takes over.')
  })

  test('a failover that would not work promotes nobody, wherever it is looked at', async () => {
    open('forecast')
    const works = { ok: false, reasons: ['1 Sentinels can vote, 2 votes are needed'] }
    host.respond('forecast/failover', () => ({ ok: true, value: failoverSample({ works }) }))
    await expect.poll(words).toContain('Nobody takes over by itself.')
    expect(words()).toContain('best by hand: nobody promotes it')
    expect(words()).toContain('if the best is promoted by hand')
    expect(document.querySelector('main .wins')).toBeNull()
  })

  test('without an answer it says why', async () => {
    open('forecast')
    host.respond('forecast/failover', () => ({ ok: false, failure: { code: 'not-found', message: 'it has ended' } }))
    await expect.poll(words).toContain('it has ended')
  })
})

describe('the advice view', () => {
  test('says the mode, tries a guard live, and sizes from what is measured', async () => {
    open('advice')
    await expect.poll(words).toContain('Semi-synchronous')
    expect(words()).toContain('Writes would go on: 2 good replicas, 1 required.')
    expect(words()).toContain('2 MB/s × 60 s')
    expect(words()).toContain('The longest full resync seen in this session took 2 m 00 s.')
    const required = [...document.querySelectorAll<HTMLInputElement>('main input[type=number]')][0] ?? null
    type(required, '2')
    await expect.poll(words).toContain('one slow replica stops them all')
    expect(words()).toContain('would stop writes within 12 s')
    const rate = [...document.querySelectorAll<HTMLInputElement>('main input:not([type=number])')][0] ?? null
    type(rate, 'fast')
    await expect.poll(words).toContain('A rate is a number with a unit')
    expect(rate?.getAttribute('aria-invalid')).toBe('true')
    type(rate, '200 MB/s')
    await expect.poll(words).toContain('above 100 MB/s ◂ here')
  })
})
