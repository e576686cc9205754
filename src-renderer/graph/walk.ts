import type { Box } from './layout.ts'

export type Direction = 'left' | 'right' | 'up' | 'down'

/** A thing that arrows can reach, in canvas coordinates. */
export interface Stop {
  readonly id: string
  readonly box: Box
  /** The card it hangs from, for data nodes. */
  readonly parent: string | undefined
}

/**
 * Where an arrow leads: right to the nearest child, left to the parent, else to the nearest thing that lies that way. Up
 * and down prefer the same column. Undefined when nothing lies there.
 */
export function walk(stops: readonly Stop[], from: string, direction: Direction): string | undefined {
  const here = stops.find((stop) => stop.id === from)
  if (!here) return stops[0]?.id
  if (direction === 'left' && here.parent !== undefined && stops.some((stop) => stop.id === here.parent))
    return here.parent
  if (direction === 'right') {
    const child = nearest(
      here,
      stops.filter((stop) => stop.parent === here.id),
    )
    if (child) return child.id
  }
  return nearest(
    here,
    stops.filter((stop) => stop.id !== from && liesThatWay(here.box, stop.box, direction)),
    direction,
  )?.id
}

function nearest(here: Stop, stops: readonly Stop[], direction?: Direction): Stop | undefined {
  const isVertical = direction === 'up' || direction === 'down'
  let best: Stop | undefined
  let least = Number.POSITIVE_INFINITY
  for (const stop of stops) {
    const across = Math.abs(middleX(stop.box) - middleX(here.box)) * (isVertical ? 3 : 1)
    const along = Math.abs(middleY(stop.box) - middleY(here.box)) * (direction !== undefined && !isVertical ? 3 : 1)
    if (across + along < least) {
      least = across + along
      best = stop
    }
  }
  return best
}

function liesThatWay(from: Box, to: Box, direction: Direction): boolean {
  switch (direction) {
    case 'left':
      return middleX(to) < from.x
    case 'right':
      return middleX(to) > from.x + from.width
    case 'up':
      return middleY(to) < from.y
    case 'down':
      return middleY(to) > from.y + from.height
  }
}

function middleX(box: Box): number {
  return box.x + box.width / 2
}

function middleY(box: Box): number {
  return box.y + box.height / 2
}
