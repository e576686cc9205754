import type { Box } from './layout.ts'
import { COLUMN_GAP, ROW_GAP } from './sizes.ts'

export interface EdgePath {
  readonly d: string
  /** Where the numbers stand: their middle, or (`side`) their end or their beginning. */
  readonly labelX: number
  readonly side: 'start' | 'middle' | 'end'
  readonly labelY: number
}

/**
 * From one box to another, leaving and entering at the sides that face each other. Numbers stand close to the end, where
 * brothers' lines have parted.
 */
export function linkPath(from: Box, to: Box, isSoft = false): EdgePath {
  if (isSoft) return soft(from, to)
  const fromY = from.y + from.height / 2
  const toY = to.y + to.height / 2
  if (to.x > from.x + from.width + 2 * COLUMN_GAP) return alongRow(from.x + from.width, fromY, to)
  if (to.x >= from.x + from.width) return curve(from.x + from.width, fromY, to.x, toY, 1)
  if (to.x + to.width <= from.x) return curve(from.x, fromY, to.x + to.width, toY, -1)
  // One above the other: around the right side.
  const x = Math.max(from.x + from.width, to.x + to.width)
  const out = x + 56
  const d = `M${from.x + from.width} ${fromY} C${out} ${fromY} ${out} ${toY} ${to.x + to.width} ${toY}`
  return { d, labelX: out - 12, side: 'middle', labelY: (fromY + toY) / 2 }
}

/** Turns early and runs level to its end: that is where its numbers stand, and no brother's line crosses them. */
function curve(x1: number, y1: number, x2: number, y2: number, sign: 1 | -1): EdgePath {
  const turn = Math.min(44, Math.abs(x2 - x1)) * sign
  const d = `M${x1} ${y1} C${x1 + turn * 0.8} ${y1} ${x1 + turn * 0.2} ${y2} ${x1 + turn} ${y2} L${x2} ${y2}`
  return { d, labelX: x2 - 13 * sign, side: sign > 0 ? 'end' : 'start', labelY: y2 }
}

/** To a card behind others in its row: through the lane above the row, so that no card is crossed. */
function alongRow(x1: number, y1: number, to: Box): EdgePath {
  const lane = to.y - ROW_GAP / 2
  const middle = to.y + to.height / 2
  const trunk = x1 + COLUMN_GAP * 0.3
  const drop = to.x - COLUMN_GAP * 0.3
  const r = 10
  const turn = y1 < lane ? -r : r
  const d = [
    `M${x1} ${y1}`,
    `L${trunk - r} ${y1} Q${trunk} ${y1} ${trunk} ${y1 - turn}`,
    `L${trunk} ${lane + turn} Q${trunk} ${lane} ${trunk + r} ${lane}`,
    `L${drop - r} ${lane} Q${drop} ${lane} ${drop} ${lane + r}`,
    `L${drop} ${middle - r} Q${drop} ${middle} ${drop + r} ${middle}`,
    `L${to.x} ${middle}`,
  ].join(' ')
  return { d, labelX: to.x - 13, side: 'end', labelY: middle }
}

/** An even swing from side to side, for lines without numbers. */
function soft(from: Box, to: Box): EdgePath {
  const x1 = from.x + from.width
  const y1 = from.y + from.height / 2
  const y2 = to.y + to.height / 2
  const bend = Math.max(24, Math.min(64, Math.abs(to.x - x1) * 0.55))
  const d = `M${x1} ${y1} C${x1 + bend} ${y1} ${to.x - bend} ${y2} ${to.x} ${y2}`
  return { d, labelX: (x1 + to.x) / 2, side: 'middle', labelY: (y1 + y2) / 2 }
}
