import type { DrillRunView, DrillView } from '../../../src-main/contract/lab.ts'
import { describeMs } from '../../../src-main/domain/drills/comparison.ts'
import {
  clockWords,
  DRILL_LANES,
  LANE_WORDS,
  momentWords,
  SPAN_WORDS,
} from '../../../src-main/domain/drills/timeline-picture.ts'
import { formatByteRange, formatInteger, plural } from '../../ui/format.ts'
import type { StatusTone } from '../../ui/status.ts'
import type { Lane, LaneMark, LaneSpan } from '../../ui/time-axis/lanes.ts'

type Moment = DrillRunView['timeline'][number]
type Span = DrillRunView['probe'][number]
type Forecast = NonNullable<DrillRunView['forecast']>

export const DIFFICULTIES: readonly {
  readonly id: DrillView['difficulty']
  readonly word: string
  readonly hint: string
}[] = [
  { id: 'first', word: 'To begin with', hint: 'one fault, one thing to see' },
  { id: 'common', word: 'What happens in production', hint: 'several causes at once' },
  { id: 'hard', word: 'Hard to believe before seen', hint: 'where intuition is wrong' },
]

export const RUN_WORDS: Readonly<
  Record<DrillRunView['state'], { readonly word: string; readonly tone: StatusTone; readonly shape: string }>
> = {
  starting: { word: 'starting', tone: 'stale', shape: '◌' },
  running: { word: 'running', tone: 'warn', shape: '▶' },
  ended: { word: 'ended', tone: 'ok', shape: '●' },
  failed: { word: 'failed', tone: 'crit', shape: '■' },
  cancelled: { word: 'cancelled', tone: 'stale', shape: '▨' },
}

/** `about 40 s`, `about 2 min`. */
export function aboutWords(seconds: number): string {
  return seconds < 100 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`
}

const NEED_WORDS: Readonly<Record<string, string>> = { root: 'needs root', waitaof: 'needs WAITAOF' }

export function needWords(need: string): string {
  return NEED_WORDS[need] ?? `needs ${need}`
}

/** What was forecast, line by line; a thing that nothing was said of has no line. */
export function forecastLines(forecast: Forecast): readonly { readonly name: string; readonly value: string }[] {
  const { winner, certain, lossBytes, outageMs, resync, findings } = forecast
  return [
    ...(winner === null ? [] : [{ name: 'next master', value: `${winner}${certain ? '' : ', not certain'}` }]),
    ...(lossBytes === null ? [] : [{ name: 'writes lost', value: formatByteRange(lossBytes) }]),
    ...(outageMs === null
      ? []
      : [{ name: 'writes fail for', value: `${describeMs(outageMs.low)} to ${describeMs(outageMs.high)}` }]),
    ...resync.map((one) => ({
      name: one.replica,
      value: one.verdict === 'none' ? 'no resync' : `${one.verdict} resync`,
    })),
    ...(findings.length === 0 ? [] : [{ name: 'findings', value: findings.join(', ') }]),
  ]
}

/** Ids of marks are places in the timeline, so that the list and the picture name the same. */
export function lanesOf(
  timeline: readonly Moment[],
  probe: readonly Span[],
  shown: ReadonlySet<Moment['lane']>,
): readonly Lane[] {
  return DRILL_LANES.filter((lane) => shown.has(lane)).map((lane) => ({
    id: lane,
    label: LANE_WORDS[lane],
    marks: timeline.flatMap((moment, index) => (moment.lane === lane ? [toMark(moment, index)] : [])),
    ...(lane === 'probe' ? { spans: probe.map(toSpan), height: 34 } : {}),
  }))
}

function toMark(moment: Moment, index: number): LaneMark {
  return {
    id: String(index),
    at: moment.atMs,
    ...LOOKS[moment.lane],
    ...(moment.lane === 'finding' && /clear/.test(moment.what) ? ({ tone: 'ok', shape: 'down' } as const) : {}),
    ...(moment.lane === 'fault' && /heal/.test(moment.what) ? ({ tone: 'ok', shape: 'down' } as const) : {}),
    title: `${clockWords(moment.atMs)} ${momentWords(moment)}`,
  }
}

const LOOKS: Readonly<Record<Moment['lane'], Pick<LaneMark, 'tone' | 'shape'>>> = {
  drill: { tone: 'muted', shape: 'ring' },
  fault: { tone: 'crit', shape: 'up' },
  action: { tone: 'info', shape: 'square' },
  sentinel: { tone: 'sentinel', shape: 'dot' },
  topology: { tone: 'master', shape: 'diamond' },
  finding: { tone: 'warn', shape: 'up' },
  probe: { tone: 'muted', shape: 'ring' },
}

/** Told apart by height and hatching as well: accepted is full, refused half, silence a line, lost full and hatched. */
const BANDS: Readonly<Record<Span['state'], Pick<LaneSpan, 'tone' | 'isHatched' | 'isThin' | 'isHalf'>>> = {
  accepted: { tone: 'ok' },
  refused: { tone: 'warn', isHalf: true },
  silent: { tone: 'muted', isThin: true },
  lost: { tone: 'crit', isHatched: true },
}

function toSpan(span: Span): LaneSpan {
  return {
    from: span.fromMs,
    to: span.toMs,
    ...BANDS[span.state],
    title: `${clockWords(span.fromMs)} to ${clockWords(span.toMs)}: ${SPAN_WORDS[span.state]}, ${plural(span.writes, 'write')}`,
  }
}

/** Where the axis of a run ends: at its last thing known or, while it goes on, now. */
export function endOf(run: DrillRunView, now: number): number {
  const last = Math.max(
    1000,
    ...run.timeline.map((moment) => moment.atMs),
    ...run.probe.map((span) => span.toMs),
    run.report?.tookMs ?? 0,
  )
  if (run.state !== 'starting' && run.state !== 'running') return last
  return Math.max(last, now - Date.parse(run.startedAt))
}

/** Sums over a run's band: `1,100 accepted, 3 no answer, 610 refused`. Silence in which nothing was sent has none. */
export function bandWords(probe: readonly Span[]): string {
  const sums = new Map<Span['state'], number>()
  for (const span of probe) sums.set(span.state, (sums.get(span.state) ?? 0) + span.writes)
  return [...sums]
    .filter(([, writes]) => writes > 0)
    .map(([state, writes]) => `${formatInteger(writes)} ${SPAN_WORDS[state]}`)
    .join(', ')
}
