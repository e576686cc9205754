import type { NodeId } from '../address.ts'
import { mayBeDead } from '../failure.ts'
import type { Exposure } from '../findings/model.ts'
import type { GroupSnapshot } from '../topology/model.ts'
import type { FailoverForecast } from './model.ts'
import { describeBytes, describeSeconds } from '../units.ts'
import { isUnderWay, isUntold } from './works.ts'

/** The first line a DBA reads, in parts and as one plain sentence. */
export interface ExposureHeadline {
  /**
   * quiet: nothing would be lost and every replica continues; at-risk: a failover with a price; unprotected: nobody takes
   * over by itself; unknown: cannot be judged, with `takesOver` empty not even that.
   */
  readonly tone: 'quiet' | 'at-risk' | 'unprotected' | 'unknown'
  readonly master: NodeId | undefined
  /** Who takes over; several when undecided; empty when nobody does. */
  readonly takesOver: readonly NodeId[]
  /** Upper bound. */
  readonly lossBytes: number | undefined
  readonly lossSeconds: number | undefined
  /** Of the remaining replicas: how many would need a full resync, how many cannot be foreseen, out of how many. */
  readonly fullResyncs: number
  readonly unknownResyncs: number
  readonly remaining: number
  readonly sentence: string
}

/** The headline of one group. */
export function exposureSentence(
  group: GroupSnapshot,
  exposure: Exposure,
  forecast: FailoverForecast,
): ExposureHeadline {
  const { lossBytes, lossSeconds } = exposure.masterCrash
  const takesOver = !forecast.works.ok
    ? []
    : forecast.winner === undefined
      ? forecast.possibleWinners
      : [forecast.winner]
  const after = takesOver.length === 0 ? [] : forecast.afterwards
  // of several possible winners all but one remain
  const remaining = Math.max(0, after.length - Math.max(0, takesOver.length - 1))
  const parts = {
    master: group.master,
    takesOver,
    lossBytes: lossBytes?.high,
    lossSeconds,
    fullResyncs: Math.min(remaining, after.filter((one) => one.resync.verdict === 'full').length),
    unknownResyncs: after.filter((one) => one.resync.verdict === 'unknown').length,
    remaining,
  }
  if (group.master === undefined)
    return { ...parts, tone: 'unknown', sentence: `${group.name} has no master: writes fail now` }
  if (group.replicas.length === 0)
    return {
      ...parts,
      tone: 'unprotected',
      sentence: `${opening(group, group.master)}: no replica takes over; only what its own disk holds is left`,
    }
  if (takesOver.length === 0 && isUnderWay(group))
    return {
      ...parts,
      tone: 'at-risk',
      sentence: `A failover of ${group.name} is under way: ${group.master} is being replaced, ${lossWords(parts)}`,
    }
  if (isUntold(forecast.works))
    return {
      ...parts,
      tone: 'unknown',
      sentence: `${opening(group, group.master)}: whether a replica takes over cannot be told (${forecast.works.reasons.join('; ')})${byHand(forecast, parts)}`,
    }
  if (takesOver.length === 0)
    return {
      ...parts,
      tone: 'unprotected',
      sentence: `${opening(group, group.master)}: nobody takes over by itself (${forecast.works.reasons.join('; ')})${byHand(forecast, parts)}`,
    }
  const isQuiet = losesNothing(parts) && parts.fullResyncs === 0 && parts.unknownResyncs === 0
  const tone = isQuiet ? 'quiet' : parts.lossBytes === undefined ? 'unknown' : 'at-risk'
  const who = `${takesOver.join(' or ')} takes over`
  const sentence = `${opening(group, group.master)}: ${who}, ${lossWords(parts)}${resyncWords(parts)}`
  return { ...parts, tone, sentence }
}

function opening(group: GroupSnapshot, master: NodeId): string {
  return mayBeDead(group.nodes.get(master)?.reachability)
    ? `${master} does not answer from here; if it is dead`
    : `If ${master} died now`
}

type Parts = Omit<ExposureHeadline, 'tone' | 'sentence'>

/** Level, or nothing but keep-alives. */
function losesNothing(parts: Parts): boolean {
  return parts.lossBytes === 0 || (parts.lossBytes !== undefined && parts.lossSeconds === 0)
}

function lossWords(parts: Parts): string {
  if (losesNothing(parts)) return 'no writes lost'
  if (parts.lossBytes === undefined) return 'how much is lost cannot be judged'
  const time = parts.lossSeconds === undefined ? '' : ` (${describeSeconds(parts.lossSeconds)} of writes)`
  return `up to ${describeBytes(parts.lossBytes)}${time} lost`
}

function resyncWords(parts: Parts): string {
  const { remaining, fullResyncs, unknownResyncs } = parts
  if (remaining === 0) return '; no other replica remains'
  if (fullResyncs > 0) return `; ${fullResyncs} of ${remaining} ${plural(remaining)} would need a full resync`
  if (unknownResyncs > 0)
    return `; whether ${remaining === 1 ? 'the other replica needs' : 'the other replicas need'} a full resync cannot be foreseen`
  return ''
}

function byHand(forecast: FailoverForecast, parts: Parts): string {
  const best = forecast.ranking.find((one) => one.isEligible)
  if (best === undefined) return ''
  return `; promoting ${best.node} by hand: ${lossWords(parts)}`
}

function plural(count: number): string {
  return count === 1 ? 'replica' : 'replicas'
}
