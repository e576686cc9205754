import type { Box } from './layout.ts'

export interface Viewport {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

const PAD = 24
/** The legend and the tools stand below the picture. */
const FOOT = 44
export const ZOOM_MIN = 0.08
const ZOOM_MAX = 1.4

/**
 * Where to look from to see everything. A corner that something covers (the map) is kept free on the side that costs less.
 * Undefined when there is nothing to see or no room.
 */
export function fitBoxes(
  boxes: readonly Box[],
  pane: { readonly width: number; readonly height: number },
  corner?: { readonly right: number; readonly bottom: number },
): Viewport | undefined {
  if (boxes.length === 0) return undefined
  const left = Math.min(...boxes.map((box) => box.x))
  const top = Math.min(...boxes.map((box) => box.y))
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - left
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - top
  const within = (roomX: number, roomY: number): Viewport => {
    const zoom = Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, roomX / width, roomY / height))
    return {
      zoom,
      x: PAD + (roomX - width * zoom) / 2 - left * zoom,
      y: PAD + (roomY - height * zoom) / 2 - top * zoom,
    }
  }
  const roomX = pane.width - 2 * PAD
  const roomY = pane.height - PAD - FOOT
  if (roomX <= 0 || roomY <= 0) return undefined
  if (!corner) return within(roomX, roomY)
  const beside = within(roomX - corner.right, roomY)
  const above = within(roomX, roomY - corner.bottom + FOOT)
  return beside.zoom >= above.zoom ? beside : above
}
