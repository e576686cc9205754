import type { NodeId } from '../address.ts'
import { ackLag } from '../lag/byte-lag.ts'
import { linkOf, masterRate } from '../resync/parties.ts'
import type { ByteRange, GroupSnapshot } from '../topology/model.ts'
import { isForeign } from './candidates.ts'
import type { Loss } from './model.ts'
import { timeline } from './timeline.ts'

/** Below this only keep-alives are written, and a time from bytes would be fiction. */
const NEAR_IDLE_BYTES_PER_SECOND = 2

/**
 * What is lost when one replica is promoted: at most what it has not applied of the last master offset; at least what it
 * has not received and what does not arrive until its promotion, for a process that dies leaves its sent bytes on their
 * way. Undefined across histories, and when nothing was measured.
 */
export function lossBehind(group: GroupSnapshot, node: NodeId): ByteRange | undefined {
  const link = linkOf(group, node)
  if (link === undefined || isForeign(group, node)) return undefined
  if (link.byteLag !== undefined) {
    const { low, high } = link.byteLag
    // what was received and not applied survives; without that figure nothing is certain to be lost
    const sure =
      link.unappliedBytes === undefined ? 0 : Math.max(0, low - link.unappliedBytes - stillArriving(group, node))
    return { low: Math.min(sure, Math.max(0, high)), high: Math.max(0, high) }
  }
  if (link.byteLagReason !== 'not-sampled' && link.byteLagReason !== 'stale') return undefined
  const master = group.master === undefined ? undefined : group.nodes.get(group.master)
  if (link.ackAgeSeconds === undefined) return undefined
  return ackLag(master?.info?.replication.offset, { state: 'online', ackOffset: link.ackOffset })
}

/** Bytes that the replica receives from the master's death to its promotion, if they come as they came of late. */
function stillArriving(group: GroupSnapshot, node: NodeId): number {
  const promotedAtMs = timeline(group).find((one) => one.phase === 'promotion')?.fromMs
  const rate = group.nodes.get(node)?.writeRate?.bytesPerSecond
  return promotedAtMs === undefined || rate === undefined ? Infinity : Math.ceil((rate * promotedAtMs) / 1000)
}

/** The loss over all that may win: from the luckiest to the unluckiest. Unknown for one is unknown for all. */
export function lossOver(group: GroupSnapshot, winners: readonly NodeId[]): Loss {
  const ranges = winners.map((node) => lossBehind(group, node))
  const known = ranges.filter((range) => range !== undefined)
  if (known.length === 0 || known.length < ranges.length) return { bytes: undefined, seconds: undefined }
  const bytes = { low: Math.min(...known.map((r) => r.low)), high: Math.max(...known.map((r) => r.high)) }
  return { bytes, seconds: secondsOf(group, bytes.high, winners) }
}

function secondsOf(group: GroupSnapshot, bytes: number, winners: readonly NodeId[]): number | undefined {
  if (bytes === 0) return 0
  const rate = masterRate(group)
  if (rate !== undefined && rate >= NEAR_IDLE_BYTES_PER_SECOND) return bytes / rate
  const ages = winners.map((node) => linkOf(group, node)?.staleSeconds)
  const known = ages.filter((age) => age !== undefined)
  return known.length > 0 && known.length === ages.length ? Math.max(...known) : undefined
}
