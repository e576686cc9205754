import type { NodeId } from '../../../src-main/domain/address.ts'
import { ruleContext } from '../../../src-main/domain/findings/create-judge.ts'
import type { Rule, RuleContext, Verdict } from '../../../src-main/domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import type { GroupEvent, GroupPast, GroupSnapshot, PastSample } from '../../../src-main/domain/topology/model.ts'
import { HEALTHY, healthyGroup, type InfoPartial, withNodeConfig, withNodeInfo } from '../../support/facts.ts'
import { ago, NO_PAST, pastOf } from '../../support/past.ts'

export { ago, NO_PAST, pastOf }

export type Fired = Extract<Verdict, { kind: 'fires' }>

/** What every rule reads of a snapshot, as the judge draws it; watched for an hour unless a past is given. */
export function contextOf(group: GroupSnapshot, partial: Partial<RuleContext> = {}): RuleContext {
  const settings = { thresholds: DEFAULT_THRESHOLDS, environment: 'production' as const }
  return { ...ruleContext(group, partial.past ?? pastOf(), settings), ...partial }
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

/** Values of the evidence: the first by `field`, the last by `node field`. */
export function evidenceOf({ evidence }: Fired): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ...[...evidence].reverse().map((one) => [one.field, one.value]),
    ...evidence.map((one) => [`${one.node} ${one.field}`, one.value]),
  ])
}

/** A link event. */
export function linkEvent(secondsAgo: number, node: NodeId, what: string): GroupEvent {
  return { at: ago(secondsAgo), kind: 'link', node, what, detail: '' }
}

/** The master's samples of its present process, `[seconds ago, fields]`, oldest first. */
export function masterPast(
  group: GroupSnapshot,
  samples: readonly (readonly [number, Partial<PastSample>])[],
): GroupPast {
  const runId = group.nodes.get(HEALTHY.master)?.runId
  return pastOf({ [HEALTHY.master]: samples.map(([seconds, fields]) => ({ at: ago(seconds), runId, ...fields })) })
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
