import type { Bounds, DrillReport, ResyncOutcome } from '../../src-main/domain/drills/model.ts'
import type { DrillRunResult } from './drills.ts'

/** One run with its place in the series. */
export interface NumberedRun {
  readonly name: string
  readonly withRemedy: boolean
  readonly run: number
  readonly result: DrillRunResult
}

/** Why a forecast may miss here, by drill and topic; a miss without an entry is unexplained. */
export type Causes = Readonly<Record<string, string>>

/** The whole of DRILLS.md below its heading. */
export function drillsMarkdown(runs: readonly NumberedRun[], causes: Causes): string {
  const names = [...new Set(runs.map((one) => one.name))]
  return [
    '## Totals',
    '',
    ...totals(runs).map((line) => `- ${line}`),
    '',
    '## Misses',
    '',
    ...misses(runs, causes),
    '',
    ...names.flatMap((name) =>
      section(
        name,
        runs.filter((one) => one.name === name),
      ),
    ),
  ].join('\n')
}

/** Forecasts that said something, and how many of them were right; failed runs beside them. */
export function totals(runs: readonly NumberedRun[]): readonly string[] {
  const reports = reportsOf(runs)
  const score = (topic: 'winner' | 'loss' | 'outage' | 'resync' | 'findings') => {
    const said = reports.filter((one) => one.verdict[topic] !== null)
    const right = said.filter((one) => one.verdict[topic] === true).length
    const percent = said.length === 0 ? '' : ` (${((100 * right) / said.length).toFixed(1)}%)`
    return `${right} of ${said.length}${percent}`
  }
  const verdicts = reports.flatMap((one) => pairsOf(one))
  const right = verdicts.filter((one) => one.said === one.came).length
  const failed = runs.filter((one) => one.result.state === 'failed').length
  return [
    `runs: ${reports.length} ended, ${failed} failed`,
    `winner right where it was certain: ${score('winner')}`,
    `loss inside the forecast interval: ${score('loss')}`,
    `resyncs right, all replicas of a run: ${score('resync')}; single replicas ${right} of ${verdicts.length}, "unknown" not counted`,
    `outage inside its bounds: ${score('outage')}`,
    `every expected finding raised: ${score('findings')}`,
  ]
}

function reportsOf(runs: readonly NumberedRun[]): readonly DrillReport[] {
  return runs.flatMap(({ result }) => (result.state === 'ran' ? [result.report] : []))
}

function misses(runs: readonly NumberedRun[], causes: Causes): readonly string[] {
  const lines = runs.flatMap(({ name, withRemedy, run, result }) => {
    const which = `${name}${withRemedy ? ' (remedy)' : ''}, run ${run}`
    if (result.state === 'failed') return [`- ${which}: **failed**: ${result.reason}`]
    if (result.state !== 'ran') return []
    return missesOf(result.report).map(
      ({ topic, what }) =>
        `- ${which}: **${topic}**: ${what}. Cause: ${causes[`${name}/${topic}`] ?? 'not explained yet'}.`,
    )
  })
  return lines.length === 0 ? ['None.'] : lines
}

function missesOf({ forecast, measured, verdict }: DrillReport) {
  const raised = new Set(measured.findings)
  const missing = forecast.findings.filter((code) => !raised.has(code))
  return [
    verdict.winner === false
      ? { topic: 'winner', what: `${forecast.winner ?? 'nobody'} was certain, ${measured.winner ?? 'nobody'} came` }
      : undefined,
    verdict.loss === false
      ? { topic: 'loss', what: `${measured.lossBytes ?? 0} B lost, forecast ${boundsText(forecast.lossBytes)} B` }
      : undefined,
    verdict.outage === false
      ? {
          topic: 'outage',
          what: `${Math.round(measured.outageMs ?? 0)} ms, forecast ${boundsText(forecast.outageMs)} ms`,
        }
      : undefined,
    verdict.resync === false
      ? { topic: 'resync', what: `${resyncText(measured.resync)}, forecast ${resyncText(forecast.resync)}` }
      : undefined,
    missing.length > 0 ? { topic: 'findings', what: `${missing.join(', ')} not raised` } : undefined,
  ].filter((one) => one !== undefined)
}

function section(name: string, runs: readonly NumberedRun[]): readonly string[] {
  const unavailable = runs.find((one) => one.result.state === 'unavailable')
  if (unavailable?.result.state === 'unavailable')
    return [`## ${name}`, '', `Not run: ${unavailable.result.reason}.`, '']
  return [
    `## ${name}`,
    '',
    '| run | winner: forecast | actual | loss: forecast (B) | measured (B) | resync: forecast | actual | outage: forecast (ms) | measured (ms) | findings | took (s) |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...runs.map(({ run, withRemedy, result }) => row(`${run}${withRemedy ? ' (remedy)' : ''}`, result)),
    '',
  ]
}

function row(run: string, result: DrillRunResult): string {
  if (result.state !== 'ran') return `| ${run} | failed: ${result.reason.replaceAll('|', '/')} | | | | | | | | | |`
  const { forecast, measured, verdict, tookMs } = result.report
  const cells = [
    run,
    forecast.certain ? (forecast.winner ?? 'nobody') : 'not certain',
    mark(measured.winner ?? 'nobody', verdict.winner),
    boundsText(forecast.lossBytes),
    mark(measured.lossBytes === null ? '' : String(measured.lossBytes), verdict.loss),
    resyncText(forecast.resync),
    mark(resyncText(measured.resync), verdict.resync),
    boundsText(forecast.outageMs),
    mark(measured.outageMs === null ? '' : String(Math.round(measured.outageMs)), verdict.outage),
    mark(`${forecast.findings.length} expected`, verdict.findings),
    (tookMs / 1000).toFixed(1),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Wrong ones stand out; what nothing was said of stays plain. */
function mark(text: string, verdict: boolean | null): string {
  if (verdict === null || text === '') return text === '' ? '-' : text
  return verdict ? `${text} ✓` : `**${text} ✗**`
}

function boundsText(bounds: Bounds | null): string {
  return bounds === null ? '-' : `${Math.round(bounds.low)} to ${Math.round(bounds.high)}`
}

/** `2 partial, 1 full`. */
function resyncText(outcomes: readonly ResyncOutcome[]): string {
  const kinds = [...new Set(outcomes.map((one) => one.verdict))].toSorted()
  return kinds.map((kind) => `${outcomes.filter((one) => one.verdict === kind).length} ${kind}`).join(', ') || '-'
}

function pairsOf({ forecast, measured }: DrillReport) {
  return forecast.resync.flatMap(({ replica, verdict }) => {
    const came = measured.resync.find((one) => one.replica === replica)?.verdict ?? 'unknown'
    return verdict === 'unknown' || came === 'unknown' ? [] : [{ said: verdict, came }]
  })
}
