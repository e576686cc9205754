import type { NodeId } from '../address.ts'
import type { Exposure } from '../findings/model.ts'
import { masterRate } from '../resync/parties.ts'
import { storedHistory } from '../resync/stored-history.ts'
import type { ByteRange, GroupPast, GroupSnapshot, NodeSnapshot } from '../topology/model.ts'
import { lossOver } from './loss.ts'
import { directLinks, isEnabled, minReplicasOf, refusesWithinSeconds } from './min-replicas.ts'
import type { FailoverForecast } from './model.ts'
import { powerLoss } from './power-loss.ts'
import { describeBytes, describeSeconds } from '../units.ts'
import { DEAF, isDeaf, isUnderWay } from './works.ts'

/** What would be lost now, per failure. `forecast` is the group's own; `past` sharpens two of the statements. */
export function exposureOf(group: GroupSnapshot, forecast: FailoverForecast, past?: GroupPast): Exposure {
  const members = [...group.nodes.values()].filter((node) => node.kind === 'server')
  return {
    masterCrash: masterCrash(group, forecast, past),
    partition: partition(group),
    masterRestartsEmpty: restartsEmpty(group),
    powerLoss: members.map((node) => powerLoss(node, past?.samples.get(node.id))),
  }
}

function masterCrash(
  group: GroupSnapshot,
  forecast: FailoverForecast,
  past: GroupPast | undefined,
): Exposure['masterCrash'] {
  const nothing = { lossBytes: undefined, lossSeconds: undefined, promotes: undefined }
  if (group.master === undefined) return { ...nothing, reason: 'no master is known' }
  if (group.replicas.length === 0)
    return { ...nothing, reason: 'there is no replica: what its own disk keeps is all that is left' }
  const candidates = candidatesOf(forecast)
  if (candidates.length === 0) return { ...nothing, reason: 'no replica can be promoted' }
  const { bytes, seconds } = lossOver(group, candidates)
  const isIdle = bytes !== undefined && bytes.high > 0 && writesStoodStill(group, past)
  const promotes = forecast.works.ok ? forecast.winner : undefined
  return {
    lossBytes: bytes,
    lossSeconds: isIdle ? 0 : seconds,
    promotes,
    reason: [promotion(group, forecast, candidates), lossWords(bytes), ...(isIdle ? [NO_WRITES] : [])].join('; '),
  }
}

/** `rdb_last_save_time` is whole seconds. */
const SAVE_TIME_UNIT_MS = 1000

const NO_WRITES = 'no client writes at risk: the changes counter stood still'

/** Who may win; where nobody is promoted by itself, whom a person would best promote. */
function candidatesOf(forecast: FailoverForecast): readonly NodeId[] {
  if (forecast.winner !== undefined) return [forecast.winner]
  if (forecast.possibleWinners.length > 0) return forecast.possibleWinners
  const best = forecast.ranking.find((one) => one.isEligible)
  return best === undefined ? [] : [best.node]
}

function promotion(group: GroupSnapshot, forecast: FailoverForecast, candidates: readonly NodeId[]): string {
  const names = candidates.join(' or ')
  if (isUnderWay(group)) return `a failover is under way; the candidates are ${candidates.join(', ')}`
  if (!forecast.works.ok) return `no failover by itself (${forecast.works.reasons.join(', ')}); best by hand: ${names}`
  return forecast.winner === undefined ? `${names} is promoted, undecided which` : `${names} is promoted`
}

function lossWords(bytes: ByteRange | undefined): string {
  if (bytes === undefined) return 'what it lacks cannot be measured'
  return bytes.high === 0 ? 'it has everything' : `${bytes.low} to ${bytes.high} bytes of the stream are lost`
}

/**
 * True when the master's changes counter has shown one value since before the most lagging replica was passed, with no
 * save in between: what the replicas lack is then keep-alives and hellos only.
 */
function writesStoodStill(group: GroupSnapshot, past: GroupPast | undefined): boolean {
  const master = group.master === undefined ? undefined : group.nodes.get(group.master)
  const now = master?.info?.persistence
  const ages = directLinks(group).map((link) => link.staleSeconds)
  if (master === undefined || past === undefined || now?.changesSinceSave === undefined || ages.length === 0)
    return false
  if (ages.some((age) => age === undefined)) return false
  const passedAt = group.takenAt - Math.max(...ages.map((age) => age ?? 0)) * 1000
  const samples = past.samples.get(master.id) ?? []
  const from = samples.findLastIndex((sample) => sample.at < passedAt)
  const since = samples[from]
  if (
    since === undefined ||
    (now.lastSaveAt !== undefined && now.lastSaveAt - (master.clockSkewMs ?? 0) + SAVE_TIME_UNIT_MS > since.at)
  )
    return false
  return samples
    .slice(from)
    .every((sample) => sample.runId === master.runId && sample.changesSinceSave === now.changesSinceSave)
}

function partition(group: GroupSnapshot): Exposure['partition'] {
  const unknown = { acceptedForSeconds: undefined, isUnbounded: false, boundedBy: undefined }
  const unbounded = { ...unknown, isUnbounded: true }
  const master = group.master === undefined ? undefined : group.nodes.get(group.master)
  if (master === undefined) return { ...unknown, reason: 'no master is known' }
  if (group.sentinels.length === 0 && group.views.length === 0 && isDeaf(group)) return { ...unknown, reason: DEAF }
  if (group.sentinels.length === 0 && group.views.length === 0)
    return {
      ...unbounded,
      reason: 'no Sentinel promotes another node: what the master takes stays, its replicas fall behind',
    }
  const guard = minReplicasOf(master.config)
  if (guard === undefined)
    return { ...unknown, reason: 'min-replicas-to-write is not known: CONFIG GET is not permitted or was not asked' }
  if (!isEnabled(guard))
    return {
      ...unbounded,
      reason: `an isolated master takes writes until the partition heals${perSecond(group)}; all of them are lost`,
    }
  const seconds = refusesWithinSeconds(guard)
  const rate = masterRate(group)
  const bytes = rate === undefined ? '' : `, about ${describeBytes(rate * seconds)}`
  return {
    acceptedForSeconds: seconds,
    isUnbounded: false,
    boundedBy: `min-replicas-to-write ${guard.required}, min-replicas-max-lag ${guard.maxLagSeconds}`,
    reason: `writes stop at most ${describeSeconds(seconds)} after the last acknowledgement${bytes}, if fewer than ${guard.required} good replicas are on its side`,
  }
}

function perSecond(group: GroupSnapshot): string {
  const rate = masterRate(group)
  return rate === undefined ? '' : `, ${describeBytes(rate)} a second`
}

function restartsEmpty(group: GroupSnapshot): Exposure['masterRestartsEmpty'] {
  const master: NodeSnapshot | undefined = group.master === undefined ? undefined : group.nodes.get(group.master)
  if (master === undefined) return { wipes: undefined, reason: 'no master is known' }
  if (master.info === undefined || master.sampledAt === undefined)
    return { wipes: undefined, reason: 'the master has not answered' }
  const stored = storedHistory(master.info, master.config, master.sampledAt)
  if (stored.aof === true) return { wipes: false, reason: 'its append-only file is on' }
  if (stored.hasRdb === true)
    return {
      wipes: false,
      reason:
        stored.savesOnShutdown === false
          ? 'it has no save points, but an RDB was saved since it started: it comes back with that old state'
          : 'it has save points: it comes back with its last RDB',
    }
  if (stored.aof === undefined || stored.hasRdb === undefined)
    return { wipes: undefined, reason: 'its persistence is not known: CONFIG GET is not permitted or was not asked' }
  return {
    wipes: true,
    reason:
      group.replicas.length === 0
        ? 'it persists nothing: a restart before a failover begins is empty'
        : 'it persists nothing: a restart before a failover begins is empty, and empties every replica',
  }
}
