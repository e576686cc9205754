import type { NodeId } from '../address.ts'
import { exposureOf } from '../failover/exposure.ts'
import { forecastFailover } from '../failover/forecast.ts'
import { writesFailFor } from '../failover/outage.ts'
import { isUntold } from '../failover/works.ts'
import type { Exposure } from '../findings/model.ts'
import { forecastResync } from '../resync/forecast.ts'
import { masterRate } from '../resync/parties.ts'
import type { ResyncPlan } from '../resync/verdict.ts'
import type { GroupPast, GroupSnapshot } from '../topology/model.ts'
import type { Bounds, DrillForecast, ResyncOutcome } from './model.ts'

/** The part of a forecast that servers decide; which findings are expected is the drill's to say. */
export interface DrillExpectation extends Omit<DrillForecast, 'findings'> {
  /** What may be lost does not depend on when the fault strikes. */
  readonly isLossFixed?: boolean
}

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

/** A Sentinel demotes a master that others have replaced when it has seen the wrong role for 8 s, at its next INFO. */
const DEMOTION_SECONDS = { low: 8, high: 20 }

/**
 * What is said of a partition that leaves the master alone with clients for `lastsMs`: the others fail over as after its
 * death, and what it takes meanwhile is lost, until the guard stops it or, after the heal, it is demoted. The demoted
 * master then has what the winner never had, and synchronises in full.
 */
export function expectPartition(picture: Picture, lastsMs: number): DrillExpectation {
  const { snapshot, past } = picture
  const crash = expectCrash(picture)
  const forecast = forecastFailover(snapshot, {}, past.events)
  const { partition } = exposureOf(snapshot, forecast, past)
  const rate = masterRate(snapshot)
  const behind = crash.lossBytes?.high ?? 0
  const alone = secondsAlone(partition, lastsMs / 1000)
  return {
    ...crash,
    lossBytes:
      rate === undefined || alone === undefined
        ? null
        : { low: Math.floor(rate * alone.low), high: Math.ceil(rate * alone.high) + behind },
    resync: [
      ...crash.resync,
      ...(snapshot.master === undefined ? [] : [{ replica: snapshot.master, verdict: onceAhead(picture) }]),
    ],
  }
}

/** How long an isolated master takes writes; the last second before the heal is left out, so that the least is sure. */
function secondsAlone(partition: Exposure['partition'], lastsSeconds: number): Bounds | undefined {
  if (partition.isUnbounded) return { low: Math.max(0, lastsSeconds - 1), high: lastsSeconds + DEMOTION_SECONDS.high }
  return partition.acceptedForSeconds === undefined ? undefined : { low: 0, high: partition.acceptedForSeconds }
}

/** The guarded switchover pauses writes for no longer than this, and loses nothing. */
const LONGEST_PAUSE_MS = 5000
/** A client whose connection was cut asks the Sentinels again. */
const RECONNECTED_WITHIN_MS = 500

/**
 * What the plan of the guarded switchover promises: nothing is lost. Writes wait for the pause, then until the Sentinels
 * have seen and told who is master, and the client asks them.
 */
export function expectSwitchover({ snapshot, past }: Picture): DrillExpectation {
  const forecast = forecastFailover(snapshot, {}, past.events)
  const downAfterMs = Math.min(...snapshot.views.flatMap((view) => view.facts?.downAfterMs ?? []))
  const pauseMs = Math.min(LONGEST_PAUSE_MS, downAfterMs / 2)
  const promotion = forecast.timeline.find((one) => one.phase === 'promotion')
  const told = forecast.timeline.at(-1)
  const toldMs = promotion === undefined || told === undefined ? undefined : told.toMs - promotion.fromMs
  return {
    ...NOTHING_SAID,
    winner: forecast.isCertain ? (forecast.winner ?? null) : null,
    certain: forecast.isCertain,
    lossBytes: { low: 0, high: 0 },
    isLossFixed: true,
    outageMs: toldMs === undefined ? null : { low: 0, high: pauseMs + toldMs + RECONNECTED_WITHIN_MS },
    resync: forecast.afterwards.map(({ node, resync }) => ({ replica: node, verdict: resync.verdict })),
  }
}

/**
 * What is said of SENTINEL FAILOVER on a master that lives: it goes on to acknowledge until it is demoted. The other
 * replicas follow it until they are re-pointed, up to a second after the promotion: with writes going on they are then
 * ahead of the winner and synchronise in full. When clients turn to the new master is not said, for that is theirs.
 */
export function expectBareFailover(picture: Picture): DrillExpectation {
  const { snapshot } = picture
  const crash = expectCrash(picture)
  const rate = masterRate(snapshot)
  const ahead = onceAhead(picture)
  const lossBytes =
    rate === undefined || crash.lossBytes === null
      ? null
      : { low: 0, high: crash.lossBytes.high + Math.ceil(rate * DEMOTION_SECONDS.high) }
  return {
    ...crash,
    lossBytes,
    outageMs: null,
    resync: crash.resync.map(({ replica }) => ({ replica, verdict: ahead })),
  }
}

/** The resync of a node that went on with the old stream after the promotion: clients write, so it is ahead of the winner. */
function onceAhead({ snapshot }: Picture): ResyncOutcome['verdict'] {
  const rate = masterRate(snapshot)
  return rate !== undefined && rate > HELLO_BYTES_PER_SECOND * snapshot.knownSentinels ? 'full' : 'unknown'
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
  const { lossBytes, isLossFixed = false } = expectation
  const rate = masterRate(snapshot)
  if (isLossFixed || lossBytes === null || rate === undefined || ageMs <= 0) return expectation
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
