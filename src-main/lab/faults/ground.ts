import type { FaultKind, FaultRequest } from '../../domain/drills/faults.ts'
import type { Result } from '../../domain/failure.ts'
import type { LabNode } from '../lab-model.ts'
import type { RespReply } from '../resp-client.ts'

/** What faults need of the lab that they break. */
export interface FaultGround {
  readonly nodes: () => readonly LabNode[]
  readonly isRunning: (node: LabNode) => boolean
  /** Past the relay, as the lab's administrator. Rejects when there is no answer in time. */
  readonly ask: (node: LabNode, ...args: readonly string[]) => Promise<RespReply>
  readonly freeze: (node: LabNode) => void
  readonly thaw: (node: LabNode) => void
  /** Resolves when the process is gone; a supervised lab starts it again. */
  readonly kill: (node: LabNode) => Promise<void>
  /** Ends it as SHUTDOWN would and keeps it down, supervised or not. */
  readonly stop: (node: LabNode) => Promise<void>
  /** Resolves when it answers. */
  readonly start: (node: LabNode) => Promise<void>
  /** Why this kind cannot be had in this lab; undefined where it can. */
  readonly unavailable: (kind: FaultKind) => string | undefined
}

/** A request whose node is known and fit for its kind and whose amount is filled in. */
export interface CheckedRequest extends FaultRequest {
  readonly target: LabNode
  readonly amount: number
}

/** What a fault leaves to be undone; absent: it has passed already. */
export interface Standing {
  /** One line for people, with host:port. */
  readonly what: string
  readonly undo?: () => Promise<void>
  /** Resolves when it has passed by itself. */
  readonly passes?: Promise<void>
}

/** Carries out one kind of fault. A failure means that nothing has changed. */
export type Inflict = (request: CheckedRequest, ground: FaultGround) => Promise<Result<Standing>>
