import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Libsql from 'libsql'
import { fail, ok, type Result } from '../domain/failure.ts'
import { JOURNAL_FILE } from './journal-stamp.ts'

export type Database = Libsql.Database

/** Changes with the tables below. A file of a newer one is refused, never guessed at. */
const USER_VERSION = 1
/** Another process holds the file for a moment only: the time of one row. */
const BUSY_MS = 2000

const TABLES = `
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, kind TEXT NOT NULL,
  body TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX journal_by_action ON journal (action, seq);
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TABLE locks (action TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE plans (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, used_at INTEGER, body TEXT NOT NULL);
PRAGMA user_version = ${USER_VERSION};
`

/** Opens the journal's database; undefined when there is none and `create` is not asked for. Nothing that is not ours is written to. */
export function openJournalFile(folder: string, create: boolean): Result<Database | undefined> {
  const path = join(folder, JOURNAL_FILE)
  if (!existsSync(path) && !create) return ok(undefined)
  let db: Database | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Before SQLite makes it readable to others.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    chmodSync(path, 0o600)
    db = new Libsql(path, { timeout: BUSY_MS })
    const version = versionOf(db)
    const tables = db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'").get() as { n: number }
    if (version > USER_VERSION) return refuse(db, `${path} was written by a newer version (${version}); left alone`)
    if (version === 0 && tables.n > 0) return refuse(db, `${path} is another program's database; left alone`)
    // One file that can be copied whole; the other mode would leave rows in a second one.
    db.exec('PRAGMA journal_mode = DELETE')
    db.exec('PRAGMA synchronous = FULL')
    if (version === 0) create_(db)
    return ok(db)
  } catch (error) {
    db?.close()
    return storageFailure(path, error)
  }
}

/** Two processes may find it empty at once: the second one finds the tables made. */
function create_(db: Database): void {
  inTransaction(db, () => {
    if (versionOf(db) === 0) db.exec(TABLES)
  })
}

function versionOf(db: Database): number {
  const row = db.prepare('PRAGMA user_version').get() as { user_version?: number } | undefined
  return row?.user_version ?? 0
}

function refuse(db: Database, detail: string): Result<never> {
  db.close()
  return fail({ kind: 'storage', detail })
}

/** Runs while no other process can write. Throws what SQLite throws, with everything undone. */
export function inTransaction<T>(db: Database, run: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const value = run()
    db.exec('COMMIT')
    return value
  } catch (error) {
    try {
      db.exec('ROLLBACK')
    } catch {
      // It was rolled back by SQLite itself.
    }
    throw error
  }
}

/** SQLite's trouble in words. */
export function storageFailure(path: string, error: unknown): Result<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words: Readonly<Record<string, string>> = {
    SQLITE_BUSY: 'is locked by another process',
    SQLITE_LOCKED: 'is locked by another process',
    SQLITE_NOTADB: 'is not a journal; left alone',
    SQLITE_CORRUPT: 'is damaged; left alone',
    SQLITE_READONLY: 'cannot be written (read-only)',
    SQLITE_FULL: 'cannot be written (the disk is full)',
    SQLITE_CANTOPEN: 'cannot be opened',
    EACCES: 'cannot be opened (permission denied)',
    EROFS: 'cannot be written (read-only file system)',
    ENOSPC: 'cannot be written (the disk is full)',
  }
  const known = Object.entries(words).find(([prefix]) => code.startsWith(prefix))?.[1]
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error)
  const detail = `${path} ${known ?? `cannot be used (${said ?? ''})`}`
  const isDamaged = code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')
  return fail({ kind: 'storage', detail, ...(isDamaged ? { isDamaged } : {}) })
}
