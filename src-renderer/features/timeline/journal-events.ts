import type { JournalStory } from '../../../src-main/contract/actions.ts'
import type { CallResult, ContractEvent } from '../../../src-main/contract/calls.ts'
import { actionNote } from '../../../src-main/domain/timeline/action-notes.ts'
import { addToTimeline } from '../../../src-main/domain/timeline/add-to-timeline.ts'
import { EMPTY_TIMELINE } from '../../../src-main/domain/timeline/model.ts'

/** Actions read in full at most: each is a call. */
const MOST = 12

/**
 * Actions of the journal on this group since a moment of which the events know nothing: those of another process, or of
 * before this host began. Newest first.
 */
export function untoldActions(
  actions: readonly JournalStory[],
  events: readonly ContractEvent[],
  about: { readonly session: string; readonly group: string; readonly from: number },
): readonly JournalStory[] {
  const told = toldActions(events)
  return actions
    .filter((story) => story.group === about.group && story.session === about.session && !told.has(story.id))
    .filter((story) => Date.parse(story.endedAt ?? story.startedAt) >= about.from)
    .slice(0, MOST)
}

/** Actions, by their id in the journal, that events tell of. */
export function toldActions(events: readonly ContractEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (event.about?.kind === 'action' ? [event.about.id] : [])))
}

/** An action of the journal as events, as the host tells those that it runs itself. */
export function toEvents({ story, rows }: CallResult<'journal/show'>): readonly ContractEvent[] {
  const notes = rows.flatMap((row) => {
    const note = actionNote({ action: story.id, kind: row.kind, at: Date.parse(row.at), body: bodyOf(row, story) })
    return note === undefined ? [] : [note]
  })
  return addToTimeline(EMPTY_TIMELINE, notes).timeline.events.map((event, i) => ({
    id: `journal ${story.id} ${i}`,
    at: new Date(event.at).toISOString(),
    since: null,
    group: story.group,
    kind: event.kind,
    node: event.node ?? null,
    what: event.what,
    detail: event.detail,
    severity: event.severity,
    by: [],
    about: event.about ?? null,
  }))
}

/** A long body was cut and is no JSON any more; what the story knows of it stands in. */
function bodyOf(
  row: CallResult<'journal/show'>['rows'][number],
  { action, target, group, state }: JournalStory,
): unknown {
  try {
    return JSON.parse(row.body)
  } catch {
    return row.kind === 'action-started' ? { plan: { action, target, group } } : { action, state }
  }
}
