import type { ContractEvent } from '../../../src-main/contract/calls.ts'
import { laneOf, type LaneId } from './event-lanes.ts'

export type LeastSeverity = 'info' | 'warning' | 'critical'

export interface EventFilter {
  /** Lanes that are left out. */
  readonly hidden: ReadonlySet<LaneId>
  /** Empty: any. */
  readonly node: string
  readonly least: LeastSeverity
  /** Words that all have to occur. */
  readonly text: string
}

export const NO_FILTER: EventFilter = { hidden: new Set(), node: '', least: 'info', text: '' }

const RANK: Readonly<Record<LeastSeverity, number>> = { info: 0, warning: 1, critical: 2 }

export function isFiltering(filter: EventFilter): boolean {
  return filter.hidden.size > 0 || filter.node !== '' || filter.least !== 'info' || filter.text.trim() !== ''
}

/** Events that pass, in their order. What concerns our own looking on passes every kind and node: it bears on all. */
export function filterEvents(events: readonly ContractEvent[], filter: EventFilter): readonly ContractEvent[] {
  if (!isFiltering(filter)) return events
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return events.filter((event) => {
    const lane = laneOf(event)
    if (lane !== null && filter.hidden.has(lane)) return false
    if (lane !== null && filter.node !== '' && !concerns(event, filter.node)) return false
    if (RANK[event.severity] < RANK[filter.least]) return false
    if (words.length === 0) return true
    const hay = `${event.what} ${event.detail} ${event.node ?? ''} ${event.by.join(' ')} ${event.kind}`.toLowerCase()
    return words.every((word) => hay.includes(word))
  })
}

/** Whose it is, who told it, or whom it names. */
function concerns(event: ContractEvent, node: string): boolean {
  return event.node === node || event.by.includes(node) || event.what.includes(node) || event.detail.includes(node)
}

/** Nodes that events are about or were told by, in natural order. */
export function nodesOf(events: readonly ContractEvent[]): readonly string[] {
  const nodes = new Set(events.flatMap((event) => [...(event.node === null ? [] : [event.node]), ...event.by]))
  return [...nodes].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** How many there are of each lane. */
export function countLanes(events: readonly ContractEvent[]): ReadonlyMap<LaneId, number> {
  const counts = new Map<LaneId, number>()
  for (const event of events) {
    const lane = laneOf(event)
    if (lane !== null) counts.set(lane, (counts.get(lane) ?? 0) + 1)
  }
  return counts
}
