import type { CallResult, EventPayload } from '../contract/calls.ts'
import type { GroupSlice } from '../contract/inspect.ts'
import type { Page } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { toGroupSlice } from '../contract/to-inspect.ts'
import type { Thresholds } from '../domain/findings/thresholds.ts'
import type { GroupState, Session, SessionChange } from '../monitor/session.ts'
import { toHappening } from './to-past.ts'

export type SessionHead = CallResult<'deployment/state'>['head']

/** What is said of a session beside its state; it does not change. */
export interface SessionFacts {
  readonly label: string
  /** The same for the same deployment at every start: what is kept about it is found by this. */
  readonly deployment: string
  readonly environment: SessionHead['environment']
  /** Of the profile that it was opened by. */
  readonly colour?: SessionHead['colour']
  readonly intervalMs: number
  readonly insecureTls: boolean
  /** Numbers of its profile by which it is judged, in place of the defaults. */
  readonly thresholds?: Partial<Thresholds>
}

/** One session and the pages that look at it. */
export interface HeldSession {
  readonly id: string
  readonly facts: SessionFacts
  readonly session: Session
  readonly pages: () => number
  /** From here on this page is told what changes. Idempotent. */
  readonly attach: (page: Page) => void
  readonly detach: (page: Page) => void
  /** The groups that this page looks at closely; the session focuses on those of all pages. */
  readonly focus: (page: Page, groups: readonly string[]) => void
  /** The whole present state, converted. */
  readonly state: () => CallResult<'deployment/state'>
  /** Until when changes are allowed, ISO; null: read-only. Told to the pages. */
  readonly setArmed: (until: string | null) => void
  /** Runs for every page that looks at it. */
  readonly tell: (run: (page: Page) => void) => void
  /** Ends the session and tells the pages. Idempotent. */
  readonly end: () => Promise<void>
}

/**
 * Converts what a session knows, once for all pages and only while there are any: a group is converted when its revision is
 * new, whoever asks.
 */
export function holdSession(id: string, session: Session, facts: SessionFacts): HeldSession {
  const pages = new Map<Page, readonly string[]>()
  const slices = new Map<string, GroupSlice>()
  let lastHead = ''
  let isEnded = false
  let armedUntil: string | null = null

  const tell = (run: (page: Page) => void): void => {
    for (const page of pages.keys()) run(page)
  }

  const sliceOf = (name: string, group: GroupState): GroupSlice => {
    const known = slices.get(name)
    if (known?.revision === group.revision) return known
    const slice = toGroupSlice(group)
    slices.set(name, slice)
    return slice
  }

  const head = (): SessionHead => ({
    ...headOf(id, session, facts),
    ...(armedUntil === null ? {} : { armedUntil }),
    ...(isEnded ? { phase: 'ended' as const } : {}),
  })

  const tellHead = (): void => {
    const present = head()
    const text = JSON.stringify(present)
    if (text === lastHead) return
    lastHead = text
    tell((page) => page.emit('deployment/head', present))
  }

  const tellChange = (change: SessionChange): void => {
    for (const name of change.removed) slices.delete(name)
    if (pages.size === 0) return
    tellHead()
    const { groups } = session.state()
    const changed = change.changed.flatMap((name) => {
      const group = groups.get(name)
      return group === undefined ? [] : [sliceOf(name, group)]
    })
    if (changed.length + change.removed.length > 0) {
      const payload: EventPayload<'deployment/changed'> = { session: id, slices: changed, removed: [...change.removed] }
      tell((page) => page.emit('deployment/changed', payload))
    }
    if (change.events.length > 0) {
      const events = change.events.map((event) => toHappening(event, event.group))
      tell((page) => page.emit('deployment/event', { session: id, events }))
    }
  }

  const refocus = (): void => session.focus([...new Set([...pages.values()].flat())].toSorted())
  const unsubscribe = session.subscribe(tellChange)

  return {
    id,
    facts,
    session,
    pages: () => pages.size,
    attach: (page) => {
      if (!isEnded && !pages.has(page)) pages.set(page, [])
    },
    detach: (page) => {
      const focused = pages.get(page)
      pages.delete(page)
      if (!isEnded && focused !== undefined && focused.length > 0) refocus()
    },
    focus: (page, groups) => {
      pages.set(page, groups)
      refocus()
    },
    state: () => {
      const present = head()
      return { head: present, slices: [...session.state().groups].map(([name, group]) => sliceOf(name, group)) }
    },
    setArmed: (until) => {
      armedUntil = until
      if (!isEnded && pages.size > 0) tellHead()
    },
    tell,
    end: async () => {
      if (isEnded) return
      isEnded = true
      armedUntil = null
      unsubscribe()
      tellHead()
      pages.clear()
      slices.clear()
      await session.dispose()
    },
  }
}

function headOf(id: string, session: Session, facts: SessionFacts): SessionHead {
  const { phase, failures, load, isSlow } = session.state()
  return {
    session: id,
    label: facts.label,
    environment: facts.environment,
    phase,
    failures: failures.map(toContractFailure),
    intervalMs: facts.intervalMs,
    slow: isSlow,
    commandsPerSecondPerNode: meanCommandRate(load.map((one) => one.commandsPerSecond)),
    insecureTls: facts.insecureTls,
    ...(facts.colour === undefined ? {} : { colour: facts.colour }),
  }
}

/** To a tenth, so that the head is not news with every sample. */
function meanCommandRate(rates: readonly number[]): number | null {
  if (rates.length === 0) return null
  return Math.round((rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * 10) / 10
}
