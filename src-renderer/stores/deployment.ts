import { defineStore } from 'pinia'
import { computed, shallowRef, type ShallowRef } from 'vue'
import type { ContractFailure, LineState, SessionHead } from '../../src-main/contract/calls.ts'
import type { GroupSlice, InspectLink, InspectNode } from '../../src-main/contract/inspect.ts'
import { useClient } from './client.ts'
import { worstGroup } from './worst-group.ts'

/** What the details panel shows. A link's id is its replica's id; `group` where the id alone is not unique (Sentinels). */
export interface Selection {
  readonly kind: 'node' | 'link' | 'group'
  readonly id: string
  readonly group: string
}

/**
 * The deployments this page looks at: whole slices as the host sent them, never edited here. Each group has a ref of its
 * own, so that a change of one does not wake what reads another.
 */
export const useDeploymentStore = defineStore('deployment', () => {
  const client = useClient()
  const line = shallowRef<LineState>({ state: 'connecting', attempt: 0 })
  const heads = shallowRef<ReadonlyMap<string, SessionHead>>(new Map())
  const activeSession = shallowRef<string | null>(null)
  const groupRefs = shallowRef<ReadonlyMap<string, ShallowRef<GroupSlice>>>(new Map())
  const wantedGroup = shallowRef<string | null>(null)
  const selection = shallowRef<Selection | null>(null)
  const loadFailure = shallowRef<ContractFailure | null>(null)
  const isLoaded = shallowRef(false)
  /** This machine's clock minus the host's, ms: the least delay ever seen between a sample and its arrival. */
  const clockAheadMs = shallowRef(0)
  /** Counts whole states received: 2 and more after a line that was lost. */
  const loads = shallowRef(0)
  let smallestDelay = Number.POSITIVE_INFINITY
  let loading = 0

  const sessions = computed(() => [...heads.value.values()])
  const head = computed(() => (activeSession.value === null ? null : (heads.value.get(activeSession.value) ?? null)))
  /** Names only, sorted: changes when a group comes or goes, not when one is sampled. */
  const groupNames = computed(() =>
    [...groupRefs.value.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
  )
  /** All slices by name. Changes with every sample: for overviews; a part of one group reads `sliceOf`. */
  const slices = computed<ReadonlyMap<string, GroupSlice>>(() => {
    const all = new Map<string, GroupSlice>()
    for (const name of groupNames.value) {
      const slice = groupRefs.value.get(name)?.value
      if (slice) all.set(name, slice)
    }
    return all
  })
  /** The group in view: the one asked for, else the first by name (a page keeps what it opened on). */
  const activeGroup = computed(() => {
    const wanted = wantedGroup.value
    return wanted !== null && groupRefs.value.has(wanted) ? wanted : (groupNames.value[0] ?? null)
  })
  /** No group was asked for and there are several: overviews show all, the rest shows `activeGroup`. */
  const isAllGroups = computed(() => wantedGroup.value === null && groupRefs.value.size > 1)
  const activeSlice = computed(() => (activeGroup.value === null ? null : sliceOf(activeGroup.value)))

  /** One group's slice; reads that group's ref only. */
  function sliceOf(group: string): GroupSlice | null {
    return groupRefs.value.get(group)?.value ?? null
  }

  function nodeOf(group: string, id: string): InspectNode | null {
    return sliceOf(group)?.nodes.find((node) => node.id === id) ?? null
  }

  function linkOf(group: string, replica: string): InspectLink | null {
    return sliceOf(group)?.links.find((link) => link.replica === replica) ?? null
  }

  /** The host's present moment, epoch ms, from this machine's. */
  function hostTime(now: number): number {
    return now - clockAheadMs.value
  }

  /** Takes slices in; what is not newer than what is held is dropped. Answers the groups that changed. */
  function receive(incoming: readonly GroupSlice[], removed: readonly string[] = []): readonly GroupSlice[] {
    const fresh: GroupSlice[] = []
    let next: Map<string, ShallowRef<GroupSlice>> | undefined
    for (const slice of incoming) {
      const held = (next ?? groupRefs.value).get(slice.group.name)
      if (held && held.value.revision >= slice.revision) continue
      fresh.push(slice)
      noteClock(slice)
      if (held) held.value = slice
      else (next ??= new Map(groupRefs.value)).set(slice.group.name, shallowRef(slice))
    }
    for (const name of removed) {
      if ((next ?? groupRefs.value).has(name)) (next ??= new Map(groupRefs.value)).delete(name)
    }
    if (next) groupRefs.value = next
    return fresh
  }

  function noteClock(slice: GroupSlice): void {
    const delay = Date.now() - Date.parse(slice.takenAt)
    if (Number.isNaN(delay) || delay >= smallestDelay) return
    smallestDelay = delay
    clockAheadMs.value = delay
  }

  function receiveHead(next: SessionHead): void {
    const copy = new Map(heads.value)
    copy.set(next.session, next)
    heads.value = copy
  }

  /** Shows another session (or none) and asks for its whole present state. */
  async function open(session: string | null): Promise<void> {
    if (session === activeSession.value) return
    activeSession.value = session
    groupRefs.value = new Map()
    wantedGroup.value = null
    selection.value = null
    isLoaded.value = false
    loadFailure.value = null
    smallestDelay = Number.POSITIVE_INFINITY
    await reload()
  }

  /** Asks for the whole state again: after opening, and whenever the line came back. */
  async function reload(): Promise<void> {
    const session = activeSession.value
    if (session === null) return
    const mine = ++loading
    const answer = await client.call('deployment/state', { session })
    if (mine !== loading || session !== activeSession.value) return
    if (!answer.ok) {
      loadFailure.value = answer.failure
      return
    }
    loadFailure.value = null
    receiveHead(answer.value.head)
    const present = new Set(answer.value.slices.map((slice) => slice.group.name))
    // A host that was started again counts its revisions from the beginning.
    const restarted = answer.value.slices.some((slice) => slice.revision < (sliceOf(slice.group.name)?.revision ?? 0))
    if (restarted) groupRefs.value = new Map()
    receive(
      answer.value.slices,
      [...groupRefs.value.keys()].filter((name) => !present.has(name)),
    )
    isLoaded.value = true
    loads.value += 1
  }

  /** Asks the host to sample everything at once. */
  async function refresh(): Promise<void> {
    const session = activeSession.value
    if (session === null) return
    const answer = await client.call('deployment/refresh', { session })
    if (!answer.ok) loadFailure.value = answer.failure
  }

  function selectGroup(group: string | null): void {
    wantedGroup.value = group
  }

  function select(
    next: { readonly kind: Selection['kind']; readonly id: string; readonly group?: string } | null,
  ): void {
    const group = next?.group ?? activeGroup.value
    selection.value = next === null || group === null ? null : { kind: next.kind, id: next.id, group }
  }

  async function close(session: string): Promise<void> {
    await client.call('deployment/close', { session })
    const copy = new Map(heads.value)
    copy.delete(session)
    heads.value = copy
    if (activeSession.value === session) await open(null)
  }

  let wasOpen = false
  const stoppers = [
    client.on('deployment/head', receiveHead),
    client.on('deployment/changed', (change) => {
      if (change.session === activeSession.value) receive(change.slices, change.removed)
    }),
    client.onLine((next) => {
      line.value = next
      if (next.state !== 'open') return
      if (wasOpen) void reload()
      wasOpen = true
    }),
  ]

  /** Ends every subscription; the store is of no use afterwards. */
  function dispose(): void {
    for (const stop of stoppers.splice(0)) stop()
  }

  return {
    line,
    sessions,
    activeSession,
    head,
    groupNames,
    slices,
    activeGroup,
    activeSlice,
    isAllGroups,
    selection,
    loadFailure,
    isLoaded,
    loads,
    clockAheadMs,
    sliceOf,
    nodeOf,
    linkOf,
    hostTime,
    receive,
    open,
    close,
    reload,
    refresh,
    selectGroup,
    select,
    worst: computed(() => worstGroup(slices.value)),
    dispose,
  }
})
