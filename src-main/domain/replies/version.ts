import { remembered } from '../text.ts'
import type { Flavour } from './info-reply.ts'

/** A server version. */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** The first version that has something, by flavour; a flavour left out never has it. */
export interface Since {
  readonly redis?: string
  readonly valkey?: string
}

/** Reads `7.2.4`, `8.0` and `9.1.2-rc1`; what follows the numbers is ignored. Undefined for any other text. */
export function parseVersion(text: string | undefined): Version | undefined {
  return text === undefined ? undefined : readVersion(text.slice(0, 64))
}

const readVersion = remembered((text): Version | undefined => {
  const parts = /^(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])/.exec(text)
  return parts === null ? undefined : { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3] ?? 0) }
})

/** Negative when `a` is older, 0 when equal, positive when newer. Only within one flavour does that mean anything. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch
}

/**
 * Whether a server is at least of the version named for its flavour. Undefined when its flavour or version is unknown;
 * false when nothing is named for its flavour.
 */
export function isAtLeast(
  server: { readonly flavour: Flavour; readonly version: string | undefined },
  since: Since,
): boolean | undefined {
  const version = parseVersion(server.version)
  if (version === undefined || server.flavour === 'unknown') return undefined
  const needed = parseVersion(since[server.flavour])
  return needed !== undefined && compareVersions(version, needed) >= 0
}
