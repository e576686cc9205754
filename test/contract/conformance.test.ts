import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CallName, EventPayload, LineState } from '../../src-main/contract/calls.ts'
import { CALL_NAMES } from '../../src-main/contract/names.ts'
import type { CallContext, Handlers, Page } from '../../src-main/contract/server.ts'
import { EVENT_GATHER_MS, MAX_CALLS_IN_FLIGHT, MAX_PAGE_FRAME_CHARS } from '../../src-main/contract/wire.ts'
import { headOf, plainHandlers, sliceOf } from './support/handlers.ts'
import { rigKinds, TOKEN } from './support/rigs.ts'
import type { RawPage, Rig, TestClient } from './support/rigs.ts'
import { eventually } from '../support/eventually.ts'

const HELLO = JSON.stringify({ t: 'hello', contract: 1, token: TOKEN })
const never = () => new Promise<never>(() => undefined)

describe.each(rigKinds)('the contract $name', (kind) => {
  let rig: Rig | undefined
  const clients: { dispose: () => void }[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.dispose()
    await rig?.dispose()
    rig = undefined
    vi.unstubAllGlobals()
  })

  async function start(overrides: Partial<Handlers> = {}, seen: CallContext[] = []) {
    rig = await kind.make(plainHandlers(overrides, seen))
    return rig
  }
  function openPage(from: Rig): TestClient {
    const client = from.openPage()
    clients.push(client)
    return client
  }
  /** The handler's side of the page behind a client. */
  async function pageOf(client: TestClient, seen: CallContext[]): Promise<Page> {
    await client.call('app/info', {})
    const context = seen.at(-1)
    if (context === undefined) throw new Error('no call was seen')
    return context.page
  }
  async function greeted(from: Rig): Promise<RawPage> {
    const raw = await from.openRaw()
    raw.send(HELLO)
    await eventually(() => expect(raw.frames).toContainEqual({ t: 'welcome', contract: 1 }))
    return raw
  }

  it('answers every declared call', async () => {
    const client = openPage(await start())
    const target = targetParams()
    const key = { code: 'no-replica', subject: { kind: 'group', id: 'g' }, group: 'g' }
    const params: Record<string, object> = {
      'deployment/open': { target },
      'connection/test': { test: 't', target },
      'deployment/past': { session: 's', group: 'g' },
      'deployment/focus': { session: 's', groups: ['g'] },
      'recents/remove': { id: 'r' },
      'lab/stop': { name: 'lab' },
      'lab/start': {},
      'lab/open': { name: 'lab' },
      'lab/break': { session: 's', fault: { kind: 'freeze', node: '127.0.0.1:1' } },
      'lab/heal': { session: 's', fault: null },
      'drills/start': { name: 'primary-crash', withRemedy: false },
      'drills/cancel': { run: 'r' },
      'drills/report': { run: 'r', beside: null, format: 'markdown' },
      'forecast/failover': { session: 's', group: 'g', without: [], priorities: {}, minReplicas: null },
      'forecast/resync': { session: 's', group: 'g', awaySeconds: null },
      'advice/group': { session: 's', group: 'g', minReplicas: null },
      'audit/report': { session: 's', group: null, format: 'html' },
      'findings/acknowledge': {
        session: 's',
        acknowledgement: { ...key, severity: 'info', note: '', expiresAt: null },
      },
      'findings/unacknowledge': { session: 's', key },
      'profiles/save': {
        ...{ name: 'p', environment: null, colour: null, target, thresholds: {}, replace: false },
        edit: { name: 'q', keep: ['password'] },
      },
      'profiles/show': { name: 'p' },
      'profiles/import': { text: '{}', replace: false },
      'profiles/remove': { name: 'p' },
      'session/arm': { session: 's', minutes: 10, confirmation: null },
      'actions/plan': {
        session: 's',
        intent: { action: 'wait-test', group: 'g', node: null, to: null, settings: {} },
      },
      'actions/run': { session: 's', plan: 'p', confirmation: 'g', acknowledged: [], note: null },
      'actions/cancel': { session: 's', run: 'r' },
      'actions/verify': { session: null, action: 'a' },
      'actions/undo-plan': { session: 's', action: 'a' },
      'journal/show': { action: 'a' },
      'profiles/open': { name: 'p', password: null, sentinelPassword: null },
    }
    for (const name of CALL_NAMES) {
      const answer = await client.call(name, (params[name] ?? { session: 's' }) as never)
      expect(answer, name).toMatchObject({ ok: true })
    }
  })

  it('carries values unchanged, nulls and odd characters among them', async () => {
    const client = openPage(await start())
    const answer = await client.call('deployment/state', { session: '</script>\u2028"\\' })
    expect(answer).toEqual({
      ok: true,
      value: { head: headOf('</script>\u2028"\\'), slices: [sliceOf('g', 5)] },
    })
  })

  it('gives expected trouble back as plain data', async () => {
    const failure = { code: 'not-found', message: 'no such session' }
    const client = openPage(await start({ 'deployment/close': async () => ({ ok: false, failure }) }))
    expect(await client.call('deployment/close', { session: 's' })).toEqual({ ok: false, failure })
  })

  it('tells a bug by reference only and logs it', async () => {
    const from = await start({
      'deployment/refresh': async () => {
        throw new Error('the password is hunter2')
      },
    })
    const answer = await openPage(from).call('deployment/refresh', { session: 's' })
    expect(answer).toMatchObject({ ok: false, failure: { code: 'internal' } })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
    expect(from.bugs).toMatchObject([{ call: 'deployment/refresh', error: { message: 'the password is hunter2' } }])
    expect(JSON.stringify(answer)).toContain(from.bugs[0]?.reference)
  })

  it('refuses params that do not fit before the handler sees them, without repeating their values', async () => {
    const seen: CallContext[] = []
    const client = openPage(await start({}, seen))
    const answer = await client.call('deployment/close', { session: { secret: 'hunter2' } } as never)
    expect(answer).toMatchObject({ ok: false, failure: { code: 'bad-params' } })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
    expect(seen).toEqual([])
  })

  it('refuses a call that is not declared', async () => {
    const raw = await greeted(await start())
    raw.send(JSON.stringify({ t: 'call', id: 1, name: 'toString', params: {} }))
    await eventually(() =>
      expect(raw.frames.at(-1)).toMatchObject({ t: 'answer', id: 1, answer: { failure: { code: 'unknown-call' } } }),
    )
  })

  it('tells events to the page they are meant for, until it stops listening', async () => {
    const seen: CallContext[] = []
    const from = await start({}, seen)
    const [one, two] = [openPage(from), openPage(from)]
    const page = await pageOf(one, seen)
    await pageOf(two, seen)
    const told: string[] = []
    const stop = one.on('lab/progress', ({ text }) => told.push(`one ${text}`))
    two.on('lab/progress', ({ text }) => told.push(`two ${text}`))
    page.emit('lab/progress', { text: 'a', ratio: null })
    await eventually(() => expect(told).toEqual(['one a']))
    stop()
    page.emit('lab/progress', { text: 'b', ratio: 1 })
    await settled(one, page)
    expect(told).toEqual(['one a'])
  })

  it('gathers a burst: each group once, newest revision', async () => {
    const seen: CallContext[] = []
    const client = openPage(await start({}, seen))
    const page = await pageOf(client, seen)
    const told: EventPayload<'deployment/changed'>[] = []
    client.on('deployment/changed', (changed) => told.push(changed))
    for (let revision = 1; revision <= 100; revision += 1)
      for (const name of ['a', 'b'])
        page.emit('deployment/changed', { session: 's', slices: [sliceOf(name, revision)], removed: [] })
    await eventually(() => expect(told.length).toBeGreaterThan(0))
    await settled(client, page)
    expect(told).toHaveLength(1)
    expect(told[0]?.slices.map((slice) => [slice.group.name, slice.revision])).toEqual([
      ['a', 100],
      ['b', 100],
    ])
  })

  it('drops slices that are not newer than what the page has seen, in events and in the whole state', async () => {
    const seen: CallContext[] = []
    const client = openPage(await start({}, seen))
    const page = await pageOf(client, seen)
    const revisions: number[] = []
    client.on('deployment/changed', ({ slices }) => revisions.push(...slices.map((slice) => slice.revision)))
    await client.call('deployment/state', { session: 's' })
    for (const revision of [4, 5, 7, 6, 8]) {
      page.emit('deployment/changed', { session: 's', slices: [sliceOf('g', revision)], removed: [] })
      await settled(client, page)
    }
    expect(revisions).toEqual([7, 8])
  })

  it('takes a group anew that left and came back within one burst', async () => {
    const seen: CallContext[] = []
    const client = openPage(await start({}, seen))
    const page = await pageOf(client, seen)
    const told: (readonly [string[], number[]])[] = []
    client.on('deployment/changed', ({ removed, slices }) => told.push([removed, slices.map((s) => s.revision)]))
    page.emit('deployment/changed', { session: 's', slices: [sliceOf('g', 9)], removed: [] })
    await settled(client, page)
    page.emit('deployment/changed', { session: 's', slices: [], removed: ['g'] })
    page.emit('deployment/changed', { session: 's', slices: [sliceOf('g', 1)], removed: [] })
    await eventually(() => expect(told).toHaveLength(3))
    expect(told).toEqual([
      [[], [9]],
      [['g'], []],
      [[], [1]],
    ])
  })

  it('sends a page that acknowledges nothing two batches, and the newest state once it does', async () => {
    const seen: CallContext[] = []
    const from = await start({}, seen)
    const raw = await greeted(from)
    raw.send(JSON.stringify({ t: 'call', id: 1, name: 'app/info', params: {} }))
    await eventually(() => expect(seen).toHaveLength(1))
    const page = seen[0]?.page
    const batches = () => raw.frames.filter((frame) => frame.t === 'events')
    for (let revision = 1; revision <= 3000; revision += 1) {
      page?.emit('deployment/changed', { session: 's', slices: [sliceOf('g', revision)], removed: [] })
      page?.emit('deployment/event', { session: 's', events: [happening(revision)] })
      if (revision <= 2) await eventually(() => expect(batches()).toHaveLength(revision))
    }
    await aFewGatherings()
    expect(batches()).toHaveLength(2)
    raw.send(JSON.stringify({ t: 'ack', batch: 2 }))
    await eventually(() => expect(batches()).toHaveLength(3))
    const last = batches()[2]
    const slices = last?.events.flatMap(([name, payload]) => (name === 'deployment/changed' ? payload.slices : []))
    const events = last?.events.flatMap(([name, payload]) => (name === 'deployment/event' ? payload.events : []))
    expect(slices?.map((slice) => slice.revision)).toEqual([3000])
    expect(events).toHaveLength(500)
    expect(events?.at(-1)?.detail).toBe('3000')
  })

  it('does not let a page acknowledge what was never sent', async () => {
    const seen: CallContext[] = []
    const raw = await greeted(await start({}, seen))
    raw.send(JSON.stringify({ t: 'ack', batch: 1_000_000 }))
    raw.send(JSON.stringify({ t: 'call', id: 1, name: 'app/info', params: {} }))
    await eventually(() => expect(seen).toHaveLength(1))
    for (let n = 0; n < 5; n += 1) {
      seen[0]?.page.emit('lab/progress', { text: String(n), ratio: null })
      await aFewGatherings()
    }
    expect(raw.frames.filter((frame) => frame.t === 'events')).toHaveLength(2)
  })

  it('cancels the work behind a call when the caller no longer wants it', async () => {
    const signals: AbortSignal[] = []
    const from = await start({
      'connection/test': async (_params, { signal }) => {
        signals.push(signal)
        return never()
      },
    })
    const client = openPage(from)
    const stop = new AbortController()
    const answer = client.call('connection/test', { test: 't', target: targetParams() }, { signal: stop.signal })
    await eventually(() => expect(signals).toHaveLength(1))
    expect(signals[0]?.aborted).toBe(false)
    stop.abort()
    expect(await answer).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
    await eventually(() => expect(signals[0]?.aborted).toBe(true))
    expect(await client.call('app/info', {}, { signal: stop.signal })).toMatchObject({ failure: { code: 'cancelled' } })
  })

  it('ends the work of a page that goes away', async () => {
    const contexts: CallContext[] = []
    let goneTotal = 0
    const from = await start({
      'connection/test': async (_params, context) => {
        contexts.push(context)
        context.page.onGone(() => (goneTotal += 1))
        return never()
      },
    })
    const client = openPage(from)
    const answer = client.call('connection/test', { test: 't', target: targetParams() })
    await eventually(() => expect(contexts).toHaveLength(1))
    client.dispose()
    expect(await answer).toMatchObject({ ok: false, failure: { code: 'line-closed' } })
    await eventually(() =>
      expect([goneTotal, contexts[0]?.signal.aborted, from.server.pageCount()]).toEqual([1, true, 0]),
    )
  })

  it.runIf(kind.name.includes('WebSocket'))('cuts off a page that asks and does not read', async () => {
    const value = { recents: [], padding: 'x'.repeat(4_000_000) }
    const from = await start({ 'recents/list': async () => ({ ok: true, value }) })
    const raw = await greeted(from)
    raw.stopReading()
    for (let id = 1; id <= 40; id += 1)
      raw.send(JSON.stringify({ t: 'call', id, name: 'recents/list' satisfies CallName, params: {} }))
    await vi.waitFor(() => expect(from.server.pageCount()).toBe(0), { timeout: 10_000 })
    raw.leave()
  })

  it('lets one page have so many calls under way and no more', async () => {
    const from = await start({ 'deployment/refresh': never })
    const client = openPage(from)
    await client.call('app/info', {})
    for (let n = 0; n < MAX_CALLS_IN_FLIGHT; n += 1) void client.call('deployment/refresh', { session: 's' })
    expect(await client.call('app/info', {})).toMatchObject({ ok: false, failure: { code: 'too-busy' } })
  })

  it.each([
    [
      'oversized',
      () => JSON.stringify({ t: 'call', id: 1, name: 'app/info', params: 'x'.repeat(MAX_PAGE_FRAME_CHARS) }),
    ],
    ['not JSON', () => '{'],
    ['of no known kind', () => '{"t":"eval"}'],
    ['a second greeting of another line', () => JSON.stringify({ t: 'hello', contract: 1, token: 7 })],
  ])('ends the line of a page that sends a frame which is %s', async (_what, text) => {
    const from = await start()
    const raw = await greeted(from)
    expect(from.server.pageCount()).toBe(1)
    raw.send(text())
    await eventually(() => expect(from.server.pageCount()).toBe(0))
    raw.leave()
  })

  it('is open to the page once the host has welcomed it', async () => {
    const client = openPage(await start())
    const lines: LineState[] = []
    const stop = client.onLine((line) => lines.push(line))
    await eventually(() => expect(lines.at(-1)).toEqual({ state: 'open' }))
    expect(lines[0]).toEqual({ state: 'connecting', attempt: 0 })
    stop()
  })

  describe.runIf(kind.canReconnect)('when the line ends', () => {
    it('fails what was under way, says so, dials again, and carries out what was asked meanwhile', async () => {
      let refreshes = 0
      const from = await start({
        'deployment/refresh': () => {
          refreshes += 1
          return never()
        },
      })
      const client = openPage(from)
      const lines: LineState[] = []
      client.onLine((line) => lines.push(line))
      await client.call('app/info', {})
      const underWay = client.call('deployment/refresh', { session: 's' })
      await eventually(() => expect(refreshes).toBe(1))
      from.cut()
      expect(await underWay).toMatchObject({ ok: false, failure: { code: 'line-closed' } })
      expect(lines.at(-1)).toEqual({ state: 'connecting', attempt: 1 })
      expect(await client.call('app/info', {})).toMatchObject({ ok: true })
      expect(lines.at(-1)).toEqual({ state: 'open' })
      expect(refreshes).toBe(1)
    })

    it('takes revisions from the beginning, for the host may be another', async () => {
      const seen: CallContext[] = []
      const from = await start({}, seen)
      const client = openPage(from)
      const revisions: number[] = []
      client.on('deployment/changed', ({ slices }) => revisions.push(...slices.map((slice) => slice.revision)))
      const emit = async (revision: number) => {
        const page = await pageOf(client, seen)
        page.emit('deployment/changed', { session: 's', slices: [sliceOf('g', revision)], removed: [] })
        await settled(client, page)
      }
      await emit(50)
      const lines: LineState[] = []
      client.onLine((line) => lines.push(line))
      from.cut()
      await eventually(() => expect(lines.map((line) => line.state)).toEqual(['open', 'connecting', 'open']))
      await emit(1)
      expect(revisions).toEqual([50, 1])
    })
  })

  it.skipIf(kind.name.includes('Electron'))('refuses a page with a wrong token, and says what to do', async () => {
    const from = await start()
    const raw = await from.openRaw()
    raw.send(JSON.stringify({ t: 'hello', contract: 1, token: 'guess' }))
    await eventually(() =>
      expect(raw.frames).toMatchObject([{ t: 'refused', message: expect.stringContaining('URL') }]),
    )
    expect(from.server.pageCount()).toBe(0)
  })

  it('runs nothing for a page that has not said hello', async () => {
    const seen: CallContext[] = []
    const from = await start({}, seen)
    const raw = await from.openRaw()
    raw.send(JSON.stringify({ t: 'call', id: 1, name: 'app/info' satisfies CallName, params: {} }))
    raw.send(HELLO)
    await aFewGatherings()
    expect(seen).toEqual([])
    raw.leave()
  })
})

/** Waits for an event that is sent after all that was emitted before: what was to arrive has arrived. */
async function settled(client: TestClient, page: Page): Promise<void> {
  const text = `mark ${(marks += 1)}`
  let stop: (() => void) | undefined
  await new Promise<void>((resolve) => {
    stop = client.on('lab/progress', (progress) => (progress.text === text ? resolve() : undefined))
    page.emit('lab/progress', { text, ratio: null })
  })
  stop?.()
}
let marks = 0

/** Long enough for a batch to be sent, were one to be sent: for what must not happen. */
async function aFewGatherings(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, EVENT_GATHER_MS * 3))
}

function happening(n: number): EventPayload<'deployment/event'>['events'][number] {
  const moment = { id: String(n), at: '2026-01-01T00:00:00.000Z', since: null }
  const told = { what: 'x', detail: String(n), severity: 'info' as const, by: [], about: null }
  return { ...moment, group: 'g', kind: 'role', node: null, ...told }
}

function targetParams() {
  const none = { user: null, password: null }
  const tls = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }
  return {
    addresses: '127.0.0.1:6379',
    kind: 'auto' as const,
    group: null,
    node: none,
    sentinel: none,
    nodeTls: tls,
    sentinelTls: tls,
    nat: '',
    timeoutMs: 1000,
  }
}
