import type { DrillReport } from '../domain/drills/model.ts'
import {
  clockWords,
  drillPicture,
  LANE_WORDS,
  momentWords,
  SPAN_WORDS,
  type DrillPicture,
} from '../domain/drills/timeline-picture.ts'
import { counted } from '../domain/text.ts'
import { escapeHtml } from './escape-html.ts'

const LABELS = 74
const WIDTH = 960
const RIGHT = 16
const ROW = 26
const BAND = 30
const AXIS = 22

/**
 * A drill's timeline as one picture for print: a lane a kind of event, the probe's band beneath, one time axis. Colour is
 * never alone: bars differ in height, and the list beside the picture says all of it. No script, no font, nothing loaded.
 */
export function drillSvg(report: DrillReport): string {
  const picture = drillPicture(
    { timeline: report.timeline, probe: report.probe, endMs: report.tookMs },
    { width: WIDTH - LABELS - RIGHT },
  )
  const top = 6
  const bandTop = top + picture.lanes.length * ROW
  const bottom = bandTop + BAND
  const height = bottom + AXIS
  const title = `Timeline of ${report.title}: ${counted(report.timeline.length, 'event')} in ${clockWords(picture.endMs)}`
  return [
    `<svg class="drill" role="img" viewBox="0 0 ${WIDTH} ${height}" style="max-width:${WIDTH}px" xmlns="http://www.w3.org/2000/svg">`,
    `<title>${escapeHtml(title)}</title>`,
    ...picture.ticks.map(
      ({ ms, x }) =>
        `<path class="tick" d="M${n(LABELS + x)} ${top}V${bottom}"/><text class="axis" x="${n(LABELS + x)}" y="${bottom + 15}">${clockWords(ms)}</text>`,
    ),
    ...picture.lanes.map((lane, index) => laneSvg(lane, top + index * ROW)),
    ...picture.bars.map((bar) => barSvg(bar, bandTop)),
    '</svg>',
  ].join('\n')
}

function laneSvg({ lane, marks }: DrillPicture['lanes'][number], y: number): string {
  const middle = y + ROW / 2
  return [
    `<text class="lane" x="0" y="${middle + 4}">${LANE_WORDS[lane]}</text>`,
    `<path class="base" d="M${LABELS} ${middle}H${WIDTH - RIGHT}"/>`,
    ...marks.map(({ x, moments }) => {
      const words = moments.map((one) => `${clockWords(one.atMs)} ${momentWords(one)}`).join('\n')
      const count =
        moments.length < 2
          ? ''
          : `<text class="count" x="${n(LABELS + x)}" y="${middle + 3.5}">${moments.length}</text>`
      return `<g class="mark ${lane}"><title>${escapeHtml(words)}</title><circle cx="${n(LABELS + x)}" cy="${middle}" r="${moments.length < 2 ? 5 : 8}"/>${count}</g>`
    }),
  ].join('')
}

/** Accepted is full, refused half, silence a line, lost full and framed. */
function barSvg(bar: DrillPicture['bars'][number], y: number): string {
  const share = { accepted: 1, lost: 1, refused: 0.5, silent: 0.16 }[bar.state]
  const height = (BAND - 8) * share
  const words = `${clockWords(bar.fromMs)} to ${clockWords(bar.toMs)}: ${SPAN_WORDS[bar.state]}, ${counted(bar.writes, 'write')}`
  return `<rect class="span ${bar.state}" x="${n(LABELS + bar.x)}" y="${n(y + BAND - 2 - height)}" width="${n(bar.width)}" height="${n(height)}"><title>${escapeHtml(words)}</title></rect>`
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10)
}
