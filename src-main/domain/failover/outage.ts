import type { GroupSnapshot } from '../topology/model.ts'
import type { FailoverForecast } from './model.ts'

/** Sentinel pings every second, or every down-after where that is less. */
const PING_PERIOD_MS = 1000

/** A client that lost its master asks the Sentinels again at least this often, and then has to connect. */
const CLIENT_RETRY_MS = 500

/**
 * How long writes fail when the master dies now, for a client that asks the Sentinels, milliseconds. At best the last
 * answer to a PING is a ping period old when it dies, and every random wait is short; at worst the whole timeline passes.
 * Undefined where there is no end by itself: no failover, or a new master that refuses writes; and when down-after is not
 * known.
 */
export function writesFailFor(
  group: GroupSnapshot,
  forecast: FailoverForecast,
): { readonly low: number; readonly high: number } | undefined {
  const last = forecast.timeline.at(-1)
  const downAfterMs = group.views.flatMap((view) => view.facts?.downAfterMs ?? [])
  if (last === undefined || downAfterMs.length === 0) return undefined
  if (!forecast.works.ok || forecast.writesAfterwards.accepted === false) return undefined
  const soonest = Math.min(...downAfterMs.map((ms) => ms - Math.min(ms, PING_PERIOD_MS)))
  return { low: soonest, high: last.toMs + CLIENT_RETRY_MS }
}
