import type { Flavour } from '../replies/info-reply.ts'
import { compareVersions, parseVersion, type Version } from '../replies/version.ts'
import type { Advisory, AffectedVersions, ReleaseLine } from './advisory.ts'
import { ADVISORIES, ADVISORIES_AS_OF, RELEASE_LINES } from './advisory-table.ts'

/** What decides which advisories concern a process. Absent is not known. */
export interface AdvisedProcess {
  readonly kind: 'server' | 'sentinel'
  readonly flavour: Flavour
  /** As INFO says; a distribution's suffix marks a build with patches of its own. */
  readonly version: string | undefined
  readonly mode: string | undefined
  readonly os: string | undefined
  /** CONFIG GET; a parameter that was answered for but is missing is one the server does not have. */
  readonly settings: ReadonlyMap<string, string> | undefined
  readonly isAofOn: boolean | undefined
}

/** How an advisory may be got rid of. */
export type AdvisoryFix =
  /** The next release of the same line that has it. */
  | { readonly kind: 'fixed-in'; readonly version: string }
  /** The line has ended without it; `version` is the oldest release of a later line with it. */
  | { readonly kind: 'line-ended'; readonly line: string; readonly version: string }
  /** Later lines have it; whether a patch of this line has it too was not verified. */
  | { readonly kind: 'unverified'; readonly line: string; readonly version: string }
  /** No release has it. */
  | { readonly kind: 'not-fixed' }

/** One advisory that concerns, or may concern, a process. */
export interface AdvisoryMatch {
  readonly advisory: Advisory
  readonly fix: AdvisoryFix
  /** The advisory's own where everything that decides is known; else info. */
  readonly severity: 'warning' | 'info'
  /** What was not seen and decides; empty when it concerns the process for certain. */
  readonly dependsOn: readonly string[]
}

/** The advisories of one process, in the order of the table; or why the table cannot tell. */
export type AdvisoryAnswer =
  | {
      readonly known: true
      readonly matches: readonly AdvisoryMatch[]
      /** The version carries a suffix: somebody's own build, patched in ways that its number does not show. */
      readonly isVendorBuild: boolean
    }
  | { readonly known: false; readonly reason: string }

/** The month of the table. */
export { ADVISORIES_AS_OF }

/**
 * What the table says of one process. Fixes that a distribution carried back into an older number cannot be seen from
 * outside, so a match means "this number lacks the fix". No match is not a clean bill.
 */
export function advisoriesFor(
  process: AdvisedProcess,
  advisories: readonly Advisory[] = ADVISORIES,
  lines: readonly ReleaseLine[] = RELEASE_LINES,
): AdvisoryAnswer {
  const { flavour } = process
  const version = parseVersion(process.version)
  if (flavour === 'unknown' || version === undefined)
    return { known: false, reason: 'it does not say which version of Redis or Valkey it is' }
  const line = releaseLine(flavour, version, lines)
  if (line === undefined) return { known: false, reason: notInTable(flavour, version, lines) }
  const isVendorBuild = !/^\d+\.\d+\.\d+$/.test(process.version ?? '')
  const matches = advisories.flatMap((advisory) => {
    if (advisory.component !== 'both' && advisory.component !== process.kind) return []
    const affected = advisory.affected.find((one) => one.flavour === flavour)
    const fix = affected === undefined ? undefined : fixFor(version, line, affected)
    const dependsOn = fix === undefined ? undefined : conditions(advisory, process, isVendorBuild)
    if (fix === undefined || dependsOn === undefined) return []
    const isCertain = dependsOn.length === 0 && fix.kind !== 'unverified'
    return [{ advisory, fix, severity: isCertain ? advisory.severity : ('info' as const), dependsOn }]
  })
  return { known: true, matches, isVendorBuild }
}

/** The line of a version, when it is one that was released. */
export function releaseLine(
  flavour: Flavour,
  version: Version,
  lines: readonly ReleaseLine[] = RELEASE_LINES,
): ReleaseLine | undefined {
  return lines.find((one) => one.flavour === flavour && one.line === lineOf(version))
}

/** The newest line of a flavour that the table knows. */
export function newestLine(flavour: Flavour, lines: readonly ReleaseLine[] = RELEASE_LINES): string | undefined {
  return lines.filter((one) => one.flavour === flavour).at(-1)?.line
}

/** Undefined: not affected. */
function fixFor(version: Version, line: ReleaseLine, affected: AffectedVersions): AdvisoryFix | undefined {
  const from = parseVersion(affected.from)
  if (from !== undefined && compareVersions(version, from) < 0) return undefined
  if (affected.fixedIn.length === 0) return { kind: 'not-fixed' }
  const fixes = affected.fixedIn.flatMap((text) => {
    const fixed = parseVersion(text)
    return fixed === undefined ? [] : [{ text, fixed }]
  })
  const own = fixes.find(({ fixed }) => lineOf(fixed) === line.line)
  if (own !== undefined)
    return compareVersions(version, own.fixed) < 0 ? { kind: 'fixed-in', version: own.text } : undefined
  const later = fixes
    .filter(({ fixed }) => compareVersions(fixed, version) > 0)
    .sort((a, b) => compareVersions(a.fixed, b.fixed))[0]
  if (later === undefined) return undefined
  const kind = line.lastRelease === undefined ? 'unverified' : 'line-ended'
  return { kind, line: line.line, version: later.text }
}

/** What remains open about an advisory; undefined when it does not concern the process. */
function conditions(advisory: Advisory, process: AdvisedProcess, isVendorBuild: boolean): string[] | undefined {
  const open: string[] = isVendorBuild ? ['the patches of this build'] : []
  if (advisory.mode !== undefined) {
    if (process.mode !== undefined && process.mode !== advisory.mode) return undefined
    if (process.mode === undefined) open.push(`${advisory.mode} mode`)
  }
  if (advisory.os !== undefined) {
    const { os } = process
    if (os !== undefined && !advisory.os.some((name) => os.includes(name))) return undefined
    if (os === undefined) open.push(`running on ${advisory.os.join(' or ')}`)
  }
  if (advisory.setting !== undefined) {
    const { name, value } = advisory.setting
    const isSet = settingIs(process, name, value)
    if (isSet === false) return undefined
    if (isSet === undefined) open.push(`${name} ${value}`)
  }
  if (advisory.usage !== undefined) open.push(advisory.usage)
  return open
}

function settingIs(process: AdvisedProcess, name: string, value: string): boolean | undefined {
  if (name === 'appendonly' && process.isAofOn === true) return value === 'yes'
  if (process.settings !== undefined) return value.split('|').includes(process.settings.get(name) ?? '')
  return name === 'appendonly' && process.isAofOn !== undefined ? value === 'no' : undefined
}

function notInTable(flavour: Flavour, version: Version, lines: readonly ReleaseLine[]): string {
  const newest = parseVersion(newestLine(flavour, lines))
  const isNewer = newest !== undefined && compareVersions(version, newest) > 0
  return isNewer
    ? `${flavour} ${lineOf(version)} is newer than the advisories of ${ADVISORIES_AS_OF} known here`
    : `${flavour} has no release line ${lineOf(version)}: a release candidate or another product`
}

function lineOf(version: Version): string {
  return `${version.major}.${version.minor}`
}
