import { describe, expect, it } from 'vitest'
import type { InfoReply } from '../../../src-main/domain/replies/info-reply.ts'
import { parseInfo } from '../../../src-main/domain/replies/info.ts'
import { CAPTURED_VERSIONS, capturedBytes, capturedNames, capturedText } from '../../support/captured-replies.ts'

/** The independent reading: the raw bytes of the file, one expression a field. */
function raw(bytes: string, key: string): string | undefined {
  return new RegExp(`^${key}:(.*)\r$`, 'm').exec(bytes)?.[1]
}

const numberOf = (text: string | undefined) => (text === undefined || text.startsWith('-') ? undefined : Number(text))
const flagOf = (text: string | undefined) => (text === undefined ? undefined : text === '1')

const NUMBERS: readonly (readonly [string, (info: InfoReply) => number | undefined])[] = [
  ['process_id', (i) => i.server.processId],
  ['tcp_port', (i) => i.server.tcpPort],
  ['server_time_usec', (i) => i.server.serverTimeUsec],
  ['uptime_in_seconds', (i) => i.server.uptimeSeconds],
  ['shutdown_in_milliseconds', (i) => i.server.shutdownInMs],
  ['connected_clients', (i) => i.clients.connected],
  ['blocked_clients', (i) => i.clients.blocked],
  ['maxclients', (i) => i.clients.maxClients],
  ['paused_timeout_milliseconds', (i) => i.clients.pausedTimeoutMs],
  ['used_memory', (i) => i.memory.usedBytes],
  ['used_memory_rss', (i) => i.memory.rssBytes],
  ['used_memory_peak', (i) => i.memory.peakBytes],
  ['maxmemory', (i) => i.memory.maxBytes],
  ['total_system_memory', (i) => i.memory.totalSystemBytes],
  ['mem_replication_backlog', (i) => i.memory.replicationBacklogBytes],
  ['mem_total_replication_buffers', (i) => i.memory.totalReplicationBuffersBytes],
  ['mem_not_counted_for_evict', (i) => i.memory.notCountedForEvictBytes],
  ['rdb_changes_since_last_save', (i) => i.persistence.changesSinceSave],
  ['rdb_last_bgsave_time_sec', (i) => i.persistence.lastBgsaveSeconds],
  ['rdb_current_bgsave_time_sec', (i) => i.persistence.currentBgsaveSeconds],
  ['rdb_saves', (i) => i.persistence.rdbSaves],
  ['rdb_last_cow_size', (i) => i.persistence.lastCowBytes],
  ['rdb_last_load_keys_loaded', (i) => i.persistence.lastLoadKeysLoaded],
  ['aof_last_rewrite_time_sec', (i) => i.persistence.aofLastRewriteSeconds],
  ['aof_current_rewrite_time_sec', (i) => i.persistence.aofCurrentRewriteSeconds],
  ['aof_rewrites_consecutive_failures', (i) => i.persistence.aofRewritesConsecutiveFailures],
  ['aof_current_size', (i) => i.persistence.aofCurrentBytes],
  ['aof_base_size', (i) => i.persistence.aofBaseBytes],
  ['aof_buffer_length', (i) => i.persistence.aofBufferBytes],
  ['aof_pending_bio_fsync', (i) => i.persistence.aofPendingBioFsync],
  ['aof_delayed_fsync', (i) => i.persistence.aofDelayedFsync],
  ['total_commands_processed', (i) => i.stats.totalCommands],
  ['sync_full', (i) => i.stats.syncFull],
  ['sync_partial_ok', (i) => i.stats.syncPartialOk],
  ['sync_partial_err', (i) => i.stats.syncPartialErr],
  ['expired_keys', (i) => i.stats.expiredKeys],
  ['evicted_keys', (i) => i.stats.evictedKeys],
  ['total_forks', (i) => i.stats.totalForks],
  ['latest_fork_usec', (i) => i.stats.latestForkUsec],
  ['rejected_connections', (i) => i.stats.rejectedConnections],
  ['unexpected_error_replies', (i) => i.stats.unexpectedErrorReplies],
  ['total_error_replies', (i) => i.stats.totalErrorReplies],
  ['slave_expires_tracked_keys', (i) => i.stats.slaveExpiresTrackedKeys],
  ['client_output_buffer_limit_disconnections', (i) => i.stats.outputBufferDisconnections],
  ['instantaneous_ops_per_sec', (i) => i.stats.opsPerSecond],
  ['connected_slaves', (i) => i.replication.connectedReplicas],
  ['min_slaves_good_slaves', (i) => i.replication.goodReplicas],
  ['master_repl_offset', (i) => i.replication.offset],
  ['second_repl_offset', (i) => i.replication.secondOffset],
  ['repl_backlog_size', (i) => i.replication.backlogSizeBytes],
  ['repl_backlog_first_byte_offset', (i) => i.replication.backlogFirstByteOffset],
  ['repl_backlog_histlen', (i) => i.replication.backlogHistlenBytes],
  ['master_port', (i) => i.replication.masterPort],
  ['master_last_io_seconds_ago', (i) => i.replication.masterLastIoSeconds],
  ['slave_read_repl_offset', (i) => i.replication.readOffset],
  ['slave_repl_offset', (i) => i.replication.appliedOffset],
  ['master_sync_total_bytes', (i) => i.replication.syncTotalBytes],
  ['master_link_down_since_seconds', (i) => i.replication.linkDownSeconds],
  ['slave_priority', (i) => i.replication.priority],
  ['master_current_sync_attempts', (i) => i.replication.syncAttempts],
  ['sentinel_masters', (i) => i.sentinel?.masters],
  ['sentinel_tilt_since_seconds', (i) => i.sentinel?.tiltSinceSeconds],
]

const FLAGS: readonly (readonly [string, (info: InfoReply) => boolean | undefined])[] = [
  ['loading', (i) => i.persistence.loading],
  ['async_loading', (i) => i.persistence.asyncLoading],
  ['rdb_bgsave_in_progress', (i) => i.persistence.bgsaveInProgress],
  ['aof_enabled', (i) => i.persistence.aofEnabled],
  ['aof_rewrite_in_progress', (i) => i.persistence.aofRewriteInProgress],
  ['aof_rewrite_scheduled', (i) => i.persistence.aofRewriteScheduled],
  ['repl_backlog_active', (i) => i.replication.backlogActive],
  ['master_sync_in_progress', (i) => i.replication.syncInProgress],
  ['slave_read_only', (i) => i.replication.readOnly],
  ['replica_announced', (i) => i.replication.announced],
  ['sentinel_tilt', (i) => i.sentinel?.tilt],
]

const TEXTS: readonly (readonly [string, (info: InfoReply) => string | undefined])[] = [
  ['run_id', (i) => i.server.runId],
  ['os', (i) => i.server.os],
  ['executable', (i) => i.server.executable],
  ['config_file', (i) => i.server.configFile],
  ['process_supervised', (i) => i.server.supervised],
  ['(?:redis|server)_mode', (i) => i.server.mode],
  ['paused_reason', (i) => i.clients.pausedReason],
  ['maxmemory_policy', (i) => i.memory.policy],
  ['rdb_last_bgsave_status', (i) => i.persistence.lastBgsaveStatus],
  ['aof_last_bgrewrite_status', (i) => i.persistence.aofLastRewriteStatus],
  ['aof_last_write_status', (i) => i.persistence.aofLastWriteStatus],
  ['master_failover_state', (i) => i.replication.failoverState],
  ['master_replid', (i) => i.replication.replid],
  ['master_host', (i) => i.replication.masterHost],
  ['master_link_status', (i) => i.replication.masterLink],
]

const FILES = CAPTURED_VERSIONS.flatMap((version) =>
  capturedNames(version)
    .filter((name) => name.startsWith('info') || name === 'sentinel.info')
    .map((name) => [version, name] as const),
)

it('finds the captures of eight versions', () => {
  expect(CAPTURED_VERSIONS).toHaveLength(8)
  expect(FILES).toHaveLength(8 * 11 + 8)
})

describe.each(FILES)('%s %s', (version, name) => {
  const bytes = capturedBytes(version, name)
  const info = parseInfo(capturedText(version, name))

  it('gives every number that was sent, and nothing for one that was not', () => {
    const got = Object.fromEntries(NUMBERS.map(([key, get]) => [key, get(info)]))
    expect(got).toEqual(Object.fromEntries(NUMBERS.map(([key]) => [key, numberOf(raw(bytes, key))])))
  })

  it('gives every flag and text as sent', () => {
    const got = Object.fromEntries([...FLAGS, ...TEXTS].map(([key, get]) => [key, get(info)]))
    const flags = FLAGS.map(([key]) => [key, flagOf(raw(bytes, key))])
    expect(got).toEqual(Object.fromEntries([...flags, ...TEXTS.map(([key]) => [key, raw(bytes, key)])]))
  })

  it('gives the flavour and version that the folder is named for', () => {
    const [flavour, number] = version.split('-')
    const isSent = /^redis_version:/m.test(bytes)
    expect([info.server.flavour, info.server.version]).toEqual(isSent ? [flavour, number] : ['unknown', undefined])
  })

  it('converts the role, the second id and the time of the last save', () => {
    const role = raw(bytes, 'role')
    expect(info.replication.role).toBe(role === 'slave' ? 'replica' : role)
    const replid2 = raw(bytes, 'master_replid2')
    expect(info.replication.replid2).toBe(/^0*$/.test(replid2 ?? '') ? undefined : replid2)
    const savedAt = raw(bytes, 'rdb_last_save_time')
    expect(info.persistence.lastSaveAt).toBe(savedAt === undefined ? undefined : Number(savedAt) * 1000)
  })

  it('lists the replicas in the order sent', () => {
    const lines = [...bytes.matchAll(/^slave\d+:ip=(.*?),port=(\d+),state=(\w+),offset=(\d+),lag=(\d+)(.*)\r$/gm)]
    expect(info.replication.replicas).toEqual(
      lines.map(([, host, port, state, offset, lag, rest]) => ({
        host,
        port: Number(port),
        state,
        ackOffset: Number(offset),
        lagSeconds: Number(lag),
        type: /type=([\w-]+)/.exec(rest ?? '')?.[1],
      })),
    )
  })

  it('lists sections, databases and error counts', () => {
    expect(info.sections).toEqual([...bytes.matchAll(/^# (\w+)\r$/gm)].map((match) => match[1]?.toLowerCase()))
    const databases = [...bytes.matchAll(/^db(\d+):keys=(\d+),expires=(\d+)/gm)].map(([, db, keys, expires]) => ({
      db: Number(db),
      keys: Number(keys),
      expires: Number(expires),
    }))
    expect(info.keyspace).toEqual(/^# Keyspace/m.test(bytes) ? databases : undefined)
    const errors = [...bytes.matchAll(/^errorstat_(\w+):count=(\d+)/gm)].map(
      ([, name, count]) => [name, Number(count)] as const,
    )
    expect(info.errors && [...info.errors]).toEqual(/^# Errorstats/m.test(bytes) ? errors : undefined)
    expect(info.unreadable).toEqual([])
  })
})

describe.each(CAPTURED_VERSIONS)('the deployment captured on %s', (version) => {
  const read = (name: string) => parseInfo(capturedText(version, name))

  it('has a master with two replicas on line and a full backlog', () => {
    const { replication, persistence, stats, keyspace } = read('info.master')
    expect(replication).toMatchObject({
      role: 'master',
      connectedReplicas: 2,
      backlogActive: true,
      masterLink: undefined,
    })
    expect(replication.replicas.map((replica) => replica.state)).toEqual(['online', 'online'])
    expect((replication.backlogFirstByteOffset ?? 0) + (replication.backlogHistlenBytes ?? 0) - 1).toBe(
      replication.offset,
    )
    expect(persistence.aofEnabled).toBe(true)
    expect(stats.syncFull).toBeGreaterThanOrEqual(2)
    expect(keyspace).toEqual([{ db: 0, keys: 200, expires: 0 }])
  })

  it('has a replica that serves a replica of its own on the same history', () => {
    const master = read('info.master').replication
    const middle = read('info.replica-with-replica').replication
    const leaf = read('info.chained-replica').replication
    expect(middle).toMatchObject({ role: 'replica', connectedReplicas: 1, priority: 90, masterLink: 'up' })
    expect(leaf).toMatchObject({ role: 'replica', connectedReplicas: 0, priority: 70, masterLink: 'up' })
    expect(leaf.masterPort).toBe(read('info.replica-with-replica').server.tcpPort)
    expect(middle.replicas[0]?.port).toBe(read('info.chained-replica').server.tcpPort)
    expect([middle.replid, leaf.replid]).toEqual([master.replid, master.replid])
  })

  it('shows the link down, with its age, after the master was killed', () => {
    const { replication } = read('info-replication.replica-master-gone')
    expect(replication).toMatchObject({ role: 'replica', masterLink: 'down', neverConnected: false })
    expect(replication.linkDownSeconds).toBeLessThanOrEqual(3)
    expect(replication.masterLastIoSeconds).toBeUndefined()
    expect(read('info-replication.replica').replication).toMatchObject({
      masterLink: 'up',
      linkDownSeconds: undefined,
      neverConnected: undefined,
    })
  })

  it('keeps the previous history after the promotion', () => {
    const before = read('info-replication.replica-master-gone').replication
    const after = read('info-replication.promoted').replication
    expect(after.role).toBe('master')
    expect(after.replid2).toBe(before.replid)
    expect(after.secondOffset).toBe((before.offset ?? 0) + 1)
    expect(before.replid2).toBeUndefined()
    expect(before.secondOffset).toBeUndefined()
  })

  it('shows the stopped replica by the age of its acknowledgement', () => {
    const { replicas, offset } = read('info-replication.master-one-replica-stopped').replication
    const stopped = replicas.filter((replica) => (replica.lagSeconds ?? 0) >= 5)
    expect(stopped).toHaveLength(1)
    expect(stopped[0]?.ackOffset).toBeLessThan(offset ?? 0)
  })

  it('has a Sentinel section on a Sentinel only', () => {
    expect(read('sentinel.info').sentinel).toMatchObject({ masters: 1, tilt: false, tiltSinceSeconds: undefined })
    expect(read('info.master').sentinel).toBeUndefined()
    expect(read('sentinel.info').server.mode).toBe('sentinel')
  })
})
