import type { Box, GroupLayout } from './layout.ts'
import * as size from './sizes.ts'

/** Where a group stands on the canvas. A collapsed one is a single card; a framed one has a title above its cards. */
export interface GroupPlace {
  readonly group: string
  readonly form: 'bare' | 'framed' | 'collapsed'
  readonly box: Box
  /** Where the group's own (0, 0) is. */
  readonly originX: number
  readonly originY: number
}

export interface GroupToPlace {
  readonly group: string
  /** Undefined for a collapsed group. */
  readonly layout: GroupLayout | undefined
}

/** One group alone stands bare; several are framed and set in rows, in the order given, to about the shape of a screen. */
export function placeGroups(groups: readonly GroupToPlace[]): readonly GroupPlace[] {
  const [only] = groups
  if (groups.length === 1 && only?.layout) {
    const box = { x: 0, y: 0, width: only.layout.width, height: only.layout.height }
    return [{ group: only.group, form: 'bare', box, originX: 0, originY: 0 }]
  }
  const sizes = groups.map(sizeOf)
  const limit = bestWidth(sizes)
  const places: GroupPlace[] = []
  let x = 0
  let y = 0
  let rowHeight = 0
  groups.forEach((entry, i) => {
    const own = sizes[i] ?? { width: 0, height: 0 }
    if (x > 0 && x + own.width > limit) {
      x = 0
      y += rowHeight + size.GROUP_GAP
      rowHeight = 0
    }
    places.push({
      group: entry.group,
      form: entry.layout ? 'framed' : 'collapsed',
      box: { x, y, ...own },
      originX: x + size.FRAME_PAD,
      originY: y + size.FRAME_PAD + size.FRAME_TITLE,
    })
    x += own.width + size.GROUP_GAP
    rowHeight = Math.max(rowHeight, own.height)
  })
  return places
}

/** Width over height of a usual canvas. */
const SCREEN = 1.62

/** The row width at which everything, set in rows, is drawn largest on a screen. */
function bestWidth(sizes: readonly { readonly width: number; readonly height: number }[]): number {
  const widest = Math.max(...sizes.map((one) => one.width), 0)
  const perRow = Math.ceil(Math.sqrt(sizes.length)) * 3
  let best = { limit: widest, scale: 0 }
  for (let n = 1; n <= perRow; n++) {
    const limit = n * (widest + size.GROUP_GAP) - size.GROUP_GAP
    let x = 0
    let width = 0
    let height = 0
    let row = 0
    for (const one of sizes) {
      if (x > 0 && x + one.width > limit) {
        x = 0
        height += row + size.GROUP_GAP
        row = 0
      }
      x += one.width + size.GROUP_GAP
      width = Math.max(width, x)
      row = Math.max(row, one.height)
    }
    const scale = Math.min(SCREEN / width, 1 / (height + row))
    if (scale > best.scale) best = { limit, scale }
  }
  return best.limit
}

function sizeOf(entry: GroupToPlace): { readonly width: number; readonly height: number } {
  if (!entry.layout) return { width: size.GROUP_CARD_WIDTH, height: size.GROUP_CARD_HEIGHT }
  return {
    width: entry.layout.width + 2 * size.FRAME_PAD,
    height: entry.layout.height + 2 * size.FRAME_PAD + size.FRAME_TITLE,
  }
}
