import type { FailoverForecast } from '../domain/failover/model.ts'
import type { FailoverReport } from './forecast.ts'
import { toInteger, toKnownTime, toNumber, toRange } from './plain.ts'

/** A failover forecast as JSON; `takenAt` is epoch ms of the snapshot that it was made from. */
export function toFailoverReport(forecast: FailoverForecast, takenAt: number): FailoverReport {
  return {
    schema: 'repliscope/failover@1',
    takenAt: toKnownTime(takenAt),
    group: forecast.group,
    master: forecast.master ?? null,
    winner: forecast.winner ?? null,
    possibleWinners: [...forecast.possibleWinners],
    certain: forecast.isCertain,
    unknowns: [...forecast.unknowns],
    works: { ok: forecast.works.ok, reasons: [...forecast.works.reasons] },
    timeline: forecast.timeline.map(({ phase, fromMs, toMs }) => ({ phase, fromMs, toMs })),
    ranking: forecast.ranking.map((one) => ({
      node: one.node,
      eligible: one.isEligible,
      excludedBecause: one.excludedBecause ?? null,
      priority: toInteger(one.priority),
      offset: toInteger(one.offset),
      runId: one.runId ?? null,
      byteLag: toRange(one.byteLag),
      foreign: one.isForeign,
    })),
    quorum: {
      needed: toInteger(forecast.quorum.needed),
      reachable: forecast.quorum.reachable,
      majorityNeeded: toInteger(forecast.quorum.majorityNeeded),
      ok: forecast.quorum.ok,
    },
    loss: { bytes: toRange(forecast.loss.bytes), seconds: toNumber(forecast.loss.seconds) },
    afterwards: forecast.afterwards.map(({ node, resync }) => ({
      node,
      resync: resync.verdict,
      reason: resync.reason,
    })),
    writesAfterwards: {
      accepted: forecast.writesAfterwards.accepted ?? null,
      reason: forecast.writesAfterwards.reason,
    },
  }
}
