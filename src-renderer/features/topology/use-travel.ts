import type { VueFlowStore } from '@vue-flow/core'
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Box } from '../../graph/layout.ts'
import { useCanvasStore } from '../../stores/canvas.ts'

interface Point {
  readonly x: number
  readonly y: number
}

interface Journey {
  readonly from: Point
  readonly to: Point
}

/** The crown on its way, in px of the pane. */
export interface CrownFlight extends Point {
  readonly scale: number
}

const FLIGHT_MS = 700
const MOVE_MS = 800

/**
 * The one thing that moves by itself: at a change of master the crown flies to the new one where it stands, then the two
 * cards change places. Everybody else is already where he belongs. Without motion where the reader asked for none.
 */
export function useTravel(flow: VueFlowStore): {
  readonly crown: ShallowRef<CrownFlight | null>
  readonly isMoving: ShallowRef<boolean>
  /** Where a card is put now: its place, or the start of its journey. */
  readonly positionOf: (id: string, box: Box) => Point
} {
  const canvas = useCanvasStore()
  const crown = shallowRef<CrownFlight | null>(null)
  const isMoving = shallowRef(false)
  const places = new Map<string, Point>()
  let journeys = new Map<string, Journey>()
  let frame = 0

  function positionOf(id: string, box: Box): Point {
    return journeys.get(id)?.from ?? { x: box.x, y: box.y }
  }

  function notePlaces(): void {
    places.clear()
    for (const node of canvas.structure.nodes) places.set(node.id, { x: node.box.x, y: node.box.y })
  }

  function begin(from: string, to: string): void {
    const oldPlace = places.get(from)
    const newPlace = places.get(to)
    if (!oldPlace || !newPlace || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const target = (id: string): Point | undefined => {
      const box = canvas.structure.nodes.find((node) => node.id === id)?.box
      return box && { x: box.x, y: box.y }
    }
    journeys = new Map()
    for (const [id, start] of [
      [from, oldPlace],
      [to, newPlace],
    ] as const) {
      const end = target(id)
      if (end) journeys.set(id, { from: start, to: end })
    }
    isMoving.value = true
    const start = performance.now()
    const step = (now: number): void => {
      const gone = now - start
      if (gone < FLIGHT_MS) {
        crown.value = onPane(between({ from: oldPlace, to: newPlace }, ease(gone / FLIGHT_MS)))
      } else {
        const part = ease(Math.min(1, (gone - FLIGHT_MS) / MOVE_MS))
        for (const [id, journey] of journeys) {
          const node = flow.findNode(id)
          if (node) node.position = between(journey, part)
          if (id === to) crown.value = part < 1 ? onPane(between(journey, part)) : null
        }
      }
      if (gone < FLIGHT_MS + MOVE_MS) frame = requestAnimationFrame(step)
      else end()
    }
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(step)
  }

  function end(): void {
    cancelAnimationFrame(frame)
    for (const [id, journey] of journeys) {
      const node = flow.findNode(id)
      if (node) node.position = journey.to
    }
    journeys = new Map()
    crown.value = null
    isMoving.value = false
  }

  function onPane(point: Point): CrownFlight {
    const { x, y, zoom } = flow.viewport.value
    return { x: (point.x + 8) * zoom + x, y: (point.y - 14) * zoom + y, scale: zoom }
  }

  notePlaces()
  // Before Vue Flow is handed the new structure: both cards start from where they stand.
  watch(
    () => [canvas.structure, canvas.travel] as const,
    ([structure, travel], [oldStructure, oldTravel]) => {
      if (journeys.size > 0 && structure !== oldStructure) end()
      if (travel && travel !== oldTravel) begin(travel.from, travel.to)
      notePlaces()
    },
    { flush: 'pre' },
  )
  onScopeDispose(() => cancelAnimationFrame(frame))
  return { crown, isMoving, positionOf }
}

function between(journey: Journey, part: number): Point {
  return {
    x: journey.from.x + (journey.to.x - journey.from.x) * part,
    y: journey.from.y + (journey.to.y - journey.from.y) * part,
  }
}

function ease(part: number): number {
  return part < 0.5 ? 4 * part ** 3 : 1 - (-2 * part + 2) ** 3 / 2
}
