import { actionNote, type ActionRow } from '../domain/timeline/action-notes.ts'
import type { HeldSession } from './held-session.ts'

/** Puts a row of the journal into the timelines of every session that shows the group it is about. */
export function noteAction(
  row: ActionRow,
  sessions: readonly HeldSession[],
  group: string,
  nodes: readonly string[],
): void {
  const note = actionNote(row)
  if (note === undefined) return
  for (const { session } of sessions) {
    // Two deployments may call their groups alike.
    const shown = session.state().groups.get(group)?.snapshot.nodes
    if (shown !== undefined && nodes.some((node) => shown.has(node))) session.note(group, [note])
  }
}
