import { exposureOf } from '../domain/failover/exposure.ts'
import { electable, forecastFailover } from '../domain/failover/forecast.ts'
import type { Judge } from '../monitor/session.ts'

/** What every host concludes from a picture: who could be elected and what would be lost. Findings join when their rules do. */
export const judgePicture: Judge = (snapshot, past) => {
  const forecast = forecastFailover(snapshot, {}, past.events)
  return {
    exposure: exposureOf(snapshot, forecast, past),
    electable: electable(forecast),
    findings: [],
    notJudged: [],
  }
}
