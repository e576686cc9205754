import { describeBytes } from '../units.ts'
import { counted } from '../text.ts'
import { describeMs } from './comparison.ts'
import type { Bounds, DrillForecast, DrillMeasurement, DrillMoment, DrillVerdict, ResyncOutcome } from './model.ts'

/** A drill that was run, as far as it is held against its forecast. */
export interface DrillResult {
  readonly forecast: DrillForecast
  readonly measured: DrillMeasurement
  /**
   * Bytes of the stream that may have been lost beside `measured.lossBytes`, which counts acknowledged writes only: writes
   * without an answer that are gone, Sentinels' hellos and keep-alives.
   */
  readonly uncountedBytes: number
}

/**
 * Holds a forecast against what happened.
 *
 * Winner: only a certain one is held against the outcome; a certain null says that nobody is promoted. Loss: the forecast
 * speaks of bytes of the replication stream. A lost acknowledged write counts with the exact length of its SET in that
 * stream, so what was lost lies between those and those plus `uncountedBytes`; right means that this meets the interval.
 * Outage: inside the bounds. Resync: every verdict that was not `unknown` is what happened; a replica that never came back
 * tells nothing. Findings: every code expected was raised.
 */
export function judgeDrill({ forecast, measured, uncountedBytes }: DrillResult): DrillVerdict {
  return {
    winner: forecast.certain ? forecast.winner === measured.winner : null,
    loss: judgeLoss(forecast.lossBytes, measured.lossBytes, uncountedBytes),
    resync: judgeResync(forecast.resync, measured.resync),
    outage: isWithin(forecast.outageMs, measured.outageMs),
    findings: missingFindings(forecast, measured).length === 0,
  }
}

/** Codes that were expected and not raised, in the order expected. */
export function missingFindings(forecast: DrillForecast, measured: DrillMeasurement): readonly string[] {
  const raised = new Set(measured.findings)
  return forecast.findings.filter((code) => !raised.has(code))
}

/** Replicas whose resync was forecast otherwise. */
export function surprisingResyncs(
  forecast: readonly ResyncOutcome[],
  measured: readonly ResyncOutcome[],
): readonly { readonly replica: string; readonly forecast: string; readonly measured: string }[] {
  return comparable(forecast, measured).filter((one) => one.forecast !== one.measured)
}

/** What the numbers say, one sentence each: loss, outage, resync, and what was not expected. */
export function describeOutcome(result: DrillResult): readonly string[] {
  const { forecast, measured } = result
  const verdict = judgeDrill(result)
  return [
    ...winnerWords(forecast, measured, verdict.winner),
    ...lossWords(result, verdict.loss),
    ...outageWords(forecast, measured, verdict.outage),
    ...surprisingResyncs(forecast.resync, measured.resync).map(
      (one) => `${one.replica} was forecast a ${one.forecast} resync and got ${one.measured}.`,
    ),
    ...missingFindings(forecast, measured).map((code) => `${code} was expected and not raised.`),
  ]
}

/**
 * Why writes failed for longer than forecast, where the Sentinels themselves told: a forecast counts on the first election.
 * Source: Sentinel's event `-failover-abort-not-elected`; it tries again after twice failover-timeout.
 */
export function describeElections(
  timeline: readonly DrillMoment[],
  { winner, outageMs }: Pick<DrillMeasurement, 'winner' | 'outageMs'>,
  forecast: Bounds | null,
): readonly string[] {
  const wasLate = forecast !== null && outageMs !== null && outageMs > forecast.high
  const wasAborted = timeline.some(({ what }) => what === '-failover-abort-not-elected')
  return winner !== null && wasLate && wasAborted
    ? ['An election ended without a leader, and the Sentinels wait for twice failover-timeout before the next one.']
    : []
}

function judgeLoss(forecast: Bounds | null, lost: number | null, uncountedBytes: number): boolean | null {
  if (forecast === null || lost === null) return null
  return lost <= forecast.high && lost + uncountedBytes >= forecast.low
}

function judgeResync(forecast: readonly ResyncOutcome[], measured: readonly ResyncOutcome[]): boolean | null {
  const pairs = comparable(forecast, measured)
  return pairs.length === 0 ? null : pairs.every((one) => one.forecast === one.measured)
}

function comparable(forecast: readonly ResyncOutcome[], measured: readonly ResyncOutcome[]) {
  const happened = new Map(measured.map((one) => [one.replica, one.verdict]))
  return forecast.flatMap(({ replica, verdict }) => {
    const outcome = happened.get(replica) ?? 'unknown'
    return verdict === 'unknown' || outcome === 'unknown' ? [] : [{ replica, forecast: verdict, measured: outcome }]
  })
}

function isWithin(bounds: Bounds | null, value: number | null): boolean | null {
  if (bounds === null || value === null) return null
  return value >= bounds.low && value <= bounds.high
}

function winnerWords(forecast: DrillForecast, measured: DrillMeasurement, right: boolean | null): readonly string[] {
  if (right !== false) return []
  return [`${forecast.winner ?? 'Nobody'} was certain to be promoted; it was ${measured.winner ?? 'nobody'}.`]
}

function lossWords({ forecast, measured }: DrillResult, right: boolean | null): readonly string[] {
  if (measured.lossBytes === null || measured.lost === null) return []
  const lost = `${counted(measured.lost, 'acknowledged write')} of ${measured.acknowledged} lost, ${describeBytes(measured.lossBytes)} of the stream`
  if (forecast.lossBytes === null) return [`${lost}.`]
  const { low, high } = forecast.lossBytes
  const said = `${describeBytes(Math.max(0, low))} to ${describeBytes(Math.max(0, high))}`
  return [`${lost}; the forecast was ${said}${right === false ? ', which is wrong' : ''}.`]
}

function outageWords(forecast: DrillForecast, measured: DrillMeasurement, right: boolean | null): readonly string[] {
  if (measured.outageMs === null) return []
  const took = `The first write that stayed was accepted ${describeMs(measured.outageMs)} after the fault`
  if (forecast.outageMs === null) return [`${took}.`]
  const { low, high } = forecast.outageMs
  const said = `the forecast was ${describeMs(low)} to ${describeMs(high)}`
  return [`${took}; ${said}${right === false ? ', which is wrong' : ''}.`]
}
