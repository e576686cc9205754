import { exposureOf } from '../../../../src-main/domain/failover/exposure.ts'
import { forecastFailover } from '../../../../src-main/domain/failover/forecast.ts'
import type { Environment, Rule, RuleContext, Verdict } from '../../../../src-main/domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS } from '../../../../src-main/domain/findings/thresholds.ts'
import type {
  GroupEvent,
  GroupPast,
  GroupSnapshot,
  PastSample,
  SentinelView,
} from '../../../../src-main/domain/topology/model.ts'
import { FIXTURE_AT } from '../../../support/facts.ts'

type Fired = Extract<Verdict, { readonly kind: 'fires' }>

export interface Circumstances {
  readonly environment?: Environment
  readonly samples?: ReadonlyMap<string, readonly PastSample[]>
  readonly events?: readonly GroupEvent[]
  readonly isOneShot?: boolean
}

/** What every rule reads of a snapshot, as the judge draws it. */
export function contextOf(snapshot: GroupSnapshot, given: Circumstances = {}): RuleContext {
  const past: GroupPast = {
    samples: given.samples ?? new Map(),
    events: given.events ?? [],
    since: FIXTURE_AT - 600_000,
    isOneShot: given.isOneShot ?? false,
  }
  const forecast = forecastFailover(snapshot, {}, past.events)
  return {
    snapshot,
    past,
    thresholds: DEFAULT_THRESHOLDS,
    environment: given.environment ?? 'production',
    forecast,
    exposure: exposureOf(snapshot, forecast, past),
  }
}

export function judge(rule: Rule, snapshot: GroupSnapshot, given?: Circumstances): readonly Verdict[] {
  return rule.judge(contextOf(snapshot, given))
}

/** The only verdict, which fires; fails when there is another number of them. */
export function fired(rule: Rule, snapshot: GroupSnapshot, given?: Circumstances): Fired {
  const verdicts = judge(rule, snapshot, given)
  const [verdict] = verdicts
  if (verdicts.length !== 1 || verdict?.kind !== 'fires')
    throw new Error(`${rule.code} should fire once, not: ${JSON.stringify(verdicts)}`)
  return verdict
}

/** The same group with every Sentinel's view, or one of them, changed. */
export function withViews(
  group: GroupSnapshot,
  change: (view: SentinelView) => Partial<SentinelView>,
  only?: string,
): GroupSnapshot {
  return {
    ...group,
    views: group.views.map((view) =>
      only === undefined || view.sentinel === only ? { ...view, ...change(view) } : view,
    ),
  }
}

/** One remembered sample with every field absent unless given. */
export function pastSample(partial: Partial<PastSample> & { readonly at: number }): PastSample {
  return {
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
    ...partial,
  }
}
