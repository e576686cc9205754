import type { NodeId } from '../domain/address.ts'
import type { ExposureHeadline } from '../domain/failover/headline.ts'
import type { Failure } from '../domain/failure.ts'
import type { Exposure, Finding, NotJudged } from '../domain/findings/model.ts'
import type { Timeline, TimelineEvent, TimelineNote } from '../domain/timeline/model.ts'
import type { GroupPast, GroupSnapshot } from '../domain/topology/model.ts'
import type { InspectorLoad } from './ports.ts'

/** One group with everything concluded from it. Immutable; replaced whole with a larger revision. */
export interface GroupState {
  readonly revision: number
  readonly snapshot: GroupSnapshot
  readonly past: GroupPast
  /** What happened, for people; rules read `past`. */
  readonly timeline: Timeline
  readonly exposure: Exposure | undefined
  /** The first line about it; undefined without a judge. */
  readonly headline?: ExposureHeadline | undefined
  /** Electable replicas in ranking order. */
  readonly electable: readonly NodeId[]
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
}

/** Draws conclusions from one picture; pure. Without one a session only shows. */
export type Judge = (
  snapshot: GroupSnapshot,
  past: GroupPast,
  previous: GroupState | undefined,
) => Pick<GroupState, 'exposure' | 'headline' | 'electable' | 'findings' | 'notJudged'>

/** What a session knows. `phase` tells how our conversation goes, `groups` what we know: old data with new trouble is normal. */
export interface SessionState {
  readonly phase: 'connecting' | 'live' | 'failed' | 'ended'
  /** Why nothing can be shown (phase failed), or the trouble with seeds meanwhile. */
  readonly failures: readonly Failure[]
  /** By group name, sorted. */
  readonly groups: ReadonlyMap<string, GroupState>
  readonly load: readonly InspectorLoad[]
  /** Sampling falls behind: figures are older than the interval says. */
  readonly isSlow: boolean
}

/** One change, told to subscribers. Groups changed in one burst come together. */
export interface SessionChange {
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** New in the groups' timelines, or told anew under the id they had. */
  readonly events: readonly (TimelineEvent & { readonly group: string })[]
}

/** A live look at one deployment. The owner calls `dispose`, which ends every socket, timer and listener. */
export interface Session {
  readonly state: () => SessionState
  readonly subscribe: (listener: (change: SessionChange) => void) => () => void
  /** Samples everything at once; settles when every node answered or timed out. */
  readonly refresh: () => Promise<void>
  /** Groups whose fast tier runs at the focused interval. */
  readonly focus: (groups: readonly string[]) => void
  /** Puts what the session cannot see itself (actions, faults, words of people) into a group's timeline. */
  readonly note: (group: string, notes: readonly TimelineNote[]) => void
  /** Settles when the first full picture stands (or none can): every node known answered or timed out once. */
  readonly firstPicture: () => Promise<void>
  /** Idempotent. */
  readonly dispose: () => Promise<void>
}
