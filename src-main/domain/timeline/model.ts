import type { NodeId } from '../address.ts'
import type { Severity, Subject } from '../findings/model.ts'
import type { GroupEvent } from '../topology/model.ts'

/** `watch`: about our own looking on, a stretch of which nothing is known. */
export type TimelineKind = GroupEvent['kind'] | 'finding' | 'action' | 'fault' | 'watch'

/** What an event leads to, beside its node. */
export type TimelineAbout =
  | { readonly kind: 'finding'; readonly code: string; readonly subject: Subject }
  /** An action of the journal, by its id there. */
  | { readonly kind: 'action'; readonly id: string }

/**
 * Something that happened to a group, told once whoever tells of it.
 *
 * All moments are epoch milliseconds of the machine that watches: Sentinel's events carry no time, so theirs is when the
 * first telling was heard; what is seen in the servers' answers has the moment of the picture that shows it.
 */
export interface TimelineEvent {
  /** Unique in a group's timeline. An event told again under its id takes the place of the one before. */
  readonly id: string
  readonly at: number
  /** When it began, for what lasted until `at`; undefined for a moment. */
  readonly since: number | undefined
  readonly kind: TimelineKind
  /** Whom it is about; undefined when it is about the group. A link's node is its replica. */
  readonly node: NodeId | undefined
  /** A Sentinel's channel (`+switch-master`), `from -> to`, or a word: `raised`, `cleared`, `started`, `not watched`. */
  readonly what: string
  readonly detail: string
  /** How grave it is in itself; of a finding that was cleared, how grave that was. */
  readonly severity: Severity
  /** Sentinels that told of it, the first first; empty for what we saw or did ourselves. */
  readonly by: readonly NodeId[]
  readonly about: TimelineAbout | undefined
  /** Equal for tellings of the same thing, so that they can be folded; undefined where nothing is folded. */
  readonly key: string | undefined
}

/** An event that is not in a timeline yet. What is left out is: a moment, graded by its kind, ours, about no more. */
export interface TimelineNote extends Pick<TimelineEvent, 'at' | 'kind' | 'node' | 'what' | 'detail'> {
  readonly since?: number | undefined
  readonly severity?: Severity | undefined
  readonly by?: NodeId | undefined
  readonly about?: TimelineAbout | undefined
  readonly key?: string | undefined
}

/** Bounded, by `at` (what was told at one moment stays in the order it was told in). */
export interface Timeline {
  readonly events: readonly TimelineEvent[]
  /** Events told so far, folded ones once; grows for the whole session. */
  readonly total: number
}

export const EMPTY_TIMELINE: Timeline = { events: [], total: 0 }
