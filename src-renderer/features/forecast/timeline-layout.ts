import type { FailoverReport } from '../../../src-main/contract/forecast.ts'

type Phase = FailoverReport['timeline'][number]

export interface TimelineBar extends Phase {
  readonly x: number
  readonly width: number
}

export interface TimelineTick {
  readonly ms: number
  readonly x: number
}

/** A phase is at least this wide, so that the shortest can be seen and pointed at. */
const LEAST_WIDTH = 4
const STEPS_MS = [500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000]
const MOST_TICKS = 9

/** Bars to scale over `width`, and ticks at round moments from 0 to the end; both empty without phases. */
export function layoutTimeline(
  phases: readonly Phase[],
  width: number,
): { readonly bars: readonly TimelineBar[]; readonly ticks: readonly TimelineTick[] } {
  const total = phases.at(-1)?.toMs ?? 0
  if (total <= 0) return { bars: [], ticks: [] }
  const at = (ms: number): number => (ms / total) * width
  const bars = phases.map((phase) => {
    const barWidth = Math.max(LEAST_WIDTH, at(phase.toMs - phase.fromMs))
    return { ...phase, x: Math.min(at(phase.fromMs), width - barWidth), width: barWidth }
  })
  const step = STEPS_MS.find((one) => total / one <= MOST_TICKS) ?? total
  const ticks: TimelineTick[] = []
  // a tick close to the end would lie under the end's own
  for (let ms = 0; ms < total - step * 0.8; ms += step) ticks.push({ ms, x: at(ms) })
  return { bars, ticks: [...ticks, { ms: total, x: width }] }
}
