import type { Thresholds } from './thresholds.ts'

export type ThresholdName = keyof Thresholds
export type ThresholdUnit = 's' | 'ms' | 'bytes' | 'share' | 'times'

/** One threshold as people set it. A share runs 0 to 1; `times` is a number of things, or a factor. */
export interface ThresholdWords {
  readonly title: string
  readonly unit: ThresholdUnit
  readonly min: number
  readonly max: number
}

const DAYS_30 = 30 * 24 * 3600
const TIB = 1024 ** 4

const seconds = (title: string, min = 0): ThresholdWords => ({ title, unit: 's', min, max: DAYS_30 })
const ms = (title: string): ThresholdWords => ({ title, unit: 'ms', min: 0, max: 3_600_000 })
const bytes = (title: string): ThresholdWords => ({ title, unit: 'bytes', min: 0, max: TIB })
const share = (title: string): ThresholdWords => ({ title, unit: 'share', min: 0, max: 1 })
const times = (title: string): ThresholdWords => ({ title, unit: 'times', min: 1, max: 1000 })

/** Every threshold, in the order of their declaration. */
export const THRESHOLD_WORDS: Readonly<Record<ThresholdName, ThresholdWords>> = {
  steadySeconds: seconds('what swings about its limit is taken back after'),
  splitBrainGraceSeconds: seconds('two masters are ordinary for so long after a failover'),
  noReplicaHoldSeconds: seconds('a master without a good replica is spoken of after'),
  ackAgeSeconds: seconds("a replica's last acknowledgement is old after", 1),
  lagBytes: bytes('a replica lags beyond'),
  lagWriteSeconds: seconds('or beyond the writes of'),
  lagHoldSeconds: seconds('a lag is spoken of after'),
  marginGoneSeconds: seconds("a replica's time off before a full resync is short below"),
  fullSyncLoopCount: times('full resyncs of one replica that make a loop'),
  fullSyncLoopWindowSeconds: seconds('counted within', 1),
  outputBufferWarnRatio: share("of a replica's output buffer limit: warning from"),
  outputBufferCriticalRatio: share("of a replica's output buffer limit: critical from"),
  softLimitHeldRatio: share("of the soft limit's seconds: the disconnect is near from"),
  keysCollapseRatio: share('a dataset is lost when no more of its keys are left than'),
  syncFanOut: times('full resyncs of one node at once that are too many'),
  electionSeconds: seconds('an election that meets no trouble takes', 1),
  coverageWarnSeconds: seconds('the backlog covers too short a time below'),
  memoryWarnRatio: share('of maxmemory: warning from'),
  memoryCriticalRatio: share('of maxmemory: critical from'),
  rdbStaleFactor: times('a snapshot is stale beyond so many save intervals'),
  ghostSentinelDownAfterFactor: times('a Sentinel is a ghost after so many down-after'),
  ghostReplicaDownSeconds: seconds('a replica is a ghost after', 1),
  downAfterMinMs: ms('down-after is short below'),
  downAfterMaxMs: ms('down-after is long beyond'),
  recentFailoverSeconds: seconds('a failover is recent for'),
  blindPingMs: ms('the last accepted PING may be older than the last reply by'),
  freshnessGapBytes: bytes('a winner is as fresh as another within'),
  clockSkewMs: ms('clocks differ beyond'),
  aofRewriteLongFactor: times('an AOF rewrite is long beyond so many times the one before'),
  aofRewriteLongSeconds: seconds('or, with none before, beyond', 1),
  aofRewriteFailures: times('failed AOF rewrites in a row that are spoken of'),
  aofBufferBytes: bytes('too much waits for the AOF in memory beyond'),
  fsyncWindowSeconds: seconds('a late fsync is spoken of for'),
  loadingWarnSeconds: seconds('a load is long beyond'),
  storeTtlRatio: share('a store has no more keys that expire than'),
  evictingWindowSeconds: seconds('evictions are spoken of for'),
  maxmemoryHostRatio: share("of the host's memory: maxmemory is advised up to"),
  samplingBehindSeconds: seconds('figures are older than they look beyond', 1),
}

/** Why a threshold cannot be set so, for people; undefined when it can. */
export function thresholdProblem(name: string, value: number): string | undefined {
  if (!isThreshold(name)) return 'there is no such threshold'
  const { unit, min, max } = THRESHOLD_WORDS[name]
  if (!Number.isFinite(value) || value < min || value > max) return `from ${min} to ${max}`
  return (unit === 'bytes' || unit === 'ms') && !Number.isInteger(value) ? 'a whole number' : undefined
}

function isThreshold(name: string): name is ThresholdName {
  return Object.hasOwn(THRESHOLD_WORDS, name)
}
