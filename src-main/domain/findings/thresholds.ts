/** Every number that a rule compares with; settings with these defaults. Times in seconds or milliseconds by name. */
export interface Thresholds {
  /** What a figure that swings about its limit showed stays until the figure has been better for so long. */
  readonly steadySeconds: number
  readonly splitBrainGraceSeconds: number
  readonly noReplicaHoldSeconds: number
  readonly ackAgeSeconds: number
  readonly lagBytes: number
  readonly lagWriteSeconds: number
  readonly lagHoldSeconds: number
  readonly marginGoneSeconds: number
  readonly fullSyncLoopCount: number
  readonly fullSyncLoopWindowSeconds: number
  readonly outputBufferWarnRatio: number
  readonly outputBufferCriticalRatio: number
  /** Of the soft limit's seconds: beyond this share of them the disconnect is near. */
  readonly softLimitHeldRatio: number
  /** A node that keeps no more than this share of its keys has lost its dataset. */
  readonly keysCollapseRatio: number
  /** So many replicas of one node that resynchronise fully at once are too many. */
  readonly syncFanOut: number
  /** An election that meets no trouble, after down-after, until the new master is one: measured 1.3 s, up to 1 s more. */
  readonly electionSeconds: number
  readonly coverageWarnSeconds: number
  readonly memoryWarnRatio: number
  readonly memoryCriticalRatio: number
  readonly rdbStaleFactor: number
  readonly ghostSentinelDownAfterFactor: number
  readonly ghostReplicaDownSeconds: number
  readonly downAfterMinMs: number
  readonly downAfterMaxMs: number
  readonly recentFailoverSeconds: number
  /** The last accepted PING reply may be so much older than the last reply. */
  readonly blindPingMs: number
  /** A winner less far behind than this is as fresh as another. */
  readonly freshnessGapBytes: number
  readonly clockSkewMs: number
  /** An AOF rewrite is long beyond this many times its predecessor, or beyond these seconds where none is known. */
  readonly aofRewriteLongFactor: number
  readonly aofRewriteLongSeconds: number
  /** Failed AOF rewrites in a row that count as repeated. */
  readonly aofRewriteFailures: number
  /** Bytes that wait for the AOF in memory. */
  readonly aofBufferBytes: number
  /** How long a late fsync is spoken of. */
  readonly fsyncWindowSeconds: number
  /** A load that takes longer than this from now is worth a warning. */
  readonly loadingWarnSeconds: number
  /** With no more than this share of keys that expire, a store is no cache. */
  readonly storeTtlRatio: number
  /** How long evictions are spoken of. */
  readonly evictingWindowSeconds: number
  /** Of the host's memory: what `maxmemory` is advised to leave for forks and buffers. */
  readonly maxmemoryHostRatio: number
  /** Figures older than this, though their node answers, are older than they look. */
  readonly samplingBehindSeconds: number
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  steadySeconds: 15,
  splitBrainGraceSeconds: 15,
  noReplicaHoldSeconds: 30,
  ackAgeSeconds: 10,
  lagBytes: 1024 * 1024,
  lagWriteSeconds: 1,
  lagHoldSeconds: 30,
  marginGoneSeconds: 60,
  fullSyncLoopCount: 3,
  fullSyncLoopWindowSeconds: 600,
  outputBufferWarnRatio: 0.6,
  outputBufferCriticalRatio: 0.9,
  softLimitHeldRatio: 0.5,
  keysCollapseRatio: 0.1,
  syncFanOut: 3,
  electionSeconds: 2,
  coverageWarnSeconds: 60,
  memoryWarnRatio: 0.9,
  memoryCriticalRatio: 0.98,
  rdbStaleFactor: 2,
  ghostSentinelDownAfterFactor: 10,
  ghostReplicaDownSeconds: 24 * 3600,
  downAfterMinMs: 1000,
  downAfterMaxMs: 60_000,
  recentFailoverSeconds: 15 * 60,
  blindPingMs: 2000,
  freshnessGapBytes: 1024,
  clockSkewMs: 1000,
  aofRewriteLongFactor: 3,
  aofRewriteLongSeconds: 600,
  aofRewriteFailures: 2,
  aofBufferBytes: 64 * 1024 * 1024,
  fsyncWindowSeconds: 300,
  loadingWarnSeconds: 60,
  storeTtlRatio: 0.01,
  evictingWindowSeconds: 300,
  maxmemoryHostRatio: 0.6,
  samplingBehindSeconds: 15,
}
