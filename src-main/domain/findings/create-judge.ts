import { exposureOf } from '../failover/exposure.ts'
import { electable, forecastFailover } from '../failover/forecast.ts'
import { exposureSentence, type ExposureHeadline } from '../failover/headline.ts'
import type { NodeId } from '../address.ts'
import type { ConfigReply } from '../replies/reply-types.ts'
import type { GroupPast, GroupSnapshot } from '../topology/model.ts'
import { judgeGroup, type Judgement } from './judge-group.ts'
import type { Exposure, Finding } from './model.ts'
import type { Environment, Rule, RuleContext } from './rule.ts'
import type { Thresholds } from './thresholds.ts'

/** Everything concluded from one picture of a group. */
export interface GroupConclusions extends Judgement {
  readonly exposure: Exposure
  readonly headline: ExposureHeadline
  /** In ranking order. */
  readonly electable: readonly NodeId[]
}

/** The numbers and the tag that rules are judged with. */
export interface JudgeSettings {
  readonly thresholds: Thresholds
  readonly environment: Environment
}

/** Everything that rules, and the checklist, read of one picture. */
export function ruleContext(snapshot: GroupSnapshot, past: GroupPast, settings: JudgeSettings): RuleContext {
  const forecast = forecastFailover(snapshot, {}, past.events)
  const exposure = exposureOf(snapshot, forecast, past)
  return { snapshot, past, forecast, exposure, configFiles: configFilesOf(snapshot), ...settings }
}

/** Draws every conclusion from a picture, its past and the findings of the moment before; pure. */
export function createJudge(
  rules: readonly Rule[],
  settings: JudgeSettings,
): (
  snapshot: GroupSnapshot,
  past: GroupPast,
  previous: { readonly findings: readonly Finding[] } | undefined,
) => GroupConclusions {
  return (snapshot, past, previous) => {
    const context = ruleContext(snapshot, past, settings)
    const { exposure, forecast } = context
    return {
      exposure,
      headline: exposureSentence(snapshot, exposure, forecast),
      electable: electable(forecast),
      ...judgeGroup(rules, context, previous?.findings ?? []),
    }
  }
}

function configFilesOf(snapshot: GroupSnapshot): ReadonlyMap<NodeId, ConfigReply> {
  return new Map(
    [...snapshot.nodes].flatMap(([id, { configFile }]) =>
      configFile === undefined ? [] : [[id, configFile] as const],
    ),
  )
}
