import type { NodeId } from '../address.ts'
import { exposureOf } from '../failover/exposure.ts'
import { forecastFailover } from '../failover/forecast.ts'
import { writesFailFor } from '../failover/outage.ts'
import { isUntold } from '../failover/works.ts'
import { forecastResync } from '../resync/forecast.ts'
import { masterRate } from '../resync/parties.ts'
import type { ResyncPlan } from '../resync/verdict.ts'
import type { GroupPast, GroupSnapshot } from '../topology/model.ts'
import type { DrillForecast, ResyncOutcome } from './model.ts'

/** The part of a forecast that servers decide; which findings are expected is the drill's to say. */
export type DrillExpectation = Omit<DrillForecast, 'findings'>

/** What the product knows of a group at one moment. */
export interface Picture {
  readonly snapshot: GroupSnapshot
  readonly past: GroupPast
}

/** For faults of which nothing is forecast but what a drill adds. */
export const NOTHING_SAID: DrillExpectation = {
  winner: null,
  certain: false,
  lossBytes: null,
  outageMs: null,
  resync: [],
}

/**
 * What is said of the master's death now. A failover that cannot happen is a certain "nobody"; nothing is lost then, for
 * nobody takes the master's place, and when writes go on is not said.
 */
export function expectCrash({ snapshot, past }: Picture): DrillExpectation {
  const forecast = forecastFailover(snapshot, {}, past.events)
  if (!forecast.works.ok) return { ...NOTHING_SAID, certain: !isUntold(forecast.works) }
  const { lossBytes } = exposureOf(snapshot, forecast, past).masterCrash
  return {
    winner: forecast.isCertain ? (forecast.winner ?? null) : null,
    certain: forecast.isCertain,
    lossBytes: lossBytes ?? null,
    outageMs: writesFailFor(snapshot, forecast) ?? null,
    resync: forecast.afterwards.map(({ node, resync }) => ({ replica: node, verdict: resync.verdict })),
  }
}

/** What is said of one plan's resync, for the nodes named; those that it says nothing of are left out. */
export function expectResync(
  { snapshot }: Picture,
  plan: ResyncPlan,
  nodes: readonly NodeId[],
  awaySeconds = 0,
): readonly ResyncOutcome[] {
  const winners = forecastFailover(snapshot).possibleWinners
  const forecasts = forecastResync(snapshot, { winners, awaySeconds })
  return nodes.flatMap((node) => {
    const found = forecasts.find((one) => one.node === node)?.cases.find((one) => one.plan === plan)
    return found === undefined ? [] : [{ replica: node, verdict: found.verdict }]
  })
}

/**
 * An expectation carried from its picture to the moment of the fault: the stream went on meanwhile, so up to `ageMs` of
 * writing more may be lost.
 */
export function carryOver(expectation: DrillExpectation, { snapshot }: Picture, ageMs: number): DrillExpectation {
  const { lossBytes } = expectation
  const rate = masterRate(snapshot)
  if (lossBytes === null || rate === undefined || ageMs <= 0) return expectation
  const grown = Math.ceil((rate * ageMs) / 1000)
  return { ...expectation, lossBytes: { low: lossBytes.low, high: lossBytes.high + grown } }
}

/** What goes over the stream beside writes in so much time: hellos of the Sentinels, keep-alives. */
export function ownTraffic({ snapshot }: Picture, ms: number): number {
  return Math.ceil((HELLO_BYTES_PER_SECOND * snapshot.knownSentinels * ms) / 1000) + KEEP_ALIVE_BYTES
}

/** About what one Sentinel's hellos put on the stream. */
const HELLO_BYTES_PER_SECOND = 100
const KEEP_ALIVE_BYTES = 14
