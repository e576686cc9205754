import type { Flavour } from '../replies/info-reply.ts'

/** What an advisory is about. */
export type AdvisoryCategory = 'durability' | 'replication' | 'sentinel' | 'stability' | 'compatibility' | 'security'

/** One published defect, as `resources/advisories.json` states it. */
export interface Advisory {
  readonly id: string
  readonly title: string
  readonly category: AdvisoryCategory
  /** Of a server that is concerned for certain. */
  readonly severity: 'warning' | 'info'
  readonly component: 'server' | 'sentinel' | 'both'
  /** Empty: no version number tells (release candidates). */
  readonly affected: readonly AffectedVersions[]
  readonly effect: string
  /** Concerns only who uses that; cannot be seen from outside. */
  readonly usage?: string
  /** Concerns only servers with that value; alternatives separated by `|`. */
  readonly setting?: { readonly name: string; readonly value: string }
  /** Concerns only these systems (a part of `os`). */
  readonly os?: readonly string[]
  readonly mode?: 'cluster'
  /** The code of a finding that judges it by evidence. */
  readonly coveredBy?: string
  readonly source: string
}

/** From a version on (all when absent) until the fix of each line; an empty `fixedIn` is not fixed anywhere. */
export interface AffectedVersions {
  readonly flavour: Exclude<Flavour, 'unknown'>
  readonly from?: string
  readonly fixedIn: readonly string[]
}

/** One release line that exists. */
export interface ReleaseLine {
  readonly flavour: Exclude<Flavour, 'unknown'>
  /** `7.0`. */
  readonly line: string
  /** ISO day on which fixes end or ended; absent: none published. */
  readonly endOfLife?: string
  /** The same as epoch milliseconds. */
  readonly endOfLifeAt?: number
  /** The last release of a line that has ended. */
  readonly lastRelease?: string
}
