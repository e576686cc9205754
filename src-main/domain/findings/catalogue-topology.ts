import type { Rule } from './rule.ts'
import { aofRestartFullSync } from './rules/topology/aof-restart-full-sync.ts'
import { backlogInactive } from './rules/topology/backlog-inactive.ts'
import { backlogTooSmall } from './rules/topology/backlog-too-small.ts'
import { chainedReplica } from './rules/topology/chained-replica.ts'
import { configDrift } from './rules/topology/config-drift.ts'
import { datasetFlushed } from './rules/topology/dataset-flushed.ts'
import { divergedHistory } from './rules/topology/diverged-history.ts'
import { emptinessPropagating } from './rules/topology/emptiness-propagating.ts'
import { emptyMaster } from './rules/topology/empty-master.ts'
import { fullSyncLoop } from './rules/topology/full-sync-loop.ts'
import { fullSyncRunning } from './rules/topology/full-sync-running.ts'
import { masterPersistenceOff } from './rules/topology/master-persistence-off.ts'
import { noMaster } from './rules/topology/no-master.ts'
import { noReplica } from './rules/topology/no-replica.ts'
import { outputBufferPressure } from './rules/topology/output-buffer-pressure.ts'
import { outputBufferTooSmall } from './rules/topology/output-buffer-too-small.ts'
import { replicaAhead } from './rules/topology/replica-ahead.ts'
import { replicaApplyErrors } from './rules/topology/replica-apply-errors.ts'
import { replicaLagBytes } from './rules/topology/replica-lag-bytes.ts'
import { replicaLagSeconds } from './rules/topology/replica-lag-seconds.ts'
import { replicaLinkDown } from './rules/topology/replica-link-down.ts'
import { replicaMaxmemoryLower } from './rules/topology/replica-maxmemory-lower.ts'
import { replicaServesStale } from './rules/topology/replica-serves-stale.ts'
import { replicaVersionOlder } from './rules/topology/replica-version-older.ts'
import { replicaWritable } from './rules/topology/replica-writable.ts'
import { replicationLoop } from './rules/topology/replication-loop.ts'
import { selfReplica } from './rules/topology/self-replica.ts'
import { splitBrain } from './rules/topology/split-brain.ts'
import { staleExpiredReads } from './rules/topology/stale-expired-reads.ts'
import { syncFanOut } from './rules/topology/sync-fan-out.ts'

/** The rules about topology and replication, in the order of the catalogue. */
export const TOPOLOGY_RULES: readonly Rule[] = [
  noMaster,
  splitBrain,
  emptyMaster,
  masterPersistenceOff,
  noReplica,
  replicaLinkDown,
  replicaLagSeconds,
  replicaLagBytes,
  replicaAhead,
  replicaWritable,
  replicaServesStale,
  fullSyncLoop,
  fullSyncRunning,
  outputBufferPressure,
  outputBufferTooSmall,
  backlogTooSmall,
  backlogInactive,
  divergedHistory,
  syncFanOut,
  chainedReplica,
  datasetFlushed,
  emptinessPropagating,
  replicationLoop,
  selfReplica,
  replicaApplyErrors,
  aofRestartFullSync,
  replicaVersionOlder,
  configDrift,
  replicaMaxmemoryLower,
  staleExpiredReads,
]
