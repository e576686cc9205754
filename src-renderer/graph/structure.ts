import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { placeGroups } from './canvas.ts'
import { layoutGroup, type Box, type GroupLayout } from './layout.ts'
import type { GroupMemory } from './memory.ts'
import type { Stop } from './walk.ts'

export type CanvasNodeKind = 'server' | 'sentinel' | 'verdict' | 'group' | 'frame'

/** A thing that stands on the canvas. `id` is stable: group and key for cards. Carries no live value. */
export interface CanvasNode {
  readonly id: string
  readonly kind: CanvasNodeKind
  readonly group: string
  readonly box: Box
}

/** A line between two cards. A link's id ends with its replica's key, a belief's with its Sentinel's. */
export interface CanvasEdge {
  readonly id: string
  readonly kind: 'link' | 'belief'
  readonly group: string
  readonly source: string
  readonly target: string
}

export interface Structure {
  readonly nodes: readonly CanvasNode[]
  readonly edges: readonly CanvasEdge[]
  /** What arrows reach: cards, not lines. */
  readonly stops: readonly Stop[]
}

/** What one group adds; equal text means that nothing has moved or been re-tied. */
export interface GroupStructure {
  readonly signature: string
  readonly layout: GroupLayout
  readonly kinds: ReadonlyMap<string, 'server' | 'sentinel'>
  readonly parents: ReadonlyMap<string, string>
  readonly links: readonly { readonly replica: string; readonly upstream: string }[]
  readonly beliefs: readonly { readonly sentinel: string; readonly master: string }[]
}

export function cardId(group: string, key: string): string {
  return `node|${group}|${key}`
}

export function linkId(group: string, replicaKey: string): string {
  return `link|${group}|${replicaKey}`
}

export function beliefId(group: string, sentinelKey: string): string {
  return `belief|${group}|${sentinelKey}`
}

export function verdictId(group: string): string {
  return `verdict|${group}|`
}

/** Takes an id apart. No group's name holds a bar. */
export function readId(id: string): { readonly kind: string; readonly group: string; readonly key: string } {
  const first = id.indexOf('|')
  const second = id.indexOf('|', first + 1)
  return { kind: id.slice(0, first), group: id.slice(first + 1, second), key: id.slice(second + 1) }
}

/** The structure of one group; the old one itself when nothing changed. */
export function groupStructure(
  memory: GroupMemory,
  slice: GroupSlice,
  before: GroupStructure | undefined,
): GroupStructure {
  const kinds = new Map<string, 'server' | 'sentinel'>()
  for (const node of slice.nodes) kinds.set(memory.keyOf.get(node.id) ?? node.id, node.kind)
  const keyOf = (id: string | null): string | undefined => (id === null ? undefined : memory.keyOf.get(id))
  const links = slice.links.flatMap((link) => {
    const replica = keyOf(link.replica)
    const upstream = keyOf(link.upstream)
    return replica === undefined || upstream === undefined || replica === upstream ? [] : [{ replica, upstream }]
  })
  const beliefs = slice.group.sentinelViews.flatMap((view) => {
    const sentinel = keyOf(view.sentinel)
    const master = keyOf(view.master)
    return sentinel === undefined || master === undefined ? [] : [{ sentinel, master }]
  })
  const ranks = [...kinds.keys()].map(
    (key) => `${key}=${memory.cards.get(key)?.rank ?? 0}${kinds.get(key) === 'server' ? '' : 's'}`,
  )
  const signature = JSON.stringify([
    memory.roots,
    [...memory.parents].map((pair) => pair.join()).sort(),
    ranks.sort(),
    links,
    beliefs,
  ])
  if (before?.signature === signature) return before
  return { signature, layout: layoutGroup(memory, slice), kinds, parents: memory.parents, links, beliefs }
}

/** Sets groups on the canvas; a group without structure is collapsed. */
export function buildStructure(
  groups: readonly { readonly group: string; readonly structure: GroupStructure | undefined }[],
): Structure {
  const nodes: CanvasNode[] = []
  const edges: CanvasEdge[] = []
  const stops: Stop[] = []
  const places = placeGroups(groups.map(({ group, structure }) => ({ group, layout: structure?.layout })))
  places.forEach((place, i) => {
    const { group } = place
    const structure = groups[i]?.structure
    if (!structure) {
      const id = cardId(group, '')
      nodes.push({ id, kind: 'group', group, box: place.box })
      stops.push({ id, box: place.box, parent: undefined })
      return
    }
    if (place.form === 'framed') nodes.push({ id: `frame|${group}|`, kind: 'frame', group, box: place.box })
    const moved = (box: Box): Box => ({ ...box, x: box.x + place.originX, y: box.y + place.originY })
    for (const [key, box] of structure.layout.boxes) {
      const id = cardId(group, key)
      const parent = structure.parents.get(key)
      nodes.push({ id, kind: structure.kinds.get(key) ?? 'server', group, box: moved(box) })
      stops.push({ id, box: moved(box), parent: parent === undefined ? undefined : cardId(group, parent) })
    }
    if (structure.layout.verdict) {
      nodes.push({ id: verdictId(group), kind: 'verdict', group, box: moved(structure.layout.verdict) })
    }
    for (const { replica, upstream } of structure.links) {
      edges.push({
        id: linkId(group, replica),
        kind: 'link',
        group,
        source: cardId(group, upstream),
        target: cardId(group, replica),
      })
    }
    for (const { sentinel, master } of structure.beliefs) {
      edges.push({
        id: beliefId(group, sentinel),
        kind: 'belief',
        group,
        source: cardId(group, sentinel),
        target: cardId(group, master),
      })
    }
  })
  return { nodes, edges, stops }
}
