import type { GroupSlice, InspectLink, InspectNode } from '../../../src-main/contract/inspect.ts'

/** One line of the replicas table: a replica, its link, and the moment against which its ages are counted. */
export interface ReplicaRow {
  readonly id: string
  readonly link: InspectLink
  /** Null when only its master or a Sentinel speaks of it. */
  readonly node: InspectNode | null
  readonly now: number
}

/** Rows by replica id, in natural order: the order that never changes by itself. */
export function toReplicaRows(slice: GroupSlice, now: number): ReplicaRow[] {
  const nodes = new Map(slice.nodes.map((node) => [node.id, node]))
  return slice.links
    .map((link) => ({ id: link.replica, link, node: nodes.get(link.replica) ?? null, now }))
    .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
}

/** Not told by the replica itself just now. */
export function isSecondHand(row: ReplicaRow): boolean {
  return row.node === null || row.node.reachability !== 'up' || row.node.observedThrough !== 'direct'
}

/** The columns shown: a saved choice in the table's own order, unknown names dropped; the first column always stays. */
export function chosenColumns<C extends { readonly id: string; readonly isOptional?: boolean }>(
  all: readonly C[],
  saved: readonly string[] | undefined,
): C[] {
  if (!saved) return all.filter((column) => !column.isOptional)
  return all.filter((column, index) => index === 0 || saved.includes(column.id))
}
