import { describeBytes, describeSeconds } from '../units.ts'
import { counted } from '../text.ts'
import type { Bounds, DrillReport, ResyncOutcome } from './model.ts'

/** What a forecast is held against. */
export type ComparedTopic = 'winner' | 'loss' | 'outage' | 'resync' | 'findings'

/** One thing that was forecast, beside what came of it; both in words, one line each. */
export interface ComparedRow {
  readonly topic: ComparedTopic
  readonly question: string
  readonly forecast: readonly string[]
  readonly measured: readonly string[]
  /** Null: the forecast said nothing that could be held against the outcome. */
  readonly verdict: boolean | null
}

const NOT_SAID = 'nothing said'
const NOT_MEASURED = 'not measured'

/** Why a result's forecast is not the one of its timeline to the letter. */
export const FORECAST_NOTE =
  'The forecast was taken just before the fault and is carried to its moment at the write rate measured then.'

/** Always the same five rows, in the order in which a person asks. */
export function compareForecast(report: DrillReport): readonly ComparedRow[] {
  const { forecast, measured, verdict } = report
  return [
    {
      topic: 'winner',
      question: 'Who is master afterwards',
      forecast: [
        forecast.winner === null && !forecast.certain
          ? NOT_SAID
          : `${forecast.winner ?? 'nobody'}${forecast.certain ? ', certain' : ', not certain'}`,
      ],
      measured: [winnerMeasured(report)],
      verdict: verdict.winner,
    },
    {
      topic: 'loss',
      question: 'Acknowledged writes lost',
      forecast: [forecast.lossBytes === null ? NOT_SAID : boundsWords(forecast.lossBytes, describeBytes)],
      measured: [
        measured.lossBytes === null ? NOT_MEASURED : describeBytes(Math.max(0, measured.lossBytes)),
        `${measured.lost ?? 'unknown how many'} of ${counted(measured.acknowledged, 'acknowledged write')}`,
      ],
      verdict: verdict.loss,
    },
    {
      topic: 'outage',
      question: 'How long writes fail',
      forecast: [forecast.outageMs === null ? NOT_SAID : boundsWords(forecast.outageMs, describeMs)],
      measured: [
        measured.outageMs === null ? NOT_MEASURED : describeMs(measured.outageMs),
        ...(measured.writeGapMs === null
          ? []
          : [`longest gap between two writes that stayed ${describeMs(measured.writeGapMs)}`]),
      ],
      verdict: verdict.outage,
    },
    {
      topic: 'resync',
      question: 'How replicas come back',
      forecast: resyncWords(forecast.resync, NOT_SAID),
      measured: resyncWords(measured.resync, NOT_MEASURED),
      verdict: verdict.resync,
    },
    { topic: 'findings', question: 'Findings raised', ...findingWords(report), verdict: verdict.findings },
  ]
}

/** `right`, `wrong`, `not said`. */
export function verdictWord(verdict: boolean | null): string {
  return verdict === null ? 'not said' : verdict ? 'right' : 'wrong'
}

/** `340 ms`, `5.2 s`. */
export function describeMs(ms: number): string {
  return ms > 0 && ms < 1000 ? `${Math.round(ms)} ms` : describeSeconds(ms / 1000)
}

function boundsWords({ low, high }: Bounds, describe: (value: number) => string): string {
  return low === high ? describe(Math.max(0, low)) : `${describe(Math.max(0, low))} to ${describe(Math.max(0, high))}`
}

function resyncWords(outcomes: readonly ResyncOutcome[], none: string): readonly string[] {
  return outcomes.length === 0 ? [none] : outcomes.map(({ replica, verdict }) => `${replica} ${verdict}`)
}

function findingWords({ forecast, measured }: DrillReport): Pick<ComparedRow, 'forecast' | 'measured'> {
  const seen = new Set(measured.findings)
  const expected = new Set(forecast.findings)
  const others = measured.findings.filter((code) => !expected.has(code))
  return {
    forecast: expected.size === 0 ? ['none expected'] : [...expected],
    measured: [
      ...[...expected].map((code) => (seen.has(code) ? code : `${code} was not raised`)),
      ...(others.length === 0 ? [] : [`besides: ${others.join(', ')}`]),
      ...(expected.size === 0 && others.length === 0 ? ['none'] : []),
    ],
  }
}

/** Who was promoted. That it was nobody is said where a forecast was held against it: elsewhere nobody looked. */
export function winnerMeasured({ measured, verdict }: Pick<DrillReport, 'measured' | 'verdict'>): string {
  return measured.winner ?? (verdict.winner === null ? NOT_MEASURED : 'nobody')
}

/** One number of a run, with what it means. */
export interface MeasuredNumber {
  readonly name: string
  readonly value: string
  readonly meaning: string
}

/** What a run came to in numbers: always the same rows, so that two runs can stand side by side. */
export function measuredNumbers({ measured }: Pick<DrillReport, 'measured'>): readonly MeasuredNumber[] {
  const count = (writes: number | null): string => (writes === null ? NOT_MEASURED : String(writes))
  const time = (ms: number | null): string => (ms === null ? NOT_MEASURED : describeMs(ms))
  return [
    { name: 'acknowledged', value: String(measured.acknowledged), meaning: 'the client was told: done' },
    { name: 'lost', value: count(measured.lost), meaning: 'acknowledged, then gone' },
    {
      name: 'lost bytes',
      value: measured.lossBytes === null ? NOT_MEASURED : describeBytes(Math.max(0, measured.lossBytes)),
      meaning: 'of the replication stream',
    },
    { name: 'unknown', value: String(measured.unknown), meaning: 'no answer came' },
    { name: 'unknown, kept', value: count(measured.unknownKept), meaning: 'no answer, yet it is there' },
    { name: 'refused', value: String(measured.refused), meaning: 'answered with an error' },
    { name: 'outage', value: time(measured.outageMs), meaning: 'fault to next write that stayed' },
    { name: 'write gap', value: time(measured.writeGapMs), meaning: 'longest between two writes that stayed' },
    { name: 'resyncs', value: resyncCounts(measured.resync), meaning: 'how replicas came back' },
  ]
}

/** `2 partial`, `1 full, 1 partial`. */
function resyncCounts(outcomes: readonly ResyncOutcome[]): string {
  const counts = new Map<string, number>()
  for (const { verdict } of outcomes) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return counts.size === 0
    ? NOT_MEASURED
    : [...counts]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([verdict, total]) => `${total} ${verdict}`)
        .join(', ')
}

/** How the forecast did on the whole: `right in 3 of 4`, and what it said nothing of. */
export function verdictSummary(report: DrillReport): {
  readonly right: number
  readonly judged: number
  readonly wrong: readonly string[]
} {
  const rows = compareForecast(report)
  const judged = rows.filter((row) => row.verdict !== null)
  return {
    right: judged.filter((row) => row.verdict === true).length,
    judged: judged.length,
    wrong: judged.filter((row) => row.verdict === false).map((row) => row.question),
  }
}
