import { isAtLeast } from '../replies/version.ts'
import type { ResyncVerdict } from '../topology/model.ts'
import { storedHistory } from './stored-history.ts'
import type { ResyncParty } from './verdict.ts'

/**
 * What one direct replica gets when its master's process ends and comes back as a master at the same place.
 *
 * Only 7.0+ remembers the old id (as replid2) and only from an RDB: then a replica that stands exactly at the RDB's offset
 * continues. A clean SHUTDOWN of 7.0+ waits for online replicas, so they stand there. After a crash the RDB is older, the
 * replicas are ahead of it, and a full resync takes them back to it.
 */
export function masterRestartVerdict(how: 'clean' | 'crash', master: ResyncParty, replica: ResyncParty): ResyncVerdict {
  const stored = storedHistory(master.info, master.config, master.at)
  const { changesSinceSave } = master.info.persistence
  if (stored.aof === true) return full('AOF', 'its append-only file restores the data but not the replication identity')
  if (stored.aof === undefined) return unknown('aof_enabled', 'whether its append-only file is on is not known')
  if (stored.hasRdb === false)
    return full('no persistence', 'it comes back EMPTY, and its replicas are emptied after it')
  if (how === 'clean' && stored.savesOnShutdown === undefined)
    return unknown('save', 'whether SHUTDOWN saves cannot be seen: CONFIG GET save is not known')
  const keepsId = isAtLeast(master.info.server, { redis: '7.0', valkey: '7.2' })
  const isSaved = how === 'clean' && stored.savesOnShutdown === true
  if (!isSaved && stored.hasRdb === undefined)
    return unknown('rdb_last_save_time', 'whether an RDB file is on its disk cannot be seen')
  if (!isSaved && changesSinceSave !== undefined && changesSinceSave > 0)
    return full(
      'rdb_changes_since_last_save',
      `it loads an older RDB: ${changesSinceSave} changes are undone on it and on its replicas`,
    )
  if (keepsId === undefined)
    return unknown('redis_version', 'whether it keeps its history over a restart depends on its version, not known')
  if (!keepsId) return full('redis_version', 'before 7.0 a restarted master starts a new history')
  if (!isSaved)
    return unknown(
      'rdb_changes_since_last_save',
      'no change since the last RDB is known, but keep-alives move the offset past it: likely full',
    )
  if (replica.info.replication.masterLink !== 'up')
    return full('R.master_link_status', 'it is cut off: after the restart the backlog begins after its offset')
  return {
    verdict: 'partial',
    reason: 'SHUTDOWN waits for its online replicas and saves; they continue through replid2',
    decidedBy: 'master restart: save points, 7.0+',
    sendBytes: 0,
    atRiskBytes: undefined,
  }
}

function full(fact: string, reason: string): ResyncVerdict {
  return { verdict: 'full', reason, decidedBy: `master restart: ${fact}`, sendBytes: undefined, atRiskBytes: undefined }
}

function unknown(fact: string, reason: string): ResyncVerdict {
  return { ...full(fact, reason), verdict: 'unknown' }
}
