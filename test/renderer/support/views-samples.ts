import type { ContractEvent, SeriesPoint } from '../../../src-main/contract/calls.ts'
import type { GroupSlice, InspectLink, InspectNode, InspectSentinelView } from '../../../src-main/contract/inspect.ts'

/** Slices for tests and for looking at the views. Every moment counts back from `NOW`. */
export const NOW = Date.parse('2026-03-04T12:15:00.000Z')
export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString()

const MB = 1024 * 1024
export const MASTER = '10.0.0.5:6379'

type Part<T> = Partial<T>

export function nodeOf(
  id: string,
  part: Part<InspectNode> = {},
  replication: Part<NonNullable<InspectNode['replication']>> = {},
): InspectNode {
  const isMaster = part.role === 'master'
  return {
    id,
    aliases: [],
    kind: 'server',
    flavour: 'redis',
    version: '7.2.6',
    runId: 'a'.repeat(40),
    role: 'replica',
    reachability: 'up',
    error: null,
    observedThrough: 'direct',
    rttMs: 0.6,
    sampledAt: ago(0.4),
    lastSeenAt: ago(0.4),
    uptimeSeconds: 3_542_400,
    replication: {
      offset: isMaster ? 900_000_000 : 899_999_986,
      replid: 'f'.repeat(40),
      replid2: null,
      secondOffset: null,
      connectedReplicas: isMaster ? 3 : 0,
      minReplicasToWrite: 1,
      minReplicasMaxLagSeconds: 10,
      goodReplicas: isMaster ? 2 : null,
      backlog: { active: true, sizeBytes: 64 * MB, firstByteOffset: 900_000_001 - 64 * MB, histlenBytes: 64 * MB },
      writeBytesPerSecond: isMaster ? 78_000 : null,
      peakWriteBytesPerSecond: isMaster ? 2_100_000 : null,
      readOnly: !isMaster,
      priority: 100,
      masterLink: isMaster ? null : 'up',
      masterHost: isMaster ? null : '10.0.0.5',
      masterPort: isMaster ? null : 6379,
      syncInProgress: false,
      syncLeftBytes: null,
      linkDownSeconds: null,
      neverConnected: isMaster ? null : false,
      failoverState: 'no-failover',
      ...replication,
    },
    persistence: {
      rdb: {
        enabled: true,
        lastSaveAt: ago(250),
        changesSinceSave: 28_114,
        lastStatus: 'ok',
        inProgress: false,
        lastForkUsec: 8123,
      },
      aof: {
        enabled: false,
        fsync: 'everysec',
        lastWriteStatus: 'ok',
        lastRewriteStatus: 'ok',
        rewriteInProgress: false,
        delayedFsync: 0,
      },
      loading: false,
      loadingRatio: null,
      loadingEtaSeconds: null,
    },
    memory: { usedBytes: 3.1 * 1024 * MB, maxBytes: 8 * 1024 * MB, policy: 'noeviction', evictedKeys: 0 },
    keys: 1_243_118,
    connectedClients: 214,
    blockedClients: 0,
    notPermitted: [],
    aclHint: null,
    ...part,
  }
}

export function linkOf(replica: string, part: Part<InspectLink> = {}): InspectLink {
  return {
    replica,
    master: MASTER,
    upstream: MASTER,
    state: 'online',
    byteLag: { low: 14, high: 28 },
    byteLagReason: null,
    ackOffset: 899_999_986,
    ackAgeSeconds: 0,
    depth: 1,
    inFlightBytes: 0,
    unappliedBytes: 14,
    outputBufferBytes: 0,
    coverage: { bytes: 64 * MB - 28, seconds: 860, unbounded: false },
    upstreamByteLag: { low: 14, high: 28 },
    resyncIfDropped: {
      verdict: 'partial',
      reason: 'its offset lies within the backlog and the history is the same',
      decidedBy: 'repl_backlog_first_byte_offset',
      sendBytes: 28,
      atRiskBytes: 0,
    },
    staleSeconds: 0,
    sync: null,
    natMapped: false,
    tls: false,
    ...part,
  }
}

export function viewOf(sentinel: string, part: Part<InspectSentinelView> = {}): InspectSentinelView {
  const all = ['10.0.0.5:26379', '10.0.0.6:26379', '10.0.0.7:26379']
  return {
    sentinel,
    sentinelId: 'c'.repeat(40),
    master: MASTER,
    configEpoch: 12,
    flags: ['master'],
    reachable: true,
    at: ago(2),
    quorum: 2,
    downAfterMs: 5000,
    failoverTimeoutMs: 60_000,
    parallelSyncs: 1,
    replicas: ['10.0.0.6:6379', '10.0.0.7:6379', '10.0.0.8:6379'],
    peers: all.filter((id) => id !== sentinel),
    ill: [],
    quorumCheck: { ok: true, text: 'OK 3 usable Sentinels. Quorum and failover authorization can be reached' },
    tilt: false,
    ...part,
  }
}

/** The group of the sketch: one well replica, one that lags, one lost, one chained, one in a full sync. */
export function troubledSlice(): GroupSlice {
  const full = { verdict: 'full' as const, decidedBy: 'master_replid', sendBytes: null, atRiskBytes: null }
  const nodes = [
    nodeOf(MASTER, { role: 'master' }),
    nodeOf(
      '10.0.0.6:6379',
      {},
      {
        connectedReplicas: 1,
        backlog: { active: true, sizeBytes: 16 * MB, firstByteOffset: 890_000_000, histlenBytes: 9_999_987 },
      },
    ),
    nodeOf(
      '10.0.0.7:6379',
      {
        persistence: {
          ...nodeOf('x').persistence!,
          aof: {
            enabled: true,
            fsync: 'everysec',
            lastWriteStatus: 'ok',
            lastRewriteStatus: 'ok',
            rewriteInProgress: true,
            delayedFsync: 41,
          },
        },
      },
      { offset: 899_687_090, priority: 90 },
    ),
    nodeOf(
      '10.0.0.8:6379',
      {
        reachability: 'unreachable',
        observedThrough: 'sentinel-cache',
        sampledAt: ago(41),
        lastSeenAt: ago(41),
        persistence: null,
        memory: null,
        keys: null,
        error: { code: 'unreachable.timeout', message: '10.0.0.8:6379 did not answer within 2 s' },
      },
      { offset: 860_000_000, masterLink: 'down', linkDownSeconds: 41 },
    ),
    nodeOf(
      '10.0.0.9:6379',
      { flavour: 'valkey', version: '8.0.1' },
      {
        masterHost: '10.0.0.6',
        offset: 899_999_940,
        backlog: { active: true, sizeBytes: MB, firstByteOffset: 898_951_366, histlenBytes: MB },
      },
    ),
    nodeOf(
      '10.0.0.10:6379',
      {
        reachability: 'loading',
        persistence: {
          ...nodeOf('x').persistence!,
          loading: true,
          loadingRatio: 0.41,
          loadingEtaSeconds: 38,
          rdb: {
            enabled: null,
            lastSaveAt: null,
            changesSinceSave: null,
            lastStatus: 'err',
            inProgress: null,
            lastForkUsec: null,
          },
        },
        notPermitted: ['CONFIG GET'],
        aclHint: 'ACL SETUSER repliscope +config|get',
      },
      {
        offset: null,
        replid: null,
        masterLink: 'down',
        neverConnected: true,
        backlog: { active: null, sizeBytes: null, firstByteOffset: null, histlenBytes: null },
      },
    ),
  ]
  const links = [
    linkOf('10.0.0.6:6379'),
    linkOf('10.0.0.7:6379', {
      byteLag: { low: 311_842, high: 312_910 },
      upstreamByteLag: { low: 311_842, high: 312_910 },
      ackAgeSeconds: 1,
      inFlightBytes: 309_800,
      unappliedBytes: 2110,
      outputBufferBytes: 164_000_000,
      staleSeconds: 4.1,
      coverage: { bytes: 19_100_000, seconds: 544, unbounded: false },
    }),
    linkOf('10.0.0.8:6379', {
      state: 'down',
      byteLag: null,
      byteLagReason: 'stale',
      upstreamByteLag: null,
      ackAgeSeconds: null,
      inFlightBytes: null,
      unappliedBytes: null,
      outputBufferBytes: null,
      staleSeconds: 41,
      coverage: { bytes: 21_000_000, seconds: 96, unbounded: false },
    }),
    linkOf('10.0.0.9:6379', {
      upstream: '10.0.0.6:6379',
      depth: 2,
      byteLag: { low: 42, high: 60 },
      upstreamByteLag: { low: 28, high: 46 },
      coverage: { bytes: 9_999_941, seconds: 210, unbounded: false },
      natMapped: true,
      tls: true,
    }),
    linkOf('10.0.0.10:6379', {
      state: 'full-sync',
      byteLag: null,
      byteLagReason: 'syncing',
      upstreamByteLag: null,
      ackAgeSeconds: null,
      inFlightBytes: null,
      unappliedBytes: null,
      outputBufferBytes: 12 * MB,
      staleSeconds: null,
      coverage: null,
      resyncIfDropped: { ...full, reason: 'it has no history yet' },
      sync: {
        stage: 'transfer',
        readBytes: 310 * MB,
        totalBytes: 760 * MB,
        bytesPerSecond: 11.8 * MB,
        etaSeconds: 38,
        doneRatio: 0.41,
      },
    }),
  ]
  const sentinels = ['10.0.0.5:26379', '10.0.0.6:26379', '10.0.0.7:26379']
  return {
    revision: 7,
    takenAt: ago(0.4),
    group: {
      name: 'orders',
      master: MASTER,
      masters: [MASTER],
      replicas: links.map((link) => link.replica),
      sentinels,
      quorum: 2,
      sentinelViews: [
        viewOf('10.0.0.5:26379'),
        viewOf('10.0.0.6:26379', {
          downAfterMs: 30_000,
          replicas: ['10.0.0.6:6379', '10.0.0.7:6379'],
          ill: [{ id: '10.0.0.8:6379', flags: ['s_down', 'disconnected'] }],
        }),
        viewOf('10.0.0.7:26379', {
          reachable: false,
          at: ago(72),
          configEpoch: 11,
          tilt: true,
          quorumCheck: {
            ok: false,
            text: 'NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority',
          },
        }),
      ],
      agreed: true,
      knownSentinels: 3,
      electable: ['10.0.0.7:6379', '10.0.0.6:6379', '10.0.0.9:6379'],
      exposure: {
        masterCrash: {
          lossBytes: { low: 309_800, high: 312_910 },
          lossSeconds: 4.1,
          promotes: '10.0.0.7:6379',
          reason: 'priority 90 beats 100',
        },
        partition: {
          acceptedForSeconds: null,
          acceptedForSecondsUnbounded: true,
          boundedBy: null,
          reason: 'min-replicas-to-write does not stop it',
        },
        masterRestartsEmpty: { wipes: false, reason: 'RDB is on' },
        powerLoss: [
          {
            node: MASTER,
            lossSeconds: 250,
            lossSecondsUnbounded: false,
            lossChanges: 28_114,
            reason: 'RDB only: everything since the last save',
          },
          {
            node: '10.0.0.6:6379',
            lossSeconds: 250,
            lossSecondsUnbounded: false,
            lossChanges: 28_114,
            reason: 'RDB only: everything since the last save',
          },
          {
            node: '10.0.0.7:6379',
            lossSeconds: 2,
            lossSecondsUnbounded: false,
            lossChanges: null,
            reason: 'everysec, fsync delayed 41 times',
          },
        ],
      },
      headline: null,
    },
    nodes: [
      ...nodes,
      ...sentinels.map((id) =>
        nodeOf(id, {
          kind: 'sentinel',
          role: 'sentinel',
          replication: null,
          persistence: null,
          memory: null,
          keys: null,
        }),
      ),
    ],
    links,
    findings: [],
    notJudged: [],
  }
}

/** Nobody follows, nobody watches. */
export function loneSlice(): GroupSlice {
  const slice = troubledSlice()
  const master = nodeOf(
    MASTER,
    { role: 'master' },
    {
      connectedReplicas: 0,
      backlog: { active: false, sizeBytes: 64 * MB, firstByteOffset: 0, histlenBytes: 0 },
      writeBytesPerSecond: null,
    },
  )
  const group = {
    ...slice.group,
    replicas: [],
    sentinels: [],
    sentinelViews: [],
    electable: [],
    exposure: null,
    knownSentinels: 0,
    quorum: null,
  }
  return { ...slice, group, nodes: [master], links: [] }
}

/** Only Sentinels answer; nothing else is known. */
export function unknownSlice(): GroupSlice {
  const slice = troubledSlice()
  return {
    ...slice,
    group: { ...slice.group, master: null, masters: [], replicas: [], electable: [], exposure: null },
    nodes: [],
    links: [],
  }
}

/** `total` replicas of one master. */
export function wideSlice(total: number): GroupSlice {
  const slice = troubledSlice()
  const ids = Array.from({ length: total }, (_, i) => `10.1.${Math.floor(i / 200)}.${(i % 200) + 10}:6379`)
  const links = ids.map((id, i) => {
    const high = Math.round((1 + Math.sin(i)) ** 6 * 4000) + 20
    return linkOf(id, {
      byteLag: { low: Math.round(high * 0.8), high },
      staleSeconds: high / 78_000,
      coverage: { bytes: 64 * MB - high * 200, seconds: 800 - (i % 700), unbounded: false },
    })
  })
  return {
    ...slice,
    group: { ...slice.group, replicas: ids, electable: ids.slice(0, 2) },
    nodes: [slice.nodes[0]!, ...ids.map((id) => nodeOf(id))],
    links,
  }
}

/** Fifteen minutes of a slice's replicas, one point each `stepMs`, with a hole in the third one. */
export function pastOf(slice: GroupSlice, stepMs = 1000, windowMs = 900_000): ReadonlyMap<string, SeriesPoint[]> {
  const moments = Array.from({ length: Math.floor(windowMs / stepMs) + 1 }, (_, i) => NOW - windowMs + i * stepMs)
  const past = new Map<string, SeriesPoint[]>()
  const rateAt = (t: number) => 78_000 + 30_000 * Math.sin(t / 60_000) + (t % 7000)
  past.set(
    MASTER,
    moments.map((at) => ({
      at,
      writeBytesPerSecond: rateAt(at),
      byteLagLow: null,
      byteLagHigh: null,
      marginBytes: null,
    })),
  )
  slice.links.forEach((link, n) => {
    past.set(
      link.replica,
      moments.map((at, i) => {
        const part = i / moments.length
        const isAway =
          (n === 2 && part > 0.45 && part < 0.6) ||
          (n === 2 && part > 0.955) ||
          (link.byteLag?.high === undefined && n > 2)
        const base = n === 1 ? 20 * Math.exp(part * 9.6) : 30 + n * 17 + 14 * Math.sin(i / 9 + n)
        const high = isAway ? null : Math.round(base * (1 + 0.15 * Math.sin(i / 5)))
        return {
          at,
          writeBytesPerSecond: null,
          byteLagLow: high === null ? null : Math.round(high * (n === 1 ? 0.7 : 0.85)),
          byteLagHigh: high,
          marginBytes: high === null ? null : 64 * MB - high * (n === 1 ? 140 : 1) - n * 4 * MB,
        }
      }),
    )
  })
  return past
}

let eventsMade = 0
/** An event of the group, `seconds` before `NOW`. */
export function eventOf(seconds: number, part: Part<ContractEvent>): ContractEvent {
  eventsMade += 1
  return {
    id: `e${eventsMade}`,
    at: ago(seconds),
    since: null,
    group: 'orders',
    kind: 'sentinel',
    node: null,
    what: '',
    detail: '',
    severity: 'info',
    by: [],
    about: null,
    ...part,
  }
}

export function eventsOf(): ContractEvent[] {
  return [
    eventOf(620, { node: '10.0.0.9:6379', what: '+slave' }),
    eventOf(410, { kind: 'role', node: MASTER, what: 'replica -> master', severity: 'warning' }),
    eventOf(408, { node: MASTER, what: '+switch-master', detail: 'orders 10.0.0.7 6379 10.0.0.5 6379' }),
    eventOf(36, { node: '10.0.0.8:6379', what: '+sdown', severity: 'warning', by: ['10.0.0.5:26379'] }),
  ]
}
