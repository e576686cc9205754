import type { InfoReply } from '../replies/info-reply.ts'
import type { RoleReply } from '../replies/reply-types.ts'
import type { SyncProgress } from '../topology/model.ts'

/** One look at a replica that may be synchronising. */
export interface SyncFacts {
  /** When the answer was in, epoch ms. */
  readonly at: number
  readonly info: InfoReply
  readonly role: RoleReply | undefined
  /** State of its `slaveN` line on the upstream (`wait_bgsave`, `send_bulk`, ...). */
  readonly upstreamState: string | undefined
}

const MIN_SPAN_MS = 250
const WAITING = new Set(['wait_bgsave'])

/**
 * Where a replica's synchronisation stands; undefined when it neither synchronises nor loads. `before` is an earlier look
 * at the same node and gives the rate: undefined rate when its stage was another or its counter fell.
 *
 * A streamed RDB has no known total. A load from the stream moves `loading_*` only, so the load stage counts those.
 */
export function syncProgress(now: SyncFacts, before: SyncFacts | undefined): SyncProgress | undefined {
  const stage = stageOf(now)
  if (stage === undefined) return undefined
  const { readBytes, totalBytes } = counters(stage, now.info)
  const bytesPerSecond = rate(stage, now, before)
  const doneRatio = ratio(stage, now.info, readBytes, totalBytes)
  return { stage, readBytes, totalBytes, bytesPerSecond, etaSeconds: eta(stage, now.info, bytesPerSecond), doneRatio }
}

function stageOf(facts: SyncFacts): SyncProgress['stage'] | undefined {
  const { persistence, replication } = facts.info
  if (persistence.loading === true || persistence.asyncLoading === true) return 'load'
  if (replication.masterLink === 'up') return undefined
  if (replication.syncInProgress === true || roleState(facts) === 'sync') {
    const hasBegun = (replication.syncReadBytes ?? 0) > 0 || replication.syncTotalBytes !== undefined
    // a piped RDB leaves the upstream at wait_bgsave for the whole transfer: what arrived counts
    if (!hasBegun && facts.upstreamState !== undefined && WAITING.has(facts.upstreamState)) return 'waiting-for-fork'
    return hasBegun || facts.upstreamState !== undefined ? 'transfer' : 'waiting-for-fork'
  }
  switch (roleState(facts)) {
    case 'connect':
    case 'connecting':
      return 'connect'
    case 'handshake':
      return 'handshake'
    default:
      return undefined
  }
}

function roleState(facts: SyncFacts): string | undefined {
  return facts.role?.role === 'replica' ? facts.role.state : undefined
}

function counters(stage: SyncProgress['stage'], info: InfoReply) {
  if (stage === 'load')
    return {
      readBytes: info.persistence.loadingLoadedBytes,
      totalBytes: known(info.persistence.loadingTotalBytes),
    }
  if (stage === 'transfer')
    return { readBytes: info.replication.syncReadBytes, totalBytes: known(info.replication.syncTotalBytes) }
  return { readBytes: undefined, totalBytes: undefined }
}

/** A total of 0 is a stream of unknown length. */
function known(total: number | undefined): number | undefined {
  return total === undefined || total <= 0 ? undefined : total
}

function rate(stage: SyncProgress['stage'], now: SyncFacts, before: SyncFacts | undefined): number | undefined {
  if (before === undefined || stageOf(before) !== stage || now.at - before.at < MIN_SPAN_MS) return undefined
  const from = counters(stage, before.info).readBytes
  const to = counters(stage, now.info).readBytes
  if (from === undefined || to === undefined || to < from) return undefined
  return ((to - from) * 1000) / (now.at - before.at)
}

function ratio(
  stage: SyncProgress['stage'],
  info: InfoReply,
  read: number | undefined,
  total: number | undefined,
): number | undefined {
  if (stage === 'load' && info.persistence.loadingPercent !== undefined)
    return clamp(info.persistence.loadingPercent / 100)
  return read === undefined || total === undefined ? undefined : clamp(read / total)
}

function eta(stage: SyncProgress['stage'], info: InfoReply, bytesPerSecond: number | undefined): number | undefined {
  if (stage === 'load' && info.persistence.loadingEtaSeconds !== undefined) return info.persistence.loadingEtaSeconds
  const { readBytes, totalBytes } = counters(stage, info)
  if (readBytes === undefined || totalBytes === undefined || bytesPerSecond === undefined) return undefined
  const left = Math.max(0, totalBytes - readBytes)
  if (left === 0) return 0
  return bytesPerSecond === 0 ? undefined : left / bytesPerSecond
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}
