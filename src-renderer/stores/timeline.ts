import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { ContractEvent, SeriesPoint } from '../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { useClient } from './client.ts'
import { useDeploymentStore } from './deployment.ts'
import { createSeriesRing, type SeriesColumns, type SeriesRing } from './series-ring.ts'

/** How far back charts can look. */
export const KEPT_MS = 60 * 60_000
/** Points a node keeps: an hour at one a second, with room for holes. Of quicker samples those in between are left out. */
const CAPACITY = 4096
/** Events kept a group; the host keeps no more. */
const EVENTS_KEPT = 500
const NO_EVENTS: readonly ContractEvent[] = []

/**
 * What the last hour was like, of the group in view: rings are kept for that group alone. What this page did not see itself
 * is filled from `deployment/past` (15 minutes) when a group is opened. Events are kept for all groups.
 */
export const useTimelineStore = defineStore('timeline', () => {
  const client = useClient()
  const deployment = useDeploymentStore()
  const rings = new Map<string, SeriesRing>()
  const group = shallowRef<string | null>(null)
  /** Grows with every point: read it to be told that `seriesOf` answers something new. */
  const tick = shallowRef(0)
  /** By group. */
  const events = shallowRef<ReadonlyMap<string, readonly ContractEvent[]>>(new Map())
  /** From when on a group was watched, epoch ms; by group, of those whose past was asked for. */
  const watchedSince = shallowRef<ReadonlyMap<string, number>>(new Map())
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
      if (point.at - ring.lastAt() < KEPT_MS / CAPACITY) continue
      ring.push(point)
      added = true
    }
    if (added) tick.value += 1
  }

  /** Events of one group, oldest first. */
  function eventsOf(name: string): readonly ContractEvent[] {
    return events.value.get(name) ?? NO_EVENTS
  }

  /** From when on the host has watched a group; null when not known yet. */
  function sinceOf(name: string): number | null {
    return watchedSince.value.get(name) ?? null
  }

  function addEvents(more: readonly ContractEvent[]): void {
    const next = new Map(events.value)
    for (const group of new Set(more.map((event) => event.group))) {
      const told = more.filter((event) => event.group === group)
      next.set(group, joinEvents(eventsOf(group), told))
    }
    if (more.length > 0) events.value = next
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
    watchedSince.value = new Map(watchedSince.value).set(name, Date.parse(answer.value.since))
    tick.value += 1
  }

  watch(
    () => deployment.activeSession,
    () => {
      events.value = new Map()
      watchedSince.value = new Map()
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

  return { tick, seriesOf, eventsOf, sinceOf, dispose: stop }
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

/** Events with more of them, oldest first. One that is told again under its id takes the place of the one before. */
export function joinEvents(held: readonly ContractEvent[], more: readonly ContractEvent[]): readonly ContractEvent[] {
  const byId = new Map(held.map((event) => [event.id, event]))
  for (const event of more) byId.set(event.id, event)
  // Moments are ISO-8601 of one length: they sort as texts, and equal ones stay as they were told.
  return [...byId.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(-EVENTS_KEPT)
}
