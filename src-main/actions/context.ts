import type { Result } from '../domain/failure.ts'
import type { NodeId } from '../domain/address.ts'
import type { WaitMeasurement } from '../domain/plans/wait-test.ts'
import type { CommandWords, OutcomeState, PeerKind, Plan, StepReport, Undo, Verified } from '../domain/plans/model.ts'
import type { Clock } from '../monitor/ports.ts'
import type { Lines, Order } from './lines.ts'
import type { Scope } from './observe.ts'
import type { ActionDialler, ActionReply } from './ports.ts'

/** One line of progress. `phase` tells what is under way, or how it ended. */
export interface Progress {
  readonly phase: 'checking' | 'sending' | 'waiting' | 'done' | 'failed' | 'unknown' | 'undoing' | 'verifying' | 'note'
  /** 0 for what belongs to no step. */
  readonly n: number
  readonly of: number
  readonly title: string
  /** The commands as text, where some are sent. */
  readonly command: string | undefined
  readonly node: NodeId | undefined
  /** Since the action began. */
  readonly elapsedMs: number
  readonly detail: string
}

/** Writes one row of the action's journal; it is on the disk when this returns. Bodies hold no secret. */
export type RecordRow = (kind: string, body: unknown) => Result<void>

/** What a run needs of its surroundings. */
export interface RunDeps {
  readonly dialler: ActionDialler
  readonly clock: Clock
  readonly scope: Scope
  readonly record: RecordRow
  /** Takes the group's lock; released by the run. */
  readonly lock: { readonly take: () => Result<void>; readonly release: () => void }
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
  /** For one answer, milliseconds. */
  readonly timeoutMs: number
  /** One line to standard error: what could not be journalled any more. */
  readonly warn: (line: string) => void
  /** Who is confirming, for the journal: OS user, host, pid, profile. */
  readonly who: Readonly<Record<string, string | number>>
}

/** What one run knows while it goes on. */
export interface RunContext {
  readonly plan: Plan
  /** The action's id in the journal. */
  readonly journal: string
  readonly deps: RunDeps
  readonly lines: Lines
  /** What steps learnt, by name. */
  readonly memory: Map<string, string>
  /** What a measured step found. */
  readonly measured: (measurement: WaitMeasurement) => void
  /** Says something about the step under way. */
  readonly note: (detail: string) => void
  /**
   * Sends something beyond the plan's steps: an undo or a contingency, journalled as such. Never blocked. `undo` takes a
   * contingency back; like a step's it stays pending until the memory holds `settled TITLE`.
   */
  readonly extra: (
    kind: 'undo' | 'contingency',
    title: string,
    order: Order,
    undo?: Undo,
  ) => Promise<Trouble | undefined>
}

/** Why a step did not end as planned. */
export interface Trouble {
  readonly kind: 'refused' | 'unknown' | 'not-sent' | 'wrong-role' | 'not-reached' | 'cancelled'
  readonly detail: string
}

export type WaitResult =
  | { readonly ok: true; readonly detail: string }
  /** `isCancelled`: a person would not wait any longer; absent: it did not come. */
  | { readonly ok: false; readonly detail: string; readonly isCancelled?: boolean }

/** What to do after trouble with a step. `again`: from an earlier step on, which the guide names, or else as `compensate`. */
export type Remedy = 'compensate' | 'go-on' | 'hold' | 'redo' | 'again'

/** How long a hand-over took for those who write, from the pause on, as the action saw it; milliseconds. */
export interface HandOver {
  /** Until the new master took writes; undefined: that was not seen. */
  readonly writableMs: number | undefined
  /** Until the clients of the old master were cut off, to ask Sentinel again; undefined: that was not seen. */
  readonly clientsMovedMs: number | undefined
}

export interface Outcome {
  readonly plan: string
  readonly action: string
  readonly group: string
  /** The action's id in the journal. */
  readonly journal: string
  readonly state: OutcomeState
  readonly reason: string | undefined
  readonly steps: readonly StepReport[]
  readonly verification: readonly Verified[]
  /** What could not be taken back, with the commands that would. */
  readonly pending: readonly Undo[]
  /** What a person can do from here, one line each. */
  readonly advice: readonly string[]
  /** Of a test: what was measured. */
  readonly measured: WaitMeasurement | undefined
  /** Of a hand-over: how long writes stood still. */
  readonly handOver: HandOver | undefined
  readonly elapsedMs: number
}

export interface StepAnswer {
  readonly peer: PeerKind
  readonly commands: readonly CommandWords[]
  readonly replies: readonly ActionReply[]
  readonly sentAt: number
  readonly receivedAt: number
}

/** Settles after `ms`, or when the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}
