import type { NodeId } from '../../../../src-main/domain/address.ts'
import { exposureOf } from '../../../../src-main/domain/failover/exposure.ts'
import { forecastFailover } from '../../../../src-main/domain/failover/forecast.ts'
import type { Rule, RuleContext, Verdict } from '../../../../src-main/domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS } from '../../../../src-main/domain/findings/thresholds.ts'
import type { GroupPast, GroupSnapshot, PastSample } from '../../../../src-main/domain/topology/model.ts'
import {
  FIXTURE_AT,
  HEALTHY,
  healthyGroup,
  type InfoPartial,
  withNodeConfig,
  withNodeInfo,
} from '../../../support/facts.ts'

export type Fired = Extract<Verdict, { kind: 'fires' }>

const BLANK: PastSample = {
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
  authErrors: undefined,
  plainErrors: undefined,
}

/** The master's samples of its present process, `[seconds ago, fields]`, oldest first. */
export function masterPast(
  group: GroupSnapshot,
  samples: readonly (readonly [number, Partial<PastSample>])[],
): GroupPast {
  const runId = group.nodes.get(HEALTHY.master)?.runId
  const list = samples.map(([seconds, fields]) => ({ ...BLANK, at: FIXTURE_AT - seconds * 1000, runId, ...fields }))
  return { samples: new Map([[HEALTHY.master, list]]), events: [], since: FIXTURE_AT - 900_000, isOneShot: false }
}

export const NO_PAST: GroupPast = { samples: new Map(), events: [], since: FIXTURE_AT, isOneShot: true }

export function contextOf(group: GroupSnapshot, partial: Partial<RuleContext> = {}): RuleContext {
  const past = partial.past ?? NO_PAST
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

/** Reasons of the verdicts that could not be judged; fails when one fires. */
export function unjudged(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.map((verdict) => {
    if (verdict.kind === 'fires') throw new Error(`fires: ${verdict.title}`)
    return verdict.reason
  })
}

/** Title, why and remedy as one text. */
export function words(verdict: Fired): string {
  return [verdict.title, verdict.why, ...verdict.remedy].join('\n')
}

/** Values of the evidence by field; the first of each. */
export function evidenceOf(verdict: Fired): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...verdict.evidence].reverse().map((one) => [one.field, one.value]))
}

/** The healthy group with the master's INFO and settings changed; `undefined` removes a setting. */
export function group(info: InfoPartial, settings: Readonly<Record<string, string | undefined>> = {}): GroupSnapshot {
  return change(HEALTHY.master, info, settings)
}

export function change(
  id: NodeId,
  info: InfoPartial,
  settings: Readonly<Record<string, string | undefined>> = {},
  from: GroupSnapshot = healthyGroup(),
): GroupSnapshot {
  return withNodeConfig(withNodeInfo(from, id, info), id, settings)
}
