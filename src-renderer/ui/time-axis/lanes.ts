import { xOf, type TimeWindow } from './time-window.ts'

export type LaneTone = 'muted' | 'info' | 'ok' | 'warn' | 'crit' | 'sentinel' | 'master' | 'replica'
/** Told apart without colour, too: what began points up, what ended points down. */
export type LaneShape = 'dot' | 'ring' | 'diamond' | 'square' | 'up' | 'down'

/** Something that happened at one moment. */
export interface LaneMark {
  readonly id: string
  readonly at: number
  readonly tone: LaneTone
  readonly shape: LaneShape
  /** Shown when the pointer rests on it. */
  readonly title: string
}

/** Something that lasted. */
export interface LaneSpan {
  readonly from: number
  readonly to: number
  readonly tone: LaneTone
  /** Hatched where it stands for something missing, so that it is told from the others without colour. */
  readonly isHatched?: boolean
  /** A line at the foot of the lane instead of the whole height. */
  readonly isThin?: boolean
  /** The lower half of the lane. */
  readonly isHalf?: boolean
  readonly title: string
}

/** One row of a picture. */
export interface Lane {
  readonly id: string
  readonly label: string
  readonly marks: readonly LaneMark[]
  readonly spans?: readonly LaneSpan[]
  /** Pixels; 26 when absent. */
  readonly height?: number
}

/** Marks that share a place: one is drawn for all of them. */
export interface MarkCluster {
  readonly id: string
  /** Of the first. */
  readonly at: number
  readonly x: number
  readonly marks: readonly LaneMark[]
  /** The gravest, the newest of those: its shape and colour stand for all. */
  readonly speaker: LaneMark
}

export const LANE_PX = 26
/** Marks closer than this become one. */
export const CLUSTER_PX = 18

const RANK: Readonly<Record<LaneTone, number>> = {
  muted: 0,
  replica: 1,
  info: 2,
  sentinel: 3,
  ok: 4,
  master: 5,
  warn: 6,
  crit: 7,
}

/**
 * Marks as they are drawn in a window of `width` pixels, oldest first. What is joined depends on the scale alone, not on
 * where the window lies: moving it makes no mark jump. Those outside the window are left out.
 */
export function clusterMarks(marks: readonly LaneMark[], window: TimeWindow, width: number): MarkCluster[] {
  const reach = (CLUSTER_PX / Math.max(1, width)) * (window.to - window.from)
  const clusters: { at: number; marks: LaneMark[]; speaker: LaneMark }[] = []
  for (const mark of marks.toSorted((a, b) => a.at - b.at)) {
    const last = clusters.at(-1)
    if (last === undefined || mark.at - last.at >= reach) clusters.push({ at: mark.at, marks: [mark], speaker: mark })
    else {
      last.marks.push(mark)
      if (RANK[mark.tone] >= RANK[last.speaker.tone]) last.speaker = mark
    }
  }
  return clusters
    .filter(({ at }) => at >= window.from && at <= window.to)
    .map(({ at, marks: joined, speaker }) => ({
      id: joined[0]?.id ?? '',
      at,
      x: xOf(at, window, width),
      marks: joined,
      speaker,
    }))
}

/** A span as it is drawn: never thinner than a pixel, cut at the window's ends; undefined outside it. */
export function placeSpan(
  span: Pick<LaneSpan, 'from' | 'to'>,
  window: TimeWindow,
  width: number,
): { readonly x: number; readonly width: number } | undefined {
  if (span.to < window.from || span.from > window.to) return undefined
  const left = Math.max(0, xOf(span.from, window, width))
  const right = Math.min(width, xOf(span.to, window, width))
  return { x: left, width: Math.max(1, right - left) }
}

/** Outlines around 0,0, ten pixels wide. */
export const SHAPES: Readonly<Record<LaneShape, string>> = {
  dot: 'M4.5 0a4.5 4.5 0 1 1-9 0a4.5 4.5 0 1 1 9 0Z',
  ring: 'M4 0a4 4 0 1 1-8 0a4 4 0 1 1 8 0Z',
  diamond: 'M0-5.6 5.6 0 0 5.6-5.6 0Z',
  square: 'M-4.2-4.2h8.4v8.4h-8.4Z',
  up: 'M0-5.2 5.2 4.2H-5.2Z',
  down: 'M0 5.2 5.2-4.2H-5.2Z',
}
