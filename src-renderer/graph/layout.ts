import { hierarchy, tree } from 'd3-hierarchy'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { byRank, type GroupMemory } from './memory.ts'
import * as size from './sizes.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** One group, laid out from (0, 0) to (width, height): data nodes as a tidy tree to the right, Sentinels apart at the left. */
export interface GroupLayout {
  readonly boxes: ReadonlyMap<string, Box>
  /** Where the sentence about the Sentinels stands; undefined without Sentinels. */
  readonly verdict: Box | undefined
  readonly width: number
  readonly height: number
}

interface Branch {
  readonly keys: readonly string[]
  readonly children: readonly Branch[]
}

/** Positions follow from structure alone (who hangs from whom, in which order); no sample moves anything. */
export function layoutGroup(memory: GroupMemory, slice: GroupSlice): GroupLayout {
  const sentinels = slice.nodes
    .filter((node) => node.kind === 'sentinel')
    .map((node) => memory.keyOf.get(node.id) ?? node.id)
    .sort(byRank(memory.cards))
  const left = sentinels.length === 0 ? 0 : size.SENTINEL_WIDTH + size.SENTINEL_GAP
  const boxes = new Map<string, Box>()
  for (const [key, box] of placeTree(memory)) boxes.set(key, { ...box, x: box.x + left })
  const treeBottom = bottomOf(boxes.values())
  const stack = sentinels.length === 0 ? 0 : (sentinels.length - 1) * size.SENTINEL_ROW + size.SENTINEL_HEIGHT
  const stackWithVerdict = stack === 0 ? 0 : stack + size.VERDICT_HEIGHT
  const rootBox = boxes.get(memory.roots[0] ?? '')
  const rootMiddle = rootBox ? rootBox.y + rootBox.height / 2 : stack / 2
  let top = Math.round(rootMiddle - stack / 2)
  if (top < 0) {
    shift(boxes, -top)
    top = 0
  }
  sentinels.forEach((key, i) => {
    boxes.set(key, {
      x: 0,
      y: top + i * size.SENTINEL_ROW,
      width: size.SENTINEL_WIDTH,
      height: size.SENTINEL_HEIGHT,
    })
  })
  const verdict =
    sentinels.length === 0
      ? undefined
      : { x: 4, y: top + stack + 22, width: size.SENTINEL_WIDTH + 30, height: size.VERDICT_HEIGHT - 22 }
  return {
    boxes,
    verdict,
    width: Math.max(0, ...[...boxes.values()].map((box) => box.x + box.width)),
    height: Math.max(treeBottom, bottomOf(boxes.values()), stackWithVerdict + top),
  }
}

function placeTree(memory: GroupMemory): ReadonlyMap<string, Box> {
  const children = new Map<string, string[]>()
  for (const [key, parent] of memory.parents) {
    const list = children.get(parent)
    if (list) list.push(key)
    else children.set(parent, [key])
  }
  const order = byRank(memory.cards)
  const grow = (key: string): Branch => {
    const below = (children.get(key) ?? []).sort(order)
    const leaves = below.filter((child) => !children.has(child))
    if (leaves.length <= size.LEAVES_IN_ONE_COLUMN) return { keys: [key], children: below.map(grow) }
    const parents = below.filter((child) => children.has(child)).map(grow)
    return { keys: [key], children: [...parents, ...rowsOf(leaves)] }
  }
  const forest: Branch = { keys: [], children: memory.roots.map(grow) }
  const laid = tree<Branch>()
    .nodeSize([size.ROW, size.COLUMN])
    .separation(() => 1)(hierarchy(forest, (branch) => branch.children))
  const boxes = new Map<string, Box>()
  let top = Number.POSITIVE_INFINITY
  laid.each((point) => {
    point.data.keys.forEach((key, i) => {
      const height = key === memory.roots[0] ? size.MASTER_HEIGHT : size.CARD_HEIGHT
      const y = Math.round(point.x - height / 2)
      top = Math.min(top, y)
      boxes.set(key, { x: (point.depth - 1 + i) * size.COLUMN, y, width: size.CARD_WIDTH, height })
    })
  })
  if (boxes.size > 0) shift(boxes, -top)
  return boxes
}

/** Many leaves of one server: rows of several, so that the block keeps the shape of a screen. */
function rowsOf(leaves: readonly string[]): readonly Branch[] {
  const columns = Math.max(2, Math.ceil(Math.sqrt((leaves.length * size.ROW) / (size.COLUMN * 0.66))))
  const rows: Branch[] = []
  for (let i = 0; i < leaves.length; i += columns) rows.push({ keys: leaves.slice(i, i + columns), children: [] })
  return rows
}

function shift(boxes: Map<string, Box>, by: number): void {
  for (const [key, box] of boxes) boxes.set(key, { ...box, y: box.y + by })
}

function bottomOf(boxes: Iterable<Box>): number {
  let bottom = 0
  for (const box of boxes) bottom = Math.max(bottom, box.y + box.height)
  return bottom
}
