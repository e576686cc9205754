import type { NodeId } from '../../src-main/domain/address.ts'
import type {
  InfoClients,
  InfoMemory,
  InfoPersistence,
  InfoReplication,
  InfoReply,
  InfoServer,
  InfoStats,
  ReplicaLine,
} from '../../src-main/domain/replies/info-reply.ts'
import type { SentinelMaster, SentinelPeer, SentinelReplica } from '../../src-main/domain/replies/reply-types.ts'
import type { GroupSnapshot, LinkSnapshot, NodeSnapshot, SentinelView } from '../../src-main/domain/topology/model.ts'

/** Facts for tests: every field is absent (`undefined`) unless the test gives it. */

export interface InfoPartial {
  readonly server?: Partial<InfoServer>
  readonly clients?: Partial<InfoClients>
  readonly memory?: Partial<InfoMemory>
  readonly persistence?: Partial<InfoPersistence>
  readonly stats?: Partial<InfoStats>
  readonly replication?: Partial<InfoReplication>
  readonly keyspace?: InfoReply['keyspace']
  readonly errors?: InfoReply['errors']
  readonly commands?: InfoReply['commands']
  readonly sentinel?: InfoReply['sentinel']
  readonly sections?: InfoReply['sections']
  readonly unreadable?: InfoReply['unreadable']
}

/** The moment at which fixtures are taken. */
export const FIXTURE_AT = 1_750_000_000_000

/** Two histories for tests. */
export const REPLID_A = 'a'.repeat(40)
export const REPLID_B = 'b'.repeat(40)

/** A run id, forty characters, ordered like `n`. */
export function runId(n: number): string {
  return n.toString(16).padStart(40, '0')
}

const SERVER: InfoServer = {
  flavour: 'unknown',
  version: undefined,
  mode: undefined,
  runId: undefined,
  processId: undefined,
  tcpPort: undefined,
  os: undefined,
  serverTimeUsec: undefined,
  uptimeSeconds: undefined,
  executable: undefined,
  configFile: undefined,
  supervised: undefined,
  shutdownInMs: undefined,
}
const CLIENTS: InfoClients = {
  connected: undefined,
  blocked: undefined,
  maxClients: undefined,
  pausedReason: undefined,
  pausedTimeoutMs: undefined,
}
const MEMORY: InfoMemory = {
  usedBytes: undefined,
  rssBytes: undefined,
  peakBytes: undefined,
  maxBytes: undefined,
  policy: undefined,
  totalSystemBytes: undefined,
  replicationBacklogBytes: undefined,
  totalReplicationBuffersBytes: undefined,
  notCountedForEvictBytes: undefined,
}
const PERSISTENCE: InfoPersistence = {
  loading: undefined,
  asyncLoading: undefined,
  loadingTotalBytes: undefined,
  loadingLoadedBytes: undefined,
  loadingPercent: undefined,
  loadingEtaSeconds: undefined,
  changesSinceSave: undefined,
  bgsaveInProgress: undefined,
  lastSaveAt: undefined,
  lastBgsaveStatus: undefined,
  lastBgsaveSeconds: undefined,
  currentBgsaveSeconds: undefined,
  rdbSaves: undefined,
  lastCowBytes: undefined,
  lastLoadKeysLoaded: undefined,
  aofEnabled: undefined,
  aofRewriteInProgress: undefined,
  aofRewriteScheduled: undefined,
  aofLastRewriteStatus: undefined,
  aofLastRewriteSeconds: undefined,
  aofCurrentRewriteSeconds: undefined,
  aofLastWriteStatus: undefined,
  aofRewritesConsecutiveFailures: undefined,
  aofCurrentBytes: undefined,
  aofBaseBytes: undefined,
  aofBufferBytes: undefined,
  aofPendingBioFsync: undefined,
  aofDelayedFsync: undefined,
}
const STATS: InfoStats = {
  totalCommands: undefined,
  syncFull: undefined,
  syncPartialOk: undefined,
  syncPartialErr: undefined,
  expiredKeys: undefined,
  evictedKeys: undefined,
  totalForks: undefined,
  latestForkUsec: undefined,
  rejectedConnections: undefined,
  unexpectedErrorReplies: undefined,
  totalErrorReplies: undefined,
  slaveExpiresTrackedKeys: undefined,
  outputBufferDisconnections: undefined,
  opsPerSecond: undefined,
}
const REPLICATION: InfoReplication = {
  role: undefined,
  connectedReplicas: undefined,
  goodReplicas: undefined,
  replicas: [],
  failoverState: undefined,
  replid: undefined,
  replid2: undefined,
  offset: undefined,
  secondOffset: undefined,
  backlogActive: undefined,
  backlogSizeBytes: undefined,
  backlogFirstByteOffset: undefined,
  backlogHistlenBytes: undefined,
  masterHost: undefined,
  masterPort: undefined,
  masterLink: undefined,
  masterLastIoSeconds: undefined,
  syncInProgress: undefined,
  readOffset: undefined,
  appliedOffset: undefined,
  syncTotalBytes: undefined,
  syncReadBytes: undefined,
  syncLeftBytes: undefined,
  syncLastIoSeconds: undefined,
  linkDownSeconds: undefined,
  neverConnected: undefined,
  priority: undefined,
  readOnly: undefined,
  announced: undefined,
  syncAttempts: undefined,
}

/** An INFO reply with only the given fields. */
export function infoReply(partial: InfoPartial = {}): InfoReply {
  return {
    server: { ...SERVER, ...partial.server },
    clients: { ...CLIENTS, ...partial.clients },
    memory: { ...MEMORY, ...partial.memory },
    persistence: { ...PERSISTENCE, ...partial.persistence },
    stats: { ...STATS, ...partial.stats },
    replication: { ...REPLICATION, ...partial.replication },
    keyspace: partial.keyspace,
    errors: partial.errors,
    commands: partial.commands,
    sentinel: partial.sentinel,
    sections: partial.sections ?? ['server', 'clients', 'memory', 'persistence', 'stats', 'replication', 'keyspace'],
    unreadable: partial.unreadable ?? [],
  }
}

/** The same reply with some fields changed, section by section. */
export function withInfo(info: InfoReply, partial: InfoPartial): InfoReply {
  return {
    ...info,
    ...partial,
    server: { ...info.server, ...partial.server },
    clients: { ...info.clients, ...partial.clients },
    memory: { ...info.memory, ...partial.memory },
    persistence: { ...info.persistence, ...partial.persistence },
    stats: { ...info.stats, ...partial.stats },
    replication: { ...info.replication, ...partial.replication },
  }
}

/** A `slaveN` line: online, acknowledged just now. */
export function replicaLine(partial: Partial<ReplicaLine> & { readonly host: string }): ReplicaLine {
  return { port: 6379, state: 'online', ackOffset: undefined, lagSeconds: 0, type: undefined, ...partial }
}

/** One reachable data node; `id` is required, everything else absent. */
export function nodeSnapshot(partial: Partial<NodeSnapshot> & { readonly id: NodeId }): NodeSnapshot {
  return {
    aliases: [],
    kind: 'server',
    role: partial.info?.replication.role ?? 'unknown',
    reachability: 'up',
    failure: undefined,
    observedThrough: 'direct',
    rttMs: 1,
    sampledAt: FIXTURE_AT,
    lastSeenAt: FIXTURE_AT,
    runId: partial.info?.server.runId,
    info: undefined,
    roleReply: undefined,
    config: undefined,
    replicaClients: undefined,
    notPermitted: [],
    writeRate: undefined,
    sentinel: undefined,
    clockSkewMs: undefined,
    ...partial,
  }
}

/** One link without any measurement. */
export function linkSnapshot(partial: Partial<LinkSnapshot> & { readonly replica: NodeId }): LinkSnapshot {
  return {
    upstream: undefined,
    master: undefined,
    state: 'unknown',
    depth: 1,
    byteLag: undefined,
    byteLagReason: undefined,
    upstreamByteLag: undefined,
    ackOffset: undefined,
    ackAgeSeconds: undefined,
    inFlightBytes: undefined,
    unappliedBytes: undefined,
    outputBufferBytes: undefined,
    coverage: undefined,
    resyncIfDropped: {
      verdict: 'unknown',
      reason: 'not judged',
      decidedBy: 'none',
      sendBytes: undefined,
      atRiskBytes: undefined,
    },
    staleSeconds: undefined,
    sync: undefined,
    isNatMapped: false,
    isTls: false,
    ...partial,
  }
}

/** A group of the given nodes; lists that are not given are derived from the nodes' kinds and roles. */
export function groupSnapshot(
  partial: Omit<Partial<GroupSnapshot>, 'nodes'> & { readonly nodes?: readonly NodeSnapshot[] } = {},
): GroupSnapshot {
  const nodes = partial.nodes ?? []
  const ids = (role: NodeSnapshot['role']): NodeId[] => nodes.filter((n) => n.role === role).map((n) => n.id)
  const masters = partial.masters ?? ids('master')
  return {
    name: 'mymaster',
    isNamedBySentinel: true,
    takenAt: FIXTURE_AT,
    master: masters[0],
    masters,
    replicas: ids('replica').sort(),
    sentinels: ids('sentinel').sort(),
    quorum: undefined,
    views: [],
    agreed: true,
    knownSentinels: ids('sentinel').length,
    links: [],
    ...partial,
    nodes: new Map(nodes.map((n) => [n.id, n])),
  }
}

/** A replica as a Sentinel lists it: alive, polled 2 s ago. */
export function sentinelReplica(
  partial: Partial<SentinelReplica> & { readonly node: NodeId },
): SentinelReplica & { readonly node: NodeId } {
  const colon = partial.node.lastIndexOf(':')
  return {
    ...instance(partial.node, ['slave']),
    host: partial.node.slice(0, colon),
    port: Number(partial.node.slice(colon + 1)),
    infoRefreshMs: 2000,
    roleReported: 'slave',
    roleReportedMs: 600_000,
    masterLinkDownMs: 0,
    neverConnected: false,
    masterLink: 'up',
    masterHost: undefined,
    masterPort: undefined,
    priority: 100,
    offset: undefined,
    announced: true,
    ...partial,
  }
}

/** Another Sentinel as a Sentinel lists it: alive. */
export function sentinelPeer(
  partial: Partial<SentinelPeer> & { readonly node: NodeId },
): SentinelPeer & { readonly node: NodeId } {
  return {
    ...instance(partial.node, ['sentinel']),
    lastHelloMs: 500,
    votedLeader: undefined,
    votedLeaderEpoch: 0,
    ...partial,
  }
}

/** The monitored master as a Sentinel describes it: alive, quorum 2, two other Sentinels. */
export function sentinelMaster(partial: Partial<SentinelMaster> = {}): SentinelMaster {
  return {
    ...instance('mymaster', ['master']),
    infoRefreshMs: 2000,
    roleReported: 'master',
    roleReportedMs: 600_000,
    configEpoch: 3,
    replicaTotal: 2,
    otherSentinelTotal: 2,
    quorum: 2,
    failoverTimeoutMs: 60_000,
    parallelSyncs: 1,
    failoverState: undefined,
    ...partial,
  }
}

function instance(name: string, flags: readonly string[]) {
  return {
    name,
    host: undefined,
    port: undefined,
    runId: undefined,
    flags: new Set(flags),
    lastPingSentMs: 0,
    lastOkPingReplyMs: 200,
    lastPingReplyMs: 200,
    sDownMs: undefined,
    oDownMs: undefined,
    downAfterMs: 5000,
    linkPendingCommands: 0,
  }
}

/** One reachable Sentinel's view. */
export function sentinelView(partial: Partial<SentinelView> & { readonly sentinel: NodeId }): SentinelView {
  return {
    sentinelId: undefined,
    isReachable: true,
    at: FIXTURE_AT,
    master: undefined,
    facts: sentinelMaster(),
    replicas: [],
    peers: [],
    quorumCheck: { isReachable: true, usable: 3, text: 'OK 3 usable Sentinels' },
    ...partial,
  }
}

/** Names and numbers of `healthyGroup`. */
export const HEALTHY = {
  master: '10.0.0.5:6379',
  replica1: '10.0.0.6:6379',
  replica2: '10.0.0.7:6379',
  chained: '10.0.0.8:6379',
  sentinels: ['10.0.0.1:26379', '10.0.0.2:26379', '10.0.0.3:26379'],
  offset: 500_000_000,
  backlogBytes: 67_108_864,
  bytesPerSecond: 1000,
  peakBytesPerSecond: 20_000,
} as const

/** Settings of every data node of `healthyGroup`: AOF everysec and save points, one good replica required. */
export const HEALTHY_CONFIG: ReadonlyMap<string, string> = new Map([
  ['save', '3600 1 300 100 60 10000'],
  ['appendonly', 'yes'],
  ['appendfsync', 'everysec'],
  ['no-appendfsync-on-rewrite', 'no'],
  ['stop-writes-on-bgsave-error', 'yes'],
  ['replica-serve-stale-data', 'yes'],
  ['replica-read-only', 'yes'],
  ['replica-priority', '100'],
  ['replica-announced', 'yes'],
  ['min-replicas-to-write', '1'],
  ['min-replicas-max-lag', '10'],
  ['repl-backlog-size', String(HEALTHY.backlogBytes)],
  ['repl-backlog-ttl', '3600'],
  ['repl-timeout', '60'],
  ['repl-ping-replica-period', '10'],
  ['repl-diskless-sync', 'yes'],
  ['repl-diskless-sync-delay', '5'],
  ['repl-diskless-load', 'disabled'],
  ['client-output-buffer-limit', 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60'],
  ['maxmemory', '4294967296'],
  ['maxmemory-policy', 'noeviction'],
])

/**
 * One master, two replicas, one chained replica (behind `replica1`), three agreeing Sentinels; a gentle writer of
 * 1000 B/s. The replicas are 20, 40 and 60 bytes behind. Sentinels know the two direct replicas only, as real ones do.
 */
export function healthyGroup(): GroupSnapshot {
  const M = HEALTHY.offset
  const master = dataNode(HEALTHY.master, 1, {
    role: 'master',
    connectedReplicas: 2,
    goodReplicas: 2,
    failoverState: 'no-failover',
    replicas: [
      replicaLine({ host: '10.0.0.6', ackOffset: M - 120 }),
      replicaLine({ host: '10.0.0.7', ackOffset: M - 140, lagSeconds: 1 }),
    ],
    ...backlog(M),
  })
  const replica1 = replicaNode(HEALTHY.replica1, 2, M - 20, '10.0.0.5', [
    replicaLine({ host: '10.0.0.8', ackOffset: M - 160 }),
  ])
  const replica2 = replicaNode(HEALTHY.replica2, 3, M - 40, '10.0.0.5', [])
  const chained = replicaNode(HEALTHY.chained, 4, M - 60, '10.0.0.6', [])
  const sentinels = HEALTHY.sentinels.map((id, index) =>
    nodeSnapshot({
      id,
      kind: 'sentinel',
      role: 'sentinel',
      runId: runId(100 + index),
      sentinel: { myId: runId(200 + index), tilt: false, groups: ['mymaster'] },
      info: infoReply({
        server: { flavour: 'redis', version: '8.6.6', runId: runId(100 + index), mode: 'sentinel' },
        sentinel: { masters: 1, tilt: false, tiltSinceSeconds: -1 },
        sections: ['server', 'clients', 'stats', 'sentinel'],
      }),
    }),
  )
  const views = HEALTHY.sentinels.map((id, index) => healthyView(id, index))
  return groupSnapshot({
    quorum: 2,
    knownSentinels: 3,
    views,
    nodes: [master, replica1, replica2, chained, ...sentinels],
    links: [
      healthyLink(HEALTHY.replica1, HEALTHY.master, 1, 20),
      healthyLink(HEALTHY.replica2, HEALTHY.master, 1, 40),
      healthyLink(HEALTHY.chained, HEALTHY.replica1, 2, 60),
    ],
  })
}

/** The same group with one node changed by `change`. */
export function withNode(
  group: GroupSnapshot,
  id: NodeId,
  change: (node: NodeSnapshot) => NodeSnapshot,
): GroupSnapshot {
  const node = group.nodes.get(id)
  if (node === undefined) throw new Error(`no node ${id} in the fixture`)
  return { ...group, nodes: new Map([...group.nodes, [id, change(node)]]) }
}

/** The same group with one node's INFO changed. */
export function withNodeInfo(group: GroupSnapshot, id: NodeId, partial: InfoPartial): GroupSnapshot {
  return withNode(group, id, (node) => ({ ...node, info: withInfo(node.info ?? infoReply(), partial) }))
}

/** The same group with some settings of one node (or, for `all`, of all data nodes) changed; `undefined` removes a setting. */
export function withNodeConfig(
  group: GroupSnapshot,
  id: NodeId,
  settings: Readonly<Record<string, string | undefined>>,
): GroupSnapshot {
  const ids = id === 'all' ? [...group.nodes.values()].filter((n) => n.kind === 'server').map((n) => n.id) : [id]
  return ids.reduce(
    (changed, one) =>
      withNode(changed, one, (node) => {
        const config = new Map(node.config)
        for (const [key, value] of Object.entries(settings))
          if (value === undefined) config.delete(key)
          else config.set(key, value)
        return { ...node, config }
      }),
    group,
  )
}

/** The same group with one link changed. */
export function withLink(group: GroupSnapshot, replica: NodeId, partial: Partial<LinkSnapshot>): GroupSnapshot {
  return { ...group, links: group.links.map((l) => (l.replica === replica ? { ...l, ...partial } : l)) }
}

/** The same group with every Sentinel's entry of one replica changed. */
export function withSentinelReplica(
  group: GroupSnapshot,
  replica: NodeId,
  partial: Partial<SentinelReplica>,
): GroupSnapshot {
  return {
    ...group,
    views: group.views.map((view) => ({
      ...view,
      replicas: view.replicas?.map((entry) => (entry.node === replica ? { ...entry, ...partial } : entry)),
    })),
  }
}

/** The same group with every Sentinel's entry of the master changed. */
export function withSentinelMaster(group: GroupSnapshot, partial: Partial<SentinelMaster>): GroupSnapshot {
  return {
    ...group,
    views: group.views.map((view) => ({
      ...view,
      facts: view.facts === undefined ? undefined : { ...view.facts, ...partial },
    })),
  }
}

function backlog(offset: number): Partial<InfoReplication> {
  return {
    replid: REPLID_A,
    offset,
    backlogActive: true,
    backlogSizeBytes: HEALTHY.backlogBytes,
    backlogHistlenBytes: HEALTHY.backlogBytes,
    backlogFirstByteOffset: offset - HEALTHY.backlogBytes + 1,
  }
}

function dataNode(id: NodeId, n: number, replication: Partial<InfoReplication>): NodeSnapshot {
  return nodeSnapshot({
    id,
    config: HEALTHY_CONFIG,
    writeRate: { bytesPerSecond: HEALTHY.bytesPerSecond, peakBytesPerSecond: HEALTHY.peakBytesPerSecond },
    clockSkewMs: 0,
    info: infoReply({
      server: {
        flavour: 'redis',
        version: '8.6.6',
        mode: 'standalone',
        runId: runId(n),
        processId: 1000 + n,
        tcpPort: 6379,
        serverTimeUsec: FIXTURE_AT * 1000,
        uptimeSeconds: 864_000,
        executable: '/usr/bin/redis-server',
        configFile: '/etc/redis/redis.conf',
        supervised: 'systemd',
      },
      clients: { connected: 10, blocked: 0, maxClients: 10_000 },
      memory: {
        usedBytes: 200_000_000,
        rssBytes: 220_000_000,
        peakBytes: 210_000_000,
        maxBytes: 4_294_967_296,
        policy: 'noeviction',
        totalSystemBytes: 8_000_000_000,
      },
      persistence: {
        loading: false,
        asyncLoading: false,
        changesSinceSave: 12,
        bgsaveInProgress: false,
        lastSaveAt: FIXTURE_AT - 120_000,
        lastBgsaveStatus: 'ok',
        lastBgsaveSeconds: 1,
        rdbSaves: 40,
        aofEnabled: true,
        aofRewriteInProgress: false,
        aofRewriteScheduled: false,
        aofLastRewriteStatus: 'ok',
        aofLastWriteStatus: 'ok',
        aofRewritesConsecutiveFailures: 0,
        aofCurrentBytes: 50_000_000,
        aofBaseBytes: 40_000_000,
        aofBufferBytes: 0,
        aofPendingBioFsync: 0,
        aofDelayedFsync: 0,
      },
      stats: {
        syncFull: 2,
        syncPartialOk: 0,
        syncPartialErr: 0,
        expiredKeys: 0,
        evictedKeys: 0,
        totalForks: 40,
        latestForkUsec: 1500,
        rejectedConnections: 0,
        unexpectedErrorReplies: 0,
        totalErrorReplies: 0,
        slaveExpiresTrackedKeys: 0,
        outputBufferDisconnections: 0,
        opsPerSecond: 10,
      },
      replication,
      keyspace: [{ db: 0, keys: 100_000, expires: 0 }],
    }),
  })
}

function replicaNode(
  id: NodeId,
  n: number,
  offset: number,
  masterHost: string,
  replicas: readonly ReplicaLine[],
): NodeSnapshot {
  return dataNode(id, n, {
    role: 'replica',
    connectedReplicas: replicas.length,
    replicas,
    failoverState: 'no-failover',
    masterHost,
    masterPort: 6379,
    masterLink: 'up',
    masterLastIoSeconds: 0,
    syncInProgress: false,
    readOffset: offset,
    appliedOffset: offset,
    priority: 100,
    readOnly: true,
    announced: true,
    ...backlog(offset),
  })
}

function healthyView(sentinel: NodeId, index: number): SentinelView {
  const M = HEALTHY.offset
  const replica = (node: NodeId, n: number, offset: number) =>
    sentinelReplica({ node, runId: runId(n), offset, masterHost: '10.0.0.5', masterPort: 6379 })
  return sentinelView({
    sentinel,
    sentinelId: runId(200 + index),
    master: HEALTHY.master,
    facts: sentinelMaster({ host: '10.0.0.5', port: 6379, runId: runId(1) }),
    replicas: [replica(HEALTHY.replica1, 2, M - 2020), replica(HEALTHY.replica2, 3, M - 2040)],
    peers: HEALTHY.sentinels
      .map((node, n) => sentinelPeer({ node, runId: runId(200 + n) }))
      .filter((peer) => peer.node !== sentinel),
  })
}

function healthyLink(replica: NodeId, upstream: NodeId, depth: number, behind: number): LinkSnapshot {
  const margin = HEALTHY.backlogBytes - behind
  return linkSnapshot({
    replica,
    upstream,
    master: HEALTHY.master,
    state: 'online',
    depth,
    byteLag: { low: Math.max(0, behind - 10), high: behind },
    upstreamByteLag: { low: Math.max(0, behind - 10 - 20 * (depth - 1)), high: behind - 20 * (depth - 1) },
    ackOffset: HEALTHY.offset - behind - 100,
    ackAgeSeconds: depth === 1 && replica === HEALTHY.replica2 ? 1 : 0,
    inFlightBytes: behind,
    unappliedBytes: 0,
    outputBufferBytes: 0,
    coverage: { bytes: margin, seconds: margin / HEALTHY.bytesPerSecond, isUnbounded: false },
    resyncIfDropped: {
      verdict: 'partial',
      reason: 'the backlog still holds everything it lacks',
      decidedBy: 'row 15: all checks passed',
      sendBytes: behind,
      atRiskBytes: undefined,
    },
    staleSeconds: 0,
    isTls: true,
  })
}
