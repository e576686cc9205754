import { formatAddress } from '../domain/address.ts'
import { RULES } from '../domain/findings/catalogue.ts'
import { createJudge } from '../domain/findings/create-judge.ts'
import type { Environment } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../domain/findings/thresholds.ts'
import type { Judge } from '../monitor/session.ts'
import type { ParsedTarget } from './targets/model.ts'

/** What every host concludes from a picture: every rule of the catalogue. */
export function productJudge(environment: Environment, thresholds: Thresholds = DEFAULT_THRESHOLDS): Judge {
  return createJudge(RULES, { thresholds, environment })
}

/** The nodes of a lab of ours are a lab; everything else is production until somebody says otherwise. */
export async function environmentOf(target: ParsedTarget): Promise<Environment> {
  const { recordedLabs } = await import('../lab/record.ts')
  const nodes = new Set(recordedLabs().flatMap((lab) => lab.nodes.map((node) => node.id)))
  const addresses = [...target.sentinels, ...target.nodes, ...target.undecided].map(formatAddress)
  return addresses.length > 0 && addresses.every((id) => nodes.has(id)) ? 'lab' : 'production'
}
