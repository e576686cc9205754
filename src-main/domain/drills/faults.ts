import type { NodeId } from '../address.ts'

/** What can be broken in a lab on purpose. The set is closed; `FAULTS` says what each does and takes. */
export type FaultKind =
  | 'kill'
  | 'stop'
  | 'freeze'
  | 'start'
  | 'restart-empty'
  | 'partition'
  | 'delay'
  | 'bandwidth'
  | 'busy'
  | 'disk-full'
  | 'slow-replica'
  | 'output-buffer-limit'
  | 'writable-replica'
  | 'second-master'

/** A fault as it is asked for. What a kind does not take is left out. */
export interface FaultRequest {
  readonly kind: FaultKind
  readonly node: NodeId
  /** The other end of a link; `clients` is whoever is no process of the lab, `everyone` all of both (the default). */
  readonly peer?: NodeId | 'clients' | 'everyone'
  /** Numbers by the name that the catalogue gives them: `ms`, `bytesPerSecond`, `seconds`, `bytes`. */
  readonly amount?: number
}

/** A fault in force. */
export interface ActiveFault extends FaultRequest {
  /** Names it within its lab, for `heal`. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** One line for people, with host:port. */
  readonly what: string
}

export interface FaultDescription {
  readonly kind: FaultKind
  readonly title: string
  /** What happens to the node, and how it is seen from outside. */
  readonly what: string
  readonly on: 'node' | 'link'
  /** Kinds of processes that it makes sense for. */
  readonly targets: 'any' | 'server' | 'replica'
  /** What the amount means; absent: it takes none. */
  readonly amount?: {
    readonly unit: 'ms' | 'bytes/s' | 'seconds' | 'bytes'
    readonly default: number
    readonly min: number
    readonly max: number
  }
  /** What ends it: `heal` undoes it, `start` starts the process again, `itself` passes, `none` stays until undone by hand. */
  readonly endsBy: 'heal' | 'start' | 'itself' | 'none'
  readonly needsRoot: boolean
}
