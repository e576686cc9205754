import type { Box } from './layout.ts'

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
export function linkPath(from: Box, to: Box): EdgePath {
  const fromY = from.y + from.height / 2
  const toY = to.y + to.height / 2
  if (to.x >= from.x + from.width) return curve(from.x + from.width, fromY, to.x, toY, 1)
  if (to.x + to.width <= from.x) return curve(from.x, fromY, to.x + to.width, toY, -1)
  // One above the other: around the right side.
  const x = Math.max(from.x + from.width, to.x + to.width)
  const out = x + 56
  const d = `M${from.x + from.width} ${fromY} C${out} ${fromY} ${out} ${toY} ${to.x + to.width} ${toY}`
  return { d, labelX: out - 12, side: 'middle', labelY: (fromY + toY) / 2 }
}

function curve(x1: number, y1: number, x2: number, y2: number, sign: 1 | -1): EdgePath {
  const bend = Math.max(24, Math.min(64, Math.abs(x2 - x1) * 0.55)) * sign
  const d = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
  return { d, labelX: x2 - 13 * sign, side: sign > 0 ? 'end' : 'start', labelY: y2 }
}
