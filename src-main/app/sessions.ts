import { randomBytes } from 'node:crypto'
import type { Page } from '../contract/server.ts'
import type { Timers } from '../contract/wire.ts'
import type { Session } from '../monitor/session.ts'
import { holdSession } from './held-session.ts'
import type { HeldSession, SessionFacts } from './held-session.ts'

/** How long a session outlives its last page: a reload or a short loss of the line does not end it. */
const GRACE_MS = 30_000
/** Deployments that one host looks at. */
export const MAX_SESSIONS = 16

interface Entry {
  readonly held: HeldSession
  /** Says what it was opened on, so that a second page shares it. Kept in memory only: it covers credentials. */
  readonly key: string
  /** The host's own stays until the host ends it; that of pages until the last of them has left. */
  readonly owner: SessionOwner
  stopGrace: (() => void) | undefined
}

/** `host` are those that a page finds opened, with their names; `drill` ends with its drill, whoever looks at it. */
export type SessionOwner = 'pages' | 'drill' | { readonly host: string }

/** Every session of the host, with its owner: pages that use it, or the host itself. */
export interface Sessions {
  /** The host's own has a name that is the same at every start, so that a page finds it again after a restart. */
  readonly add: (key: string, session: Session, facts: SessionFacts, owner: SessionOwner) => HeldSession
  readonly get: (id: string) => HeldSession | undefined
  /** A session that was opened on the same and still goes on. */
  readonly find: (key: string) => HeldSession | undefined
  /** This page uses the session until it lets go or goes away. */
  readonly use: (held: HeldSession, page: Page) => void
  /** The page closed it: it ends at once when nobody else uses it. */
  readonly release: (held: HeldSession, page: Page) => Promise<void>
  readonly end: (held: HeldSession) => Promise<void>
  readonly hostOwned: () => readonly HeldSession[]
  readonly all: () => readonly HeldSession[]
  readonly isFull: () => boolean
  readonly dispose: () => Promise<void>
}

/** An empty set of sessions. */
export function createSessions(timers: Timers): Sessions {
  const entries = new Map<string, Entry>()
  const uses = new Map<Page, Set<Entry>>()

  const end = async (entry: Entry): Promise<void> => {
    entry.stopGrace?.()
    entries.delete(entry.held.id)
    for (const used of uses.values()) used.delete(entry)
    await entry.held.end()
  }

  const leave = (entry: Entry, page: Page): void => {
    entry.held.detach(page)
    uses.get(page)?.delete(entry)
    if (entry.owner !== 'pages' || entry.held.pages() > 0) return
    entry.stopGrace?.()
    entry.stopGrace = timers.after(GRACE_MS, () => void end(entry))
  }

  const pageGone = (page: Page): void => {
    for (const entry of [...(uses.get(page) ?? [])]) leave(entry, page)
    uses.delete(page)
  }

  return {
    add: (key, session, facts, owner) => {
      const id = typeof owner === 'object' ? owner.host : `s-${randomBytes(9).toString('base64url')}`
      const held = holdSession(id, session, facts)
      entries.set(held.id, { held, key, owner, stopGrace: undefined })
      return held
    },
    get: (id) => entries.get(id)?.held,
    find: (key) =>
      [...entries.values()].find((entry) => entry.key === key && entry.held.session.state().phase !== 'failed')?.held,
    use: (held, page) => {
      const entry = entries.get(held.id)
      if (entry === undefined) return
      entry.stopGrace?.()
      entry.stopGrace = undefined
      const known = uses.get(page)
      const used = known ?? new Set<Entry>()
      if (known === undefined) {
        uses.set(page, used)
        // Runs at once for a page that went away meanwhile.
        page.onGone(() => pageGone(page))
      }
      if (!uses.has(page)) return leave(entry, page)
      used.add(entry)
      held.attach(page)
    },
    release: async (held, page) => {
      const entry = entries.get(held.id)
      if (entry === undefined) return
      leave(entry, page)
      if (entry.owner === 'pages' && held.pages() === 0) await end(entry)
    },
    end: async (held) => {
      const entry = entries.get(held.id)
      if (entry !== undefined) await end(entry)
    },
    hostOwned: () => [...entries.values()].filter(({ owner }) => typeof owner === 'object').map((entry) => entry.held),
    all: () => [...entries.values()].map((entry) => entry.held),
    isFull: () => entries.size >= MAX_SESSIONS,
    dispose: async () => {
      await Promise.all([...entries.values()].map(end))
    },
  }
}
