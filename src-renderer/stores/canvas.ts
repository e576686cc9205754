import { defineStore } from 'pinia'
import { computed, shallowRef, watch, type ShallowRef } from 'vue'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { serverCards, type CardFacts } from '../graph/card-facts.ts'
import { linkEdges, type EdgeFacts } from '../graph/edge-facts.ts'
import { keepSame } from '../graph/equal.ts'
import { groupFacts, type GroupFacts } from '../graph/group-facts.ts'
import { EMPTY_MEMORY, remember, type GroupMemory } from '../graph/memory.ts'
import { sentinelCards, sentinelVerdict, type SentinelFacts, type SentinelVerdict } from '../graph/sentinel-facts.ts'
import {
  buildStructure,
  cardId,
  groupStructure,
  linkId,
  readId,
  verdictId,
  type GroupStructure,
  type Structure,
} from '../graph/structure.ts'
import { useDeploymentStore } from './deployment.ts'

/** More data nodes than this, and groups are collapsed until opened one by one. */
export const COLLAPSE_ABOVE = 100

/** The crown went from one card to another. */
export interface Travel {
  readonly group: string
  readonly from: string
  readonly to: string
  readonly count: number
}

interface Known {
  readonly slice: GroupSlice
  readonly memory: GroupMemory
  readonly structure: GroupStructure
}

/**
 * What the canvas draws: structure and positions in one ref that changes only when something is re-tied, and one ref a
 * card for its texts, replaced only when they differ, and part by part. Lives as long as the page, so that leaving the view moves nothing.
 */
export const useCanvasStore = defineStore('canvas', () => {
  const deployment = useDeploymentStore()
  const known = new Map<string, Known>()
  const facts = new Map<string, ShallowRef<unknown>>()
  const structure = shallowRef<Structure>({ nodes: [], edges: [], stops: [] })
  const travel = shallowRef<Travel | null>(null)
  const expanded = shallowRef<ReadonlySet<string>>(new Set())
  /** The thing that holds the canvas's place in the tab order. */
  const focused = shallowRef<string | null>(null)
  let travels = 0

  const serversTotal = shallowRef(0)
  const isCollapsing = computed(() => deployment.isAllGroups && serversTotal.value > COLLAPSE_ABOVE)

  function put(id: string, next: unknown): void {
    const held = facts.get(id)
    if (!held) facts.set(id, shallowRef(next))
    else held.value = keepSame(held.value, next)
  }

  function takeIn(slice: GroupSlice): boolean {
    const name = slice.group.name
    const before = known.get(name)
    if (before?.slice === slice) return false
    const memory = remember(before?.memory ?? EMPTY_MEMORY, slice)
    const next = groupStructure(memory, slice, before?.structure)
    known.set(name, { slice, memory, structure: next })
    const keyOf = (id: string): string => memory.keyOf.get(id) ?? id
    for (const [id, card] of serverCards(slice)) put(cardId(name, keyOf(id)), card)
    for (const [id, card] of sentinelCards(slice)) put(cardId(name, keyOf(id)), card)
    for (const [replica, edge] of linkEdges(slice)) put(linkId(name, keyOf(replica)), edge)
    put(cardId(name, ''), groupFacts(slice))
    put(verdictId(name), sentinelVerdict(slice))
    const from = before?.memory.roots[0]
    const to = memory.roots[0]
    if (from !== undefined && to !== undefined && from !== to && slice.group.master !== null) {
      travel.value = { group: name, from: cardId(name, from), to: cardId(name, to), count: ++travels }
    }
    return before?.structure !== next
  }

  function rebuild(): void {
    const shown = deployment.isAllGroups
      ? deployment.groupNames
      : deployment.groupNames.filter((name) => name === deployment.activeGroup)
    structure.value = buildStructure(
      shown.map((group) => ({
        group,
        structure: isCollapsing.value && !expanded.value.has(group) ? undefined : known.get(group)?.structure,
      })),
    )
    const ids = structure.value.stops
    if (focused.value === null || !ids.some((stop) => stop.id === focused.value)) {
      if (focused.value?.startsWith('link|') !== true)
        focused.value = ids.find((stop) => stop.parent === undefined && !isSentinel(stop.id))?.id ?? ids[0]?.id ?? null
    }
  }

  function isSentinel(id: string): boolean {
    return structure.value.nodes.find((node) => node.id === id)?.kind === 'sentinel'
  }

  let shownAs = ''
  watch(
    () => [deployment.slices, deployment.isAllGroups, deployment.activeGroup, expanded.value] as const,
    ([slices, isAll, active, open]) => {
      let isChanged = false
      for (const name of [...known.keys()]) {
        if (slices.has(name)) continue
        known.delete(name)
        for (const id of [...facts.keys()]) if (readId(id).group === name) facts.delete(id)
        isChanged = true
      }
      let total = 0
      for (const slice of slices.values()) {
        isChanged = takeIn(slice) || isChanged
        total += slice.group.replicas.length + slice.group.masters.length
      }
      serversTotal.value = total
      const showAs = `${isAll} ${isAll ? '' : active} ${isCollapsing.value} ${[...open].join('|')}`
      if (isChanged || showAs !== shownAs) {
        shownAs = showAs
        rebuild()
      }
    },
    { immediate: true },
  )

  function refOf<T>(id: string): ShallowRef<T | undefined> {
    const held = facts.get(id)
    if (held) return held as ShallowRef<T | undefined>
    const fresh = shallowRef<unknown>(undefined)
    facts.set(id, fresh)
    return fresh as ShallowRef<T | undefined>
  }

  function setExpanded(group: string, isOpen: boolean): void {
    const next = new Set(expanded.value)
    if (isOpen) next.add(group)
    else next.delete(group)
    expanded.value = next
  }

  function expandAll(isOpen: boolean): void {
    expanded.value = isOpen ? new Set(deployment.groupNames) : new Set()
  }

  /** Node id behind a card of the canvas; a link's is its replica's. Null for groups. */
  function subjectOf(
    id: string,
  ): { readonly kind: 'node' | 'link' | 'group'; readonly id: string; readonly group: string } | null {
    const { kind, group, key } = readId(id)
    const entry = known.get(group)
    if (!entry) return null
    if (key === '') return { kind: 'group', id: group, group }
    for (const [node, held] of entry.memory.keyOf)
      if (held === key) return { kind: kind === 'link' ? 'link' : 'node', id: node, group }
    return null
  }

  /** The canvas's name of a node of a group. */
  function idOf(kind: 'node' | 'link' | 'group', id: string, group: string): string {
    const key = known.get(group)?.memory.keyOf.get(id) ?? id
    return kind === 'group' ? cardId(group, '') : kind === 'link' ? linkId(group, key) : cardId(group, key)
  }

  return {
    structure,
    travel,
    expanded,
    focused,
    isCollapsing,
    serversTotal,
    setExpanded,
    expandAll,
    subjectOf,
    idOf,
    cardOf: (id: string) => refOf<CardFacts>(id),
    sentinelOf: (id: string) => refOf<SentinelFacts>(id),
    edgeOf: (id: string) => refOf<EdgeFacts>(id),
    groupOf: (group: string) => refOf<GroupFacts>(cardId(group, '')),
    verdictOf: (group: string) => refOf<SentinelVerdict | null>(verdictId(group)),
  }
})
