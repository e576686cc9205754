import type { DrillMoment, ProbeSpan } from './model.ts'

export type DrillLane = DrillMoment['lane']

/** From top to bottom; the probe's band lies beneath. */
export const DRILL_LANES: readonly DrillLane[] = [
  'drill',
  'fault',
  'action',
  'sentinel',
  'topology',
  'finding',
  'probe',
]

export const LANE_WORDS: Readonly<Record<DrillLane, string>> = {
  drill: 'Drill',
  fault: 'Faults',
  action: 'Actions',
  sentinel: 'Sentinel',
  topology: 'Topology',
  finding: 'Findings',
  probe: 'Writes',
}

export const SPAN_WORDS: Readonly<Record<ProbeSpan['state'], string>> = {
  accepted: 'accepted',
  refused: 'refused',
  silent: 'no answer',
  lost: 'acknowledged, then lost',
}

/** Moments of one lane that are too close together to be told apart in the picture. */
export interface MomentMark {
  readonly x: number
  /** Oldest first, at least one; the index is the moment's place in the timeline that was given. */
  readonly moments: readonly (DrillMoment & { readonly index: number })[]
}

export interface SpanBar extends ProbeSpan {
  readonly x: number
  readonly width: number
}

export interface DrillPicture {
  readonly endMs: number
  /** Every lane, also one where nothing happened, so that a picture does not jump while it grows. */
  readonly lanes: readonly { readonly lane: DrillLane; readonly marks: readonly MomentMark[] }[]
  readonly bars: readonly SpanBar[]
  /** Round moments from 0 on. */
  readonly ticks: readonly { readonly ms: number; readonly x: number }[]
}

const STEPS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000]
const LEAST_END_MS = 1000
const LEAST_BAR = 1.5

/**
 * A drill on one time axis of `width`. `endMs`: where the axis ends at least; it reaches to the last thing that is known.
 * Marks nearer than `apart` become one; a tick takes about `tickApart`.
 */
export function drillPicture(
  given: { readonly timeline: readonly DrillMoment[]; readonly probe: readonly ProbeSpan[]; readonly endMs: number },
  {
    width,
    apart = 12,
    tickApart = 90,
  }: { readonly width: number; readonly apart?: number; readonly tickApart?: number },
): DrillPicture {
  const endMs = Math.max(
    LEAST_END_MS,
    given.endMs,
    ...given.timeline.map((moment) => moment.atMs),
    ...given.probe.map((span) => span.toMs),
  )
  const at = (ms: number): number => (Math.max(0, ms) / endMs) * width
  const indexed = given.timeline.map((moment, index) => ({ ...moment, index }))
  return {
    endMs,
    lanes: DRILL_LANES.map((lane) => ({
      lane,
      marks: gather(
        indexed.filter((moment) => moment.lane === lane),
        at,
        apart,
      ),
    })),
    bars: mergeSpans(given.probe).map((span) => ({
      ...span,
      x: at(span.fromMs),
      width: Math.max(LEAST_BAR, at(span.toMs) - at(span.fromMs)),
    })),
    ticks: ticksOf(endMs, width, tickApart, at),
  }
}

function gather(
  moments: readonly MomentMark['moments'][number][],
  at: (ms: number) => number,
  apart: number,
): readonly MomentMark[] {
  const marks: { x: number; moments: MomentMark['moments'][number][] }[] = []
  for (const moment of [...moments].sort((a, b) => a.atMs - b.atMs)) {
    const x = at(moment.atMs)
    const last = marks.at(-1)
    if (last !== undefined && x - last.x < apart) last.moments.push(moment)
    else marks.push({ x, moments: [moment] })
  }
  return marks
}

/** Neighbours of one state as one span. What touches within a millisecond is a neighbour. */
function mergeSpans(spans: readonly ProbeSpan[]): readonly ProbeSpan[] {
  const merged: ProbeSpan[] = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last !== undefined && last.state === span.state && span.fromMs - last.toMs <= 1)
      merged[merged.length - 1] = { ...last, toMs: span.toMs, writes: last.writes + span.writes }
    else merged.push(span)
  }
  return merged
}

function ticksOf(endMs: number, width: number, apart: number, at: (ms: number) => number): DrillPicture['ticks'] {
  const most = Math.max(1, Math.floor(width / apart))
  const step = STEPS_MS.find((one) => endMs / one <= most) ?? endMs
  const ticks: { ms: number; x: number }[] = []
  for (let ms = 0; ms <= endMs; ms += step) ticks.push({ ms, x: at(ms) })
  return ticks
}

/** `0 s`, `1.5 s`, `2 min 30 s`: a moment on a drill's clock. */
export function clockWords(ms: number): string {
  const sign = ms < 0 ? '-' : ''
  const seconds = Math.abs(ms) / 1000
  if (seconds < 120) return `${sign}${Math.round(seconds * 10) / 10} s`
  return `${sign}${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** The timeline as lines of text: `+5.2 s  fault  127.0.0.1:1: killed`. */
export function timelineText(timeline: readonly DrillMoment[]): string {
  return timeline.map((moment) => `+${clockWords(moment.atMs)}  ${moment.lane}  ${momentWords(moment)}`).join('\n')
}

/** What happened, to whom, and the rest of it. */
export function momentWords({ node, what, detail }: DrillMoment): string {
  const subject = node === null || what.includes(node) ? '' : `${node}: `
  return `${subject}${what}${detail === '' ? '' : `, ${detail}`}`
}
