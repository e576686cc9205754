import type { GroupSlice, InspectNode } from '../../src-main/contract/inspect.ts'

/**
 * What the picture of one group remembers from one slice to the next, so that nothing moves without a reason. A card's
 * `key` is given at first sight and stays with the process: found again by run id, else by address, else by an alias.
 * Replaced whole; never changed in place.
 */
export interface GroupMemory {
  readonly cards: ReadonlyMap<string, CardMemory>
  /** Node id of the newest slice -> key. */
  readonly keyOf: ReadonlyMap<string, string>
  /** Key of the root of the tree, and of other roots below it. */
  readonly roots: readonly string[]
  /** Key -> key of the card it hangs from; absent for roots and Sentinels. */
  readonly parents: ReadonlyMap<string, string>
}

export interface CardMemory {
  readonly key: string
  readonly id: string
  readonly runId: string | null
  /** Order among brothers: of first sight, swapped between two masters by a failover. */
  readonly rank: number
}

export const EMPTY_MEMORY: GroupMemory = { cards: new Map(), keyOf: new Map(), roots: [], parents: new Map() }

/** Cards that left are remembered up to this many, so that one that comes back finds its place. */
const REMEMBERED_MAX = 2000

/** Takes a new slice into the memory. Equal structure gives equal parents, roots and ranks. */
export function remember(before: GroupMemory, slice: GroupSlice): GroupMemory {
  const { cards, keyOf } = identify(before, slice.nodes)
  const root = slice.group.master === null ? undefined : keyOf.get(slice.group.master)
  const oldRoot = before.roots[0]
  const isHandOver = root !== undefined && oldRoot !== undefined && root !== oldRoot
  if (isHandOver) swapRanks(cards, root, oldRoot)
  const parents = resolveParents(before, slice, keyOf, root ?? oldRoot, isHandOver ? oldRoot : undefined)
  const servers = slice.nodes.filter((node) => node.kind === 'server').map((node) => keyOf.get(node.id) ?? node.id)
  const roots = servers.filter((key) => !parents.has(key)).sort(byRank(cards))
  const first = root ?? oldRoot
  if (first !== undefined && roots.includes(first)) roots.splice(0, 0, ...roots.splice(roots.indexOf(first), 1))
  return { cards, keyOf, roots, parents }
}

/** Compares two keys by their rank. */
export function byRank(cards: ReadonlyMap<string, CardMemory>): (a: string, b: string) => number {
  return (a, b) => (cards.get(a)?.rank ?? 0) - (cards.get(b)?.rank ?? 0)
}

function identify(before: GroupMemory, nodes: readonly InspectNode[]) {
  const byRunId = new Map<string, CardMemory>()
  const byId = new Map<string, CardMemory>()
  for (const card of before.cards.values()) {
    if (card.runId !== null) byRunId.set(card.runId, card)
    byId.set(card.id, card)
  }
  const cards = new Map(before.cards)
  const keyOf = new Map<string, string>()
  const taken = new Set<string>()
  let nextRank = Math.max(-1, ...[...cards.values()].map((card) => card.rank)) + 1
  const take = (node: InspectNode, card: CardMemory): void => {
    taken.add(card.key)
    keyOf.set(node.id, card.key)
    cards.set(card.key, { ...card, id: node.id, runId: node.runId ?? card.runId })
  }
  // A run id told twice (one process under two addresses) tells nobody apart.
  const told = new Map<string, number>()
  for (const { runId } of nodes) if (runId !== null) told.set(runId, (told.get(runId) ?? 0) + 1)
  // Run ids first: a process that moved keeps its card even where another took its old address.
  const rest: InspectNode[] = []
  for (const node of nodes) {
    const card = node.runId === null || told.get(node.runId) !== 1 ? undefined : byRunId.get(node.runId)
    if (card && !taken.has(card.key)) take(node, card)
    else rest.push(node)
  }
  for (const node of rest) {
    const card = [node.id, ...node.aliases].map((id) => byId.get(id)).find((held) => held && !taken.has(held.key))
    if (card) take(node, card)
    else take(node, { key: freeKey(node.id, cards), id: node.id, runId: node.runId, rank: nextRank++ })
  }
  if (cards.size > REMEMBERED_MAX) {
    for (const key of cards.keys()) {
      if (cards.size <= REMEMBERED_MAX) break
      if (!taken.has(key)) cards.delete(key)
    }
  }
  return { cards, keyOf }
}

function freeKey(id: string, cards: ReadonlyMap<string, CardMemory>): string {
  let key = id
  for (let n = 2; cards.has(key); n++) key = `${id}#${n}`
  return key
}

function swapRanks(cards: Map<string, CardMemory>, a: string, b: string): void {
  const left = cards.get(a)
  const right = cards.get(b)
  if (!left || !right) return
  cards.set(a, { ...left, rank: right.rank })
  cards.set(b, { ...right, rank: left.rank })
}

/**
 * Where each server hangs. The master agreed on is the root. A replica hangs from whom it follows, with two exceptions
 * that keep a failover still until it is decided: one whose upstream is unknown, or calls itself master without being the
 * agreed one, stays where it was.
 */
function resolveParents(
  before: GroupMemory,
  slice: GroupSlice,
  keyOf: ReadonlyMap<string, string>,
  root: string | undefined,
  oldRoot: string | undefined,
): ReadonlyMap<string, string> {
  const present = new Set(keyOf.values())
  const contenders = new Set(slice.group.masters.map((id) => keyOf.get(id)).filter((key) => key !== root))
  const upstreams = new Map<string, string>()
  for (const link of slice.links) {
    const replica = keyOf.get(link.replica)
    const upstream = link.upstream === null ? undefined : keyOf.get(link.upstream)
    if (replica !== undefined && upstream !== undefined && upstream !== replica) upstreams.set(replica, upstream)
  }
  const parents = new Map<string, string>()
  for (const node of slice.nodes) {
    const key = keyOf.get(node.id)
    if (node.kind !== 'server' || key === undefined || key === root) continue
    const told = upstreams.get(key)
    const kept = before.parents.get(key)
    const settled = told !== undefined && !contenders.has(told) ? told : undefined
    // After a hand-over the old master, and whoever has not been told yet, belong below the new one.
    const inherited = key === oldRoot || kept === oldRoot ? root : kept
    const parent = settled ?? inherited ?? told ?? (node.role === 'replica' ? root : undefined)
    if (parent !== undefined && parent !== key && present.has(parent)) parents.set(key, parent)
  }
  return withoutLoops(parents)
}

/** Servers that follow each other in a ring: the ring is cut at its first member. */
function withoutLoops(parents: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const cut = new Map(parents)
  for (const start of parents.keys()) {
    const path = new Set([start])
    let at = cut.get(start)
    while (at !== undefined) {
      if (path.has(at)) {
        cut.delete(at)
        break
      }
      path.add(at)
      at = cut.get(at)
    }
  }
  return cut
}
