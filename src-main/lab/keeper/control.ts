import type { NodeId } from '../../domain/address.ts'
import type { ActiveFault, FaultRequest } from '../../domain/drills/faults.ts'
import type { Result } from '../../domain/failure.ts'
import type { AvailableFault } from '../lab-model.ts'

/** One process of a lab as it is at a moment. Null: not known now. */
export interface LabNodeNow {
  readonly id: NodeId
  readonly name: string
  readonly startedAs: 'master' | 'replica' | 'chained' | 'sentinel'
  /** What it says that it is; null of one that does not answer. */
  readonly role: 'master' | 'replica' | 'sentinel' | null
  /** Whom it follows, as it says. */
  readonly follows: NodeId | null
  /** Null: it does not run. */
  readonly pid: number | null
  readonly runId: string | null
}

/** A lab as it is at a moment; of several groups the first. Roles are those of now, as far as anybody tells them. */
export interface LabNow {
  readonly name: string
  readonly dir: string
  /** For example `redis 7.0.15`. */
  readonly server: string
  readonly group: string
  /** Whom the Sentinels name; as it was started where nobody says. */
  readonly master: NodeId
  readonly replicas: readonly NodeId[]
  /** Those that follow a replica. */
  readonly chained: readonly NodeId[]
  readonly sentinels: readonly NodeId[]
  /** Every process, in the order of their start. */
  readonly nodes: readonly LabNodeNow[]
  /** Every process runs. */
  readonly up: boolean
}

export interface LabFaults {
  readonly offered: readonly AvailableFault[]
  readonly active: readonly ActiveFault[]
}

/** All that may be done to a running lab, in this process or, over its socket, in the one that keeps it. */
export interface LabControl {
  readonly now: () => Promise<Result<LabNow>>
  readonly faults: () => Promise<Result<LabFaults>>
  readonly break: (fault: FaultRequest) => Promise<Result<ActiveFault>>
  /** Ends one fault, or all of them. */
  readonly heal: (id: string | undefined) => Promise<Result<void>>
  /** Told the faults in force after each change. Returns its own stopper. */
  readonly onFaults: (listener: (active: readonly ActiveFault[]) => void) => () => void
  /** Ends every process and removes the folder. */
  readonly down: () => Promise<Result<void>>
}
