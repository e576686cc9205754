import { describe, expect, test } from 'vitest'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import { layoutGroup } from '../../../src-renderer/graph/layout.ts'
import { EMPTY_MEMORY, remember, type GroupMemory } from '../../../src-renderer/graph/memory.ts'
import { groupStructure } from '../../../src-renderer/graph/structure.ts'
import { failedOver, sentinelNode, sketchSlice, splitSlice, wellSlice } from '../support/samples.ts'
import { linkOf, nodeOf } from '../support/views-samples.ts'

/** Where every card stands, by node id. */
function places(memory: GroupMemory, slice: GroupSlice): Record<string, string> {
  const { boxes } = layoutGroup(memory, slice)
  return Object.fromEntries(
    [...memory.keyOf].map(([id, key]) => [id, `${boxes.get(key)?.x},${middleY(boxes.get(key))}`]),
  )
}

function middleY(box: { readonly y: number; readonly height: number } | undefined): number {
  return box ? box.y + box.height / 2 : Number.NaN
}

function without(all: Record<string, string>, ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([id]) => !ids.includes(id)))
}

describe('positions', () => {
  test('a refresh with other values and in another order moves nothing, and yields the very same structure', () => {
    const slice = sketchSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const structure = groupStructure(memory, slice, undefined)
    const next: GroupSlice = {
      ...slice,
      revision: 2,
      nodes: slice.nodes.toReversed().map((node) => ({ ...node, keys: (node.keys ?? 0) + 7 })),
      links: slice.links.toReversed().map((link) => ({ ...link, byteLag: { low: 0, high: 9_000_000 } })),
    }
    const later = remember(memory, next)
    expect(places(later, next)).toEqual(places(memory, slice))
    const again = groupStructure(later, { ...next, links: next.links.toReversed() }, structure)
    expect(again).toBe(structure)
  })

  test('after a failover the two masters change places and nobody else moves', () => {
    const slice = wellSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const before = places(memory, slice)
    const next = failedOver(slice, '10.0.0.7:6379')
    const later = remember(memory, next)
    const after = places(later, next)
    expect(after['10.0.0.7:6379']).toBe(before['10.0.0.5:6379'])
    expect(after['10.0.0.5:6379']).toBe(before['10.0.0.7:6379'])
    const pair = ['10.0.0.5:6379', '10.0.0.7:6379']
    expect(without(after, pair)).toEqual(without(before, pair))
  })

  test('a failover told in stages moves cards once, when the Sentinels have agreed', () => {
    const slice = wellSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const before = places(memory, slice)
    // The chosen replica says master already; the others have begun to follow it; the Sentinels have not said so yet.
    const torn = splitSlice()
    const half: GroupSlice = {
      ...torn,
      links: torn.links.map((link) => ({ ...link, upstream: '10.0.0.7:6379', master: null })),
    }
    const middle = remember(memory, half)
    expect(places(middle, half)).toEqual(before)
    const done = failedOver(slice, '10.0.0.7:6379')
    const end = remember(middle, done)
    const pair = ['10.0.0.5:6379', '10.0.0.7:6379']
    expect(without(places(end, done), pair)).toEqual(without(before, pair))
    expect(places(end, done)['10.0.0.7:6379']).toBe(before['10.0.0.5:6379'])
  })

  test('a replica that has lost its upstream stays where it was', () => {
    const slice = wellSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const next = {
      ...slice,
      links: slice.links.map((link, i) =>
        i === 1 ? { ...link, upstream: null, master: null, state: 'down' as const } : link,
      ),
    }
    const later = remember(memory, next)
    expect(places(later, next)).toEqual(places(memory, slice))
  })
})

describe('identity', () => {
  test('a process that comes back under another address keeps its card', () => {
    const slice = wellSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const text = JSON.stringify(slice).replaceAll('"10.0.0.7:6379"', '"redis-7.example:6380"')
    const renamed = JSON.parse(text) as GroupSlice
    const later = remember(memory, renamed)
    expect(later.keyOf.get('redis-7.example:6380')).toBe(memory.keyOf.get('10.0.0.7:6379'))
    expect(places(later, renamed)['redis-7.example:6380']).toBe(places(memory, slice)['10.0.0.7:6379'])
  })

  test('a restart (new run id, same address) keeps the card', () => {
    const slice = wellSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const restarted = {
      ...slice,
      nodes: slice.nodes.map((node) => (node.id === '10.0.0.6:6379' ? { ...node, runId: 'e'.repeat(40) } : node)),
    }
    expect(remember(memory, restarted).keyOf).toEqual(memory.keyOf)
  })

  test('two processes that swap addresses take their cards with them', () => {
    const slice = wellSlice()
    const memory = remember(EMPTY_MEMORY, slice)
    const runIds = new Map(slice.nodes.map((node) => [node.id, node.runId]))
    const swap: Record<string, string> = { '10.0.0.6:6379': '10.0.0.7:6379', '10.0.0.7:6379': '10.0.0.6:6379' }
    const swapped = {
      ...slice,
      nodes: slice.nodes.map((node) => ({ ...node, runId: runIds.get(swap[node.id] ?? node.id) ?? null })),
    }
    const later = remember(memory, swapped)
    expect(later.keyOf.get('10.0.0.6:6379')).toBe(memory.keyOf.get('10.0.0.7:6379'))
    expect(later.keyOf.get('10.0.0.7:6379')).toBe(memory.keyOf.get('10.0.0.6:6379'))
  })

  test('nodes that tell the same run id are still told apart by their addresses', () => {
    const slice = wellSlice()
    const same = { ...slice, nodes: slice.nodes.map((node) => ({ ...node, runId: 'a'.repeat(40) })) }
    const memory = remember(EMPTY_MEMORY, same)
    expect(new Set(memory.keyOf.values()).size).toBe(same.nodes.length)
    expect(remember(memory, same).keyOf).toEqual(memory.keyOf)
  })
})

describe('odd trees', () => {
  test('replicas that follow each other in a ring are drawn, each once', () => {
    const slice = wellSlice()
    const ring: GroupSlice = {
      ...slice,
      links: [
        linkOf('10.0.0.6:6379', { upstream: '10.0.0.7:6379' }),
        linkOf('10.0.0.7:6379', { upstream: '10.0.0.6:6379' }),
        linkOf('10.0.0.8:6379', { upstream: '10.0.0.8:6379' }),
      ],
    }
    const memory = remember(EMPTY_MEMORY, ring)
    expect(layoutGroup(memory, ring).boxes.size).toBe(ring.nodes.length)
  })

  test.each([
    ['one node', { ...wellSlice(), nodes: [nodeOf('10.0.0.5:6379', { role: 'master' })], links: [] }],
    ['Sentinels alone', { ...wellSlice(), nodes: [sentinelNode('10.0.0.5:26379')], links: [] }],
    ['nothing', { ...wellSlice(), nodes: [], links: [] }],
  ])('%s has a layout', (_, slice) => {
    const memory = remember(EMPTY_MEMORY, slice)
    const layout = layoutGroup(memory, slice)
    expect(layout.boxes.size).toBe(slice.nodes.length)
    expect(Number.isFinite(layout.height) && Number.isFinite(layout.width)).toBe(true)
  })
})
