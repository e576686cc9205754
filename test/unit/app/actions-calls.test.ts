import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp, type App } from '../../../src-main/app/app.ts'
import { intentOf } from '../../../src-main/app/actions-intent.ts'
import { calls, type CallParams, type CallResult } from '../../../src-main/contract/calls.ts'
import { ok } from '../../../src-main/domain/failure.ts'
import { openJournal } from '../../../src-main/storage/journal.ts'
import { addToTimeline } from '../../../src-main/domain/timeline/add-to-timeline.ts'
import { EMPTY_TIMELINE } from '../../../src-main/domain/timeline/model.ts'
import { groupSnapshot, linkSnapshot, nodeSnapshot } from '../../support/facts.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { AutoClock } from '../actions/support/auto-clock.ts'
import { FakeDeployment } from '../actions/support/fake-deployment.ts'
import { contextOf, groupState, testPage, testSession, type TestPage, type TestSession } from './support/doubles.ts'
import { drillTools, labTools } from './support/lab-doubles.ts'
import { eventually } from '../../support/eventually.ts'

type Plan = CallResult<'actions/plan'>['plan']

let folder: string
let clock: FakeClock
let world: FakeDeployment
let app: App
let page: TestPage
let session: string
let environment: 'production' | 'lab'
let deployment: TestSession

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'action-calls-'))
  clock = new FakeClock()
  world = new FakeDeployment(new AutoClock())
  environment = 'lab'
  await open()
})
afterEach(async () => {
  await app.dispose()
  rmSync(folder, { recursive: true })
})

async function open(): Promise<void> {
  deployment = testSession()
  const snapshot = groupSnapshot({
    name: 'g',
    master: 'm:1',
    masters: ['m:1'],
    replicas: ['r:1', 'r:2'],
    sentinels: ['s:1', 's:2', 's:3'],
    nodes: [
      nodeSnapshot({ id: 'm:1', role: 'master' }),
      nodeSnapshot({ id: 'r:1', role: 'replica' }),
      nodeSnapshot({ id: 'r:2', role: 'replica' }),
    ],
    links: ['r:1', 'r:2'].map((replica) => linkSnapshot({ replica, upstream: 'm:1' })),
  })
  deployment.change({}, { groups: new Map([['g', { ...groupState(1), snapshot }]]) })
  app = createApp({
    version: '1',
    host: 'serve',
    platform: 'linux x64',
    dataFolder: folder,
    clock,
    intervalMs: 1000,
    open: async () => ok(deployment),
    connect: () => expect.unreachable('no connection test is meant here'),
    labs: labTools(),
    drills: drillTools(),
    reach: () => ({ dialler: world.dialler(), timeoutMs: 1000 }),
    warn: (line) => expect.unreachable(line),
  })
  page = testPage()
  const address = { host: 's', port: 1 }
  const access = { timeoutMs: 1000, node: {}, sentinel: {}, nat: [] }
  const target = { sentinels: [address], nodes: [], undecided: [], group: undefined, access }
  const opened = await app.openForHost(target, { label: 'orders', environment })
  if (!opened.ok) throw new Error('not opened')
  session = opened.value.session
  await app.handlers['deployment/state']({ session }, contextOf(page))
}

const settings = { replicas: '2', timeout: '1000', count: '5', batch: '1' }
const intent = (change: Partial<CallParams<'actions/plan'>['intent']> = {}) => ({
  action: 'wait-test',
  group: 'g',
  node: null,
  to: null,
  settings,
  ...change,
})
const plan = (change: Partial<CallParams<'actions/plan'>['intent']> = {}) =>
  app.handlers['actions/plan']({ session, intent: intent(change) }, contextOf(page))
async function planned(): Promise<Plan> {
  const made = await plan()
  if (!made.ok) throw new Error(made.failure.message)
  return calls['actions/plan'].result.parse(made.value).plan
}
const arm = (minutes = 10, confirmation: string | null = null) =>
  app.handlers['session/arm']({ session, minutes, confirmation }, contextOf(page))
const run = (id: string, confirmation = 'g', from = page) =>
  app.handlers['actions/run']({ session, plan: id, confirmation, acknowledged: [], note: null }, contextOf(from))
const told = <T>(name: string): readonly T[] =>
  page.told.filter(([one]) => one === name).map(([, payload]) => payload as T)
const outcome = () =>
  eventually(() => {
    const [last] = told<CallResult<'actions/runs'>['runs'][number]>('action/outcome').slice(-1)
    if (last === undefined) throw new Error('no outcome yet')
    return last
  })
const headNow = async () => {
  const state = await app.handlers['deployment/state']({ session }, contextOf(page))
  if (!state.ok) throw new Error(state.failure.message)
  return state.value.head
}

describe('arming', () => {
  it('allows changes for a time, tells the pages, and ends by itself', async () => {
    expect((await headNow()).armedUntil).toBeUndefined()
    expect(await arm(10)).toEqual({ ok: true, value: { armedUntil: new Date(clock.now() + 600_000).toISOString() } })
    expect(told<{ armedUntil?: string }>('deployment/head').at(-1)?.armedUntil).toBeDefined()
    await clock.advance(599_999)
    expect((await headNow()).armedUntil).toBeDefined()
    await clock.advance(1)
    expect((await headNow()).armedUntil).toBeUndefined()
    expect(told<{ armedUntil?: string }>('deployment/head').at(-1)?.armedUntil).toBeUndefined()
  })

  it('counts from now when it is asked for again, and is taken back at once', async () => {
    await arm(1)
    await clock.advance(30_000)
    await arm(1)
    await clock.advance(59_000)
    expect((await headNow()).armedUntil).toBeDefined()
    await app.handlers['session/disarm']({ session }, contextOf(page))
    expect((await headNow()).armedUntil).toBeUndefined()
    await clock.advance(5000)
  })

  it('of production wants the word typed, allows five minutes at most, and asks again after an action', async () => {
    await app.dispose()
    environment = 'production'
    await open()
    for (const [minutes, word] of [
      [5, null],
      [5, 'Production'],
      [6, 'production'],
    ] as const)
      expect(await arm(minutes, word)).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    expect((await headNow()).armedUntil).toBeUndefined()
    expect(await arm(5, 'production')).toMatchObject({ ok: true })
    expect(await run((await planned()).id)).toMatchObject({ ok: true })
    await outcome()
    expect((await headNow()).armedUntil).toBeUndefined()
  })
})

describe('planning', () => {
  it('lists the actions of this build with what each can be started from', async () => {
    const answer = await app.handlers['actions/list']({ session }, contextOf(page))
    const { actions } = calls['actions/list'].result.parse(answer.ok && answer.value)
    expect(actions.map((one) => one.action)).toEqual(expect.arrayContaining(['switchover', 'wait-test']))
    expect(actions.map((one) => one.action)).not.toContain('undo')
    expect(actions.every((one) => one.about.length > 0)).toBe(true)
  })

  it('only reads, needs no arming, and takes its environment from the session', async () => {
    const made = await planned()
    expect(made).toMatchObject({ action: 'wait-test', group: 'g', environment: 'lab', confirm: 'g' })
    expect(made.steps.map((one) => one.command[0])).toEqual(['SET', 'WAIT', 'DEL'])
    expect(world.received).toEqual([])
  })

  it.each([
    [{ action: 'undo' }, 'not-found'],
    [{ action: 'no-such' }, 'not-found'],
    [{ group: 'other' }, 'not-found'],
    [{ node: 'a b c' }, 'refused-by-guard'],
    [{ settings: { requirepass: 'x' } }, 'refused-by-guard'],
    [{ settings: { 'BAD NAME': 'x' } }, 'refused-by-guard'],
    [{ settings: { rewrite: 'yes' } }, 'refused-by-guard'],
  ])('%j is refused as %s', async (change, code) => {
    expect(await plan(change as never)).toMatchObject({ ok: false, failure: { code } })
  })
})

describe('an intent from a page', () => {
  it('keeps the question of the file apart from the settings', () => {
    const given = intent({ action: 'config-set', node: 'm:1', settings: { appendfsync: 'always', rewrite: 'yes' } })
    const read = intentOf(given, 'lab')
    expect(read.ok && read.value).toMatchObject({ node: 'm:1', withRewrite: true, environment: 'lab' })
    expect(read.ok && [...read.value.settings]).toEqual([['appendfsync', 'always']])
  })
})

describe('running', () => {
  it('is refused while read-only, with another text, and of a plan that is not of this session; nothing is sent', async () => {
    const { id } = await planned()
    expect(await run(id)).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    await arm()
    expect(await run(id, 'G')).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    expect(await run('p-of-somebody')).toMatchObject({ ok: false, failure: { code: 'stale-plan' } })
    await clock.advance(60_000)
    expect(await run(id)).toMatchObject({ ok: false, failure: { code: 'stale-plan' } })
    expect(world.received).toEqual([])
    const runs = await app.handlers['actions/runs']({ session }, contextOf(page))
    expect(runs).toEqual({ ok: true, value: { runs: [] } })
  })

  it('tells every line and the outcome, remembers both for a page that comes later, and is in the journal', async () => {
    await arm()
    const { id } = await planned()
    expect(await run(id)).toEqual({ ok: true, value: { run: id } })
    const done = calls['actions/runs'].result.shape.runs.element.parse(await outcome())
    expect(done.outcome).toMatchObject({ state: 'succeeded' })
    expect(done.wait?.rounds).toHaveLength(5)
    expect(done.before.map((one) => `${one.id} ${one.role} ${one.upstream}`)).toEqual([
      'm:1 master null',
      'r:1 replica m:1',
      'r:2 replica m:1',
    ])
    const lines = told<{ i: number; phase: string }>('action/progress')
    expect(lines.map((line) => line.i)).toEqual(lines.map((_, i) => i))
    expect(lines.at(-1)?.phase).toBe('verifying')
    const again = await app.handlers['actions/runs']({ session }, contextOf(testPage()))
    expect(again.ok && again.value.runs.map((one) => one.outcome?.state)).toEqual(['succeeded'])
    const listed = await app.handlers['journal/list']({}, contextOf(page))
    expect(calls['journal/list'].result.parse(listed.ok && listed.value).actions).toMatchObject([
      { id: done.outcome?.journal, action: 'wait-test', state: 'succeeded', session, pending: [] },
    ])
    const shown = await app.handlers['journal/show']({ action: done.outcome?.journal ?? '' }, contextOf(page))
    const { rows } = calls['journal/show'].result.parse(shown.ok && shown.value)
    expect(rows.map((row) => row.kind)).toEqual(
      expect.arrayContaining(['action-started', 'step-sending', 'action-ended']),
    )
    expect(rows[0]?.body).toContain('"profile": "orders"')
  })

  it('is told to the timeline: its start, its steps, each once, and its end', async () => {
    await arm()
    await run((await planned()).id)
    const { outcome: ended } = await outcome()
    const timeline = deployment.noted.reduce((sum, note) => addToTimeline(sum, [note]).timeline, EMPTY_TIMELINE)
    const whats = timeline.events.map((event) => event.what)
    expect(whats[0]).toBe('started')
    expect(whats.at(-1)).toBe('succeeded')
    expect(whats.filter((what) => what.startsWith('step '))).toHaveLength(ended?.steps.length ?? -1)
    expect(timeline.events.every((event) => event.about?.kind === 'action' && event.about.id === ended?.journal)).toBe(
      true,
    )
    expect(new Set(deployment.noted.map((note) => note.group))).toEqual(new Set(['g']))
  })

  it('happens once: a second start of the same plan is refused', async () => {
    await arm()
    const { id } = await planned()
    await run(id)
    await outcome()
    const sent = world.received.length
    expect(await run(id)).toMatchObject({ ok: false })
    expect(world.received).toHaveLength(sent)
  })

  it('is cancelled between two rounds, and what it wrote is removed', async () => {
    await arm()
    const { id } = await planned()
    world.onCommand = (_node, [name]) => {
      if (name === 'SET') void app.handlers['actions/cancel']({ session, run: id }, contextOf(page))
    }
    await run(id)
    const done = await outcome()
    expect(done.outcome?.state).not.toBe('succeeded')
    expect(world.texts().at(-1)).toMatch(/^m:1 DEL /)
    expect(world.texts().filter((text) => text.includes(' SET ')).length).toBeLessThan(5)
  })

  it('goes on when its page leaves', async () => {
    await arm()
    const { id } = await planned()
    const other = testPage()
    await run(id, 'g', other)
    other.leave()
    expect((await outcome()).outcome?.state).toBe('succeeded')
  })
})

describe('an action of another process', () => {
  const PLAN = { action: 'config-set', target: 'r:1', group: 'g' }
  const SCOPE = { group: 'g', servers: ['m:1', 'r:1', 'r:2'], sentinels: [] }
  const timeline = () => deployment.noted.reduce((sum, note) => addToTimeline(sum, [note]).timeline, EMPTY_TIMELINE)
  const whats = () =>
    timeline().events.map((event) => `${event.about?.kind === 'action' ? event.about.id : ''} ${event.what}`)

  /** As another process appends; resolves when the host has told what it then tells. */
  async function writes(rows: readonly (readonly [action: string, kind: string, body: unknown])[], last: string) {
    const opened = openJournal(folder, { create: true })
    if (!opened.ok || opened.value === undefined) throw new Error('no journal')
    for (const [action, kind, body] of rows) expect(opened.value.append(action, kind, body, clock.now()).ok).toBe(true)
    opened.value.close()
    await eventually(async () => {
      await clock.advance(1000)
      expect(whats()).toContain(last)
    })
  }

  it('is told as it goes on to the sessions that show its servers, each row once', async () => {
    await writes([['a-cli', 'action-started', { plan: PLAN, scope: SCOPE }]], 'a-cli started')
    await writes([['a-cli', 'step-sending', { n: 1, title: 'CONFIG SET', node: 'r:1' }]], 'a-cli step 1')
    await writes(
      [
        ['a-cli', 'step-answered', { n: 1, title: 'CONFIG SET', state: 'done', node: 'r:1' }],
        ['a-cli', 'action-ended', { action: 'config-set', state: 'succeeded' }],
        ['a-far', 'action-started', { plan: PLAN, scope: { ...SCOPE, servers: ['x:1'] } }],
      ],
      'a-cli succeeded',
    )
    await clock.advance(5000)
    expect(whats()).toEqual(['a-cli started', 'a-cli step 1 done', 'a-cli succeeded'])
    expect(timeline().events.map((event) => event.node)).toEqual(['r:1', 'r:1', undefined])
  })

  it('that was begun before is told from its beginning, and one that was over then is not', async () => {
    await app.dispose()
    const opened = openJournal(folder, { create: true })
    if (!opened.ok || opened.value === undefined) throw new Error('no journal')
    for (const action of ['a-old', 'a-under-way'])
      opened.value.append(action, 'action-started', { plan: PLAN, scope: SCOPE }, clock.now())
    opened.value.append('a-old', 'action-ended', { state: 'succeeded' }, clock.now())
    opened.value.close()
    await clock.advance(60_000)
    await open()
    await writes([['a-under-way', 'action-ended', { state: 'failed' }]], 'a-under-way failed')
    expect(whats()).toEqual(['a-under-way started', 'a-under-way failed'])
  })
})

describe('after a crash', () => {
  /** A switchover that died behind its fence, as another process left it. */
  function leaveFence(): void {
    const opened = openJournal(folder, { create: true })
    if (!opened.ok || opened.value === undefined) throw new Error('no journal')
    const undo = {
      title: 'restore the fence',
      node: 'm:1',
      commands: [['CONFIG', 'SET', 'min-replicas-to-write', '0']],
    }
    const scope = { group: 'g', servers: ['m:1', 'r:1', 'r:2'], sentinels: ['s:1', 's:2', 's:3'] }
    const row = { n: 1, title: 'fence', node: 'm:1', commands: undo.commands, undo, isPointOfNoReturn: false }
    opened.value.append(
      'a1',
      'action-started',
      { plan: { action: 'switchover', target: 'g', group: 'g', steps: [] }, scope },
      1,
    )
    opened.value.append('a1', 'step-sending', row, 2)
    opened.value.close()
    world.server('m:1').config.set('min-replicas-to-write', '2')
  }

  it('the action is told first; verified, it offers what is to be taken back; taken back, it is over', async () => {
    leaveFence()
    const unfinished = async () => {
      const answer = await app.handlers['actions/unfinished']({}, contextOf(page))
      return calls['actions/unfinished'].result.parse(answer.ok && answer.value).actions
    }
    expect(await unfinished()).toMatchObject([{ id: 'a1', action: 'switchover', session, lastStep: { n: 1 } }])
    const checked = await app.handlers['actions/verify']({ session: null, action: 'a1' }, contextOf(page))
    const checkup = calls['actions/verify'].result.parse(checked.ok && checked.value)
    expect(checkup.pending.map((one) => one.title)).toEqual(['restore the fence'])
    expect(world.received).toEqual([])
    const undo = await app.handlers['actions/undo-plan']({ session, action: 'a1' }, contextOf(page))
    const made = calls['actions/undo-plan'].result.parse(undo.ok && undo.value).plan
    expect(made).toMatchObject({ action: 'undo', environment: 'lab', confirm: 'g' })
    expect(await run(made.id)).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
    await arm()
    expect(await run(made.id)).toMatchObject({ ok: true })
    expect((await outcome()).outcome?.state).toBe('succeeded')
    expect(world.texts()).toEqual(['m:1 CONFIG SET min-replicas-to-write 0', 'm:1 CONFIG REWRITE'])
    expect(await unfinished()).toEqual([])
  })

  it('an action about other servers is not verified through this deployment', async () => {
    const opened = openJournal(folder, { create: true })
    if (!opened.ok || opened.value === undefined) throw new Error('no journal')
    const scope = { group: 'h', servers: ['else:1'], sentinels: [] }
    opened.value.append(
      'a2',
      'action-started',
      { plan: { action: 'switchover', target: 'h', group: 'h', steps: [] }, scope },
      1,
    )
    opened.value.close()
    for (const answer of [
      await app.handlers['actions/verify']({ session: null, action: 'a2' }, contextOf(page)),
      await app.handlers['actions/verify']({ session, action: 'a2' }, contextOf(page)),
      await app.handlers['actions/undo-plan']({ session, action: 'a2' }, contextOf(page)),
    ])
      expect(answer).toMatchObject({ ok: false, failure: { code: 'not-found' } })
  })
})

describe('the journal', () => {
  it('is empty, sound and not made when nothing was ever done', async () => {
    expect(await app.handlers['journal/list']({}, contextOf(page))).toEqual({ ok: true, value: { actions: [] } })
    expect(await app.handlers['journal/verify']({}, contextOf(page))).toMatchObject({
      ok: true,
      value: { sound: true },
    })
    expect(await app.handlers['journal/show']({ action: 'a1' }, contextOf(page))).toMatchObject({ ok: false })
    expect(existsSync(join(folder, 'journal.db'))).toBe(false)
  })

  it('is exported whole with its head, and a tampered one is told and starts nothing', async () => {
    await arm()
    await run((await planned()).id)
    await outcome()
    const exported = await app.handlers['journal/export']({}, contextOf(page))
    const lines = exported.ok ? exported.value.text.trimEnd().split('\n') : []
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      schema: 'repliscope/journal-head@1',
      count: lines.length - 1,
    })
    const head = join(folder, 'journal.head')
    expect(readFileSync(head, 'utf8')).not.toBe('')
    appendFileSync(head, 'x')
    expect(await app.handlers['journal/verify']({}, contextOf(page))).not.toMatchObject({ value: { sound: true } })
    const made = await plan()
    const sent = world.received.length
    if (made.ok) expect(await run(made.value.keptId)).toMatchObject({ ok: false, failure: { code: 'storage' } })
    expect(world.received).toHaveLength(sent)
  })
})
