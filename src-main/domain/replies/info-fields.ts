/** How the text of a field is read. */
export const KIND = { number: 0, flag: 1, decimal: 2, text: 3 } as const

export type Kind = (typeof KIND)[keyof typeof KIND]

/**
 * The INFO fields that are read, with the slot of the scan's scratch row that each fills. Everything else in a reply
 * is skipped unseen. Numbers, flags and decimals share one row; texts have their own.
 */
export const NUMBER = {
  process_id: 0,
  tcp_port: 1,
  server_time_usec: 2,
  uptime_in_seconds: 3,
  shutdown_in_milliseconds: 4,
  connected_clients: 5,
  blocked_clients: 6,
  maxclients: 7,
  paused_timeout_milliseconds: 8,
  used_memory: 9,
  used_memory_rss: 10,
  used_memory_peak: 11,
  maxmemory: 12,
  total_system_memory: 13,
  mem_replication_backlog: 14,
  mem_total_replication_buffers: 15,
  mem_not_counted_for_evict: 16,
  loading_total_bytes: 17,
  loading_loaded_bytes: 18,
  loading_eta_seconds: 19,
  rdb_changes_since_last_save: 20,
  rdb_last_save_time: 21,
  rdb_last_bgsave_time_sec: 22,
  rdb_current_bgsave_time_sec: 23,
  rdb_saves: 24,
  rdb_last_cow_size: 25,
  rdb_last_load_keys_loaded: 26,
  aof_last_rewrite_time_sec: 27,
  aof_current_rewrite_time_sec: 28,
  aof_rewrites_consecutive_failures: 29,
  aof_current_size: 30,
  aof_base_size: 31,
  aof_buffer_length: 32,
  aof_pending_bio_fsync: 33,
  aof_delayed_fsync: 34,
  total_commands_processed: 35,
  sync_full: 36,
  sync_partial_ok: 37,
  sync_partial_err: 38,
  expired_keys: 39,
  evicted_keys: 40,
  total_forks: 41,
  latest_fork_usec: 42,
  rejected_connections: 43,
  unexpected_error_replies: 44,
  total_error_replies: 45,
  slave_expires_tracked_keys: 46,
  client_output_buffer_limit_disconnections: 47,
  instantaneous_ops_per_sec: 48,
  connected_slaves: 49,
  min_slaves_good_slaves: 50,
  master_repl_offset: 51,
  second_repl_offset: 52,
  repl_backlog_size: 53,
  repl_backlog_first_byte_offset: 54,
  repl_backlog_histlen: 55,
  master_port: 56,
  master_last_io_seconds_ago: 57,
  slave_read_repl_offset: 58,
  slave_repl_offset: 59,
  master_sync_total_bytes: 60,
  master_sync_read_bytes: 61,
  master_sync_left_bytes: 62,
  master_sync_last_io_seconds_ago: 63,
  master_link_down_since_seconds: 64,
  slave_priority: 65,
  master_current_sync_attempts: 66,
  sentinel_masters: 67,
  sentinel_tilt_since_seconds: 68,
} as const

/** Fields whose text is 0 or 1. */
export const FLAG = {
  loading: 69,
  async_loading: 70,
  rdb_bgsave_in_progress: 71,
  aof_enabled: 72,
  aof_rewrite_in_progress: 73,
  aof_rewrite_scheduled: 74,
  repl_backlog_active: 75,
  master_sync_in_progress: 76,
  slave_read_only: 77,
  replica_announced: 78,
  sentinel_tilt: 79,
} as const

/** Fields whose text is a number with a fraction. */
export const DECIMAL = { loading_loaded_perc: 80 } as const

/** Slots of numbers, flags and decimals together. */
export const NUMBER_SLOTS = 81

/** Fields that are kept as text. The mode has two names: `redis_mode`, and `server_mode` from Valkey 8. */
export const TEXT = {
  redis_version: 0,
  valkey_version: 1,
  server_name: 2,
  redis_mode: 3,
  server_mode: 3,
  run_id: 4,
  os: 5,
  executable: 6,
  config_file: 7,
  process_supervised: 8,
  paused_reason: 9,
  maxmemory_policy: 10,
  rdb_last_bgsave_status: 11,
  aof_last_bgrewrite_status: 12,
  aof_last_write_status: 13,
  role: 14,
  master_failover_state: 15,
  master_replid: 16,
  master_replid2: 17,
  master_host: 18,
  master_link_status: 19,
} as const

/** Slots of texts. */
export const TEXT_SLOTS = 20

/** One field as the scan looks for it. */
export interface Field {
  readonly key: string
  readonly length: number
  /** Character codes of the key's ends. */
  readonly first: number
  readonly last: number
  readonly kind: Kind
  readonly slot: number
}

/**
 * The two places of a line that, with its first character, tell nearly all fields apart: a line is compared with a key
 * only when all three characters fit. Chosen by counting over the captured replies of all versions.
 */
export const PROBE_A = 4
export const PROBE_B = 9

/** Where `PROBE_TABLE` answers for a line with these three character codes, five bits of each. */
export function placeOf(first: number, a: number, b: number): number {
  return ((first & 31) << 10) | ((a & 31) << 5) | (b & 31)
}

/** The index into `CANDIDATES` of the fields that a line can hold, 0 for none. Only a hint: places are shared. */
export const PROBE_TABLE = new Uint8Array(32 * 32 * 32)

/** Fields by the hint of `PROBE_TABLE`; the first element is the empty list. */
export const CANDIDATES: readonly (readonly Field[])[] = indexFields()

function indexFields(): Field[][] {
  const lists: Field[][] = [[]]
  for (const field of allFields()) {
    // The lists met so far, each with the index of the same list and this field.
    const extended = new Map<number, number>()
    const places = new Set<number>()
    for (const a of charsAt(field.key, PROBE_A))
      for (const b of charsAt(field.key, PROBE_B)) places.add(placeOf(field.first, a, b))
    for (const place of places) {
      const before = PROBE_TABLE[place] ?? 0
      let after = extended.get(before)
      if (after === undefined) {
        after = lists.push([...(lists[before] ?? []), field]) - 1
        extended.set(before, after)
      }
      PROBE_TABLE[place] = after
    }
  }
  if (lists.length > 256) throw new Error('the probe table holds at most 255 lists of fields')
  return lists
}

function allFields(): Field[] {
  const fields: Field[] = []
  const add = (slots: Readonly<Record<string, number>>, kind: Kind) => {
    for (const [key, slot] of Object.entries(slots)) {
      const { length } = key
      fields.push({ key, length, first: key.charCodeAt(0), last: key.charCodeAt(length - 1), kind, slot })
    }
  }
  add(NUMBER, KIND.number)
  add(FLAG, KIND.flag)
  add(DECIMAL, KIND.decimal)
  add(TEXT, KIND.text)
  return fields
}

/** The character of `key:` at a place; any character where the value has begun. */
function charsAt(key: string, place: number): number[] {
  if (place < key.length) return [key.charCodeAt(place)]
  return place === key.length ? [58] : Array.from({ length: 32 }, (_, code) => code)
}
