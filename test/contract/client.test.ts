import { beforeEach, expect, it } from 'vitest'
import type { LineState } from '../../src-main/contract/calls.ts'
import { createContractClient } from '../../src-main/contract/client.ts'
import type { PageWireEvents } from '../../src-main/contract/client.ts'
import type { HostFrame, PageFrame } from '../../src-main/contract/wire.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** One line that the page dialled; the test plays the host. */
interface Dialled {
  readonly events: PageWireEvents
  readonly sent: PageFrame[]
  isClosed: boolean
  readonly tell: (frame: HostFrame) => void
}

let clock: FakeClock
let dialled: Dialled[]
let lines: LineState[]
beforeEach(() => {
  clock = new FakeClock()
  dialled = []
  lines = []
})

function page() {
  const client = createContractClient({
    timers: clock,
    token: () => 'a token',
    describeRefusal: (message, wasOpen) => (wasOpen ? `again: ${message}` : message),
    dial: (events) => {
      const line: Dialled = {
        events,
        sent: [],
        isClosed: false,
        tell: (frame) => events.received(JSON.stringify(frame)),
      }
      dialled.push(line)
      return { send: (frame) => void line.sent.push(frame), close: () => void (line.isClosed = true) }
    },
  })
  client.onLine((line) => lines.push(line))
  return client
}

function latest(): Dialled {
  const line = dialled.at(-1)
  if (line === undefined) throw new Error('nothing was dialled')
  return line
}

function welcome(): void {
  latest().events.opened()
  latest().tell({ t: 'welcome', contract: 1 })
}

it('greets with its token as the first frame', () => {
  page()
  latest().events.opened()
  expect(latest().sent).toEqual([{ t: 'hello', contract: 1, token: 'a token' }])
})

it('dials again after waits that double, up to a bound, and starts over once it was let in', async () => {
  page()
  const waits: number[] = []
  for (let n = 0; n < 8; n += 1) {
    latest().events.closed()
    const before = dialled.length
    const from = clock.now()
    while (dialled.length === before) await clock.advance(25)
    waits.push(clock.now() - from)
  }
  // Half of the doubling wait plus half of that by chance (0.5): three quarters.
  expect(waits).toEqual([200, 375, 750, 1500, 3000, 3750, 3750, 3750])
  expect(lines.at(-1)).toEqual({ state: 'connecting', attempt: 8 })
  welcome()
  latest().events.closed()
  expect(lines.at(-1)).toEqual({ state: 'connecting', attempt: 1 })
})

it('holds a dead line for lost when the host does not answer a ping, and ignores what it says later', async () => {
  page()
  welcome()
  const dead = latest()
  await clock.advance(10_000)
  expect(dead.sent.at(-1)).toEqual({ t: 'ping' })
  await clock.advance(10_000)
  expect([dead.isClosed, lines.at(-1)?.state]).toEqual([true, 'connecting'])
  dead.tell({ t: 'welcome', contract: 1 })
  dead.events.closed()
  expect(lines.at(-1)).toEqual({ state: 'connecting', attempt: 1 })
})

it('keeps a line on which the host answers', async () => {
  page()
  welcome()
  for (let n = 0; n < 10; n += 1) {
    await clock.advance(10_000)
    latest().tell({ t: 'pong' })
  }
  expect(dialled).toHaveLength(1)
})

it('lets a call wait for the line, and fails it as data after ten seconds', async () => {
  const client = page()
  const early = client.call('app/info', {})
  await clock.advance(10_000)
  expect(await early).toMatchObject({ ok: false, failure: { code: 'line-closed' } })
  const patient = client.call('recents/list', {})
  welcome()
  expect(latest().sent.slice(1)).toEqual([{ t: 'call', id: 2, name: 'recents/list', params: {} }])
  latest().tell({ t: 'answer', id: 2, answer: { ok: true, value: { recents: [] } } })
  expect(await patient).toEqual({ ok: true, value: { recents: [] } })
  await clock.advance(20_000)
})

it('lets so many calls wait and no more', async () => {
  const client = page()
  for (let n = 0; n < 64; n += 1) void client.call('app/info', {})
  expect(await client.call('app/info', {})).toMatchObject({ ok: false, failure: { code: 'too-busy' } })
})

it('never sends a call twice', async () => {
  const client = page()
  welcome()
  const answer = client.call('lab/start', {})
  latest().events.closed()
  expect(await answer).toMatchObject({ ok: false, failure: { code: 'line-closed' } })
  await clock.advance(1000)
  welcome()
  expect(latest().sent.filter(({ t }) => t === 'call')).toEqual([])
})

it('stops dialling when it is refused, and says so to every call, waiting or new', async () => {
  const client = page()
  welcome()
  latest().events.closed()
  await clock.advance(1000)
  const waiting = client.call('app/info', {})
  latest().events.opened()
  latest().tell({ t: 'refused', message: 'open the other address' })
  const words = 'again: open the other address'
  expect(lines.at(-1)).toEqual({ state: 'refused', message: words })
  for (const answer of [waiting, client.call('app/info', {})])
    expect(await answer).toEqual({ ok: false, failure: { code: 'refused', message: words } })
  const before = dialled.length
  await clock.advance(100_000)
  expect(dialled).toHaveLength(before)
})

it('acknowledges a batch even when a listener throws, which stays loud', () => {
  const client = page()
  welcome()
  client.on('lab/progress', () => {
    throw new Error('a bug of the page')
  })
  const batch: HostFrame = { t: 'events', batch: 7, events: [['lab/progress', { text: '', ratio: null }]] }
  expect(() => latest().tell(batch)).toThrow('a bug of the page')
  expect(latest().sent.at(-1)).toEqual({ t: 'ack', batch: 7 })
})

it('leaves nothing behind when it is ended', async () => {
  const client = page()
  welcome()
  const answer = client.call('app/info', {})
  client.dispose()
  client.dispose()
  expect(await answer).toMatchObject({ failure: { code: 'line-closed' } })
  expect([latest().isClosed, clock.pending]).toEqual([true, 0])
  expect(await client.call('app/info', {})).toMatchObject({ failure: { code: 'line-closed' } })
})
