import type { Drill } from './drill.ts'
import { ghostSentinelBlocksFailover } from './ghost-sentinel-blocks-failover.ts'
import { minReplicasBlocksWrites } from './min-replicas-blocks-writes.ts'
import { neverSyncedReplicaPromoted } from './never-synced-replica-promoted.ts'
import { partitionSplitBrain } from './partition-split-brain.ts'
import { primaryCrashIdle } from './primary-crash-idle.ts'
import { primaryCrashLaggingReplica } from './primary-crash-lagging-replica.ts'
import { primaryCrashUnderLoad } from './primary-crash-under-load.ts'
import { priorityBeatsFreshness } from './priority-beats-freshness.ts'
import { quorumLost } from './quorum-lost.ts'
import { switchoverUnderLoad } from './switchover-under-load.ts'
import { waitDoesNotSaveYou } from './wait-does-not-save-you.ts'

/** Every drill, in the order in which they are best learnt. */
export const DRILLS: readonly Drill[] = [
  primaryCrashIdle,
  primaryCrashUnderLoad,
  primaryCrashLaggingReplica,
  priorityBeatsFreshness,
  partitionSplitBrain,
  minReplicasBlocksWrites,
  switchoverUnderLoad,
  quorumLost,
  ghostSentinelBlocksFailover,
  neverSyncedReplicaPromoted,
  waitDoesNotSaveYou,
]
