import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { ContractEvent, SeriesPoint } from '../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { useClient } from './client.ts'
import { useDeploymentStore } from './deployment.ts'
import { createSeriesRing, type SeriesColumns, type SeriesRing } from './series-ring.ts'

/** How far back charts look. */
export const WINDOW_MS = 15 * 60_000
/** Points a node keeps; at a quicker interval than the window allows, samples in between are left out. */
const CAPACITY = 1024
const EVENTS_KEPT = 500

/**
 * What the last 15 minutes were like, of the group in view: rings are kept for that group alone, and another one's are
 * filled from `deployment/past` when it is opened. Events are kept for all groups.
 */
export const useTimelineStore = defineStore('timeline', () => {
  const client = useClient()
  const deployment = useDeploymentStore()
  const rings = new Map<string, SeriesRing>()
  const group = shallowRef<string | null>(null)
  /** Grows with every point: read it to be told that `seriesOf` answers something new. */
  const tick = shallowRef(0)
  const events = shallowRef<readonly ContractEvent[]>([])
  let opening = 0

  /** Columns of one node of the group in view, oldest first; undefined for a node never sampled. Reads `tick`. */
  function seriesOf(node: string): SeriesColumns | undefined {
    return tick.value < 0 ? undefined : rings.get(node)?.columns()
  }

  function ringOf(node: string): SeriesRing {
    const held = rings.get(node)
    if (held) return held
    const interval = deployment.head?.intervalMs ?? 1000
    const ring = createSeriesRing(CAPACITY, Math.max(12_500, interval * 3))
    rings.set(node, ring)
    return ring
  }

  function takeIn(slice: GroupSlice): void {
    let added = false
    for (const [node, point] of pointsOf(slice)) {
      const ring = ringOf(node)
      if (point.at - ring.lastAt() < WINDOW_MS / CAPACITY) continue
      ring.push(point)
      added = true
    }
    if (added) tick.value += 1
  }

  /** Events of one group, oldest first. */
  function eventsOf(name: string): readonly ContractEvent[] {
    return events.value.filter((event) => event.group === name)
  }

  function addEvents(more: readonly ContractEvent[]): void {
    const seen = new Set(events.value.map(eventKey))
    const fresh = more.filter((event) => {
      const key = eventKey(event)
      return !seen.has(key) && seen.add(key)
    })
    if (fresh.length === 0) return
    events.value = [...events.value, ...fresh].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-EVENTS_KEPT)
  }

  function openGroup(session: string | null, name: string | null): void {
    rings.clear()
    group.value = name
    tick.value += 1
    void fill(session, name)
  }

  async function fill(session: string | null, name: string | null): Promise<void> {
    const mine = ++opening
    if (session === null || name === null) return
    const answer = await client.call('deployment/past', { session, group: name })
    if (mine !== opening || !answer.ok) return
    for (const [node, points] of Object.entries(answer.value.series)) ringOf(node).backfill(points)
    addEvents(answer.value.events)
    tick.value += 1
  }

  watch(
    () => deployment.activeSession,
    () => {
      events.value = []
    },
    { flush: 'sync' },
  )
  watch(
    () => [deployment.activeSession, deployment.activeGroup] as const,
    ([session, name]) => openGroup(session, name),
    { immediate: true },
  )
  watch(
    () => deployment.activeSlice,
    (slice) => {
      if (slice && slice.group.name === group.value) takeIn(slice)
    },
    { immediate: true },
  )
  watch(
    () => deployment.loads,
    (loads) => {
      if (loads > 1) void fill(deployment.activeSession, deployment.activeGroup)
    },
  )
  const stop = client.on('deployment/event', (news) => {
    if (news.session === deployment.activeSession) addEvents(news.events)
  })

  return { tick, events, seriesOf, eventsOf, dispose: stop }
})

/** What one slice adds to the charts: every server's write rate, every replica's lag and margin. */
export function pointsOf(slice: GroupSlice): ReadonlyMap<string, SeriesPoint> {
  const at = Date.parse(slice.takenAt)
  const links = new Map(slice.links.map((link) => [link.replica, link]))
  const points = new Map<string, SeriesPoint>()
  for (const node of slice.nodes) {
    if (node.kind !== 'server') continue
    const link = links.get(node.id)
    points.set(node.id, {
      at,
      writeBytesPerSecond: node.replication?.writeBytesPerSecond ?? null,
      byteLagLow: link?.byteLag?.low ?? null,
      byteLagHigh: link?.byteLag?.high ?? null,
      marginBytes: link?.coverage?.bytes ?? null,
    })
  }
  return points
}

function eventKey(event: ContractEvent): string {
  return `${event.at} ${event.group} ${event.what} ${event.node ?? ''} ${event.detail}`
}
