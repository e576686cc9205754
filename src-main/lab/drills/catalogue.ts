import { aofErrorDiskFull } from './aof-error-disk-full.ts'
import { backlogOverrun } from './backlog-overrun.ts'
import { chainedReplicaMiddleRestart } from './chained-replica-middle-restart.ts'
import type { Drill } from './drill.ts'
import { emptyMasterRestart, emptyMasterRestartSlow } from './empty-master-restart.ts'
import { flushallAndRecover } from './flushall-and-recover.ts'
import { fullSyncSpiral } from './full-sync-spiral.ts'
import { ghostSentinelBlocksFailover } from './ghost-sentinel-blocks-failover.ts'
import { minReplicasBlocksWrites } from './min-replicas-blocks-writes.ts'
import { neverSyncedReplicaPromoted } from './never-synced-replica-promoted.ts'
import { partitionSplitBrain } from './partition-split-brain.ts'
import { primaryCrashIdle } from './primary-crash-idle.ts'
import { primaryCrashLaggingReplica } from './primary-crash-lagging-replica.ts'
import { primaryCrashUnderLoad } from './primary-crash-under-load.ts'
import { priorityBeatsFreshness } from './priority-beats-freshness.ts'
import { quorumLost } from './quorum-lost.ts'
import { replicaAhead } from './replica-ahead.ts'
import { safeVsUnsafeRestart, safeVsUnsafeRestartAof } from './safe-vs-unsafe-restart.ts'
import { switchoverUnderLoad } from './switchover-under-load.ts'
import { waitDoesNotSaveYou } from './wait-does-not-save-you.ts'
import { writableReplicaDivergence } from './writable-replica-divergence.ts'

/** Every drill, in the order in which they are best learnt. */
export const DRILLS: readonly Drill[] = [
  primaryCrashIdle,
  primaryCrashUnderLoad,
  primaryCrashLaggingReplica,
  backlogOverrun,
  writableReplicaDivergence,
  flushallAndRecover,
  safeVsUnsafeRestart,
  safeVsUnsafeRestartAof,
  emptyMasterRestart,
  emptyMasterRestartSlow,
  chainedReplicaMiddleRestart,
  priorityBeatsFreshness,
  partitionSplitBrain,
  minReplicasBlocksWrites,
  switchoverUnderLoad,
  quorumLost,
  ghostSentinelBlocksFailover,
  neverSyncedReplicaPromoted,
  replicaAhead,
  fullSyncSpiral,
  aofErrorDiskFull,
  waitDoesNotSaveYou,
]
