import type { Address, NodeId } from '../domain/address.ts'
import type { ActiveFault, FaultDescription, FaultRequest } from '../domain/drills/faults.ts'
import type { Result } from '../domain/failure.ts'
import type { RespClientOptions, RespReply } from './resp-client.ts'
import type { ServerBinary } from './servers.ts'

/** One process of the lab. Its pid changes with a restart; everything else stays. */
export interface LabNode {
  readonly id: NodeId
  readonly name: string
  /** What it announces and what everybody dials: with a relay the relay's address. */
  readonly address: Address
  /** Where the process itself listens; equal to `address` where there is no relay. Faults of the network do not reach it. */
  readonly direct: Address
  /** The role it was started in; a failover changes roles, never this. */
  readonly startedAs: 'master' | 'replica' | 'chained' | 'sentinel'
  /** Undefined for a Sentinel. */
  readonly group: string | undefined
  /** Whom it was told to follow at the start. */
  readonly upstream: NodeId | undefined
  readonly dir: string
  /** Where it keeps RDB and AOF files: `dir`, or a disk of its own in it. */
  readonly dataDir: string
  readonly configFile: string
  readonly logFile: string
  /** The last process started for it. */
  readonly pid: number
}

export interface LabGroup {
  readonly group: string
  readonly master: LabNode
  readonly replicas: readonly LabNode[]
  readonly chained: readonly LabNode[]
}

/** A deployment of real servers. Whoever starts it calls `down`. */
export interface Lab {
  readonly name: string
  readonly dir: string
  readonly binary: ServerBinary
  readonly groups: readonly LabGroup[]
  readonly sentinels: readonly LabNode[]
  /** Every process, data nodes first. */
  readonly nodes: readonly LabNode[]
  /** How a client that may do everything reaches data nodes, or Sentinels. */
  readonly access: (node: LabNode | NodeId) => RespClientOptions
  /** One command on a connection of its own, past the relay; an error reply is a value. */
  readonly ask: (node: LabNode | NodeId, ...args: readonly string[]) => Promise<RespReply>
  /** Sends a signal (SIGKILL) and, when it is one that ends, waits until the process is gone. A supervised lab starts it again. */
  readonly kill: (node: LabNode | NodeId, signal?: NodeJS.Signals) => Promise<void>
  /** SIGSTOP: the sockets stay open and nothing answers. */
  readonly stop: (node: LabNode | NodeId) => void
  readonly cont: (node: LabNode | NodeId) => void
  /** Ends the process when it runs, starts it again from its (rewritten) configuration file, waits until it answers. */
  readonly restart: (node: LabNode | NodeId) => Promise<void>
  /** One more replica, linked up, of a group's master or of any node. */
  readonly addReplica: (of: LabNode | NodeId) => Promise<LabNode>
  readonly isRunning: (node: LabNode | NodeId) => boolean
  /**
   * Breaks something on purpose; the node is named by its id or its name. Resolves when it is done, and for `busy` when
   * it has begun. Fails in one line when the request makes no sense or cannot be done here; then nothing has changed.
   */
  readonly break: (fault: FaultRequest) => Promise<Result<ActiveFault>>
  /**
   * Undoes one fault by its id, or all: a process that is down starts, a frozen one goes on, links are whole, settings
   * are what they were. What a fault did to the data stays.
   */
  readonly heal: (id?: string) => Promise<Result<void>>
  /** What is in force, oldest first. What passes by itself is in it while it lasts. */
  readonly faults: () => readonly ActiveFault[]
  /** Told after every change of `faults()`; gives its own stopper. */
  readonly onFaults: (listener: (faults: readonly ActiveFault[]) => void) => () => void
  /** Every kind, and why it cannot be had in this lab; null where it can. */
  readonly faultCatalogue: () => readonly AvailableFault[]
  /** Ends every process and removes the folder. Idempotent. */
  readonly down: (options?: { readonly keepFolder?: boolean }) => Promise<void>
}

/** A kind of fault as this lab offers it. */
export type AvailableFault = FaultDescription & { readonly unavailable: string | null }
