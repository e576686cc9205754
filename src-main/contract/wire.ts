import type { CallAnswer, CallName, EventName, EventPayload } from './calls.ts'

/**
 * What travels between the two halves: JSON texts, one frame each, the same over every transport. No library in here,
 * so that the page's bundle stays free of the schemas.
 *
 * A line begins with the page's `hello` and the host's `welcome` (or `refused`, then the end). Events travel in numbered
 * batches that the page acknowledges when its listeners have run: the host has at most `EVENT_WINDOW` batches under way
 * and gathers the rest, newest state only, so a slow page never makes the host's memory grow.
 */
export type PageFrame =
  | { readonly t: 'hello'; readonly contract: number; readonly token: string | null }
  | { readonly t: 'call'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly t: 'cancel'; readonly id: number }
  | { readonly t: 'ack'; readonly batch: number }
  | { readonly t: 'ping' }

/** One event inside a batch. */
export type EventItem = { [N in EventName]: readonly [name: N, payload: EventPayload<N>] }[EventName]

/** Host to page. */
export type HostFrame =
  | { readonly t: 'welcome'; readonly contract: number }
  | { readonly t: 'refused'; readonly message: string }
  | { readonly t: 'answer'; readonly id: number; readonly answer: CallAnswer<CallName> }
  | { readonly t: 'events'; readonly batch: number; readonly events: readonly EventItem[] }
  | { readonly t: 'pong' }

/**
 * Codes that only the line itself produces, beside those of `domain/failure.ts`:
 * `internal` a bug in the host (logged there under the reference given), `bad-params` what was asked does not fit the
 * declaration, `unknown-call` no such name, `too-busy` more calls at once than one page may have, `line-closed` the line
 * ended before the answer (the call may or may not have been carried out), `refused` the host does not take this page.
 */
export type LineCode = 'internal' | 'bad-params' | 'unknown-call' | 'too-busy' | 'line-closed' | 'refused'

/** Grows when a page of one build cannot talk to a host of another. */
export const CONTRACT_VERSION = 1

/** Largest frame a host takes from a page, in characters. The largest honest one is a target with PEM texts. */
export const MAX_PAGE_FRAME_CHARS = 1_048_576

/** Calls one page may have under way. */
export const MAX_CALLS_IN_FLIGHT = 64

/** Unsent bytes after which a page that asks but does not read is cut off. */
export const MAX_UNSENT_BYTES = 64 * 1_048_576

/** Batches under way to one page before the host waits for its acknowledgement. */
export const EVENT_WINDOW = 2

/** How long a burst is gathered before it is sent: one frame of a 60 Hz screen. */
export const EVENT_GATHER_MS = 16

/** A page that has not said hello by then is cut off. */
export const HELLO_WITHIN_MS = 5000

/** Time and chance, passed in. */
export interface Timers {
  /** Calls back once after `ms`; returns its canceller. */
  readonly after: (ms: number, callback: () => void) => () => void
  /** 0 <= x < 1. */
  readonly random: () => number
}
