import { statSync } from 'node:fs'
import { join } from 'node:path'

export const JOURNAL_FILE = 'journal.db'

/** Another text after each write to the journal of a data folder, whoever wrote; empty while there is none. Opens nothing. */
export function journalStamp(folder: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(join(folder, JOURNAL_FILE))
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return ''
  }
}
