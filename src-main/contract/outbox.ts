import type { EventName, EventPayload } from './calls.ts'
import type { GroupSlice } from './inspect.ts'
import type { EventItem } from './wire.ts'

/** The newest happenings kept for a page that does not read; it can ask `deployment/past` for the rest. */
const MAX_HAPPENINGS = 500
/** Steps of connection tests kept for a page that does not read. */
const MAX_STEPS = 2048
/** Lines of progress kept for a page that does not read; it can ask `actions/runs` for the rest. */
const MAX_PROGRESS = 500

type Changed = EventPayload<'deployment/changed'>

/**
 * What one page has still to be told. Its size depends on how much there is to show, never on how long the page was
 * away: a group's newer slice replaces the older one, a newer head the older head, and lists are bounded.
 *
 * `take` empties it. Order: removals before slices, heads before both; a session's own order is kept within each kind.
 */
export interface Outbox {
  readonly put: <N extends EventName>(name: N, payload: EventPayload<N>) => void
  readonly take: () => readonly EventItem[]
  readonly isEmpty: () => boolean
  /** Entries held, for tests of the bound. */
  readonly size: () => number
}

/** An empty outbox. */
export function createOutbox(): Outbox {
  const heads = new Map<string, EventPayload<'deployment/head'>>()
  const changes = new Map<string, { slices: Map<string, GroupSlice>; removed: Set<string> }>()
  const happenings = new Map<string, EventPayload<'deployment/event'>['events']>()
  const steps = new Map<string, EventPayload<'connection/step'>>()
  let progress: EventPayload<'lab/progress'> | undefined
  let actionLines: EventPayload<'action/progress'>[] = []
  const outcomes = new Map<string, EventPayload<'action/outcome'>>()
  const faults = new Map<string, EventPayload<'lab/faults'>>()
  const acknowledged = new Map<string, EventPayload<'findings/acknowledged'>>()
  let haveProfilesChanged = false
  const drills = new Map<string, EventPayload<'drill/changed'>>()

  const putChanged = (payload: Changed): void => {
    const held = changes.get(payload.session) ?? { slices: new Map<string, GroupSlice>(), removed: new Set<string>() }
    changes.set(payload.session, held)
    for (const name of payload.removed) {
      held.slices.delete(name)
      held.removed.add(name)
    }
    for (const slice of payload.slices) {
      const older = held.slices.get(slice.group.name)
      if (older === undefined || older.revision < slice.revision) held.slices.set(slice.group.name, slice)
    }
  }

  const putSteps = (payload: EventPayload<'connection/step'>): void => {
    steps.set(`${payload.test} ${payload.step.step} ${payload.step.address}`, payload)
    const oldest = steps.size > MAX_STEPS ? steps.keys().next().value : undefined
    if (oldest !== undefined) steps.delete(oldest)
  }

  const putHappenings = (payload: EventPayload<'deployment/event'>): void => {
    const all = [...(happenings.get(payload.session) ?? []), ...payload.events]
    happenings.set(payload.session, all.slice(-MAX_HAPPENINGS))
  }

  const puts: { readonly [N in EventName]: (payload: EventPayload<N>) => void } = {
    'deployment/head': (payload) => void heads.set(payload.session, payload),
    'deployment/changed': putChanged,
    'deployment/event': putHappenings,
    'connection/step': putSteps,
    'findings/acknowledged': (payload) => void acknowledged.set(payload.session, payload),
    'profiles/changed': () => void (haveProfilesChanged = true),
    'lab/progress': (payload) => void (progress = payload),
    'lab/faults': (payload) => void faults.set(payload.session, payload),
    'drill/changed': (payload) => void drills.set(payload.run, payload),
    'action/progress': (payload) => void (actionLines = [...actionLines, payload].slice(-MAX_PROGRESS)),
    'action/outcome': (payload) => void outcomes.set(payload.id, payload),
  }

  const isEmpty = (): boolean =>
    heads.size + changes.size + happenings.size + steps.size + actionLines.length + outcomes.size === 0 &&
    faults.size + drills.size + acknowledged.size === 0 &&
    !haveProfilesChanged &&
    progress === undefined

  const take = (): readonly EventItem[] => {
    const items: EventItem[] = []
    for (const head of heads.values()) items.push(['deployment/head', head])
    for (const [session, { slices, removed }] of changes) {
      // A group may leave and come back within one burst: the page must forget the old revision first.
      if (removed.size > 0) items.push(['deployment/changed', { session, slices: [], removed: [...removed] }])
      if (slices.size > 0) items.push(['deployment/changed', { session, slices: [...slices.values()], removed: [] }])
    }
    for (const [session, list] of happenings) items.push(['deployment/event', { session, events: list }])
    for (const step of steps.values()) items.push(['connection/step', step])
    if (progress !== undefined) items.push(['lab/progress', progress])
    for (const line of actionLines) items.push(['action/progress', line])
    for (const run of outcomes.values()) items.push(['action/outcome', run])
    for (const active of faults.values()) items.push(['lab/faults', active])
    for (const run of drills.values()) items.push(['drill/changed', run])
    for (const one of acknowledged.values()) items.push(['findings/acknowledged', one])
    if (haveProfilesChanged) items.push(['profiles/changed', {}])
    acknowledged.clear()
    haveProfilesChanged = false
    faults.clear()
    drills.clear()
    actionLines = []
    outcomes.clear()
    heads.clear()
    changes.clear()
    happenings.clear()
    steps.clear()
    progress = undefined
    return items
  }

  const size = (): number => {
    let total =
      heads.size +
      steps.size +
      actionLines.length +
      outcomes.size +
      faults.size +
      drills.size +
      acknowledged.size +
      (haveProfilesChanged ? 1 : 0) +
      (progress === undefined ? 0 : 1)
    for (const { slices, removed } of changes.values()) total += slices.size + removed.size
    for (const list of happenings.values()) total += list.length
    return total
  }

  return { put: (name, payload) => puts[name](payload), take, isEmpty, size }
}
