import { storiesOf } from '../actions/journal-story.ts'
import { describeFailure, ok, type Result } from '../domain/failure.ts'
import { openJournal, type ChainVerdict, type Journal, type JournalHead } from '../storage/journal.ts'
import { toRowReport, toStoryReport, type StoryReport } from './actions-json.ts'
import { userDataFolder } from './host-app.ts'

/** A result whose trouble is one line for a person. */
export type Told<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** This user's journal, to be read only; one that does not exist is empty. */
export interface JournalReader {
  readonly stories: () => Told<readonly StoryReport[]>
  readonly rows: (action: string | undefined) => Told<readonly ReturnType<typeof toRowReport>[]>
  readonly verify: () => Told<ChainVerdict>
  readonly head: () => Told<JournalHead>
  readonly close: () => void
}

const NONE: ChainVerdict = { isSound: true, rows: 0, problems: [], notes: ['there is no journal yet'] }

export function openJournalReader(folder: string = userDataFolder()): JournalReader {
  const opened = openJournal(folder, { create: false })
  const read = <T>(without: T, from: (journal: Journal) => Result<T>): Told<T> => {
    const result = !opened.ok ? opened : opened.value === undefined ? ok(without) : from(opened.value)
    return result.ok ? result : { ok: false, message: describeFailure(result.failure) }
  }
  return {
    stories: () =>
      read<readonly StoryReport[]>([], (journal) => {
        const rows = journal.rows()
        return rows.ok ? ok(storiesOf(rows.value, journal.locks.isHeld).map(toStoryReport)) : rows
      }),
    rows: (action) =>
      read<readonly ReturnType<typeof toRowReport>[]>([], (journal) => {
        const rows = journal.rows(action)
        return rows.ok ? ok(rows.value.map(toRowReport)) : rows
      }),
    verify: () => read(NONE, (journal) => journal.verify()),
    head: () => read({ count: 0, hash: '0'.repeat(64) }, (journal) => journal.head()),
    close: () => {
      if (opened.ok) opened.value?.close()
    },
  }
}
