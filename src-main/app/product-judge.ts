import { RULES } from '../domain/findings/catalogue.ts'
import { createJudge } from '../domain/findings/create-judge.ts'
import type { Environment } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../domain/findings/thresholds.ts'
import type { Judge } from '../monitor/session.ts'

/** What every host concludes from a picture: every rule of the catalogue. */
export function productJudge(environment: Environment, thresholds: Thresholds = DEFAULT_THRESHOLDS): Judge {
  return createJudge(RULES, { thresholds, environment })
}
