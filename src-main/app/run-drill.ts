import type { DrillReportView, DrillView } from '../contract/lab.ts'
import {
  compareForecast,
  FORECAST_NOTE,
  measuredNumbers,
  verdictSummary,
  verdictWord,
} from '../domain/drills/comparison.ts'
import { clockWords, momentWords } from '../domain/drills/timeline-picture.ts'
import type { DrillMoment, DrillReport } from '../domain/drills/model.ts'
import { besideWords } from '../export/drill-words.ts'
import { ok, type Failure, type Result } from '../domain/failure.ts'
import { DRILLS } from '../lab/drills/catalogue.ts'
import { runDrill } from '../lab/drills/run-drill.ts'
import { whyNot } from '../lab/drills/why-not.ts'
import { findServer } from '../lab/servers.ts'
import { drillReportView, drillView } from './drill-json.ts'
import { drillTools } from './drill-tools.ts'

/** Every drill, and why it cannot be run here. */
export async function listDrills(): Promise<readonly DrillView[]> {
  const server = await findServer()
  return DRILLS.map((drill) => drillView(drill, whyNot(drill, server.ok ? server.value : undefined)))
}

/** A drill by its name; undefined when there is none. */
export function findDrill(name: string): DrillView | undefined {
  const drill = DRILLS.find((one) => one.name === name)
  return drill === undefined ? undefined : drillView(drill, null)
}

export const DRILL_NAMES: readonly string[] = DRILLS.map((drill) => drill.name)

export interface DrillRunning {
  readonly withRemedy: boolean
  /** Path of the server program; found where not given. */
  readonly server: string | undefined
  readonly signal: AbortSignal
  /** What it does now; told when that changes. */
  readonly onDoing: (what: string) => void
  /** Each moment once, as it becomes known: `+5.2 s`, its lane, and what happened. */
  readonly onMoment: (moment: {
    readonly at: string
    readonly lane: DrillMoment['lane']
    readonly words: string
  }) => void
}

/** A drill's result: as JSON, and in words. */
export interface DrillResult {
  readonly report: DrillReportView
  /** What was forecast beside what was measured. */
  readonly rows: readonly {
    readonly question: string
    readonly forecast: string
    readonly measured: string
    readonly verdict: string
    readonly isWrong: boolean
  }[]
  readonly numbers: readonly { readonly name: string; readonly value: string; readonly meaning: string }[]
  readonly right: number
  readonly judged: number
  /** How the forecast's numbers are to be read. */
  readonly note: string
}

/** A result as a file to keep; `beside`: the same drill with or without its remedy. */
export async function drillText(
  format: 'html' | 'markdown',
  { report }: DrillResult,
  beside?: DrillResult,
): Promise<string> {
  const remedy = DRILLS.find((one) => one.name === report.name)?.remedy
  if (format === 'html') return (await import('../export/drill-html.ts')).drillHtml(report, beside?.report, remedy)
  return (await import('../export/drill-markdown.ts')).drillMarkdown(report, beside?.report, remedy)
}

/** Two runs row by row: who was promoted, the probe's account, the findings. */
export function sideBySide(one: DrillResult, other: DrillResult): readonly (readonly string[])[] {
  return besideWords(one.report, other.report)
}

/** Why a drill has no result: `server` is about the one that was given, `failure` says all the rest. */
export type DrillTrouble = { readonly about: 'server' | 'drill'; readonly failure: Failure }

/** Runs a drill on a lab of its own, which is gone afterwards. */
export async function runDrillHere(name: string, running: DrillRunning): Promise<Result<DrillResult, DrillTrouble>> {
  const server = await findServer({ given: running.server })
  if (!server.ok) return { ok: false, failure: { about: 'server', failure: server.failure } }
  // What a server or a Sentinel tells late takes its place before what was told already.
  const told = new Set<string>()
  let doing = ''
  const ran = await runDrill(name, {
    withRemedy: running.withRemedy,
    tools: drillTools,
    signal: running.signal,
    server: server.value,
    onChange: (progress) => {
      if (progress.doing !== doing) running.onDoing((doing = progress.doing))
      for (const moment of progress.timeline) {
        const key = JSON.stringify(moment)
        if (told.has(key)) continue
        told.add(key)
        running.onMoment({ at: `+${clockWords(moment.atMs)}`, lane: moment.lane, words: momentWords(moment) })
      }
    },
  })
  return ran.ok ? ok(toResult(ran.value)) : { ok: false, failure: { about: 'drill', failure: ran.failure } }
}

function toResult(report: DrillReport): DrillResult {
  const { right, judged } = verdictSummary(report)
  return {
    report: drillReportView(report),
    rows: compareForecast(report).map(({ question, forecast, measured, verdict }) => ({
      question,
      forecast: forecast.join('; '),
      measured: measured.join('; '),
      verdict: verdictWord(verdict),
      isWrong: verdict === false,
    })),
    numbers: measuredNumbers(report),
    right,
    judged,
    note: FORECAST_NOTE,
  }
}
