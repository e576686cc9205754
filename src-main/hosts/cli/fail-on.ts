import { accept, quote, refuse, type TargetResult } from '../../app/targets/model.ts'

/** Gravest last. */
const SEVERITIES = ['info', 'warning', 'critical'] as const
export type FailOn = (typeof SEVERITIES)[number]

/** Reads the value of `--fail-on`. */
export function readFailOn(text: string): TargetResult<FailOn> {
  const value = SEVERITIES.find((one) => one === text)
  if (value !== undefined) return accept(value)
  return refuse(`--fail-on ${quote(text)} is not a severity`, `give ${SEVERITIES.join(', ')}`)
}

/** Some finding, held or not, is as grave as that or graver. */
export function hasAtLeast(findings: readonly { readonly severity: FailOn }[], failOn: FailOn): boolean {
  const least = SEVERITIES.indexOf(failOn)
  return findings.some((finding) => SEVERITIES.indexOf(finding.severity) >= least)
}
