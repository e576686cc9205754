import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import type { ChartMark } from '../../ui/chart/chart-marks.ts'
import { NO_SAMPLES, type LineColumns } from '../../ui/chart/series-align.ts'
import type { SeriesColumns } from '../../stores/series-ring.ts'

/** More moments than a screen has pixels are merged. */
const MOST_MOMENTS = 1600
/** Points of all lines of one chart: what can be drawn within a frame. */
const MOST_POINTS = 24_000
const LEAST_MOMENTS = 240

/** How many moments a chart of so many lines is drawn with. */
export function momentsFor(lines: number): number {
  return Math.max(LEAST_MOMENTS, Math.min(MOST_MOMENTS, Math.floor(MOST_POINTS / Math.max(1, lines))))
}

/** Without samples a chart moves on this often. */
const STEP_MS = 5000

/**
 * The right end of charts that follow the present: the newest picture, so that they are drawn once a sample; with none for
 * a while they move on without, in steps. `now` is the host's clock, epoch ms.
 */
export function chartEnd({ takenAt }: Pick<GroupSlice, 'takenAt'>, now: number): number {
  return Math.max(Date.parse(takenAt), now - (now % STEP_MS))
}

/** Remembered samples of one node; undefined for one never sampled. */
export type SeriesOf = (node: string) => SeriesColumns | undefined

const natural = new Intl.Collator('en', { numeric: true })

/** Replicas in natural order: the order in which lines get their styles. */
export function replicaIds(slice: GroupSlice): string[] {
  return slice.links.map((link) => link.replica).sort(natural.compare)
}

const notBelowZero = (value: number) => Math.max(0, value)

/** Byte lag as a band. A replica ahead of its master stands at zero: below it there is nothing to draw. */
export function lagLine(series: SeriesColumns | undefined): LineColumns {
  if (!series) return NO_SAMPLES
  return {
    length: series.length,
    at: series.at,
    low: series.byteLagLow.map(notBelowZero),
    high: series.byteLagHigh.map(notBelowZero),
  }
}

/** Margin to the oldest kept byte; zero is fallen off. */
export function marginLine(series: SeriesColumns | undefined): LineColumns {
  return series ? single(series, series.marginBytes.map(notBelowZero)) : NO_SAMPLES
}

export function writeRateLine(series: SeriesColumns | undefined): LineColumns {
  return series ? single(series, series.writeBytesPerSecond) : NO_SAMPLES
}

function single({ length, at }: SeriesColumns, values: Float64Array): LineColumns {
  return { length, at, low: values, high: values }
}

/** What is worth a line through the charts; the timeline has all. */
const KINDS: ReadonlySet<ContractEvent['kind']> = new Set([
  'sentinel',
  'role',
  'run-id',
  'link',
  'reachability',
  'fault',
])

/** What the group's events put on the time axis; `nameOf` shortens a node. */
export function toMarks(events: readonly ContractEvent[], group: string, nameOf: (id: string) => string): ChartMark[] {
  return events
    .filter((event) => event.group === group && KINDS.has(event.kind))
    .map((event) => {
      // The others name themselves: `+sdown`, `up -> hung`.
      const what = event.kind === 'fault' ? `fault ${event.what}` : event.what
      const label = event.node === null ? what : `${what} ${nameOf(event.node)}`
      return { at: Date.parse(event.at), label, tone: toneOf(event) }
    })
}

function toneOf({ kind, what }: ContractEvent): ChartMark['tone'] {
  if (kind === 'role' || what === '+switch-master') return 'master'
  if (/^\+[so]down$/.test(what) || /-> *(down|unreachable|hung)$/.test(what)) return 'crit'
  return kind === 'sentinel' ? 'sentinel' : 'info'
}

/** One line in words, for a table beside the picture. */
export interface LineSummary {
  readonly id: string
  readonly now: number | null
  readonly highest: number | null
  readonly highestAt: number | null
  /** Share of the window, 0 to 1, in which there were samples with a value. */
  readonly known: number
}

export function summariseLine(id: string, line: LineColumns, from: number, to: number): LineSummary {
  const summary = { id, now: null as number | null, highest: null as number | null, highestAt: null as number | null }
  let samples = 0
  let known = 0
  for (let i = 0; i < line.length; i++) {
    const at = line.at[i] ?? 0
    if (at < from || at > to) continue
    const value = line.high[i] ?? Number.NaN
    samples += 1
    summary.now = Number.isNaN(value) ? null : value
    if (summary.now === null) continue
    known += 1
    if (summary.highest === null || value > summary.highest) Object.assign(summary, { highest: value, highestAt: at })
  }
  return { ...summary, known: samples === 0 ? 0 : known / samples }
}
