import type { Address } from '../address.ts'
import type { InfoReply } from './info-reply.ts'

/** ROLE. A Sentinel lists the master names it monitors. */
export type RoleReply =
  | { readonly role: 'master'; readonly offset: number | undefined; readonly replicas: readonly RoleReplica[] }
  | {
      readonly role: 'replica'
      readonly master: Address | undefined
      /** none, connect, connecting, handshake, sync, connected, unknown; other text is kept. */
      readonly state: string
      /** Undefined for -1 (no live link) and for offsets beyond 2^53 - 1. */
      readonly offset: number | undefined
    }
  | { readonly role: 'sentinel'; readonly masterNames: readonly string[] }

/** Only `online` replicas are listed by ROLE. */
export interface RoleReplica {
  readonly host: string
  readonly port: number | undefined
  readonly ackOffset: number | undefined
}

/** One line of CLIENT LIST TYPE replica, on the upstream. */
export interface ReplicaClient {
  readonly id: string | undefined
  /** Ephemeral source address, `host:port` text as sent. */
  readonly addr: string | undefined
  readonly name: string | undefined
  readonly flags: string
  readonly idleSeconds: number | undefined
  /** `omem`: on 7.0+ shared with the backlog and other replicas, not additive. */
  readonly outputBufferBytes: number | undefined
  /** `oll`; on 7.0+ 0 or 1 means empty. */
  readonly outputListLength: number | undefined
  readonly totalMemoryBytes: number | undefined
}

/** CONFIG GET: value by parameter name, lower case. Secrets are never asked for. */
export type ConfigReply = ReadonlyMap<string, string>

/** One Sentinel instance map, the fields common to masters, replicas and Sentinels (SENTINEL MASTERS/REPLICAS/SENTINELS). */
export interface SentinelInstance {
  readonly name: string
  readonly host: string | undefined
  readonly port: number | undefined
  /** Undefined when empty (no INFO seen yet). */
  readonly runId: string | undefined
  readonly flags: ReadonlySet<string>
  readonly lastPingSentMs: number | undefined
  readonly lastOkPingReplyMs: number | undefined
  readonly lastPingReplyMs: number | undefined
  readonly sDownMs: number | undefined
  readonly oDownMs: number | undefined
  readonly downAfterMs: number | undefined
  readonly linkPendingCommands: number | undefined
}

/** One monitored master as one Sentinel describes it. Source: SENTINEL MASTERS / MASTER. */
export interface SentinelMaster extends SentinelInstance {
  readonly infoRefreshMs: number | undefined
  readonly roleReported: string | undefined
  readonly roleReportedMs: number | undefined
  readonly configEpoch: number | undefined
  readonly replicaTotal: number | undefined
  readonly otherSentinelTotal: number | undefined
  readonly quorum: number | undefined
  readonly failoverTimeoutMs: number | undefined
  readonly parallelSyncs: number | undefined
  readonly failoverState: string | undefined
}

/** One replica as one Sentinel describes it. Source: SENTINEL REPLICAS. */
export interface SentinelReplica extends SentinelInstance {
  readonly infoRefreshMs: number | undefined
  readonly roleReported: string | undefined
  readonly roleReportedMs: number | undefined
  /** Milliseconds; 0 up. Undefined also for -1000, which is `neverConnected`. */
  readonly masterLinkDownMs: number | undefined
  readonly neverConnected: boolean
  readonly masterLink: 'up' | 'down' | undefined
  readonly masterHost: string | undefined
  readonly masterPort: number | undefined
  readonly priority: number | undefined
  readonly offset: number | undefined
  readonly announced: boolean | undefined
}

/** Another Sentinel as one Sentinel describes it. Source: SENTINEL SENTINELS. `runId` is its Sentinel id. */
export interface SentinelPeer extends SentinelInstance {
  readonly lastHelloMs: number | undefined
  readonly votedLeader: string | undefined
  readonly votedLeaderEpoch: number | undefined
}

/** SENTINEL CKQUORUM. */
export interface QuorumCheck {
  readonly isReachable: boolean
  /** "N usable Sentinels"; undefined when the text had no number. */
  readonly usable: number | undefined
  /** The reply's line, bounded. */
  readonly text: string
}

/** One element of SENTINEL INFO-CACHE. */
export interface CachedInfo {
  /** Undefined when the node was never polled. */
  readonly ageMs: number | undefined
  readonly info: InfoReply | undefined
}

/**
 * One `__sentinel__:hello` message.
 * `sentinel-ip,sentinel-port,sentinel-id,current-epoch,master-name,master-ip,master-port,master-config-epoch`
 */
export interface HelloMessage {
  readonly sentinel: Address
  readonly sentinelId: string
  readonly currentEpoch: number | undefined
  readonly masterName: string
  readonly master: Address
  readonly masterConfigEpoch: number | undefined
}

/** One event that a Sentinel published: channel, payload as sent (bounded), and the group named in it where there is one. */
export interface SentinelEvent {
  readonly channel: string
  readonly payload: string
  readonly group: string | undefined
  /** +switch-master: the old and new master. */
  readonly switched: { readonly from: Address; readonly to: Address } | undefined
}
