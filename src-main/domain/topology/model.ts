import type { NodeId } from '../address.ts'
import type { Failure, Reachability } from '../failure.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import type {
  ConfigReply,
  QuorumCheck,
  ReplicaClient,
  RoleReply,
  SentinelMaster,
  SentinelPeer,
  SentinelReplica,
} from '../replies/reply-types.ts'

/**
 * One master group at one moment: all facts joined, disagreements kept. Immutable; replaced whole.
 * Times are epoch milliseconds of this machine. `undefined` means not known, never zero.
 */
export interface GroupSnapshot {
  /** Name under which Sentinels monitor it; without Sentinel the master's id at first sight, for the whole session. */
  readonly name: string
  readonly isNamedBySentinel: boolean
  readonly takenAt: number
  /** The master agreed on (newest config-epoch among reachable Sentinels; without Sentinel the top of the chain). */
  readonly master: NodeId | undefined
  /** Every member that says role:master of itself; `master` first. More than one is a split brain or a failover under way. */
  readonly masters: readonly NodeId[]
  /** Replicas, chained ones too, in a stable order (by id). */
  readonly replicas: readonly NodeId[]
  /** Sentinels that monitor the group, by id. */
  readonly sentinels: readonly NodeId[]
  /** Highest quorum among the views. */
  readonly quorum: number | undefined
  readonly views: readonly SentinelView[]
  /** All reachable Sentinels name the same master. True for a group without Sentinels. */
  readonly agreed: boolean
  /** The largest num-other-sentinels + 1; 0 without Sentinels. */
  readonly knownSentinels: number
  /** Members and Sentinels by id. */
  readonly nodes: ReadonlyMap<NodeId, NodeSnapshot>
  /** One a replica, by replica id. */
  readonly links: readonly LinkSnapshot[]
}

/** One server process. `info` and the like are the last good answers, kept while `failure` tells of the present trouble. */
export interface NodeSnapshot {
  /** The address that Sentinel or its master announces. */
  readonly id: NodeId
  /** Other addresses of the same process, the dialled one among them. Never contains `id`. */
  readonly aliases: readonly NodeId[]
  readonly kind: 'server' | 'sentinel'
  readonly role: 'master' | 'replica' | 'sentinel' | 'unknown'
  readonly reachability: Reachability
  readonly failure: Failure | undefined
  /** Who told us what is shown: the node itself, a Sentinel's INFO-CACHE, or its master's slaveN line. */
  readonly observedThrough: 'direct' | 'sentinel-cache' | 'master-view' | undefined
  readonly rttMs: number | undefined
  /** When the newest facts shown were received (for `sentinel-cache`: the Sentinel's age subtracted). */
  readonly sampledAt: number | undefined
  /** Last time it answered us itself. */
  readonly lastSeenAt: number | undefined
  readonly runId: string | undefined
  readonly info: InfoReply | undefined
  readonly roleReply: RoleReply | undefined
  readonly config: ConfigReply | undefined
  /** CLIENT LIST TYPE replica; undefined when not asked or not permitted. */
  readonly replicaClients: readonly ReplicaClient[] | undefined
  /** Commands this user may not run there, upper case, subcommand after a space (`CONFIG GET`). Sorted. */
  readonly notPermitted: readonly string[]
  /** Of a node that produces a stream; undefined unless two samples >= 250 ms apart on one history exist. */
  readonly writeRate: WriteRate | undefined
  /** Present on Sentinels that answered. */
  readonly sentinel: SentinelFacts | undefined
  /** Server clock minus ours at the sample, milliseconds (bounded by rtt); undefined before 6.2. */
  readonly clockSkewMs: number | undefined
  /** How it lets us in; absent when that was not looked at. */
  readonly access?: NodeAccess | undefined
  /** Its configuration file, read where it runs on this machine; absent elsewhere. Never has secrets. */
  readonly configFile?: ConfigReply | undefined
}

/** What is known of a node's door: who we are there, and what everybody may do. */
export interface NodeAccess {
  /** We gave it a user or a password. */
  readonly hasCredentials: boolean
  /** ACL WHOAMI (6.0+); undefined when not permitted or not known there. */
  readonly user: string | undefined
  /**
   * ACL DRYRUN default (7.0+), by command in upper case, subcommand after a space (`FLUSHALL`, `CONFIG SET`): may the
   * default user run it? A command without an entry is renamed or was not answered for.
   */
  readonly defaultUserMay: ReadonlyMap<string, boolean> | undefined
}

/** Bytes a second of the replication stream: the mean of the last 10 s, and the peak of the last 24 h. */
export interface WriteRate {
  readonly bytesPerSecond: number
  readonly peakBytesPerSecond: number
}

/** What a Sentinel process says of itself. */
export interface SentinelFacts {
  readonly myId: string | undefined
  readonly tilt: boolean | undefined
  /** Names of all groups it monitors. */
  readonly groups: readonly string[]
}

/** One Sentinel's view of the group. Kept (with its age) when that Sentinel no longer answers. */
export interface SentinelView {
  readonly sentinel: NodeId
  readonly sentinelId: string | undefined
  readonly isReachable: boolean
  /** When this view was received; undefined when it never answered. */
  readonly at: number | undefined
  /** Whom it believes master, as a node id of this snapshot. */
  readonly master: NodeId | undefined
  readonly facts: SentinelMaster | undefined
  /** Undefined: not permitted or not answered. */
  readonly replicas: readonly (SentinelReplica & { readonly node: NodeId })[] | undefined
  readonly peers: readonly (SentinelPeer & { readonly node: NodeId })[] | undefined
  readonly quorumCheck: QuorumCheck | undefined
}

export type LinkState = 'online' | 'connecting' | 'full-sync' | 'loading' | 'down' | 'unknown'

/** A closed interval of bytes. */
export interface ByteRange {
  readonly low: number
  readonly high: number
}

/** Why a link has no byte lag. */
export type ByteLagReason =
  | 'different-history'
  | 'syncing'
  | 'loading'
  | 'no-history'
  | 'not-sampled'
  | 'stale'
  | 'no-master'
  | 'no-backlog'
  | 'offset-too-large'

/** The replication connection from a replica to the node it follows. */
export interface LinkSnapshot {
  readonly replica: NodeId
  /** The node it follows (its direct upstream); undefined when unknown. */
  readonly upstream: NodeId | undefined
  /** The top master of the path; undefined when the path is broken or loops. */
  readonly master: NodeId | undefined
  /** The replica's own view where it answers, else its upstream's. */
  readonly state: LinkState
  /** 1 for a direct replica of the top master. */
  readonly depth: number
  /** To the top master, by the sandwich method. `low` is clamped at 0; `high` may be negative: replica ahead. */
  readonly byteLag: ByteRange | undefined
  readonly byteLagReason: ByteLagReason | undefined
  /** To the direct upstream. */
  readonly upstreamByteLag: ByteRange | undefined
  /** Highest acknowledged offset by the upstream's slaveN line. */
  readonly ackOffset: number | undefined
  /** Whole seconds; undefined unless the line says online. */
  readonly ackAgeSeconds: number | undefined
  /** M - slave_read_repl_offset: not yet received. */
  readonly inFlightBytes: number | undefined
  /** slave_read_repl_offset - slave_repl_offset: received, not applied. */
  readonly unappliedBytes: number | undefined
  /** omem of this replica's client on the upstream, where it can be told apart. */
  readonly outputBufferBytes: number | undefined
  readonly coverage: Coverage | undefined
  readonly resyncIfDropped: ResyncVerdict
  /** How long ago the master passed the replica's applied offset, seconds; 0 when level. Undefined when not known. */
  readonly staleSeconds: number | undefined
  /** Full-sync progress, only while syncing or loading. */
  readonly sync: SyncProgress | undefined
  /** True when the dialled and announced addresses differ by a NAT entry. */
  readonly isNatMapped: boolean
  readonly isTls: boolean | undefined
}

/** How far the upstream's backlog carries one replica. */
export interface Coverage {
  /** Margin now: R + 1 - F. Negative: already too old. */
  readonly bytes: number
  /** It may stay away this long from now: max(0, (S - (M - R)) / r). Undefined when the rate is unknown or `isUnbounded`. */
  readonly seconds: number | undefined
  /** The rate is exactly 0. */
  readonly isUnbounded: boolean
}

/** The resync forecast of one link. `decidedBy` names the deciding row and fact. */
export interface ResyncVerdict {
  readonly verdict: 'partial' | 'full' | 'unknown'
  readonly reason: string
  readonly decidedBy: string
  /** Bytes that a partial resync would send. */
  readonly sendBytes: number | undefined
  /** Bytes that the replica holds beyond the upstream and would lose. */
  readonly atRiskBytes: number | undefined
}

export interface SyncProgress {
  readonly stage: 'connect' | 'handshake' | 'waiting-for-fork' | 'transfer' | 'load'
  readonly readBytes: number | undefined
  readonly totalBytes: number | undefined
  readonly bytesPerSecond: number | undefined
  readonly etaSeconds: number | undefined
  /** 0 to 1. */
  readonly doneRatio: number | undefined
}

/** One remembered sample of a data node, at most every 5 s, at most 15 minutes back, oldest first. */
export interface PastSample {
  readonly at: number
  readonly runId: string | undefined
  readonly role: 'master' | 'replica' | undefined
  readonly replid: string | undefined
  readonly offset: number | undefined
  readonly keys: number | undefined
  readonly changesSinceSave: number | undefined
  readonly masterLink: 'up' | 'down' | undefined
  readonly syncFull: number | undefined
  readonly syncPartialOk: number | undefined
  readonly syncPartialErr: number | undefined
  readonly outputBufferDisconnections: number | undefined
  readonly evictedKeys: number | undefined
  readonly expiredKeys: number | undefined
  readonly aofDelayedFsync: number | undefined
  readonly unexpectedErrorReplies: number | undefined
  /** Of a replica: the high bound of its byte lag. */
  readonly byteLagHigh: number | undefined
  readonly byteLagLow: number | undefined
  readonly marginBytes: number | undefined
  readonly outputBufferBytes: number | undefined
  /** Calls of FLUSHALL and FLUSHDB since the start, by commandstats; undefined when those were not read. */
  readonly flushCalls?: number | undefined
  /** Errors NOAUTH and WRONGPASS that this server gave since its start (errorstats, 6.2+). */
  readonly authErrors?: number | undefined
  /** Errors ERR, likewise: an AUTH that no password was set for is one of them. */
  readonly plainErrors?: number | undefined
}

/** Something that happened to the group; bounded list, oldest first. */
export interface GroupEvent {
  readonly at: number
  readonly kind: 'sentinel' | 'role' | 'replid' | 'run-id' | 'link' | 'reachability' | 'member'
  readonly node: NodeId | undefined
  /** For Sentinel events the channel (`+switch-master`), else `from -> to`. */
  readonly what: string
  readonly detail: string
}

/** What rules with a memory may read. */
export interface GroupPast {
  /** By node id; absent for a node seen for the first time. */
  readonly samples: ReadonlyMap<NodeId, readonly PastSample[]>
  readonly events: readonly GroupEvent[]
  /** When the session first saw the group. */
  readonly since: number
  /** True in one-shot commands: rules with a duration say "not yet held". */
  readonly isOneShot: boolean
}
