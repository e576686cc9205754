import type { CallContext, Page } from '../../../../src-main/contract/server.ts'
import type { TimelineNote } from '../../../../src-main/domain/timeline/model.ts'
import type { EventItem } from '../../../../src-main/contract/wire.ts'
import type { GroupState, Session, SessionChange, SessionState } from '../../../../src-main/monitor/session.ts'
import { healthyGroup } from '../../../support/facts.ts'

/** A page that a test holds in its hand. */
export interface TestPage extends Page {
  readonly told: EventItem[]
  readonly leave: () => void
}

let pages = 0
export function testPage(): TestPage {
  const gone = new Set<() => void>()
  let isGone = false
  const told: EventItem[] = []
  pages += 1
  return {
    id: `page-${pages}`,
    told,
    emit: (name, payload) => void told.push([name, payload] as unknown as EventItem),
    onGone: (listener) => {
      if (isGone) listener()
      else gone.add(listener)
      return () => void gone.delete(listener)
    },
    leave: () => {
      isGone = true
      for (const listener of gone) listener()
      gone.clear()
    },
  }
}

export function contextOf(page: Page, signal: AbortSignal = new AbortController().signal): CallContext {
  return { page, signal }
}

/** A session that a test moves by hand. */
export interface TestSession extends Session {
  readonly change: (change: Partial<SessionChange>, state?: Partial<SessionState>) => void
  readonly focused: (readonly string[])[]
  /** What was put into timelines from outside. */
  readonly noted: (TimelineNote & { readonly group: string })[]
  readonly isDisposed: () => boolean
  readonly refreshes: () => number
}

export function groupState(revision: number, past: Partial<GroupState['past']> = {}): GroupState {
  return {
    revision,
    snapshot: healthyGroup(),
    past: { samples: new Map(), events: [], since: 0, isOneShot: false, ...past },
    timeline: { events: [], total: 0 },
    exposure: undefined,
    electable: [],
    findings: [],
    notJudged: [],
  }
}

export function testSession(): TestSession {
  let state: SessionState = {
    phase: 'live',
    failures: [],
    groups: new Map([['g', groupState(1)]]),
    load: [],
    isSlow: false,
  }
  const listeners = new Set<(change: SessionChange) => void>()
  const focused: (readonly string[])[] = []
  const noted: (TimelineNote & { readonly group: string })[] = []
  let isDisposed = false
  let refreshes = 0
  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    refresh: async () => void (refreshes += 1),
    focus: (groups) => void focused.push(groups),
    note: (group, notes) => void noted.push(...notes.map((note) => ({ ...note, group }))),
    firstPicture: async () => undefined,
    dispose: async () => {
      isDisposed = true
      listeners.clear()
    },
    change: (change, next = {}) => {
      state = { ...state, ...next }
      for (const listener of [...listeners]) listener({ changed: [], removed: [], events: [], ...change })
    },
    focused,
    noted,
    isDisposed: () => isDisposed,
    refreshes: () => refreshes,
  }
}
