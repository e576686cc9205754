import type { NodeId } from '../address.ts'
import type { GroupPast, GroupSnapshot } from '../topology/model.ts'

/** How long a full resync from a node takes, and how that is known. */
export interface FullSyncTime {
  readonly seconds: number
  /**
   * measured: the longest one that this session saw from beginning to end or sees now; last-save: the last BGSAVE took so
   * long, and a resync takes no less.
   */
  readonly from: 'measured' | 'last-save'
}

/** The time of a full resync from `node` to its replicas; undefined when none was seen and no save is known. */
export function fullSyncTime(group: GroupSnapshot, past: GroupPast, node: NodeId): FullSyncTime | undefined {
  const seen = group.links
    .filter((link) => link.upstream === node)
    .map((link) => longestSync(group, past, link.replica))
  const measured = Math.max(0, ...seen) / 1000
  const save = group.nodes.get(node)?.info?.persistence.lastBgsaveSeconds ?? 0
  if (measured === 0 && save <= 0) return undefined
  return measured >= save ? { seconds: measured, from: 'measured' } : { seconds: save, from: 'last-save' }
}

/** Milliseconds; 0 when none was seen. A link's event says `FROM -> TO` of its state; what was transferred is then loaded. */
function longestSync(group: GroupSnapshot, past: GroupPast, replica: NodeId): number {
  let longest = 0
  let began: number | undefined
  for (const event of past.events) {
    if (event.kind !== 'link' || event.node !== replica) continue
    const to = event.what.split(' -> ')[1] ?? ''
    if (to === 'full-sync') began ??= event.at
    else if (began !== undefined && to !== 'loading') {
      longest = Math.max(longest, event.at - began)
      began = undefined
    }
  }
  return began === undefined ? longest : Math.max(longest, group.takenAt - began)
}
