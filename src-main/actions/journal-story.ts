import type { NodeId } from '../domain/address.ts'
import { wordsAsText } from '../domain/plans/command-words.ts'
import type { Plan, Undo } from '../domain/plans/model.ts'
import type { JournalRow } from '../storage/journal.ts'
import type { Scope } from './observe.ts'

/** One action as the journal tells it. */
export interface ActionStory {
  readonly id: string
  readonly action: string
  readonly target: string
  readonly group: string
  /** `running`: its process lives. `unfinished`: it died in the middle. */
  readonly state: 'running' | 'unfinished' | 'succeeded' | 'failed' | 'stopped'
  readonly startedAt: number
  readonly endedAt: number | undefined
  readonly scope: Scope | undefined
  readonly plan: Plan | undefined
  /** The newest step that was begun; undefined: none was. */
  readonly lastStep: { readonly n: number; readonly title: string; readonly isAnswered: boolean } | undefined
  /** Taken back by nobody yet, as far as the journal knows; newest first. */
  readonly pending: readonly Undo[]
}

interface StepRow {
  readonly n: number
  readonly title: string
  readonly node: NodeId
  readonly commands: readonly (readonly string[])[]
  readonly undo: Undo | null
  readonly isPointOfNoReturn: boolean
}

/** Every action, oldest first. `isHeld` tells whether the process that runs it lives. */
export function storiesOf(rows: readonly JournalRow[], isHeld: (action: string) => boolean): readonly ActionStory[] {
  const byAction = new Map<string, JournalRow[]>()
  for (const row of rows) {
    const own = byAction.get(row.action) ?? []
    own.push(row)
    byAction.set(row.action, own)
  }
  return [...byAction].flatMap(([id, own]) => storyOf(id, own, isHeld) ?? [])
}

/** Undefined for rows that tell of no action's start. */
function storyOf(
  id: string,
  rows: readonly JournalRow[],
  isHeld: (action: string) => boolean,
): ActionStory | undefined {
  const start = rows.find((row) => row.kind === 'action-started')
  if (start === undefined) return undefined
  const begun = bodyOf<{ plan?: Plan; scope?: Scope }>(start)
  const end = rows.find((row) => row.kind === 'action-ended')
  const ended = end === undefined ? undefined : bodyOf<{ state?: string; pending?: readonly Undo[] }>(end)
  const resolved = rows.some((row) => row.kind === 'action-resolved')
  const steps = rows.filter((row) => row.kind === 'step-sending').map((row) => bodyOf<StepRow>(row))
  const last = steps.at(-1)
  const isEnd = (text: string | undefined): text is 'succeeded' | 'failed' | 'stopped' =>
    text === 'succeeded' || text === 'failed' || text === 'stopped'
  return {
    id,
    action: begun.plan?.action ?? 'unknown',
    target: begun.plan?.target ?? '',
    group: begun.plan?.group ?? '',
    state: isEnd(ended?.state) ? ended.state : resolved ? 'failed' : isHeld(id) ? 'running' : 'unfinished',
    startedAt: start.at,
    endedAt: end?.at ?? rows.find((row) => row.kind === 'action-resolved')?.at,
    scope: begun.scope,
    plan: begun.plan,
    lastStep:
      last === undefined
        ? undefined
        : {
            n: last.n,
            title: last.title,
            isAnswered: rows.some((row) => row.kind === 'step-answered' && bodyOf<{ n: number }>(row).n === last.n),
          },
    pending: resolved ? [] : pendingAt(rows, ended),
  }
}

/** An action that ended told what it left; of one that died everything that it may have done is to be taken back. */
function pendingAt(
  rows: readonly JournalRow[],
  ended: { readonly state?: string; readonly pending?: readonly Undo[] } | undefined,
): readonly Undo[] {
  if (ended?.pending === undefined) return pendingOf(rows)
  return ended.state === 'succeeded' ? ended.pending : ended.pending.map(withRewrite)
}

/** Undos of the steps and contingencies begun, without those that were sent and answered well. */
function pendingOf(rows: readonly JournalRow[]): readonly Undo[] {
  const begun = rows
    .filter((row) => row.kind === 'step-sending' || row.kind === 'contingency-sending')
    .map((row) => bodyOf<{ undo?: Undo | null }>(row).undo ?? null)
  const undone = new Set(
    rows
      .filter((row) => row.kind === 'undo-answered')
      .map((row) => bodyOf<{ title: string; trouble: unknown }>(row))
      .filter((body) => body.trouble === null)
      .map((body) => body.title),
  )
  return begun
    .flatMap((undo) => (undo === null || undone.has(undo.title) ? [] : [undo]))
    .reverse()
    .map(withRewrite)
}

/** A Sentinel that failed over meanwhile put temporary values into the file: what is taken back later is kept there too. */
function withRewrite(undo: Undo): Undo {
  const has = (verb: string) => undo.commands.some((command) => command[0] === 'CONFIG' && command[1] === verb)
  return has('SET') && !has('REWRITE') ? { ...undo, commands: [...undo.commands, ['CONFIG', 'REWRITE']] } : undo
}

function bodyOf<T>(row: JournalRow): T {
  return JSON.parse(row.body) as T
}

/** One row as a line for people. */
export function describeRow(row: JournalRow): string {
  const body = bodyOf<Record<string, unknown>>(row)
  const commands = Array.isArray(body['commands'])
    ? (body['commands'] as readonly (readonly string[])[]).map(wordsAsText).join(' ; ')
    : ''
  const parts = [
    row.kind,
    typeof body['n'] === 'number' ? `step ${body['n']}` : '',
    typeof body['title'] === 'string' ? body['title'] : '',
    typeof body['state'] === 'string' ? body['state'] : '',
    typeof body['node'] === 'string' ? body['node'] : '',
    commands,
    typeof body['detail'] === 'string' ? body['detail'] : '',
    typeof body['reason'] === 'string' ? body['reason'] : '',
  ]
  return parts.filter((part) => part !== '').join('  ')
}
