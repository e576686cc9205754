import type { ResyncForecast } from '../domain/resync/forecast.ts'
import type { ResyncReport } from './forecast.ts'
import { toKnownTime, toNumber } from './plain.ts'
import { toResyncVerdict } from './to-link.ts'

/** Resync forecasts, of one group or several, as JSON; `takenAt` is epoch ms. */
export function toResyncReport(forecasts: readonly ResyncForecast[], takenAt: number): ResyncReport {
  return {
    schema: 'repliscope/resync@1',
    takenAt: toKnownTime(takenAt),
    nodes: forecasts.map((forecast) => ({
      node: forecast.node,
      upstream: forecast.upstream ?? null,
      cases: forecast.cases.map((one) => ({ plan: one.plan, ...toResyncVerdict(one) })),
      mayStayAwaySeconds: toNumber(forecast.mayStayAway.seconds),
      mayStayAwaySecondsUnbounded: forecast.mayStayAway.isUnbounded,
    })),
  }
}
