import type { NodeId } from '../address.ts'
import { describeBytes } from '../units.ts'

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
  /**
   * The other end of a link: a process, `processes` for every other process of the lab, `clients` for whoever is none
   * of them, an IP address for the clients that call from it, or `everyone`, which is the default.
   */
  readonly peer?: string
  /** Which way the bytes of a link are concerned, seen from `node`; default both. */
  readonly direction?: FaultDirection
  /** In the unit that the catalogue names for the kind; its default where it is left out. */
  readonly amount?: number
}

export type FaultDirection = 'both' | 'to-node' | 'from-node'

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

/** `100 KB/s`, `300 ms`, `5 s`: an amount of a fault with its unit. */
export function describeAmount(unit: NonNullable<FaultDescription['amount']>['unit'], amount: number): string {
  if (unit === 'bytes') return describeBytes(amount)
  if (unit === 'bytes/s') return `${describeBytes(amount)}/s`
  return `${amount} ${unit === 'seconds' ? 's' : 'ms'}`
}

/** As everywhere in the program: 1024 of the next smaller. */
const KB = 1024
const MB = 1024 * KB
const GB = 1024 * MB
const SECOND_TO_MINUTE = { default: 5, min: 0.1, max: 60 } as const

/** Every kind of fault, in the order in which menus show them. */
export const FAULTS: readonly FaultDescription[] = [
  {
    kind: 'kill',
    title: 'Kill',
    what: 'The process ends at once, as in a crash: nothing is saved, every connection is gone. A supervised lab starts it again.',
    on: 'node',
    targets: 'any',
    endsBy: 'start',
    needsRoot: false,
  },
  {
    kind: 'stop',
    title: 'Stop cleanly',
    what: 'The process is told to end: it saves when it is set up to save, and ends. It stays down, supervised or not.',
    on: 'node',
    targets: 'any',
    endsBy: 'start',
    needsRoot: false,
  },
  {
    kind: 'freeze',
    title: 'Freeze',
    what: 'The process stands still: its port takes connections, its connections stay open, and nothing is answered.',
    on: 'node',
    targets: 'any',
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'start',
    title: 'Start',
    what: 'A process that is down starts from its configuration file and the data that it finds.',
    on: 'node',
    targets: 'any',
    endsBy: 'itself',
    needsRoot: false,
  },
  {
    kind: 'restart-empty',
    title: 'Restart empty',
    what: 'The process is killed, its RDB and AOF files are removed, and it starts again at once with no data.',
    on: 'node',
    targets: 'server',
    endsBy: 'itself',
    needsRoot: false,
  },
  {
    kind: 'partition',
    title: 'Partition',
    what: 'No byte passes between the two ends. Connections stay open and go silent, new ones are taken and never answered; what was held back flows when it is healed.',
    on: 'link',
    targets: 'any',
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'delay',
    title: 'Delay',
    what: 'Every byte between the two ends arrives later, in order; a round trip takes twice as long. The throughput stays.',
    on: 'link',
    targets: 'any',
    amount: { unit: 'ms', default: 100, min: 1, max: 60_000 },
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'bandwidth',
    title: 'Limit bandwidth',
    what: 'The two ends share a slow line, each way with its own limit; what does not fit waits at the sender.',
    on: 'link',
    targets: 'any',
    amount: { unit: 'bytes/s', default: 100 * KB, min: 100, max: GB },
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'busy',
    title: 'Block',
    what: 'DEBUG SLEEP: the server does nothing else for the time given, as with a slow script; it answers late rather than never.',
    on: 'node',
    targets: 'server',
    amount: { unit: 'seconds', ...SECOND_TO_MINUTE },
    endsBy: 'itself',
    needsRoot: false,
  },
  {
    kind: 'disk-full',
    title: 'Fill the disk',
    what: "The node's own disk has no more than the amount left: saving and appending fail, and the server refuses writes when it notices.",
    on: 'node',
    targets: 'server',
    amount: { unit: 'bytes', default: 0, min: 0, max: 100 * MB },
    endsBy: 'heal',
    needsRoot: true,
  },
  {
    kind: 'slow-replica',
    title: 'Slow replica',
    what: 'What the node it follows sends reaches the replica no faster than the limit; the rest waits in the output buffer of that node.',
    on: 'node',
    targets: 'replica',
    amount: { unit: 'bytes/s', default: 50 * KB, min: 100, max: GB },
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'output-buffer-limit',
    title: 'Shrink the output buffer',
    what: 'client-output-buffer-limit for replicas: a replica that is this far behind is disconnected. From 7.0 on nothing smaller than repl-backlog-size has an effect.',
    on: 'node',
    targets: 'server',
    amount: { unit: 'bytes', default: MB, min: 1, max: 10 * GB },
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'writable-replica',
    title: 'Write to the replica',
    what: 'replica-read-only no, and one key written there: it is nowhere else. Healing makes it read-only again; the key stays until a full resync.',
    on: 'node',
    targets: 'replica',
    endsBy: 'heal',
    needsRoot: false,
  },
  {
    kind: 'second-master',
    title: 'Second master',
    what: 'REPLICAOF NO ONE by hand: the replica calls itself a master and takes writes. Sentinels that know it turn it back after some seconds.',
    on: 'node',
    targets: 'replica',
    endsBy: 'heal',
    needsRoot: false,
  },
]
