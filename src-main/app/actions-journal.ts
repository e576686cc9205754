import { storiesOf } from '../actions/journal-story.ts'
import { describeFailure, ok, type Result } from '../domain/failure.ts'
import { createJournalKeys, type JournalKeys } from '../storage/journal-key.ts'
import type { SealKeyState } from '../storage/journal-seal.ts'
import { openJournal, type ChainVerdict, type Journal, type JournalHead } from '../storage/journal.ts'
import { createVault } from '../storage/vault.ts'
import { toRowReport, toStoryReport, type StoryReport } from './actions-json.ts'
import { userDataFolder } from './user-data-folder.ts'
import { nodeKeychain } from './keychain.ts'

/** A result whose trouble is one line for a person. `isDamaged`: the journal is not what was written, or is gone. */
export type Told<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly isDamaged: boolean }

/** This user's journal, to be read only; one that does not exist is empty. */
export interface JournalReader {
  readonly stories: () => Told<readonly StoryReport[]>
  readonly rows: (action: string | undefined) => Told<readonly ReturnType<typeof toRowReport>[]>
  /** Asks the keychain for the key of the journal's seal first. */
  readonly verify: () => Promise<Told<ChainVerdict>>
  readonly head: () => Told<JournalHead>
  readonly close: () => void
}

/** What holds where there is no journal: a key in use says that there was one. */
export function withoutJournal(key: SealKeyState): ChainVerdict {
  const isGone = key.state === 'held' && !key.key.isNew
  return {
    isSound: !isGone,
    rows: 0,
    problems: isGone ? ['the journal is gone: the keychain holds the key of one that was in this folder'] : [],
    notes: isGone ? [] : ['there is no journal yet'],
  }
}

/** The key of this user's journal, in the keychain of the operating system. */
export function userJournalKeys(): JournalKeys {
  return createJournalKeys(createVault(nodeKeychain()), userDataFolder())
}

export function openJournalReader(
  folder: string = userDataFolder(),
  keys: JournalKeys = userJournalKeys(),
): JournalReader {
  const opened = openJournal(folder, { create: false })
  const read = <T>(without: T, from: (journal: Journal) => Result<T>): Told<T> => {
    const result = !opened.ok ? opened : opened.value === undefined ? ok(without) : from(opened.value)
    if (result.ok) return result
    const { failure } = result
    return {
      ok: false,
      message: describeFailure(failure),
      isDamaged: failure.kind === 'storage' && failure.isDamaged === true,
    }
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
    verify: async () => {
      const key = await keys.held()
      return read(withoutJournal(key), (journal) => {
        journal.useKey(key)
        return journal.verify()
      })
    },
    head: () => read({ count: 0, hash: '0'.repeat(64) }, (journal) => journal.head()),
    close: () => {
      if (opened.ok) opened.value?.close()
    },
  }
}
