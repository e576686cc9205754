import type { ActiveFault } from '../domain/drills/faults.ts'
import { actionNote, type ActionRow } from '../domain/timeline/action-notes.ts'
import { diffFaults } from '../domain/timeline/fault-notes.ts'
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

/** Puts faults that began or ended into the timelines of the groups whose nodes they are about. */
export function noteFaults(
  { session }: HeldSession,
  before: readonly ActiveFault[],
  after: readonly ActiveFault[],
  now: number,
): void {
  const notes = diffFaults(before, after, now)
  if (notes.length === 0) return
  for (const [name, { snapshot }] of session.state().groups) {
    // A Sentinel's faults concern every group that it watches.
    const own = notes.filter((note) => note.node === undefined || snapshot.nodes.has(note.node))
    if (own.length > 0) session.note(name, own)
  }
}
