import type { Environment } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../domain/findings/thresholds.ts'
import { findingCodes, type FindingFilter } from './audit.ts'
import type { TargetResult } from './targets/model.ts'
import { accept, quote, refuse } from './targets/model.ts'

const ENVIRONMENTS: readonly Environment[] = ['production', 'staging', 'development', 'lab']

/** What a person may set of an audit, as typed. */
export interface AuditFlags {
  readonly environment?: string | undefined
  readonly threshold?: readonly string[] | undefined
  readonly only?: readonly string[] | undefined
  readonly except?: readonly string[] | undefined
}

export interface AuditSettings {
  /** Undefined: nothing was said. */
  readonly environment: Environment | undefined
  /** Only those that were given. */
  readonly thresholds: Partial<Thresholds>
  readonly filter: FindingFilter
}

/** Reads the settings; says what is wrong with the first that cannot be used. */
export function readAuditSettings(flags: AuditFlags): TargetResult<AuditSettings> {
  const environment = ENVIRONMENTS.find((one) => one === flags.environment)
  if (flags.environment !== undefined && environment === undefined)
    return refuse(`--environment ${quote(flags.environment)} is not known`, `give one of ${ENVIRONMENTS.join(', ')}`)
  const codes = findingCodes()
  for (const [flag, given] of [
    ['--only', flags.only ?? []],
    ['--except', flags.except ?? []],
  ] as const) {
    const unknown = given.find((code) => !codes.includes(code))
    if (unknown !== undefined)
      return refuse(`${flag} ${quote(unknown)} is not the code of a finding`, 'docs/findings.md lists the codes')
  }
  const thresholds = readThresholds(flags.threshold ?? [])
  if (!thresholds.ok) return thresholds
  const filter = { only: flags.only ?? [], except: flags.except ?? [] }
  return accept({ environment, thresholds: thresholds.value, filter })
}

function readThresholds(given: readonly string[]): TargetResult<Partial<Thresholds>> {
  const changed: Record<string, number> = {}
  for (const text of given) {
    const equals = text.indexOf('=')
    const name = text.slice(0, Math.max(0, equals))
    const digits = text.slice(equals + 1)
    if (!Object.hasOwn(DEFAULT_THRESHOLDS, name))
      return refuse(`--threshold ${quote(text)} names no setting`, 'docs/findings.md lists the settings as NAME=NUMBER')
    const value = /^\d{1,15}(\.\d{1,6})?$/.test(digits) ? Number(digits) : undefined
    const isRatio = name.endsWith('Ratio')
    if (value === undefined || (isRatio && value > 1))
      return refuse(`--threshold ${name} is out of range`, `give a number from 0 ${isRatio ? 'to 1' : 'on'}`)
    changed[name] = value
  }
  return accept(changed)
}
