import { randomBytes } from 'node:crypto'
import type { CallAnswer, CallResult } from '../contract/calls.ts'
import type { DrillRunView, DrillView } from '../contract/lab.ts'
import type { Handlers, Page } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import type { DrillDescription, DrillReport } from '../domain/drills/model.ts'
import { fail, ok } from '../domain/failure.ts'
import type { Failure, Result } from '../domain/failure.ts'
import type { DrillProgress, RunDrillOptions } from '../lab/drills/run-drill.ts'
import type { DrillWatch, WatchOptions } from '../lab/drills/tools.ts'
import type { Lab } from '../lab/lab.ts'
import type { Clock } from '../monitor/ports.ts'
import { drillForecastView, drillReportView } from './drill-json.ts'

type DrillCall = Extract<keyof Handlers, `drills/${string}`>

/** What the app needs of drills; loaded when first asked for. */
export interface DrillTools {
  readonly list: () => Promise<readonly DrillView[]>
  readonly run: (
    name: string,
    options: Pick<RunDrillOptions, 'withRemedy' | 'signal' | 'onChange'> & {
      readonly watch: (lab: Lab, options: WatchOptions) => Promise<Result<DrillWatch>>
    },
  ) => Promise<Result<DrillReport>>
  readonly text: (
    format: 'html' | 'markdown',
    report: DrillReport,
    beside: DrillReport | undefined,
    remedy: DrillDescription['remedy'],
  ) => Promise<string>
}

export interface DrillCallsOptions {
  readonly tools: DrillTools
  readonly clock: Clock
  /** Opens the session that pages see the drill's lab by. */
  readonly watch: (run: string, name: string, lab: Lab, options: WatchOptions) => Promise<Result<DrillWatch>>
  readonly onBug: (error: unknown) => void
}

export interface DrillCalls {
  readonly calls: Pick<Handlers, DrillCall>
  /** Ends the drill that goes on; resolves when nothing of it is left. */
  readonly dispose: () => Promise<void>
}

/** A page is told of a run no more often. */
const TELL_EVERY_MS = 250
/** Runs that are remembered, the newest. */
const MAX_RUNS = 20

interface Run {
  view: DrillRunView
  report: DrillReport | undefined
  readonly cancel: AbortController
  ended: Promise<void>
}

/** The drills of this host: one at a time, told to every page that asked for any. */
export function createDrillCalls({ tools, clock, watch, onBug }: DrillCallsOptions): DrillCalls {
  const runs = new Map<string, Run>()
  const pages = new Set<Page>()
  let isEnded = false

  const listen = (page: Page): void => {
    if (pages.has(page)) return
    pages.add(page)
    page.onGone(() => void pages.delete(page))
  }

  const teller = createTeller(clock, (view) => {
    for (const page of pages) page.emit('drill/changed', view)
  })

  const change = (run: Run, changed: Partial<DrillRunView>): void => {
    run.view = { ...run.view, ...changed }
    teller.tell(run.view)
  }

  const going = (): Run | undefined => [...runs.values()].find(({ view }) => isGoing(view))

  const begin = (name: string, withRemedy: boolean): Run => {
    const view: DrillRunView = {
      run: `d-${randomBytes(6).toString('base64url')}`,
      name,
      withRemedy,
      state: 'starting',
      startedAt: new Date(clock.now()).toISOString(),
      session: null,
      doing: 'starting a lab',
      forecast: null,
      timeline: [],
      probe: [],
      report: null,
      failure: null,
    }
    const run: Run = { view, report: undefined, cancel: new AbortController(), ended: Promise.resolve() }
    runs.set(view.run, run)
    for (const old of [...runs.keys()].slice(0, -MAX_RUNS)) runs.delete(old)
    run.ended = perform(run).catch((error: unknown) => {
      onBug(error)
      const message = "A bug in Repliscope: the host's log has it."
      change(run, { state: 'failed', session: null, doing: '', failure: { code: 'internal', message } })
    })
    return run
  }

  const perform = async (run: Run): Promise<void> => {
    const { name, withRemedy } = run.view
    const ran = await tools.run(name, {
      withRemedy,
      signal: run.cancel.signal,
      watch: (lab, options) => watch(run.view.run, name, lab, options),
      // What comes late, of a run that has ended, changes it no more.
      onChange: (progress) => (isGoing(run.view) ? change(run, progressOf(progress)) : undefined),
    })
    if (ran.ok) {
      run.report = ran.value
      const report = drillReportView(ran.value)
      const { forecast, timeline, probe } = report
      change(run, { state: 'ended', session: null, doing: '', forecast, timeline, probe, report })
    } else {
      const state = ran.failure.kind === 'cancelled' ? 'cancelled' : 'failed'
      change(run, { state, session: null, doing: '', failure: toContractFailure(ran.failure) })
    }
  }

  const find = (id: string): Result<Run> => {
    const run = runs.get(id)
    return run === undefined ? fail({ kind: 'not-found', detail: 'this run is not remembered', known: [] }) : ok(run)
  }

  const calls: DrillCalls['calls'] = {
    'drills/list': async (_params, { page }) => {
      listen(page)
      return ok({ drills: [...(await tools.list())] })
    },
    'drills/start': async ({ name, withRemedy }, { page }) => {
      listen(page)
      if (isEnded) return failure({ kind: 'cancelled' })
      const drills = await tools.list()
      const drill = drills.find((one) => one.name === name)
      if (drill === undefined)
        return failure({ kind: 'not-found', detail: `no drill ${name}`, known: drills.map((one) => one.name) })
      if (drill.unavailable !== null)
        return failure({ kind: 'refused-by-guard', detail: `${name} cannot be run here: ${drill.unavailable}` })
      if (withRemedy && drill.remedy === null)
        return failure({ kind: 'refused-by-guard', detail: `${name} has no remedy` })
      const other = going()
      if (other !== undefined)
        return failure({ kind: 'refused-by-guard', detail: `the drill ${other.view.name} goes on: one at a time` })
      return ok({ run: begin(name, withRemedy).view.run })
    },
    'drills/cancel': async ({ run: id }) => {
      const run = find(id)
      if (!run.ok) return failure(run.failure)
      run.value.cancel.abort()
      await run.value.ended
      return ok({})
    },
    'drills/runs': async (_params, { page }) => {
      listen(page)
      return ok({ runs: [...runs.values()].map(({ view }) => view) })
    },
    'drills/report': async ({ run: id, beside: besideId, format }) => {
      const run = find(id)
      if (!run.ok) return failure(run.failure)
      const beside = besideId === null ? undefined : find(besideId)
      if (beside?.ok === false) return failure(beside.failure)
      return reportOf(run.value, beside?.value, format, tools)
    },
  }

  return {
    calls,
    dispose: async () => {
      isEnded = true
      const run = going()
      run?.cancel.abort()
      await run?.ended
      teller.stop()
      pages.clear()
    },
  }
}

function isGoing({ state }: DrillRunView): boolean {
  return state === 'starting' || state === 'running'
}

function progressOf({ state, doing, watch, forecast, timeline, probe }: DrillProgress): Partial<DrillRunView> {
  return {
    state,
    doing,
    session: watch?.sessionId ?? null,
    forecast: forecast === null ? null : drillForecastView(forecast),
    timeline: [...timeline],
    probe: [...probe],
  }
}

/** Tells the newest view of a run, at most so often, and always the last one. */
function createTeller(clock: Clock, emit: (view: DrillRunView) => void) {
  let waiting: DrillRunView | undefined
  let stopWaiting: (() => void) | undefined
  const flush = (): void => {
    stopWaiting = undefined
    if (waiting === undefined) return
    const view = waiting
    waiting = undefined
    stopWaiting = clock.after(TELL_EVERY_MS, flush)
    emit(view)
  }
  return {
    tell: (view: DrillRunView): void => {
      waiting = view
      if (stopWaiting === undefined) flush()
    },
    stop: (): void => {
      stopWaiting?.()
      // Nothing more is told, and nothing waits.
      stopWaiting = () => undefined
    },
  }
}

const FILES = {
  html: { extension: 'html', mediaType: 'text/html' },
  markdown: { extension: 'md', mediaType: 'text/markdown' },
  json: { extension: 'json', mediaType: 'application/json' },
} as const

async function reportOf(
  { report, view }: Run,
  beside: Run | undefined,
  format: keyof typeof FILES,
  tools: DrillTools,
): Promise<CallAnswer<'drills/report'>> {
  if (report === undefined || (beside !== undefined && beside.report === undefined))
    return failure({ kind: 'refused-by-guard', detail: 'a run without a result has no report' })
  if (beside !== undefined && beside.view.name !== view.name)
    return failure({ kind: 'refused-by-guard', detail: 'only runs of the same drill stand side by side' })
  const { extension, mediaType } = FILES[format]
  const remedy = (await tools.list()).find((drill) => drill.name === view.name)?.remedy ?? undefined
  const text =
    format === 'json'
      ? `${JSON.stringify(beside === undefined ? report : [report, beside.report], null, 2)}\n`
      : await tools.text(format, report, beside?.report, remedy)
  const value: CallResult<'drills/report'> = { fileName: fileName(view, extension), mediaType, text }
  return ok(value)
}

/** `repliscope-drill-quorum-lost-2026-03-04-1215.html` */
function fileName({ name, startedAt }: DrillRunView, extension: string): string {
  const when = startedAt.slice(0, 16).replace('T', '-').replace(':', '')
  return `repliscope-drill-${name}-${when}.${extension}`
}

function failure(of: Failure): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: toContractFailure(of) }
}
