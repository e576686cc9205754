import type { Environment, Rule, RuleContext, Verdict } from '../../../../src-main/domain/findings/rule.ts'
import type { GroupPast, GroupSnapshot, SentinelView } from '../../../../src-main/domain/topology/model.ts'
import * as judging from '../judging.ts'

export interface Circumstances extends Partial<Pick<GroupPast, 'samples' | 'events' | 'isOneShot'>> {
  readonly environment?: Environment
}

/** What every rule reads of a snapshot, as the judge draws it. */
export function contextOf(
  snapshot: GroupSnapshot,
  { environment = 'production', ...past }: Circumstances = {},
): RuleContext {
  return judging.contextOf(snapshot, { environment, past: judging.pastOf({}, past) })
}

export function judge(rule: Rule, snapshot: GroupSnapshot, given?: Circumstances): readonly Verdict[] {
  return rule.judge(contextOf(snapshot, given))
}

/** The only verdict, which fires; fails when there is another number of them. */
export function fired(rule: Rule, snapshot: GroupSnapshot, given?: Circumstances): judging.Fired {
  return judging.fired(judge(rule, snapshot, given))
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
