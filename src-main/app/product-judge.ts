import { RULES } from '../domain/findings/catalogue.ts'
import { createJudge } from '../domain/findings/create-judge.ts'
import type { Environment } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS } from '../domain/findings/thresholds.ts'
import type { Judge } from '../monitor/open-session.ts'

/** What every host concludes from a picture: every rule of the catalogue with its default thresholds. */
export function productJudge(environment: Environment): Judge {
  return createJudge(RULES, { thresholds: DEFAULT_THRESHOLDS, environment })
}
