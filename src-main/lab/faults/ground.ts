import type { FaultRequest } from '../../domain/drills/faults.ts'
import type { Result } from '../../domain/failure.ts'
import type { LabNode } from '../lab-model.ts'
import type { ProcessTable } from '../process-table.ts'
import type { Ends, LinkRules } from '../relay/link-rules.ts'
import type { RespReply } from '../resp-client.ts'

/** What faults need of the lab that they break. */
export interface FaultGround {
  readonly processes: Pick<
    ProcessTable,
    'nodes' | 'isRunning' | 'signal' | 'kill' | 'hold' | 'restart' | 'ensure' | 'whileDown'
  >
  /** Past the relay, as the lab's administrator. Rejects when there is no answer in time. */
  readonly ask: (node: LabNode, args: readonly string[], timeoutMs?: number) => Promise<RespReply>
  /** Undefined where there is no relay. */
  readonly rules: () => LinkRules | undefined
  readonly whyNoRelay: () => string | undefined
  /** The mount point of the node's own disk; undefined where it has none. */
  readonly diskOf: (node: LabNode) => string | undefined
  readonly whyNoDisks: () => string | undefined
  readonly isDown: () => boolean
}

/** A request whose node is known and fit for its kind and whose peer and amount are filled in. */
export interface CheckedRequest extends FaultRequest {
  readonly target: LabNode
  readonly peerEnds: Ends
  readonly amount: number
}

/** A fault that has been carried out. */
export interface Standing {
  /** One line for people, with host:port. */
  readonly what: string
  /** Absent: nothing is left to be undone. */
  readonly undo?: () => Promise<void>
  /** Resolves when it has passed by itself. */
  readonly passes?: Promise<void>
}

/** Carries out one kind of fault. A failure means that nothing has changed. */
export type Inflict = (request: CheckedRequest, ground: FaultGround) => Promise<Result<Standing>>
