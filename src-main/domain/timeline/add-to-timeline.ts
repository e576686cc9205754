import { gradeOf } from './grade.ts'
import type { Timeline, TimelineEvent, TimelineNote } from './model.ts'

/** Events that a group remembers. */
export const TIMELINE_MAX = 500
/** Sentinels notice the same thing within their timers' second of each other, and longer when they are slow. */
const TOLD_AGAIN_MS = 5_000
/** The new master reaches the others with a greeting, sent every two seconds, and busy or far ones later. */
const SWITCH_TOLD_AGAIN_MS = 30_000

/**
 * The timeline after more notes, and what is new in it: events added, and events that changed because another Sentinel
 * told of the same, or because what they tell of went on. The same object when there was nothing to add.
 */
export function addToTimeline(
  timeline: Timeline,
  notes: readonly TimelineNote[],
): { readonly timeline: Timeline; readonly fresh: readonly TimelineEvent[] } {
  if (notes.length === 0) return { timeline, fresh: [] }
  const events = [...timeline.events]
  const fresh = new Map<string, TimelineEvent>()
  let { total } = timeline
  for (const note of notes) {
    const index = foldedInto(events, note)
    const known = index === undefined ? undefined : events[index]
    if (index !== undefined && known !== undefined) {
      const next = note.kind === 'sentinel' ? toldBy(known, note) : goneOn(known, note)
      events[index] = next
      fresh.set(next.id, next)
      continue
    }
    total += 1
    const event = toEvent(note, total)
    insert(events, event)
    fresh.set(event.id, event)
  }
  return { timeline: { events: events.slice(-TIMELINE_MAX), total }, fresh: [...fresh.values()] }
}

/** A Sentinel folds into what another one has told a moment ago; what has gone on (an action's step) into its beginning. */
function foldedInto(events: readonly TimelineEvent[], { key, kind, by, at, what }: TimelineNote): number | undefined {
  if (key === undefined) return undefined
  const index = events.findLastIndex((event) => event.key === key)
  const known = events[index]
  if (known === undefined) return undefined
  if (kind !== 'sentinel') return index
  // The same Sentinel saying it again is news: it had taken it back meanwhile.
  const within = what === '+switch-master' ? SWITCH_TOLD_AGAIN_MS : TOLD_AGAIN_MS
  return by === undefined || known.by.includes(by) || at - known.at > within ? undefined : index
}

function toldBy(known: TimelineEvent, { by }: TimelineNote): TimelineEvent {
  return by === undefined ? known : { ...known, by: [...known.by, by] }
}

/** Keeps its place on the axis; says what is known of it now. */
function goneOn(known: TimelineEvent, note: TimelineNote): TimelineEvent {
  return {
    ...known,
    what: note.what,
    detail: note.detail,
    node: note.node ?? known.node,
    severity: note.severity ?? gradeOf(note),
  }
}

function toEvent(note: TimelineNote, total: number): TimelineEvent {
  return {
    // The moment keeps ids of two starts of a host apart.
    id: `${Math.floor(note.at).toString(36)}-${total}`,
    at: note.at,
    since: note.since,
    kind: note.kind,
    node: note.node,
    what: note.what,
    detail: note.detail,
    severity: note.severity ?? gradeOf(note),
    by: note.by === undefined ? [] : [note.by],
    about: note.about,
    key: note.key,
  }
}

function insert(events: TimelineEvent[], event: TimelineEvent): void {
  const after = events.findLastIndex((one) => one.at <= event.at)
  events.splice(after + 1, 0, event)
}
