import type uPlot from 'uplot'
import { markLabel, placeMarks, type ChartMark } from './chart-marks.ts'
import type { ChartTheme } from './chart-theme.ts'
import { valueAt, type AlignedLines, type ChartValue } from './series-align.ts'

interface BandLine {
  readonly style: { readonly colour: number }
  readonly isShown: boolean
  readonly isLoud: boolean
}

/** With more lines than this their bands would only cover each other: the loud one and the highest few keep theirs. */
const BANDS = 12
/** With a crowd of lines even fewer: a band costs more than its line. */
const MANY = 24
const BANDS_OF_MANY = 4

/**
 * Fills between the low and the high bound of each line, run by run: a gap is left open. One fill a line; no clipping
 * paths, which cost more than everything else together.
 */
export function drawBands(u: uPlot, lines: readonly BandLine[], data: AlignedLines, theme: ChartTheme): void {
  const { ctx } = u
  const { left, top, width, height } = u.bbox
  const xs = data.times.map((time) => u.valToPos(time, 'x', true))
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  const banded = bandedLines(lines, data.high, lines.length > MANY ? BANDS_OF_MANY : BANDS)
  lines.forEach((line, i) => {
    if (!banded.has(i)) return
    ctx.fillStyle = theme.series[line.style.colour - 1] ?? theme.text
    ctx.globalAlpha = line.isLoud ? 0.28 : 0.16
    ctx.beginPath()
    for (const run of bandRuns(data.low[i] ?? [], data.high[i] ?? [])) tracePolygon(u, run, xs)
    ctx.fill()
  })
  ctx.restore()
}

/** Which lines get a band: all while they are few, else the loud ones and those that end highest. */
export function bandedLines(
  lines: readonly Pick<BandLine, 'isShown' | 'isLoud'>[],
  high: readonly (readonly ChartValue[])[],
  most: number,
): ReadonlySet<number> {
  const shown = lines.map((line, i) => ({ ...line, i })).filter((line) => line.isShown)
  if (shown.length <= most) return new Set(shown.map((line) => line.i))
  const last = (i: number) => valueAt(high[i] ?? [], (high[i]?.length ?? 0) - 1) ?? -1
  const ranked = shown.toSorted((a, b) => Number(b.isLoud) - Number(a.isLoud) || last(b.i) - last(a.i))
  return new Set(ranked.slice(0, most).map((line) => line.i))
}

/** One unbroken stretch of a band: indexes into the time axis with their bounds. */
export type BandRun = readonly { readonly index: number; readonly low: number; readonly high: number }[]

/** Stretches between gaps. Moments at which the line merely has no sample do not break one. */
export function bandRuns(low: readonly ChartValue[], high: readonly ChartValue[]): BandRun[] {
  const runs: BandRun[] = []
  let run: { index: number; low: number; high: number }[] = []
  const close = () => {
    if (run.length > 1 && run.some((point) => point.high > point.low)) runs.push(run)
    run = []
  }
  for (let index = 0; index < high.length; index++) {
    const top = high[index]
    const bottom = low[index]
    if (top === undefined && bottom === undefined) continue
    if (top == null || bottom == null) close()
    else run.push({ index, low: Math.max(0, bottom), high: Math.max(0, top) })
  }
  close()
  return runs
}

function tracePolygon(u: uPlot, run: BandRun, xs: readonly number[]): void {
  const { ctx } = u
  run.forEach((point, i) => {
    const x = xs[point.index] ?? 0
    const y = u.valToPos(point.high, 'y', true)
    if (i === 0) ctx.moveTo(x, y)
    else ctx.lineTo(x, y)
  })
  for (let i = run.length - 1; i >= 0; i--) {
    const point = run[i]
    if (point) ctx.lineTo(xs[point.index] ?? 0, u.valToPos(point.low, 'y', true))
  }
  ctx.closePath()
}

/** Dashed uprights with a word each, where there is room for it. */
export function drawMarks(u: uPlot, marks: readonly ChartMark[], theme: ChartTheme): void {
  if (marks.length === 0) return
  const { ctx } = u
  const ratio = devicePixelRatio
  const { left, top, width, height } = u.bbox
  ctx.save()
  ctx.font = theme.font.replace('11px', `${11 * ratio}px`)
  ctx.textBaseline = 'bottom'
  ctx.textAlign = 'left'
  const placed = placeMarks(
    marks,
    (at) => u.valToPos(at / 1000, 'x', true) - left,
    width,
    (text) => ctx.measureText(text).width,
  )
  ctx.lineWidth = ratio
  ctx.setLineDash([2 * ratio, 3 * ratio])
  for (const mark of placed) {
    ctx.strokeStyle = theme[mark.tone]
    ctx.beginPath()
    ctx.moveTo(left + mark.x, top - 4 * ratio)
    ctx.lineTo(left + mark.x, top + height)
    ctx.stroke()
    if (mark.labelX === undefined) continue
    ctx.fillStyle = theme[mark.tone]
    ctx.save()
    ctx.setLineDash([])
    ctx.strokeStyle = theme.surface
    ctx.lineWidth = 4 * ratio
    ctx.strokeText(markLabel(mark), left + mark.labelX, top - ratio)
    ctx.restore()
    ctx.fillText(markLabel(mark), left + mark.labelX, top - ratio)
  }
  ctx.restore()
}
