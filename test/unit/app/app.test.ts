import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../src-main/app/app.ts'
import type { App, AppOptions } from '../../../src-main/app/app.ts'
import type { TimelineEvent } from '../../../src-main/domain/timeline/model.ts'
import { MAX_SESSIONS } from '../../../src-main/app/sessions.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import { calls } from '../../../src-main/contract/calls.ts'
import type { TargetInput } from '../../../src-main/contract/calls.ts'
import { ok } from '../../../src-main/domain/failure.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { contextOf, groupState, testPage, testSession } from './support/doubles.ts'
import type { TestSession } from './support/doubles.ts'
import { drillTools, labTools } from './support/lab-doubles.ts'
import { eventually } from '../../support/eventually.ts'

const SECRET = 'hunter2-very-secret'
let folder: string
let clock: FakeClock
let opened: { target: ParsedTarget; session: TestSession }[]
let warnings: string[]
let app: App

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-'))
  clock = new FakeClock()
  opened = []
  warnings = []
  app = make()
})
afterEach(async () => {
  await app.dispose()
  rmSync(folder, { recursive: true })
})

function make(overrides: Partial<AppOptions> = {}): App {
  return createApp({
    version: '1.2.3',
    host: 'serve',
    platform: 'linux x64',
    dataFolder: folder,
    clock,
    intervalMs: 1000,
    open: async (target) => {
      const session = testSession()
      opened.push({ target, session })
      return ok(session)
    },
    connect: () => expect.unreachable('no connection test is meant here'),
    labs: labTools(),
    drills: drillTools(),
    warn: (line) => warnings.push(line),
    ...overrides,
  })
}

function input(addresses: string, overrides: Partial<TargetInput> = {}): TargetInput {
  const tls = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }
  return {
    addresses,
    kind: 'sentinel',
    group: null,
    node: { user: null, password: null },
    sentinel: { user: null, password: null },
    nodeTls: tls,
    sentinelTls: tls,
    nat: '',
    timeoutMs: 2000,
    ...overrides,
  }
}

async function open(page = testPage(), target = input('10.0.0.5:26379')) {
  const answer = await app.handlers['deployment/open']({ target }, contextOf(page))
  if (!answer.ok) throw new Error(answer.failure.message)
  return { page, session: answer.value.session }
}

const ROLE_EVENT: TimelineEvent = {
  id: '0-1',
  at: 0,
  since: undefined,
  kind: 'role',
  node: undefined,
  what: 'replica -> master',
  detail: '',
  severity: 'warning',
  by: [],
  about: undefined,
  key: undefined,
}

describe('a deployment', () => {
  it('is opened, shown whole, and told of as it changes', async () => {
    const { page, session } = await open()
    const state = await app.handlers['deployment/state']({ session }, contextOf(page))
    expect(calls['deployment/state'].result.parse(state.ok && state.value).slices).toHaveLength(1)
    opened[0]?.session.change(
      {
        changed: ['g'],
        removed: ['old'],
        events: [{ ...ROLE_EVENT, group: 'g' }],
      },
      { groups: new Map([['g', groupState(2)]]), isSlow: true },
    )
    expect(page.told).toMatchObject([
      ['deployment/head', { session, slow: true, label: '10.0.0.5:26379', environment: 'production' }],
      ['deployment/changed', { session, removed: ['old'], slices: [{ revision: 2 }] }],
      [
        'deployment/event',
        {
          session,
          events: [{ id: '0-1', at: '1970-01-01T00:00:00.000Z', since: null, group: 'g', node: null, by: [] }],
        },
      ],
    ])
  })

  it('is shared by pages that open the same, and goes on until the last has left for a while', async () => {
    const one = await open()
    const two = await open()
    expect(two.session).toBe(one.session)
    expect(opened).toHaveLength(1)
    opened[0]?.session.change({ changed: ['g'] }, { groups: new Map([['g', groupState(2)]]) })
    expect(one.page.told.at(-1)).toEqual(two.page.told.at(-1))
    one.page.leave()
    two.page.leave()
    await clock.advance(29_000)
    expect(opened[0]?.session.isDisposed()).toBe(false)
    await clock.advance(2_000)
    expect(opened[0]?.session.isDisposed()).toBe(true)
  })

  it('is not shared by pages that come with other credentials', async () => {
    await open()
    await open(testPage(), input('10.0.0.5:26379', { sentinel: { user: null, password: SECRET } }))
    expect(opened).toHaveLength(2)
  })

  it('is kept for a page that reloads', async () => {
    const { page, session } = await open()
    page.leave()
    await clock.advance(20_000)
    const again = testPage()
    expect(await app.handlers['deployment/state']({ session }, contextOf(again))).toMatchObject({ ok: true })
    await clock.advance(60_000)
    expect(opened[0]?.session.isDisposed()).toBe(false)
  })

  it('ends when the only page closes it, and says so to one that asks later', async () => {
    const { page, session } = await open()
    await app.handlers['deployment/close']({ session }, contextOf(page))
    expect(opened[0]?.session.isDisposed()).toBe(true)
    expect(await app.handlers['deployment/state']({ session }, contextOf(page))).toMatchObject({
      ok: false,
      failure: { code: 'not-found' },
    })
  })

  it('goes on for the other page when one closes it', async () => {
    const one = await open()
    const two = await open()
    await app.handlers['deployment/close']({ session: one.session }, contextOf(one.page))
    expect(opened[0]?.session.isDisposed()).toBe(false)
    opened[0]?.session.change({ removed: ['g'] })
    expect(one.page.told).toEqual([])
    expect(two.page.told).toHaveLength(2)
  })

  it('that the host opened stays, has the same id at the next start, and is told to new pages', async () => {
    const target = targetOf()
    const first = await app.openForHost(target)
    const page = testPage()
    const info = await app.handlers['app/info']({}, contextOf(page))
    expect(info).toMatchObject({ ok: true, value: { sessions: [first.ok && first.value] } })
    const session = first.ok ? first.value.session : ''
    await app.handlers['deployment/close']({ session }, contextOf(page))
    await clock.advance(100_000)
    expect(opened[0]?.session.isDisposed()).toBe(false)
    await app.dispose()
    expect(opened[0]?.session.isDisposed()).toBe(true)
    app = make()
    expect(await app.openForHost(target)).toEqual(first)
  })

  it('focuses on the groups of all its pages', async () => {
    const one = await open()
    const two = await open()
    await app.handlers['deployment/focus']({ session: one.session, groups: ['b', 'a'] }, contextOf(one.page))
    await app.handlers['deployment/focus']({ session: one.session, groups: ['c'] }, contextOf(two.page))
    one.page.leave()
    expect(opened[0]?.session.focused).toEqual([['a', 'b'], ['a', 'b', 'c'], ['c']])
  })

  it('can be refreshed', async () => {
    const { page, session } = await open()
    await app.handlers['deployment/refresh']({ session }, contextOf(page))
    expect(opened[0]?.session.refreshes()).toBe(1)
  })

  it('is refused where too many are open', async () => {
    const page = testPage()
    for (let n = 0; n < MAX_SESSIONS; n += 1) await open(page, input(`10.0.0.${n}:26379`))
    const answer = await app.handlers['deployment/open']({ target: input('10.0.1.1:1') }, contextOf(page))
    expect(answer).toMatchObject({ ok: false, failure: { code: 'refused-by-guard' } })
  })

  it('is ended at once when the page gave up while it was being opened', async () => {
    const stop = new AbortController()
    const late = testSession()
    app = make({
      open: async () => {
        stop.abort()
        return ok(late)
      },
    })
    const answer = await app.handlers['deployment/open'](
      { target: input('10.0.0.5:1') },
      contextOf(testPage(), stop.signal),
    )
    expect(answer).toMatchObject({ ok: false, failure: { code: 'cancelled' } })
    expect(late.isDisposed()).toBe(true)
  })

  it.each(['', 'host', 'redis://u:hunter2-very-secret@h:0'])(
    'is refused with what to type instead for %j',
    async (text) => {
      const answer = await app.handlers['deployment/open']({ target: input(text) }, contextOf(testPage()))
      expect(answer).toMatchObject({ ok: false, failure: { code: 'bad-target' } })
      expect(JSON.stringify(answer)).not.toContain(SECRET)
      expect(opened).toEqual([])
    },
  )
})

describe('the past of a group', () => {
  const sample = (at: number, offset: number, more: object = {}) => ({
    at,
    offset,
    runId: 'r',
    role: 'master' as const,
    replid: 'x',
    ...more,
  })

  it('has the write rate between samples of one history, and gaps elsewhere', async () => {
    const { page, session } = await open()
    const samples = [
      sample(0, 0),
      sample(5000, 10_000),
      sample(10_000, 10_000),
      sample(15_000, 20_000, { runId: 'after a restart' }),
      sample(60_000, 90_000, { runId: 'after a restart' }),
      sample(65_000, 0, { runId: 'after a restart' }),
    ] as never
    opened[0]?.session.change({}, { groups: new Map([['g', groupState(2, { samples: new Map([['n:1', samples]]) })]]) })
    const past = await app.handlers['deployment/past']({ session, group: 'g' }, contextOf(page))
    const value = calls['deployment/past'].result.parse(past.ok && past.value)
    expect(value.series['n:1']?.map((point) => point.writeBytesPerSecond)).toEqual([null, 2000, 0, null, null, null])
  })

  it('of an unknown group is a failure that names those known', async () => {
    const { page, session } = await open()
    const past = await app.handlers['deployment/past']({ session, group: 'x' }, contextOf(page))
    expect(past).toMatchObject({ ok: false, failure: { code: 'not-found', message: expect.stringContaining('g') } })
  })
})

describe('recent connections', () => {
  it('hold what was opened, without user, password or key', async () => {
    const target = input(`redis+sentinel://me:${SECRET}@h1:26379,h2:26379/mymaster`, {
      node: { user: 'me', password: SECRET },
      sentinel: { user: null, password: SECRET },
    })
    await open(testPage(), target)
    await eventually(() => readFileSync(join(folder, 'recents.json')))
    const answer = await app.handlers['recents/list']({}, contextOf(testPage()))
    expect(answer).toMatchObject({
      ok: true,
      value: {
        recents: [{ addresses: 'h1:26379\nh2:26379', kind: 'sentinel', group: 'mymaster', needsPassword: true }],
      },
    })
    expect(JSON.stringify(answer)).not.toContain(SECRET)
    expect(readFileSync(join(folder, 'recents.json'), 'utf8')).not.toContain(SECRET)
    const id = answer.ok ? (answer.value.recents[0]?.id ?? '') : ''
    await app.handlers['recents/remove']({ id }, contextOf(testPage()))
    expect(await app.handlers['recents/list']({}, contextOf(testPage()))).toEqual({ ok: true, value: { recents: [] } })
  })

  it('that cannot be written do not stand in the way of opening', async () => {
    app = make({ dataFolder: '/dev/null/nowhere' })
    await open()
    await eventually(() => expect(warnings).toHaveLength(1))
    expect(warnings).toEqual([expect.stringContaining('could not be remembered')])
  })

  it('never hold what an answer shows of a session', async () => {
    const { page, session } = await open(testPage(), input('h:1', { sentinel: { user: 'u', password: SECRET } }))
    const state = await app.handlers['deployment/state']({ session }, contextOf(page))
    expect(JSON.stringify([state, page.told])).not.toContain(SECRET)
  })
})

function targetOf(): ParsedTarget {
  return {
    sentinels: [{ host: '10.0.0.5', port: 26379 }],
    nodes: [],
    undecided: [],
    group: undefined,
    access: { timeoutMs: 2000, node: {}, sentinel: { password: SECRET }, nat: [] },
  }
}
