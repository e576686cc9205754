import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../src-main/app/app.ts'
import type { App, AppOptions } from '../../../src-main/app/app.ts'
import { calls, events, type CallName } from '../../../src-main/contract/calls.ts'
import type { DrillRunView, DrillView } from '../../../src-main/contract/lab.ts'
import type { DrillReport } from '../../../src-main/domain/drills/model.ts'
import { fail, ok, type Result } from '../../../src-main/domain/failure.ts'
import type { DrillProgress } from '../../../src-main/lab/drills/run-drill.ts'
import type { DrillWatch } from '../../../src-main/lab/drills/tools.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { contextOf, testPage, testSession } from './support/doubles.ts'
import type { TestPage, TestSession } from './support/doubles.ts'
import { drillTools, fakeControl, fakeLab, labNow, labTools, recordOf } from './support/lab-doubles.ts'

const DRILL: DrillView = {
  name: 'crash',
  title: 'The master crashes',
  story: '',
  difficulty: 'first',
  needs: [],
  remedy: { title: 'min-replicas', commands: ['CONFIG SET min-replicas-to-write 1'] },
  seconds: 10,
  unavailable: null,
}

const REPORT: DrillReport = {
  schema: 'repliscope/drill@1',
  name: 'crash',
  title: 'The master crashes',
  server: 'redis 7.0.15',
  startedAt: '2026-03-04T12:15:00.000Z',
  tookMs: 9000,
  withRemedy: false,
  forecast: { winner: null, certain: false, lossBytes: null, outageMs: null, resync: [], findings: [] },
  measured: {
    winner: null,
    acknowledged: 10,
    lost: 0,
    unknownKept: 0,
    refused: 0,
    unknown: 0,
    writeGapMs: null,
    outageMs: null,
    lossBytes: null,
    resync: [],
    findings: [],
  },
  verdict: { winner: null, loss: null, resync: null, outage: null, findings: true },
  timeline: [],
  probe: [],
  lesson: ['one'],
}

const PROGRESS: DrillProgress = {
  state: 'running',
  doing: 'writes',
  lab: null,
  watch: null,
  forecast: null,
  timeline: [],
  probe: [],
}

/** A drill that a test moves by hand. */
interface HandDrill {
  readonly options: Parameters<AppOptions['drills']['run']>[1]
  readonly end: (result: Result<DrillReport>) => void
}

let folder: string
let clock: FakeClock
let opened: TestSession[]
let environments: string[]
let begun: HandDrill[]
let app: App
let page: TestPage
const lab = fakeLab('drill-crash')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-drills-'))
  clock = new FakeClock()
  opened = []
  environments = []
  begun = []
  page = testPage()
  app = createApp({
    version: '1',
    host: 'serve',
    platform: 'linux x64',
    dataFolder: folder,
    clock,
    intervalMs: 1000,
    open: async (_target, _signal, environment, _thresholds, intervalMs) => {
      const session = testSession()
      opened.push(session)
      environments.push(`${environment} ${intervalMs}`)
      return ok(session)
    },
    connect: () => expect.unreachable('no connection test is meant here'),
    labs: labTools({
      recorded: async () => [recordOf(labNow('drill-crash'))],
      control: async () => fakeControl(labNow('drill-crash')),
    }),
    drills: drillTools({
      list: async () => [DRILL, { ...DRILL, name: 'disk', remedy: null, unavailable: 'it needs root' }],
      run: (_name, options) =>
        new Promise((resolve) => {
          options.signal?.addEventListener('abort', () => resolve(fail({ kind: 'cancelled' })))
          begun.push({ options, end: resolve })
        }),
      text: async (format, report, beside) => `${format} ${report.tookMs} ${beside?.tookMs ?? 'alone'}`,
    }),
    warn: (line) => expect.unreachable(line),
  })
})
afterEach(async () => {
  await app.dispose()
  rmSync(folder, { recursive: true })
})

async function call<N extends CallName>(name: N, params: object, on = page): Promise<Record<string, unknown>> {
  const answer = await app.handlers[name](params as never, contextOf(on))
  if (!answer.ok) throw new Error(answer.failure.message)
  return calls[name].result.parse(answer.value) as Record<string, unknown>
}

async function failureOf(name: CallName, params: object): Promise<{ code: string; message: string }> {
  const answer = await app.handlers[name](params as never, contextOf(page))
  if (answer.ok) throw new Error('it succeeded')
  return answer.failure
}

const start = async (withRemedy = false): Promise<string> =>
  String((await call('drills/start', { name: 'crash', withRemedy })).run)

const last = (): HandDrill => begun.at(-1) ?? expect.unreachable('no drill has begun')

const told = (on = page): DrillRunView[] =>
  on.told.flatMap(([name, payload]) => (name === 'drill/changed' ? [events[name].parse(payload)] : []))

const runs = async (): Promise<DrillRunView[]> => (await call('drills/runs', {})).runs as DrillRunView[]

/** The drill opens its session, as the engine does. */
async function watch(): Promise<DrillWatch> {
  const watched = await last().options.watch(lab, { environment: 'production', intervalMs: 250 })
  if (!watched.ok) throw new Error('no session')
  return watched.value
}

describe('a drill', () => {
  it('is told as it goes, at most four times a second, and its end always', async () => {
    await start()
    for (let n = 0; n < 10; n++) last().options.onChange?.({ ...PROGRESS, doing: `step ${n}` })
    expect(told().map(({ doing }) => doing)).toEqual(['step 0'])
    await clock.advance(250)
    expect(told().map(({ doing }) => doing)).toEqual(['step 0', 'step 9'])
    last().end(ok(REPORT))
    await clock.advance(250)
    expect(told().at(-1)).toMatchObject({ state: 'ended', report: { lesson: ['one'] }, failure: null })
    last().options.onChange?.(PROGRESS)
    await clock.advance(1000)
    expect((await runs())[0]?.state).toBe('ended')
    expect(told()).toHaveLength(3)
  })

  it('is told to every page that asked for drills, until it goes', async () => {
    const other = testPage()
    const stranger = testPage()
    await call('drills/runs', {}, other)
    await start()
    last().options.onChange?.(PROGRESS)
    expect([told(other).length, told(stranger).length]).toEqual([1, 0])
    other.leave()
    await clock.advance(250)
    last().options.onChange?.({ ...PROGRESS, doing: 'more' })
    await clock.advance(250)
    expect([told(other).length, told().length]).toEqual([1, 2])
  })

  it('shows its lab by a session, judged as the drill wants, shown as a lab, ended with the drill', async () => {
    await start()
    const watched = await watch()
    last().options.onChange?.({ ...PROGRESS, watch: watched })
    const session = (await runs())[0]?.session
    expect(session).toBe(watched.sessionId)
    expect(environments).toEqual(['production 250'])
    expect(await call('deployment/state', { session })).toMatchObject({
      head: { environment: 'lab', label: 'drill crash', intervalMs: 250 },
    })
    await watched.dispose()
    expect(opened[0]?.isDisposed()).toBe(true)
    last().end(ok(REPORT))
    await clock.advance(250)
    expect((await runs())[0]).toMatchObject({ state: 'ended', session: null })
  })

  it('keeps its session when the pages that looked at it have left', async () => {
    await start()
    const watched = await watch()
    const visitor = testPage()
    await call('deployment/state', { session: watched.sessionId }, visitor)
    await call('deployment/close', { session: watched.sessionId }, visitor)
    visitor.leave()
    await clock.advance(60_000)
    expect(opened[0]?.isDisposed()).toBe(false)
    await watched.dispose()
  })

  it('lets nobody else break its lab, which is no lab to be opened either', async () => {
    await start()
    const watched = await watch()
    const { sessionId: session } = watched
    const shown = (await call('lab/faults', { session })) as { faults: { unavailable: string | null }[] }
    expect(shown.faults.every(({ unavailable }) => unavailable?.includes('drill') === true)).toBe(true)
    const fault = { kind: 'kill', node: '127.0.0.1:1' }
    expect(await failureOf('lab/break', { session, fault })).toMatchObject({ code: 'refused-by-guard' })
    expect((await call('lab/list', {})).labs).toEqual([])
    await watched.dispose()
  })

  it('runs alone', async () => {
    await start()
    expect(await failureOf('drills/start', { name: 'crash', withRemedy: false })).toMatchObject({
      code: 'refused-by-guard',
      message: expect.stringContaining('goes on'),
    })
    last().end(ok(REPORT))
    await clock.advance(1)
    await start()
    expect(begun).toHaveLength(2)
  })

  it('is cancelled, and ended by the end of the host', async () => {
    const run = await start()
    await call('drills/cancel', { run })
    expect((await runs())[0]?.state).toBe('cancelled')
    await start()
    await app.dispose()
    expect(last().options.signal?.aborted).toBe(true)
    expect(await failureOf('drills/start', { name: 'crash', withRemedy: false })).toMatchObject({ code: 'cancelled' })
  })

  it('that fails says why', async () => {
    await start()
    last().end(fail({ kind: 'refused-by-guard', detail: 'the story does not go on' }))
    await clock.advance(250)
    expect(told().at(-1)).toMatchObject({ state: 'failed', failure: { message: 'the story does not go on' } })
  })

  it.each([
    ['that does not exist', { name: 'x', withRemedy: false }, 'not-found'],
    ['that cannot be run here', { name: 'disk', withRemedy: false }, 'refused-by-guard'],
  ])('%s is not begun', async (_case, params, code) => {
    expect(await failureOf('drills/start', params)).toMatchObject({ code })
    expect(begun).toEqual([])
  })
})

describe('a report', () => {
  it('is of one run, or of two side by side', async () => {
    const one = await start()
    last().end(ok(REPORT))
    await clock.advance(1)
    const two = await start(true)
    expect(await failureOf('drills/report', { run: two, beside: null, format: 'html' })).toMatchObject({
      code: 'refused-by-guard',
    })
    last().end(ok({ ...REPORT, tookMs: 5000, withRemedy: true }))
    await clock.advance(1)
    expect(await call('drills/report', { run: one, beside: null, format: 'markdown' })).toEqual({
      fileName: expect.stringMatching(/^repliscope-drill-crash-\d{4}-\d\d-\d\d-\d{4}\.md$/),
      mediaType: 'text/markdown',
      text: 'markdown 9000 alone',
    })
    expect(await call('drills/report', { run: one, beside: two, format: 'html' })).toMatchObject({
      text: 'html 9000 5000',
    })
    const json = await call('drills/report', { run: one, beside: null, format: 'json' })
    expect(JSON.parse(String(json.text))).toMatchObject({ schema: 'repliscope/drill@1', name: 'crash' })
    expect(await failureOf('drills/report', { run: 'x', beside: null, format: 'json' })).toMatchObject({
      code: 'not-found',
    })
  })
})
