/** @typedef {import('./deployment.mjs').Deployment} Deployment */
/** @typedef {import('./deployment.mjs').DataNode} DataNode */

/** @type {Record<string, (deployment: Deployment, node: DataNode) => string>} */
const SECTIONS = {
  server,
  clients,
  memory,
  persistence,
  stats,
  replication,
  cpu,
  modules,
  errorstats,
  cluster,
  keyspace,
  commandstats,
}
const DEFAULTS = Object.keys(SECTIONS).filter((name) => name !== 'commandstats')

/**
 * INFO as a 7.0 server prints it: the sections asked for in the server's own order, or the default ones.
 * @param {Deployment} deployment @param {DataNode} node @param {string[]} sections
 */
export function infoOfDataNode(deployment, node, sections) {
  const wanted = sections.length === 0 ? DEFAULTS : sections.map((name) => name.toLowerCase())
  return Object.entries(SECTIONS)
    .filter(([name]) => wanted.includes(name))
    .map(([, print]) => print(deployment, node))
    .join('\r\n')
}

/** @param {Deployment} deployment */
export function infoOfSentinel(deployment) {
  const { groups, sentinels, options } = deployment
  const masters = groups.map(
    (group, i) =>
      `master${i}:name=${group.name},status=ok,address=127.0.0.1:${group.master.endpoint.port},slaves=${group.nodes.length - 1},sentinels=${sentinels.length}\r\n`,
  )
  return `# Server\r\nredis_version:${options.version}\r\nredis_mode:sentinel\r\n\r\n# Sentinel\r\nsentinel_masters:${groups.length}\r\nsentinel_tilt:0\r\nsentinel_tilt_since_seconds:-1\r\nsentinel_running_scripts:0\r\nsentinel_scripts_queue_length:0\r\nsentinel_simulate_failure_flags:0\r\n${masters.join('')}`
}

/** @param {Deployment} deployment @param {DataNode} node */
function server({ options }, node) {
  const uptime = Math.floor((Date.now() - node.startedAt) / 1000)
  return `# Server\r\nredis_version:${options.version}\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nredis_build_id:3b2c1d0e\r\nredis_mode:standalone\r\nos:Linux 6.1.0 x86_64\r\narch_bits:64\r\nmonotonic_clock:POSIX clock_gettime\r\nmultiplexing_api:epoll\r\natomicvar_api:c11-builtin\r\ngcc_version:12.2.0\r\nprocess_id:1\r\nprocess_supervised:no\r\nrun_id:${node.runId}\r\ntcp_port:${node.endpoint.port}\r\nserver_time_usec:${Date.now() * 1000}\r\nuptime_in_seconds:${uptime}\r\nuptime_in_days:0\r\nhz:10\r\nconfigured_hz:10\r\nlru_clock:1\r\nexecutable:/usr/bin/redis-server\r\nconfig_file:/etc/redis/redis.conf\r\nio_threads_active:0\r\n`
}

function clients() {
  return '# Clients\r\nconnected_clients:12\r\ncluster_connections:0\r\nmaxclients:10000\r\nclient_recent_max_input_buffer:20480\r\nclient_recent_max_output_buffer:0\r\nblocked_clients:0\r\ntracking_clients:0\r\nclients_in_timeout_table:0\r\n'
}

function memory() {
  return '# Memory\r\nused_memory:2345678\r\nused_memory_human:2.24M\r\nused_memory_rss:9876543\r\nused_memory_rss_human:9.42M\r\nused_memory_peak:2456789\r\nused_memory_peak_human:2.34M\r\nused_memory_peak_perc:95.48%\r\nused_memory_overhead:2100000\r\nused_memory_startup:862000\r\nused_memory_dataset:245678\r\nused_memory_dataset_perc:16.56%\r\nallocator_allocated:2500000\r\nallocator_active:2800000\r\nallocator_resident:5300000\r\ntotal_system_memory:16777216000\r\ntotal_system_memory_human:15.62G\r\nused_memory_lua:31744\r\nused_memory_vm_eval:31744\r\nused_memory_scripts_eval:0\r\nnumber_of_cached_scripts:0\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\nmaxmemory_policy:noeviction\r\nallocator_frag_ratio:1.12\r\nmem_fragmentation_ratio:4.21\r\nmem_not_counted_for_evict:41032\r\nmem_replication_backlog:1048576\r\nmem_total_replication_buffers:1069080\r\nmem_clients_slaves:20504\r\nmem_clients_normal:22272\r\nmem_cluster_links:0\r\nmem_aof_buffer:0\r\nmem_allocator:jemalloc-5.2.1\r\nactive_defrag_running:0\r\nlazyfree_pending_objects:0\r\nlazyfreed_objects:0\r\n'
}

/** @param {Deployment} _ @param {DataNode} node */
function persistence(_, node) {
  const saved = Math.floor(node.startedAt / 1000)
  return `# Persistence\r\nloading:0\r\nasync_loading:0\r\ncurrent_cow_peak:0\r\ncurrent_cow_size:0\r\ncurrent_cow_size_age:0\r\ncurrent_fork_perc:0.00\r\ncurrent_save_keys_processed:0\r\ncurrent_save_keys_total:0\r\nrdb_changes_since_last_save:120\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:${saved}\r\nrdb_last_bgsave_status:ok\r\nrdb_last_bgsave_time_sec:0\r\nrdb_current_bgsave_time_sec:-1\r\nrdb_saves:1\r\nrdb_last_cow_size:524288\r\nrdb_last_load_keys_expired:0\r\nrdb_last_load_keys_loaded:0\r\naof_enabled:0\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_rewrite_time_sec:-1\r\naof_current_rewrite_time_sec:-1\r\naof_last_bgrewrite_status:ok\r\naof_rewrites:0\r\naof_rewrites_consecutive_failures:0\r\naof_last_write_status:ok\r\naof_last_cow_size:0\r\nmodule_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n`
}

/** @param {Deployment} _ @param {DataNode} node */
function stats(_, node) {
  const calls = Object.values(node.calls).reduce((sum, count) => sum + count, 0)
  return `# Stats\r\ntotal_connections_received:20\r\ntotal_commands_processed:${calls}\r\ninstantaneous_ops_per_sec:50\r\ntotal_net_input_bytes:123456\r\ntotal_net_output_bytes:1234567\r\nrejected_connections:0\r\nsync_full:2\r\nsync_partial_ok:0\r\nsync_partial_err:0\r\nexpired_keys:0\r\nevicted_keys:0\r\nkeyspace_hits:100\r\nkeyspace_misses:3\r\npubsub_channels:1\r\npubsub_patterns:0\r\nlatest_fork_usec:310\r\ntotal_forks:2\r\nmigrate_cached_sockets:0\r\nslave_expires_tracked_keys:0\r\nactive_defrag_hits:0\r\ntracking_total_keys:0\r\nunexpected_error_replies:0\r\ntotal_error_replies:0\r\ndump_payload_sanitizations:0\r\ntotal_reads_processed:400\r\ntotal_writes_processed:420\r\nio_threaded_reads_processed:0\r\nio_threaded_writes_processed:0\r\nreply_buffer_shrinks:3\r\nreply_buffer_expands:1\r\n`
}

/** @param {Deployment} deployment @param {DataNode} node */
function replication(deployment, node) {
  const { group } = node
  const { master, nodes } = group
  const isMaster = node === master
  const total = deployment.offsetOf(group)
  const own = isMaster ? total : total - node.lagBytes
  const isLinkUp = master.downAt === undefined
  let text = `# Replication\r\nrole:${isMaster ? 'master' : 'slave'}\r\n`
  if (!isMaster) {
    text += `master_host:127.0.0.1\r\nmaster_port:${master.endpoint.port}\r\nmaster_link_status:${isLinkUp ? 'up' : 'down'}\r\nmaster_last_io_seconds_ago:${isLinkUp ? 0 : -1}\r\nmaster_sync_in_progress:0\r\nslave_read_repl_offset:${own}\r\nslave_repl_offset:${own}\r\n`
    if (!isLinkUp)
      text += `master_link_down_since_seconds:${Math.floor((Date.now() - (master.downAt ?? 0)) / 1000)}\r\n`
    text += 'slave_priority:100\r\nslave_read_only:1\r\nreplica_announced:1\r\n'
  }
  const online = isMaster ? nodes.filter((one) => one !== node && one.downAt === undefined) : []
  text += `connected_slaves:${online.length}\r\n`
  online.forEach((one, i) => {
    text += `slave${i}:ip=127.0.0.1,port=${one.endpoint.port},state=online,offset=${total - one.lagBytes},lag=${i % 2}\r\n`
  })
  const first = Math.max(1, own - 1_048_576 + 1)
  return `${text}master_failover_state:no-failover\r\nmaster_replid:${group.replid}\r\nmaster_replid2:${group.replid2}\r\nmaster_repl_offset:${own}\r\nsecond_repl_offset:${group.secondOffset}\r\nrepl_backlog_active:1\r\nrepl_backlog_size:1048576\r\nrepl_backlog_first_byte_offset:${first}\r\nrepl_backlog_histlen:${own - first + 1}\r\n`
}

function cpu() {
  return '# CPU\r\nused_cpu_sys:1.234567\r\nused_cpu_user:2.345678\r\nused_cpu_sys_children:0.010000\r\nused_cpu_user_children:0.020000\r\nused_cpu_sys_main_thread:1.230000\r\nused_cpu_user_main_thread:2.340000\r\n'
}

function modules() {
  return '# Modules\r\n'
}

function errorstats() {
  return '# Errorstats\r\n'
}

function cluster() {
  return '# Cluster\r\ncluster_enabled:0\r\n'
}

function keyspace() {
  return '# Keyspace\r\ndb0:keys=1000,expires=10,avg_ttl=3600000\r\n'
}

/** @param {Deployment} _ @param {DataNode} node */
function commandstats(_, node) {
  const lines = Object.entries(node.calls).map(
    ([name, calls]) =>
      `cmdstat_${name.toLowerCase()}:calls=${calls},usec=${calls * 40},usec_per_call=40.00,rejected_calls=0,failed_calls=0\r\n`,
  )
  return `# Commandstats\r\n${lines.join('')}`
}
