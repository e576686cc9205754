/**
 * The typed form of one INFO reply: only the fields that conclusions are drawn from.
 *
 * Every field is `undefined` when the server did not send it (older version, hidden section, not applicable to its
 * role) or when its text was not a number that a double holds exactly; that last case is listed in `unreadable`.
 * Absent is never zero. Fields of one reply are one instant of the server. Source: `INFO`, Redis 5 to 8, Valkey 7.2 to 9.
 */
export interface InfoReply {
  readonly server: InfoServer
  readonly clients: InfoClients
  readonly memory: InfoMemory
  readonly persistence: InfoPersistence
  readonly stats: InfoStats
  readonly replication: InfoReplication
  /** One entry a database that holds keys, by number; undefined when the keyspace section was not sent. */
  readonly keyspace: readonly KeyspaceEntry[] | undefined
  /** errorstats: count by error prefix (6.2+); undefined when the section was not sent. */
  readonly errors: ReadonlyMap<string, number> | undefined
  /** commandstats: by command, lower case, subcommand after `|`; undefined when the section was not sent. */
  readonly commands: ReadonlyMap<string, CommandStats> | undefined
  /** The `# Sentinel` section; undefined on data nodes. */
  readonly sentinel: InfoSentinel | undefined
  /** Sections that were present, lower case, in the order sent. */
  readonly sections: readonly string[]
  /** Known numeric fields whose text could not be held exactly or was no number. Bounded to 20 entries. */
  readonly unreadable: readonly UnreadableField[]
}

/** One field that was sent but could not be read; `raw` is cut at 64 characters. */
export interface UnreadableField {
  readonly field: string
  readonly raw: string
  readonly problem: 'not-a-number' | 'beyond-2^53'
}

/** redis, valkey, or unknown when the server section was not sent. */
export type Flavour = 'redis' | 'valkey' | 'unknown'

export interface InfoServer {
  readonly flavour: Flavour
  /** Valkey: `valkey_version`; Redis: `redis_version`. Never the frozen 7.2.4 that a Valkey sends. */
  readonly version: string | undefined
  readonly mode: string | undefined
  readonly runId: string | undefined
  readonly processId: number | undefined
  readonly tcpPort: number | undefined
  readonly os: string | undefined
  /** `server_time_usec` (6.2+), microseconds since the epoch by the server's clock. */
  readonly serverTimeUsec: number | undefined
  readonly uptimeSeconds: number | undefined
  readonly executable: string | undefined
  /** Empty text: started without a file, CONFIG REWRITE fails. */
  readonly configFile: string | undefined
  /** `process_supervised` (6.2+): no, systemd, upstart, unknown. */
  readonly supervised: string | undefined
  /** 7.0+, only while a SHUTDOWN waits for replicas. */
  readonly shutdownInMs: number | undefined
}

export interface InfoClients {
  readonly connected: number | undefined
  readonly blocked: number | undefined
  readonly maxClients: number | undefined
  /** Valkey 8.1+. */
  readonly pausedReason: string | undefined
  readonly pausedTimeoutMs: number | undefined
}

export interface InfoMemory {
  readonly usedBytes: number | undefined
  readonly rssBytes: number | undefined
  readonly peakBytes: number | undefined
  /** `maxmemory`; 0 means no limit was set. */
  readonly maxBytes: number | undefined
  readonly policy: string | undefined
  readonly totalSystemBytes: number | undefined
  readonly replicationBacklogBytes: number | undefined
  readonly totalReplicationBuffersBytes: number | undefined
  readonly notCountedForEvictBytes: number | undefined
}

export interface InfoPersistence {
  readonly loading: boolean | undefined
  readonly asyncLoading: boolean | undefined
  readonly loadingTotalBytes: number | undefined
  readonly loadingLoadedBytes: number | undefined
  readonly loadingPercent: number | undefined
  readonly loadingEtaSeconds: number | undefined
  readonly changesSinceSave: number | undefined
  readonly bgsaveInProgress: boolean | undefined
  /** `rdb_last_save_time` in epoch milliseconds; the process start when it never saved. */
  readonly lastSaveAt: number | undefined
  readonly lastBgsaveStatus: string | undefined
  /** Undefined for -1 (none yet). */
  readonly lastBgsaveSeconds: number | undefined
  readonly currentBgsaveSeconds: number | undefined
  readonly rdbSaves: number | undefined
  readonly lastCowBytes: number | undefined
  readonly lastLoadKeysLoaded: number | undefined
  readonly aofEnabled: boolean | undefined
  readonly aofRewriteInProgress: boolean | undefined
  readonly aofRewriteScheduled: boolean | undefined
  readonly aofLastRewriteStatus: string | undefined
  readonly aofLastRewriteSeconds: number | undefined
  readonly aofCurrentRewriteSeconds: number | undefined
  readonly aofLastWriteStatus: string | undefined
  readonly aofRewritesConsecutiveFailures: number | undefined
  readonly aofCurrentBytes: number | undefined
  readonly aofBaseBytes: number | undefined
  readonly aofBufferBytes: number | undefined
  readonly aofPendingBioFsync: number | undefined
  readonly aofDelayedFsync: number | undefined
}

export interface InfoStats {
  readonly totalCommands: number | undefined
  readonly syncFull: number | undefined
  readonly syncPartialOk: number | undefined
  readonly syncPartialErr: number | undefined
  readonly expiredKeys: number | undefined
  readonly evictedKeys: number | undefined
  readonly totalForks: number | undefined
  readonly latestForkUsec: number | undefined
  readonly rejectedConnections: number | undefined
  readonly unexpectedErrorReplies: number | undefined
  readonly totalErrorReplies: number | undefined
  readonly slaveExpiresTrackedKeys: number | undefined
  readonly outputBufferDisconnections: number | undefined
  readonly opsPerSecond: number | undefined
}

export interface InfoReplication {
  readonly role: 'master' | 'replica' | undefined
  readonly connectedReplicas: number | undefined
  /** `min_slaves_good_slaves`: printed only when both min-replicas options are non-zero. */
  readonly goodReplicas: number | undefined
  readonly replicas: readonly ReplicaLine[]
  readonly failoverState: string | undefined
  readonly replid: string | undefined
  /** Undefined also for forty zeros (no previous history). */
  readonly replid2: string | undefined
  /** `master_repl_offset`, bytes. Frozen while no backlog exists. */
  readonly offset: number | undefined
  /** `second_repl_offset`; undefined also for -1. */
  readonly secondOffset: number | undefined
  readonly backlogActive: boolean | undefined
  readonly backlogSizeBytes: number | undefined
  readonly backlogFirstByteOffset: number | undefined
  readonly backlogHistlenBytes: number | undefined
  // what a replica adds
  readonly masterHost: string | undefined
  readonly masterPort: number | undefined
  readonly masterLink: 'up' | 'down' | undefined
  /** Undefined also for -1 (link down). */
  readonly masterLastIoSeconds: number | undefined
  readonly syncInProgress: boolean | undefined
  /** `slave_read_repl_offset` (6.2.6+): received from the socket. */
  readonly readOffset: number | undefined
  /** `slave_repl_offset`: applied. */
  readonly appliedOffset: number | undefined
  /** Undefined also for -1 (header not arrived). 0 is a streamed RDB of unknown size. */
  readonly syncTotalBytes: number | undefined
  readonly syncReadBytes: number | undefined
  /** Undefined when unknown (negative or absent). */
  readonly syncLeftBytes: number | undefined
  readonly syncLastIoSeconds: number | undefined
  /** Seconds the link has been down; undefined when up, and when `neverConnected`. */
  readonly linkDownSeconds: number | undefined
  /** Link down since process start or promotion: -1 (6.2.2+), or a Unix time as seconds (before). Undefined when up. */
  readonly neverConnected: boolean | undefined
  readonly priority: number | undefined
  readonly readOnly: boolean | undefined
  readonly announced: boolean | undefined
  readonly syncAttempts: number | undefined
}

/** One `slaveN` line of a master (or of a replica that has replicas). */
export interface ReplicaLine {
  /** Announced or peer host; may be a name, or IPv6 with a zone. */
  readonly host: string
  /** 0: a client that never sent a port (redis-cli --rdb). Undefined when unreadable. */
  readonly port: number | undefined
  readonly state: string | undefined
  /** Highest acknowledged offset: a lower bound of what it applied. */
  readonly ackOffset: number | undefined
  /** Whole seconds since the last ACK, as printed (0 for any state but `online`: not to be trusted there). */
  readonly lagSeconds: number | undefined
  /** Valkey 8+: replica, main-channel, rdb-channel. */
  readonly type: string | undefined
}

export interface KeyspaceEntry {
  readonly db: number
  readonly keys: number | undefined
  readonly expires: number | undefined
}

export interface CommandStats {
  readonly calls: number | undefined
  readonly usec: number | undefined
}

export interface InfoSentinel {
  readonly masters: number | undefined
  readonly tilt: boolean | undefined
  readonly tiltSinceSeconds: number | undefined
}
