import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Libsql from 'libsql'
import { hashOf } from '../../src-main/storage/journal-chain.ts'

export interface HeadFile {
  readonly count: number
  readonly hash: string
  readonly seal?: { readonly count: number; readonly hash: string; readonly mac: string; readonly key: string }
}

export const headFileOf = (folder: string): HeadFile =>
  JSON.parse(readFileSync(join(folder, 'journal.head'), 'utf8')) as HeadFile

export const writeHeadFile = (folder: string, head: HeadFile): void =>
  writeFileSync(join(folder, 'journal.head'), JSON.stringify({ schema: 'repliscope/journal-head@1', ...head }))

/**
 * What somebody does who may write the data folder and knows how it works: changes or drops bodies, then makes every hash and
 * the head anew. The head as it is now; an old seal stays in it.
 */
export function forgeJournal(folder: string, change: (bodies: readonly string[]) => readonly string[]): HeadFile {
  const db = new Libsql(join(folder, 'journal.db'))
  db.exec('DROP TRIGGER IF EXISTS journal_is_append_only; DROP TRIGGER IF EXISTS journal_keeps_rows;')
  const rows = db.prepare('SELECT at, action, kind, body FROM journal ORDER BY seq').all() as {
    at: number
    action: string
    kind: string
    body: string
  }[]
  db.exec('DELETE FROM journal')
  let prev = '0'.repeat(64)
  let seq = 0
  for (const body of change(rows.map((row) => row.body))) {
    const { at = 0, action = '', kind = '' } = rows[seq] ?? {}
    seq += 1
    const hash = hashOf({ seq, at, action, kind, body, prev })
    db.prepare('INSERT INTO journal (seq, at, action, kind, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?)').run(
      ...[seq, at, action, kind, body, prev, hash],
    )
    prev = hash
  }
  db.close()
  const head = { ...headFileOf(folder), count: seq, hash: prev }
  writeHeadFile(folder, head)
  return head
}
