import type { Box } from '../../graph/layout.ts'

/** The part of Vue Flow's node that an edge needs: where it stands now (it may be travelling) and how big it is by plan. */
export interface EdgeEnd {
  readonly id: string
  readonly computedPosition: { readonly x: number; readonly y: number }
  readonly data: { readonly width: number; readonly height: number }
}

export interface EdgeEnds {
  readonly sourceNode: EdgeEnd
  readonly targetNode: EdgeEnd
}

export function boxOf(end: EdgeEnd): Box {
  return { x: end.computedPosition.x, y: end.computedPosition.y, width: end.data.width, height: end.data.height }
}
