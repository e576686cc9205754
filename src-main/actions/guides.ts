import type { ActionName } from '../domain/plans/model.ts'
import type { Guide } from './guide.ts'
import {
  ckquorumGuide,
  configGuide,
  pauseGuide,
  persistenceGuide,
  sentinelResetGuide,
  sentinelSetGuide,
} from './guide-simple.ts'
import { restartGuide } from './guide-restart.ts'
import { flushGuide } from './guide-flush.ts'
import { replicaofGuide } from './guide-replicaof.ts'
import { switchoverGuide } from './guide-switchover.ts'
import { undoGuide } from './guide-undo.ts'
import { waitTestGuide } from './guide-wait-test.ts'

/** The guide of each action that this build can run. */
export const GUIDES: Readonly<Partial<Record<ActionName, Guide>>> = {
  switchover: switchoverGuide,
  'forced-failover': switchoverGuide,
  replicaof: replicaofGuide,
  'config-set': configGuide,
  bgsave: persistenceGuide,
  bgrewriteaof: persistenceGuide,
  ckquorum: ckquorumGuide,
  'sentinel-set': sentinelSetGuide,
  'sentinel-reset': sentinelResetGuide,
  'client-pause': pauseGuide,
  'client-unpause': pauseGuide,
  undo: undoGuide,
  'wait-test': waitTestGuide,
  'waitaof-test': waitTestGuide,
  'safe-restart': restartGuide,
  'rolling-restart': restartGuide,
  flushall: flushGuide,
  flushdb: flushGuide,
}
