import { FLAG, NUMBER, DECIMAL, TEXT } from './info-fields.ts'
import type {
  Flavour,
  InfoClients,
  InfoMemory,
  InfoPersistence,
  InfoReplication,
  InfoReply,
  InfoSentinel,
  InfoServer,
  InfoStats,
} from './info-reply.ts'
import { scanInfo } from './info-scan.ts'
import type { InfoScan } from './info-scan.ts'

const NO_HISTORY = '0'.repeat(40)
/** Seconds. No link has been down for 31 years: a larger number is the Unix time that servers before 6.2.2 print. */
const UNIX_TIME_FROM = 1e9

/**
 * Reads the text of an INFO reply, of any sections.
 *
 * Never fails: a text without a known field yields a reply with everything undefined. Keys end at the first colon;
 * unknown ones are passed over; of a key sent twice the last counts. At most 4 MiB of text are examined, and what can
 * repeat (replicas, databases, errors, commands) is kept up to a limit. Source: `INFO`, Redis 5 to 8, Valkey 7.2 to 9.
 */
export function parseInfo(text: string): InfoReply {
  const scan = scanInfo(text)
  const { sections, lines } = scan
  const has = (section: string) => sections.includes(section)
  const replication = replicationOf(scan)
  return {
    server: serverOf(scan),
    clients: clientsOf(scan),
    memory: memoryOf(scan),
    persistence: persistenceOf(scan),
    stats: statsOf(scan),
    replication,
    keyspace: lines.keyspace() ?? (has('keyspace') ? [] : undefined),
    errors: lines.errors ?? (has('errorstats') ? new Map() : undefined),
    commands: lines.commands ?? (has('commandstats') ? new Map() : undefined),
    sentinel: sentinelOf(scan),
    sections,
    unreadable:
      lines.unreadable.length === 0 ? scan.unreadable : [...scan.unreadable, ...lines.unreadable].slice(0, 20),
  }
}

function serverOf(scan: InfoScan): InfoServer {
  const { numbers, texts } = scan
  const flavour = flavourOf(texts)
  return {
    flavour,
    version: flavour === 'valkey' ? texts[TEXT.valkey_version] : texts[TEXT.redis_version],
    mode: texts[TEXT.redis_mode],
    runId: texts[TEXT.run_id],
    processId: natural(numbers[NUMBER.process_id]),
    tcpPort: portOf(numbers[NUMBER.tcp_port]),
    os: texts[TEXT.os],
    serverTimeUsec: natural(numbers[NUMBER.server_time_usec]),
    uptimeSeconds: natural(numbers[NUMBER.uptime_in_seconds]),
    executable: texts[TEXT.executable],
    configFile: texts[TEXT.config_file],
    supervised: texts[TEXT.process_supervised],
    shutdownInMs: natural(numbers[NUMBER.shutdown_in_milliseconds]),
  }
}

/** Valkey also sends `redis_version:7.2.4`, whatever it is. */
function flavourOf(texts: InfoScan['texts']): Flavour {
  if (texts[TEXT.server_name] === 'valkey' || texts[TEXT.valkey_version] !== undefined) return 'valkey'
  return texts[TEXT.redis_version] === undefined ? 'unknown' : 'redis'
}

function clientsOf({ numbers, texts }: InfoScan): InfoClients {
  return {
    connected: natural(numbers[NUMBER.connected_clients]),
    blocked: natural(numbers[NUMBER.blocked_clients]),
    maxClients: natural(numbers[NUMBER.maxclients]),
    pausedReason: texts[TEXT.paused_reason],
    pausedTimeoutMs: natural(numbers[NUMBER.paused_timeout_milliseconds]),
  }
}

function memoryOf({ numbers, texts }: InfoScan): InfoMemory {
  return {
    usedBytes: natural(numbers[NUMBER.used_memory]),
    rssBytes: natural(numbers[NUMBER.used_memory_rss]),
    peakBytes: natural(numbers[NUMBER.used_memory_peak]),
    maxBytes: natural(numbers[NUMBER.maxmemory]),
    policy: texts[TEXT.maxmemory_policy],
    totalSystemBytes: natural(numbers[NUMBER.total_system_memory]),
    replicationBacklogBytes: natural(numbers[NUMBER.mem_replication_backlog]),
    totalReplicationBuffersBytes: natural(numbers[NUMBER.mem_total_replication_buffers]),
    notCountedForEvictBytes: natural(numbers[NUMBER.mem_not_counted_for_evict]),
  }
}

function persistenceOf({ numbers, texts }: InfoScan): InfoPersistence {
  return {
    loading: flag(numbers[FLAG.loading]),
    asyncLoading: flag(numbers[FLAG.async_loading]),
    loadingTotalBytes: natural(numbers[NUMBER.loading_total_bytes]),
    loadingLoadedBytes: natural(numbers[NUMBER.loading_loaded_bytes]),
    loadingPercent: natural(numbers[DECIMAL.loading_loaded_perc]),
    loadingEtaSeconds: natural(numbers[NUMBER.loading_eta_seconds]),
    changesSinceSave: natural(numbers[NUMBER.rdb_changes_since_last_save]),
    bgsaveInProgress: flag(numbers[FLAG.rdb_bgsave_in_progress]),
    lastSaveAt: milliseconds(numbers[NUMBER.rdb_last_save_time]),
    lastBgsaveStatus: texts[TEXT.rdb_last_bgsave_status],
    lastBgsaveSeconds: natural(numbers[NUMBER.rdb_last_bgsave_time_sec]),
    currentBgsaveSeconds: natural(numbers[NUMBER.rdb_current_bgsave_time_sec]),
    rdbSaves: natural(numbers[NUMBER.rdb_saves]),
    lastCowBytes: natural(numbers[NUMBER.rdb_last_cow_size]),
    lastLoadKeysLoaded: natural(numbers[NUMBER.rdb_last_load_keys_loaded]),
    aofEnabled: flag(numbers[FLAG.aof_enabled]),
    aofRewriteInProgress: flag(numbers[FLAG.aof_rewrite_in_progress]),
    aofRewriteScheduled: flag(numbers[FLAG.aof_rewrite_scheduled]),
    aofLastRewriteStatus: texts[TEXT.aof_last_bgrewrite_status],
    aofLastRewriteSeconds: natural(numbers[NUMBER.aof_last_rewrite_time_sec]),
    aofCurrentRewriteSeconds: natural(numbers[NUMBER.aof_current_rewrite_time_sec]),
    aofLastWriteStatus: texts[TEXT.aof_last_write_status],
    aofRewritesConsecutiveFailures: natural(numbers[NUMBER.aof_rewrites_consecutive_failures]),
    aofCurrentBytes: natural(numbers[NUMBER.aof_current_size]),
    aofBaseBytes: natural(numbers[NUMBER.aof_base_size]),
    aofBufferBytes: natural(numbers[NUMBER.aof_buffer_length]),
    aofPendingBioFsync: natural(numbers[NUMBER.aof_pending_bio_fsync]),
    aofDelayedFsync: natural(numbers[NUMBER.aof_delayed_fsync]),
  }
}

function statsOf({ numbers }: InfoScan): InfoStats {
  return {
    totalCommands: natural(numbers[NUMBER.total_commands_processed]),
    syncFull: natural(numbers[NUMBER.sync_full]),
    syncPartialOk: natural(numbers[NUMBER.sync_partial_ok]),
    syncPartialErr: natural(numbers[NUMBER.sync_partial_err]),
    expiredKeys: natural(numbers[NUMBER.expired_keys]),
    evictedKeys: natural(numbers[NUMBER.evicted_keys]),
    totalForks: natural(numbers[NUMBER.total_forks]),
    latestForkUsec: natural(numbers[NUMBER.latest_fork_usec]),
    rejectedConnections: natural(numbers[NUMBER.rejected_connections]),
    unexpectedErrorReplies: natural(numbers[NUMBER.unexpected_error_replies]),
    totalErrorReplies: natural(numbers[NUMBER.total_error_replies]),
    slaveExpiresTrackedKeys: natural(numbers[NUMBER.slave_expires_tracked_keys]),
    outputBufferDisconnections: natural(numbers[NUMBER.client_output_buffer_limit_disconnections]),
    opsPerSecond: natural(numbers[NUMBER.instantaneous_ops_per_sec]),
  }
}

function replicationOf({ numbers, texts, lines }: InfoScan): InfoReplication {
  const link = texts[TEXT.master_link_status]
  const masterLink = link === 'up' || link === 'down' ? link : undefined
  const downFor = masterLink === 'up' ? undefined : known(numbers[NUMBER.master_link_down_since_seconds])
  // -1 from 6.2.2 on, the current Unix time before
  const neverConnected = downFor === undefined ? undefined : downFor === -1 || downFor > UNIX_TIME_FROM
  const replid2 = texts[TEXT.master_replid2]
  return {
    role: roleOf(texts[TEXT.role]),
    connectedReplicas: natural(numbers[NUMBER.connected_slaves]),
    goodReplicas: natural(numbers[NUMBER.min_slaves_good_slaves]),
    replicas: lines.replicas(),
    failoverState: texts[TEXT.master_failover_state],
    replid: texts[TEXT.master_replid] || undefined,
    replid2: replid2 === NO_HISTORY || replid2 === '' ? undefined : replid2,
    offset: natural(numbers[NUMBER.master_repl_offset]),
    secondOffset: natural(numbers[NUMBER.second_repl_offset]),
    backlogActive: flag(numbers[FLAG.repl_backlog_active]),
    backlogSizeBytes: natural(numbers[NUMBER.repl_backlog_size]),
    backlogFirstByteOffset: natural(numbers[NUMBER.repl_backlog_first_byte_offset]),
    backlogHistlenBytes: natural(numbers[NUMBER.repl_backlog_histlen]),
    masterHost: texts[TEXT.master_host] || undefined,
    masterPort: portOf(numbers[NUMBER.master_port]),
    masterLink,
    masterLastIoSeconds: natural(numbers[NUMBER.master_last_io_seconds_ago]),
    syncInProgress: flag(numbers[FLAG.master_sync_in_progress]),
    readOffset: natural(numbers[NUMBER.slave_read_repl_offset]),
    appliedOffset: natural(numbers[NUMBER.slave_repl_offset]),
    syncTotalBytes: natural(numbers[NUMBER.master_sync_total_bytes]),
    syncReadBytes: natural(numbers[NUMBER.master_sync_read_bytes]),
    syncLeftBytes: natural(numbers[NUMBER.master_sync_left_bytes]),
    syncLastIoSeconds: natural(numbers[NUMBER.master_sync_last_io_seconds_ago]),
    linkDownSeconds: neverConnected === false ? natural(downFor) : undefined,
    neverConnected,
    priority: natural(numbers[NUMBER.slave_priority]),
    readOnly: flag(numbers[FLAG.slave_read_only]),
    announced: flag(numbers[FLAG.replica_announced]),
    syncAttempts: natural(numbers[NUMBER.master_current_sync_attempts]),
  }
}

function sentinelOf({ numbers, sections }: InfoScan): InfoSentinel | undefined {
  const masters = natural(numbers[NUMBER.sentinel_masters])
  const tilt = flag(numbers[FLAG.sentinel_tilt])
  if (masters === undefined && tilt === undefined && !sections.includes('sentinel')) return undefined
  return { masters, tilt, tiltSinceSeconds: natural(numbers[NUMBER.sentinel_tilt_since_seconds]) }
}

function roleOf(text: string | undefined): 'master' | 'replica' | undefined {
  if (text === 'master') return 'master'
  return text === 'slave' || text === 'replica' ? 'replica' : undefined
}

/** Undefined for NaN, the scan's mark for absent. */
function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value
}

/** As `known`; every negative number in INFO means "none". */
function natural(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined
}

function flag(value: number | undefined): boolean | undefined {
  return value === 1 ? true : value === 0 ? false : undefined
}

function portOf(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value <= 65535 ? value : undefined
}

function milliseconds(seconds: number | undefined): number | undefined {
  const value = natural(seconds)
  return value !== undefined && Number.isSafeInteger(value * 1000) ? value * 1000 : undefined
}
