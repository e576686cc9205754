import type { NodeId } from '../../../../src-main/domain/address.ts'
import { exposureOf } from '../../../../src-main/domain/failover/exposure.ts'
import { forecastFailover } from '../../../../src-main/domain/failover/forecast.ts'
import type { Rule, RuleContext, Verdict } from '../../../../src-main/domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS } from '../../../../src-main/domain/findings/thresholds.ts'
import type { GroupEvent, GroupPast, GroupSnapshot, PastSample } from '../../../../src-main/domain/topology/model.ts'
import { FIXTURE_AT } from '../../../support/facts.ts'

export type Fired = Extract<Verdict, { kind: 'fires' }>

/** A past of the given samples by node; live, and an hour old. */
export function pastOf(
  samples: Readonly<Record<NodeId, readonly Partial<PastSample>[]>> = {},
  partial: Partial<GroupPast> = {},
): GroupPast {
  const blank: PastSample = {
    at: 0,
    runId: undefined,
    role: undefined,
    replid: undefined,
    offset: undefined,
    keys: undefined,
    changesSinceSave: undefined,
    masterLink: undefined,
    syncFull: undefined,
    syncPartialOk: undefined,
    syncPartialErr: undefined,
    outputBufferDisconnections: undefined,
    evictedKeys: undefined,
    expiredKeys: undefined,
    aofDelayedFsync: undefined,
    unexpectedErrorReplies: undefined,
    byteLagHigh: undefined,
    byteLagLow: undefined,
    marginBytes: undefined,
    outputBufferBytes: undefined,
    flushCalls: undefined,
  }
  return {
    samples: new Map(Object.entries(samples).map(([id, list]) => [id, list.map((one) => ({ ...blank, ...one }))])),
    events: [],
    since: FIXTURE_AT - 3_600_000,
    isOneShot: false,
    ...partial,
  }
}

/** So many seconds before the fixtures were taken. */
export function ago(seconds: number): number {
  return FIXTURE_AT - seconds * 1000
}

/** A link event. */
export function linkEvent(secondsAgo: number, node: NodeId, what: string): GroupEvent {
  return { at: ago(secondsAgo), kind: 'link', node, what, detail: '' }
}

export function contextOf(group: GroupSnapshot, partial: Partial<RuleContext> = {}): RuleContext {
  const past = partial.past ?? pastOf()
  const forecast = forecastFailover(group, {}, past.events)
  return {
    snapshot: group,
    past,
    thresholds: DEFAULT_THRESHOLDS,
    environment: 'production',
    forecast,
    exposure: exposureOf(group, forecast, past),
    ...partial,
  }
}

/** What a rule says of a group. */
export function judge(rule: Rule, group: GroupSnapshot, partial: Partial<RuleContext> = {}): readonly Verdict[] {
  return rule.judge(contextOf(group, partial))
}

/** The one verdict that is expected; fails on none, on several and on `not-judged`. */
export function fired(verdicts: readonly Verdict[]): Fired {
  const [first] = verdicts
  if (verdicts.length !== 1 || first?.kind !== 'fires') throw new Error(`not one finding: ${JSON.stringify(verdicts)}`)
  return first
}

/** Title, why and remedy as one text. */
export function words(verdict: Fired): string {
  return [verdict.title, verdict.why, ...verdict.remedy].join('\n')
}

/** Values of the evidence by `node field`. */
export function evidenceOf(verdict: Fired): Readonly<Record<string, unknown>> {
  return Object.fromEntries(verdict.evidence.map((one) => [`${one.node} ${one.field}`, one.value]))
}
