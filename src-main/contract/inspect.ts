import { z } from 'zod'

/**
 * The JSON of `repliscope/inspect@1`, which every host shares. Names are a contract: fields may be added, none renamed
 * or removed. Unknown is null, never 0 and never missing. Times are ISO-8601 UTC.
 */
const id = z.string()
const count = z.number().int().nonnegative().nullable()
const integer = z.number().int().nullable()
const num = z.number().nullable()
const text = z.string().nullable()
const flag = z.boolean().nullable()
const time = z.string().nullable()
const range = z.object({ low: z.number(), high: z.number() }).nullable()

export const resyncVerdict = z.object({
  verdict: z.enum(['partial', 'full', 'unknown']),
  reason: z.string(),
  decidedBy: z.string(),
  sendBytes: num,
  atRiskBytes: num,
})

export const exposure = z.object({
  masterCrash: z.object({ lossBytes: range, lossSeconds: num, promotes: text, reason: z.string() }),
  partition: z.object({
    acceptedForSeconds: num,
    acceptedForSecondsUnbounded: z.boolean(),
    boundedBy: text,
    reason: z.string(),
  }),
  masterRestartsEmpty: z.object({ wipes: flag, reason: z.string() }),
  powerLoss: z.array(
    z.object({ node: id, lossSeconds: num, lossSecondsUnbounded: z.boolean(), lossChanges: num, reason: z.string() }),
  ),
})

/** The first line a DBA reads, in parts and as one plain sentence. Null with no forecast behind it. */
export const headline = z.object({
  /**
   * quiet: nothing would be lost and every replica continues; at-risk: a failover with a price; unprotected: nobody takes
   * over by itself; unknown: cannot be judged.
   */
  tone: z.enum(['quiet', 'at-risk', 'unprotected', 'unknown']),
  sentence: z.string(),
  parts: z.object({
    master: text,
    /** Several when undecided, empty when nobody does. */
    takesOver: z.array(id),
    /** Upper bound. */
    lossBytes: num,
    lossSeconds: num,
    /** Of the replicas that remain. */
    fullResyncs: z.number().int(),
    unknownResyncs: z.number().int(),
    remaining: z.number().int(),
  }),
})

/** One Sentinel's view of a group; the settings are what the disagreement matrix compares. */
export const sentinelView = z.object({
  sentinel: id,
  sentinelId: text,
  master: text,
  configEpoch: integer,
  flags: z.array(z.string()),
  reachable: z.boolean(),
  at: time,
  quorum: integer,
  downAfterMs: integer,
  failoverTimeoutMs: integer,
  parallelSyncs: integer,
  replicas: z.array(id).nullable(),
  peers: z.array(id).nullable(),
  /** Replicas and peers that this Sentinel holds for down, with its flags. */
  ill: z.array(z.object({ id, flags: z.array(z.string()) })),
  quorumCheck: z.object({ ok: z.boolean(), text: z.string() }).nullable(),
  tilt: flag,
})

export const group = z.object({
  name: z.string(),
  master: text,
  masters: z.array(id),
  replicas: z.array(id),
  sentinels: z.array(id),
  quorum: integer,
  sentinelViews: z.array(sentinelView),
  agreed: z.boolean(),
  knownSentinels: z.number().int(),
  electable: z.array(id),
  exposure: exposure.nullable(),
  headline: headline.nullable(),
})

export const reachability = z.enum(['up', 'loading', 'busy', 'auth-required', 'not-permitted', 'unreachable', 'hung'])

export const node = z.object({
  id,
  aliases: z.array(id),
  kind: z.enum(['server', 'sentinel']),
  flavour: z.enum(['redis', 'valkey', 'unknown']),
  version: text,
  runId: text,
  role: z.enum(['master', 'replica', 'sentinel', 'unknown']),
  reachability,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  observedThrough: z.enum(['direct', 'sentinel-cache', 'master-view']).nullable(),
  rttMs: num,
  sampledAt: time,
  lastSeenAt: time,
  uptimeSeconds: integer,
  replication: z
    .object({
      offset: integer,
      replid: text,
      replid2: text,
      secondOffset: integer,
      connectedReplicas: count,
      minReplicasToWrite: count,
      minReplicasMaxLagSeconds: count,
      goodReplicas: count,
      backlog: z.object({ active: flag, sizeBytes: integer, firstByteOffset: integer, histlenBytes: integer }),
      writeBytesPerSecond: num,
      peakWriteBytesPerSecond: num,
      readOnly: flag,
      priority: integer,
      masterLink: z.enum(['up', 'down']).nullable(),
      masterHost: text,
      masterPort: integer,
      syncInProgress: flag,
      syncLeftBytes: integer,
      linkDownSeconds: integer,
      neverConnected: flag,
      failoverState: text,
    })
    .nullable(),
  persistence: z
    .object({
      rdb: z.object({
        enabled: flag,
        lastSaveAt: time,
        changesSinceSave: count,
        lastStatus: text,
        inProgress: flag,
        lastForkUsec: count,
      }),
      aof: z.object({
        enabled: flag,
        fsync: text,
        lastWriteStatus: text,
        lastRewriteStatus: text,
        rewriteInProgress: flag,
        delayedFsync: count,
      }),
      loading: flag,
      loadingRatio: num,
      loadingEtaSeconds: num,
    })
    .nullable(),
  memory: z.object({ usedBytes: count, maxBytes: count, policy: text, evictedKeys: count }).nullable(),
  /** Sum over databases; null when the keyspace section was not sent. */
  keys: count,
  connectedClients: count,
  blockedClients: count,
  notPermitted: z.array(z.string()),
  /** The ACL line that would lift what is not permitted; null when nothing is missing. */
  aclHint: text,
})

export const link = z.object({
  replica: id,
  master: text,
  /** The node it follows directly. */
  upstream: text,
  state: z.enum(['online', 'connecting', 'full-sync', 'loading', 'down', 'unknown']),
  byteLag: range,
  byteLagReason: text,
  ackOffset: integer,
  ackAgeSeconds: integer,
  depth: z.number().int(),
  inFlightBytes: num,
  unappliedBytes: num,
  outputBufferBytes: num,
  coverage: z.object({ bytes: z.number(), seconds: num, unbounded: z.boolean() }).nullable(),
  upstreamByteLag: range,
  resyncIfDropped: resyncVerdict,
  staleSeconds: num,
  sync: z
    .object({
      stage: z.enum(['connect', 'handshake', 'waiting-for-fork', 'transfer', 'load']),
      readBytes: num,
      totalBytes: num,
      bytesPerSecond: num,
      etaSeconds: num,
      doneRatio: num,
    })
    .nullable(),
  natMapped: z.boolean(),
  tls: flag,
})

const subject = z.object({ kind: z.enum(['group', 'node', 'link', 'deployment']), id: z.string() })

export const finding = z.object({
  code: z.string(),
  severity: z.enum(['critical', 'warning', 'info']),
  subject,
  title: z.string(),
  evidence: z.array(
    z.object({
      node: id,
      field: z.string(),
      value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
      at: time,
    }),
  ),
  why: z.string(),
  remedy: z.array(z.string()),
  since: z.string(),
  held: z.boolean(),
  /** Since when it is not so any more, or not so grave: a figure that swings is spoken of a while longer. Null: it is so. */
  easedAt: z.string().nullish(),
})

export const notJudged = z.object({ code: z.string(), subject, reason: z.string() })

/** The whole picture, one moment. */
export const inspectReport = z.object({
  schema: z.literal('repliscope/inspect@1'),
  takenAt: z.string(),
  tookMs: z.number(),
  groups: z.array(group),
  nodes: z.array(node),
  links: z.array(link),
  findings: z.array(finding),
  notJudged: z.array(notJudged),
})

/** One group's slice of the picture plus its revision, which only grows within a session: the unit that travels. */
export const groupSlice = z.object({
  revision: z.number().int().nonnegative(),
  takenAt: z.string(),
  group,
  nodes: z.array(node),
  links: z.array(link),
  findings: z.array(finding),
  notJudged: z.array(notJudged),
})

export type InspectReport = z.infer<typeof inspectReport>
export type GroupSlice = z.infer<typeof groupSlice>
export type InspectGroup = z.infer<typeof group>
export type InspectNode = z.infer<typeof node>
export type InspectLink = z.infer<typeof link>
export type InspectFinding = z.infer<typeof finding>
export type InspectNotJudged = z.infer<typeof notJudged>
export type InspectExposure = z.infer<typeof exposure>
export type InspectHeadline = z.infer<typeof headline>
export type InspectSentinelView = z.infer<typeof sentinelView>
export type InspectResyncVerdict = z.infer<typeof resyncVerdict>
