import type { Address, NodeId } from '../domain/address.ts'
import type { Result } from '../domain/failure.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { NodeAccess } from '../domain/topology/model.ts'
import type {
  CachedInfo,
  ConfigReply,
  HelloMessage,
  QuorumCheck,
  ReplicaClient,
  RoleReply,
  SentinelEvent,
  SentinelMaster,
  SentinelPeer,
  SentinelReplica,
} from '../domain/replies/reply-types.ts'

/**
 * The questions that a monitor may ask. There is no "send a command": what is not a question here cannot be sent.
 * Every call settles within the command time-out; expected trouble comes back as a Failure, never as a throw.
 */
export interface Connector {
  /** A persistent sampling connection to one data node; nothing is dialled before the first question. */
  readonly dataNode: (address: Address) => DataNodeReader
  /** A persistent connection to one Sentinel. */
  readonly sentinel: (address: Address) => SentinelReader
  /** The address that is dialled for an announced one (the NAT map); the same address when there is no entry. */
  readonly reachable: (announced: Address) => Address
  /** The announced address for a dialled one; the same address when there is no entry. */
  readonly announced: (reachable: Address) => Address
  /**
   * The text of a configuration file that a node on this very machine runs with; undefined where it is another machine's,
   * or may not be read. Absent: never looked at.
   */
  readonly configFile?: (node: Address, path: string, processId: number) => Promise<string | undefined>
  /** Whether data-node connections use TLS. */
  readonly isTls: boolean
  /** Ends every connection this connector made. Idempotent. */
  readonly dispose: () => Promise<void>
}

/** When a question went out and when its whole answer was in; epoch ms from a monotonic source, so differences are sound. */
export interface Timing {
  readonly sentAt: number
  readonly receivedAt: number
  /** Commands sent and reply bytes received, for the load account. */
  readonly commands: number
  readonly bytes: number
}

export interface DataNodeReader {
  readonly address: Address
  /**
   * Fast tier: INFO (replication, server, and persistence for the loading fields where one call gives them), and ROLE
   * when asked for (it tells a replica's stages apart while its link is down); one round trip.
   */
  readonly replication: (withRole: boolean) => Promise<Result<ReplicationAnswer>>
  /** Medium tier: INFO default sections, and what else is asked for: ROLE, CLIENT LIST TYPE replica; one round trip. */
  readonly vitals: (also: { readonly role: boolean; readonly replicaClients: boolean }) => Promise<Result<VitalsAnswer>>
  /** Slow tier: CONFIG GET of the keys audited (never secrets), commandstats, and once a connection who we are there. */
  readonly settings: () => Promise<Result<SettingsAnswer>>
  /** Listens to `__sentinel__:hello` on a connection of its own until `signal` aborts; each message once to `onHello`. */
  readonly listenHello: (onHello: (hello: HelloMessage) => void, signal: AbortSignal) => Promise<Result<void>>
  /** Told at once when the live connection is lost between or during questions. Returns its stopper. */
  readonly onLost: (listener: () => void) => () => void
  readonly dispose: () => void
}

export interface ReplicationAnswer extends Timing {
  readonly info: InfoReply
  /** Undefined when ROLE was not asked or is not permitted. */
  readonly role: RoleReply | undefined
  readonly notPermitted: readonly string[]
}

export interface VitalsAnswer extends ReplicationAnswer {
  readonly replicaClients: readonly ReplicaClient[] | undefined
}

export interface SettingsAnswer extends Timing {
  /** Undefined when CONFIG GET is not permitted. */
  readonly config: ConfigReply | undefined
  /** commandstats of this server; undefined when hidden. */
  readonly commandStats: InfoReply['commands']
  /** Whether credentials were given; ACL WHOAMI and ACL DRYRUN of the default user (7.0+) where permitted. */
  readonly access: NodeAccess
  readonly notPermitted: readonly string[]
}

export interface SentinelReader {
  readonly address: Address
  /** SENTINEL MASTERS, MYID and INFO in one round trip. Fails with `not-a-sentinel` on a data node. */
  readonly overview: () => Promise<Result<SentinelOverview>>
  /** REPLICAS, SENTINELS, CKQUORUM of one group in one round trip. */
  readonly group: (name: string) => Promise<Result<SentinelGroupAnswer>>
  /** INFO-CACHE of one group: what this Sentinel last heard of nodes that may be unreachable from here. */
  readonly infoCache: (name: string) => Promise<Result<readonly CachedInfo[]>>
  /**
   * Subscribes to the Sentinel's events on a connection of its own, re-subscribing with back-off until stopped.
   * `onState` tells whether the subscription is live. Returns its stopper.
   */
  readonly events: (onEvent: (event: SentinelEvent) => void, onState?: (live: boolean) => void) => () => void
  /** Told at once when the live connection is lost. Returns its stopper. */
  readonly onLost: (listener: () => void) => () => void
  readonly dispose: () => void
}

export interface SentinelOverview extends Timing {
  readonly myId: string | undefined
  readonly masters: readonly SentinelMaster[]
  readonly info: InfoReply | undefined
  readonly notPermitted: readonly string[]
}

export interface SentinelGroupAnswer extends Timing {
  readonly replicas: readonly SentinelReplica[] | undefined
  readonly peers: readonly SentinelPeer[] | undefined
  readonly quorumCheck: QuorumCheck | undefined
  readonly notPermitted: readonly string[]
}

/** Time and chance, passed in so that the thinking can be tested alone. `now` never goes backwards. */
export interface Clock {
  /** Epoch milliseconds from a monotonic source. */
  readonly now: () => number
  /** Calls back once after `ms`; returns its canceller. */
  readonly after: (ms: number, callback: () => void) => () => void
  /** 0 <= x < 1. */
  readonly random: () => number
}

/** Where a session starts. At least one seed. */
export interface Target {
  readonly sentinels: readonly Address[]
  readonly nodes: readonly Address[]
  /** Only this group, when given. */
  readonly group: string | undefined
}

/** The load that sampling itself puts on one node. */
export interface InspectorLoad {
  readonly node: NodeId
  readonly commandsPerSecond: number
  readonly bytesPerSecond: number
  /** From commandstats where the server tells; microseconds of server time a second of all INFO/ROLE/CLIENT LIST calls. */
  readonly serverUsecPerSecond: number | undefined
}
