import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { fitBoxes } from '../../../src-renderer/graph/fit.ts'
import type { Box } from '../../../src-renderer/graph/layout.ts'
import { EMPTY_MEMORY, remember } from '../../../src-renderer/graph/memory.ts'
import { linkPath } from '../../../src-renderer/graph/path.ts'
import { buildStructure, groupStructure } from '../../../src-renderer/graph/structure.ts'
import { walk } from '../../../src-renderer/graph/walk.ts'
import { manyGroups, wellSlice } from '../support/samples.ts'
import { linkOf, nodeOf, wideSlice } from '../support/views-samples.ts'

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

function structureOf(slices: readonly GroupSlice[], isCollapsed: (i: number) => boolean = () => false) {
  return buildStructure(
    slices.map((slice, i) => ({
      group: slice.group.name,
      structure: isCollapsed(i) ? undefined : groupStructure(remember(EMPTY_MEMORY, slice), slice, undefined),
    })),
  )
}

function overlapping(slices: readonly GroupSlice[], isCollapsed?: (i: number) => boolean): string[] {
  const cards = structureOf(slices, isCollapsed).nodes.filter((node) => node.kind !== 'frame')
  const found: string[] = []
  cards.forEach((a, i) => {
    for (const b of cards.slice(i + 1)) if (overlaps(a.box, b.box)) found.push(`${a.id} and ${b.id}`)
  })
  return found
}

/** Any tree of replicas: node i hangs from one before it. */
const trees = fc.array(fc.nat(), { minLength: 1, maxLength: 60 }).map((picks): GroupSlice => {
  const ids = ['10.9.0.1:6379', ...picks.map((_, i) => `10.9.1.${i}:6379`)]
  const links = picks.map((pick, i) => linkOf(ids[i + 1] ?? '', { upstream: ids[pick % (i + 1)] ?? '', depth: 2 }))
  const slice = wellSlice()
  return {
    ...slice,
    group: { ...slice.group, master: ids[0] ?? '', masters: [ids[0] ?? ''], replicas: ids.slice(1) },
    nodes: [
      ...ids.map((id, i) => nodeOf(id, { role: i === 0 ? 'master' : 'replica', runId: null })),
      ...slice.nodes.filter((node) => node.kind === 'sentinel'),
    ],
    links,
  }
})

describe('layout', () => {
  test('no two cards overlap, whatever the tree', () => {
    fc.assert(
      fc.property(trees, (slice) => {
        expect(overlapping([slice])).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('a replica stands to the right of whom it follows', () => {
    fc.assert(
      fc.property(trees, (slice) => {
        const structure = structureOf([slice])
        const boxes = new Map(structure.nodes.map((node) => [node.id, node.box]))
        for (const edge of structure.edges) {
          if (edge.kind === 'link') expect(boxes.get(edge.target)!.x).toBeGreaterThan(boxes.get(edge.source)!.x)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('two hundred replicas of one master keep the shape of a screen and do not overlap', () => {
    const slice = wideSlice(199)
    expect(overlapping([slice])).toEqual([])
    const boxes = structureOf([slice]).nodes.map((node) => node.box)
    const width = Math.max(...boxes.map((box) => box.x + box.width))
    const height = Math.max(...boxes.map((box) => box.y + box.height))
    expect(width / height).toBeGreaterThan(0.8)
    expect(width / height).toBeLessThan(3.5)
  })

  test('a hundred groups, some of them open, do not overlap', () => {
    expect(overlapping(manyGroups(100), (i) => i % 7 !== 0)).toEqual([])
  })

  test('Sentinels stand left of every data node', () => {
    const { nodes } = structureOf([wellSlice()])
    const sentinels = nodes.filter((node) => node.kind === 'sentinel').map((node) => node.box.x + node.box.width)
    const servers = nodes.filter((node) => node.kind === 'server').map((node) => node.box.x)
    expect(Math.max(...sentinels)).toBeLessThan(Math.min(...servers))
  })
})

describe('fit', () => {
  test('the whole picture lies within the pane', () => {
    const boxes = structureOf([wellSlice()]).nodes.map((node) => node.box)
    const view = fitBoxes(boxes, { width: 900, height: 500 })!
    for (const box of boxes) {
      expect(box.x * view.zoom + view.x).toBeGreaterThanOrEqual(0)
      expect((box.x + box.width) * view.zoom + view.x).toBeLessThanOrEqual(900)
      expect((box.y + box.height) * view.zoom + view.y).toBeLessThanOrEqual(500)
    }
  })

  test('nothing to see has no view', () => {
    expect(fitBoxes([], { width: 900, height: 500 })).toBeUndefined()
  })
})

describe('link path', () => {
  test('it leaves and enters at the sides that face each other', () => {
    const left = { x: 0, y: 0, width: 100, height: 40 }
    const right = { x: 200, y: 100, width: 100, height: 40 }
    expect(linkPath(left, right).d).toMatch(/^M100 20 .*L200 120$/)
    expect(linkPath(right, left).d).toMatch(/^M200 120 .*L100 20$/)
  })
})

describe('arrows', () => {
  const { stops } = structureOf([wellSlice()])
  const id = (node: string): string => `node|orders|${node}`

  test('they follow the tree and come back', () => {
    const child = walk(stops, id('10.0.0.5:6379'), 'right')!
    expect(child).toBe(id('10.0.0.7:6379'))
    expect(walk(stops, child, 'left')).toBe(id('10.0.0.5:6379'))
    expect(walk(stops, child, 'down')).toBe(id('10.0.0.8:6379'))
    expect(walk(stops, child, 'up')).toBe(id('10.0.0.6:6379'))
    expect(walk(stops, id('10.0.0.5:6379'), 'left')).toBe(id('10.0.0.6:26379'))
    expect(walk(stops, id('10.0.0.6:26379'), 'right')).toBe(id('10.0.0.5:6379'))
  })

  test('every card can be reached from the master by arrows alone', () => {
    const seen = new Set([id('10.0.0.5:6379')])
    for (const at of seen) {
      for (const direction of ['left', 'right', 'up', 'down'] as const) {
        const next = walk(stops, at, direction)
        if (next !== undefined) seen.add(next)
      }
    }
    expect(seen.size).toBe(stops.length)
  })

  test('where nothing lies, they stay', () => {
    expect(walk(stops, id('10.0.0.8:6379'), 'down')).toBeUndefined()
  })
})
