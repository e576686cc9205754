import type { ActionRow } from '../domain/timeline/action-notes.ts'
import type { Result } from '../domain/failure.ts'
import { openJournal, type Journal, type JournalRow } from '../storage/journal.ts'

/** Whose servers an action is about. */
interface About {
  readonly group: string
  readonly servers: readonly string[]
}

/**
 * Rows that other processes of this user write to the journal (the command line, another host), told once each while this
 * host goes on. `isOwn` are those that this host has told itself.
 */
export function createToldElsewhere(options: {
  readonly folder: string
  readonly isOwn: (row: ActionRow) => boolean
  readonly tell: (row: ActionRow, about: About) => void
}): {
  /** Reads what is new; at first, what was written since a moment (epoch ms). Trouble with the file is for who reads it whole. */
  readonly read: (since: number) => void
} {
  let lastSeq = 0
  /** Null: its start cannot be read. */
  const known = new Map<string, About | null>()

  const tellRow = (row: JournalRow, about: About): void => {
    const told = { action: row.action, kind: row.kind, at: row.at, body: bodyOf(row) }
    if (!options.isOwn(told)) options.tell(told, about)
  }

  /** An action that began before the watch is told from its beginning, so that its steps belong to something. */
  const tellAction = (journal: Journal, row: JournalRow): void => {
    const about = known.get(row.action)
    if (about === null) return
    if (about !== undefined) return tellRow(row, about)
    const rows = row.kind === 'action-started' ? [row] : valueOf(journal.rows(row.action))
    const found = aboutOf(rows.find((one) => one.kind === 'action-started'))
    known.set(row.action, found ?? null)
    if (found !== undefined) for (const one of rows.filter(({ seq }) => seq <= row.seq)) tellRow(one, found)
  }

  return {
    read: (since) => {
      const opened = openJournal(options.folder, { create: false })
      if (!opened.ok || opened.value === undefined) return
      const journal = opened.value
      try {
        for (const row of valueOf(journal.rowsAfter(lastSeq, Math.floor(since)))) {
          lastSeq = row.seq
          tellAction(journal, row)
        }
      } finally {
        journal.close()
      }
    },
  }
}

function valueOf<T>(result: Result<readonly T[]>): readonly T[] {
  return result.ok ? result.value : []
}

function aboutOf(start: JournalRow | undefined): About | undefined {
  const body = start === undefined ? undefined : bodyOf(start)
  const { plan, scope } = (body ?? {}) as {
    readonly plan?: { readonly group?: unknown }
    readonly scope?: { readonly servers?: unknown; readonly sentinels?: unknown }
  }
  const group = plan?.group
  const servers = [scope?.servers, scope?.sentinels].flatMap((list) => (Array.isArray(list) ? list.map(String) : []))
  return typeof group === 'string' && servers.length > 0 ? { group, servers } : undefined
}

function bodyOf({ body }: JournalRow): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
