import type { InfoReply } from '../replies/info-reply.ts'
import type { ConfigReply } from '../replies/reply-types.ts'
import { isAtLeast } from '../replies/version.ts'

/** `rdb_last_save_time` starts as the process start; this much later means a real save. */
const START_SLACK_MS = 2000

/** What a node would find on its disk after a restart, as far as INFO and CONFIG tell. */
export interface StoredHistory {
  /** AOF on: the loader drops the replication identity. Undefined when neither INFO nor CONFIG tells. */
  readonly aof: boolean | undefined
  /** Save points are set, so a clean SHUTDOWN writes an RDB. Undefined without CONFIG. */
  readonly savesOnShutdown: boolean | undefined
  /** Evidence of an RDB file: save points, a save since the start, or a disk-based full sync. */
  readonly hasRdb: boolean | undefined
  /**
   * No RDB on the disk can be older than this offset: the node's last full sync was written to disk, and its own backlog,
   * which began there, has not been trimmed. Undefined when INFO does not show it.
   */
  readonly lowestRdbOffset: number | undefined
}

/** Reads the evidence; `at` is when `info` was received, epoch ms. */
export function storedHistory(info: InfoReply, config: ConfigReply | undefined, at: number): StoredHistory {
  const save = config?.get('save')
  const savesOnShutdown = save === undefined ? undefined : save.trim() !== ''
  const hasDiskSync = cameByDisk(info, config)
  const hasRdb =
    savesOnShutdown === true || hasSaved(info, at) || hasDiskSync === true
      ? true
      : savesOnShutdown === undefined || hasDiskSync === undefined
        ? undefined
        : false
  return { aof: aofOn(info, config), savesOnShutdown, hasRdb, lowestRdbOffset: lowest(info, hasDiskSync) }
}

/** A replica switches its AOF off for a full sync, so the setting counts beside the state. */
export function aofOn(info: InfoReply, config: ConfigReply | undefined): boolean | undefined {
  const setting = config?.get('appendonly')
  if (info.persistence.aofEnabled === true || setting === 'yes') return true
  return info.persistence.aofEnabled ?? (setting === undefined ? undefined : false)
}

function hasSaved(info: InfoReply, at: number): boolean {
  const { lastSaveAt, rdbSaves } = info.persistence
  if (rdbSaves !== undefined && rdbSaves > 0) return true
  const { serverTimeUsec, uptimeSeconds } = info.server
  if (lastSaveAt === undefined || uptimeSeconds === undefined) return false
  const now = serverTimeUsec === undefined ? at : serverTimeUsec / 1000
  return lastSaveAt > now - uptimeSeconds * 1000 + START_SLACK_MS
}

/** A replica's full sync leaves an RDB unless it was loaded from the stream or the file is deleted afterwards. */
function cameByDisk(info: InfoReply, config: ConfigReply | undefined): boolean | undefined {
  if (info.replication.role !== 'replica') return false
  if (config === undefined) return undefined
  if (config.get('rdb-del-sync-files') === 'yes') return false
  const load = config.get('repl-diskless-load')
  return load === undefined || load === 'disabled'
}

function lowest(info: InfoReply, hasDiskSync: boolean | undefined): number | undefined {
  const { role, backlogActive, backlogFirstByteOffset, backlogHistlenBytes, backlogSizeBytes } = info.replication
  if (role !== 'replica' || hasDiskSync !== true || backlogActive !== true) return undefined
  // before 7.0 a new backlog size empties the backlog: its first byte is no witness of the last full sync
  if (isAtLeast(info.server, { redis: '7.0', valkey: '7.2' }) !== true) return undefined
  if (backlogFirstByteOffset === undefined || backlogHistlenBytes === undefined || backlogSizeBytes === undefined)
    return undefined
  return backlogHistlenBytes < backlogSizeBytes ? backlogFirstByteOffset - 1 : undefined
}
