import type { Rule } from './rule.ts'
import { aofRewriteFailed } from './rules/persistence/aof-rewrite-failed.ts'
import { aofRewriteLong } from './rules/persistence/aof-rewrite-long.ts'
import { aofTruncationTolerated } from './rules/persistence/aof-truncation-tolerated.ts'
import { aofWriteError } from './rules/persistence/aof-write-error.ts'
import { durabilityOverstated } from './rules/persistence/durability-overstated.ts'
import { enableAofTrap } from './rules/persistence/enable-aof-trap.ts'
import { fsyncDelayed } from './rules/persistence/fsync-delayed.ts'
import { fsyncNo } from './rules/persistence/fsync-no.ts'
import { fsyncOffDuringRewrite } from './rules/persistence/fsync-off-during-rewrite.ts'
import { loading } from './rules/persistence/loading.ts'
import { rdbSaveFailed } from './rules/persistence/rdb-save-failed.ts'
import { rdbStale } from './rules/persistence/rdb-stale.ts'
import { replicaPersistenceOff } from './rules/persistence/replica-persistence-off.ts'
import { restartLosesRuntimeConfig } from './rules/persistence/restart-loses-runtime-config.ts'
import { stopWritesOff } from './rules/persistence/stop-writes-off.ts'

/** What each disk keeps, and what a restart would bring back. */
export const PERSISTENCE_RULES: readonly Rule[] = [
  rdbSaveFailed,
  rdbStale,
  stopWritesOff,
  aofWriteError,
  aofRewriteFailed,
  aofRewriteLong,
  fsyncDelayed,
  fsyncNo,
  fsyncOffDuringRewrite,
  durabilityOverstated,
  replicaPersistenceOff,
  loading,
  restartLosesRuntimeConfig,
  enableAofTrap,
  aofTruncationTolerated,
]
