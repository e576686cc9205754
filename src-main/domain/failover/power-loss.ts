import { configFlag, savePoints } from '../replies/config-get.ts'
import type { Exposure } from '../findings/model.ts'
import { storedHistory } from '../resync/stored-history.ts'
import type { NodeSnapshot, PastSample } from '../topology/model.ts'
import { describeSeconds } from '../units.ts'

/** The kernel writes dirty pages back after about this long. */
const KERNEL_WRITE_BACK_SECONDS = 30

type PowerLoss = Exposure['powerLoss'][number]

/**
 * What one node would lose if its machine lost power now. `past` (oldest first) shows whether fsync is falling behind.
 * Undefined seconds: not known, or unbounded.
 */
export function powerLoss(node: NodeSnapshot, past: readonly PastSample[] = []): PowerLoss {
  const { info, config, id } = node
  if (info === undefined || node.sampledAt === undefined) return lost(id, 'it has not answered')
  const stored = storedHistory(info, config, node.sampledAt)
  if (stored.aof === undefined) return lost(id, 'whether its append-only file is on is not known')
  if (stored.aof) return aofLoss(node, past)
  if (stored.hasRdb === false) return lost(id, 'nothing is persisted: all of it', { isUnbounded: true })
  return rdbLoss(node, stored.hasRdb)
}

function aofLoss(node: NodeSnapshot, past: readonly PastSample[]): PowerLoss {
  const { id, config, info } = node
  if (info?.persistence.aofLastWriteStatus === 'err')
    return lost(id, 'writes to its append-only file fail: everything since then', { isUnbounded: true })
  switch (config?.get('appendfsync')) {
    case 'always':
      return lost(id, 'appendfsync always: next to nothing', { lossSeconds: 0 })
    case 'everysec': {
      const isLate = isFsyncLate(node, past)
      const base = isLate ? 'appendfsync everysec, and fsync is late: up to 2 s' : 'appendfsync everysec: up to 1 s'
      return duringChild(node, isLate ? 2 : 1, base)
    }
    case 'no':
      return duringChild(node, KERNEL_WRITE_BACK_SECONDS, 'appendfsync no: the kernel decides, tens of seconds')
    default:
      return lost(id, 'appendfsync is not known: CONFIG GET is not permitted or was not asked')
  }
}

/** no-appendfsync-on-rewrite suspends fsync for as long as a child process runs. */
function duringChild(node: NodeSnapshot, seconds: number, reason: string): PowerLoss {
  const isPaused = node.config !== undefined && configFlag(node.config, 'no-appendfsync-on-rewrite') === true
  if (!isPaused) return lost(node.id, reason, { lossSeconds: seconds })
  const persistence = node.info?.persistence
  const child = Math.max(persistence?.aofLastRewriteSeconds ?? 0, persistence?.lastBgsaveSeconds ?? 0)
  const words = child > 0 ? `the last took ${describeSeconds(child)}` : 'its length is not known yet'
  return lost(node.id, `${reason}; no fsync during a rewrite or save (${words})`, { lossSeconds: seconds + child })
}

function isFsyncLate(node: NodeSnapshot, past: readonly PastSample[]): boolean {
  const before = past.find((sample) => sample.runId === node.runId && sample.aofDelayedFsync !== undefined)
  const now = node.info?.persistence.aofDelayedFsync
  return now !== undefined && before?.aofDelayedFsync !== undefined && now > before.aofDelayedFsync
}

function rdbLoss(node: NodeSnapshot, hasRdb: boolean | undefined): PowerLoss {
  const persistence = node.info?.persistence
  const lossChanges = persistence?.changesSinceSave
  const savedAt = persistence?.lastSaveAt
  const now = node.info?.server.serverTimeUsec === undefined ? node.sampledAt : node.info.server.serverTimeUsec / 1000
  const lossSeconds = savedAt === undefined || now === undefined ? undefined : Math.max(0, (now - savedAt) / 1000)
  const points = node.config === undefined ? undefined : savePoints(node.config)
  const reason =
    hasRdb === undefined || points === undefined
      ? 'no append-only file; whether it saves is not known: CONFIG GET is not permitted or was not asked'
      : points.length === 0
        ? 'no append-only file and no save points: everything since the last save'
        : 'RDB only: everything since the last save'
  if (hasRdb === undefined) return lost(node.id, reason)
  return lost(node.id, reason, lossChanges === 0 ? { lossSeconds: 0, lossChanges } : { lossSeconds, lossChanges })
}

function lost(node: string, reason: string, known: Partial<PowerLoss> = {}): PowerLoss {
  return { node, lossSeconds: undefined, lossChanges: undefined, isUnbounded: false, reason, ...known }
}
