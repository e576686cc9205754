import type { NodeId } from '../domain/address.ts'
import type { Failure, Result } from '../domain/failure.ts'
import type { CommandWords, PeerKind } from '../domain/plans/model.ts'
import type { RawReply } from '../domain/replies/raw.ts'

/** One answer: the decoded reply, or the server's own error line. */
export type ActionReply = { readonly value: RawReply } | { readonly error: string }

/**
 * What became of commands that were to be sent. `not-sent`: not one byte left. `unknown`: bytes left and the answer never
 * came; `replies` are the answers that did. Nothing is ever sent a second time.
 */
export type Sent =
  | {
      readonly state: 'answered'
      readonly replies: readonly ActionReply[]
      /** Epoch ms from a monotonic source. */
      readonly sentAt: number
      readonly receivedAt: number
    }
  | { readonly state: 'not-sent'; readonly failure: Failure }
  | {
      readonly state: 'unknown'
      readonly failure: Failure
      readonly replies: readonly ActionReply[]
      /** The peer closed the connection; false: it stayed open and silent. */
      readonly isClosed: boolean
    }

/** One connection to one process, from its dialling to its end; it never reconnects and keeps nothing back. */
export interface ActionLine {
  readonly node: NodeId
  readonly isOpen: () => boolean
  /**
   * Sends commands in one write. They go out at once or never: a line that is closed answers `not-sent`. When the time
   * runs out the line is closed, for what comes later could be taken for another question's answer.
   */
  readonly send: (commands: readonly CommandWords[], timeoutMs: number) => Promise<Sent>
  /** Idempotent. */
  readonly close: () => void
}

/** Dials for actions. `name` is what the server lists the connection as. */
export interface ActionDialler {
  readonly open: (node: NodeId, peer: PeerKind, name: string) => Promise<Result<ActionLine>>
  /** Ends every line. Idempotent. */
  readonly dispose: () => void
}

/** The names of lines that may change something begin so: whoever plans an action looks for them. */
export const ACTION_NAME_PREFIX = 'repliscope-act-'
/** The name of lines that only read for a plan. */
export const PLANNING_NAME = 'repliscope-plan'
/** Keys that a test writes, and removes. */
export const PROBE_PREFIX = 'repliscope:probe:'
