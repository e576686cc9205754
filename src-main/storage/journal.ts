import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../domain/failure.ts'
import {
  BEGUN_ANEW,
  EMPTY_HEAD,
  hashOf,
  headProblem,
  HEAD_FILE,
  sealedProblem,
  verifyChain,
  type ChainVerdict,
  type JournalHead,
  type JournalRow,
} from './journal-chain.ts'
import { inTransaction, openJournalFile, storageFailure, type Database } from './journal-file.ts'
import { readHead, writeHead } from './journal-head.ts'
import { sealHead, type SealKeyState } from './journal-seal.ts'
import { JOURNAL_FILE } from './journal-stamp.ts'
import { createKeptPlans, type KeptPlans } from './journal-plans.ts'
import { createLocks, type Locks } from './locks.ts'

export type { ChainVerdict, JournalHead, JournalRow } from './journal-chain.ts'

/** The action journal of this user: append-only, each row carrying the hash of the one before it. */
export interface Journal {
  readonly path: string
  /** On the disk when it returns. Fails when the file cannot be written, or is not what was written before. */
  readonly append: (action: string, kind: string, body: unknown, at: number) => Result<void>
  /** Oldest first; of one action, or of all. */
  readonly rows: (action?: string) => Result<readonly JournalRow[]>
  /** Oldest first: rows with a number above `seq`, written at `since` (epoch ms) or later. */
  readonly rowsAfter: (seq: number, since: number) => Result<readonly JournalRow[]>
  readonly verify: () => Result<ChainVerdict>
  /** The newest row's, with the seal that is kept: for keeping elsewhere. */
  readonly head: () => Result<JournalHead>
  /** From now on heads are sealed and checked with this; without a key they are written unsealed, and the last seal is kept. */
  readonly useKey: (key: SealKeyState) => void
  readonly locks: Locks
  readonly plans: KeptPlans
  /** Idempotent. */
  readonly close: () => void
}

/**
 * Opens the journal in the data folder, made when `create` is asked for; undefined when there is none. A file that is
 * damaged, locked, newer or another program's is reported and left as it is.
 */
export function openJournal(folder: string, options: { readonly create: boolean }): Result<Journal | undefined> {
  const path = join(folder, JOURNAL_FILE)
  const size = sizeOf(path)
  if (size === undefined || size === 0) {
    const head = readHead(folder)
    if (!head.ok) return head
    // SQLite takes an emptied file for a new one, and would write to it.
    if (head.value !== undefined && head.value.count > 0)
      return fail({
        kind: 'storage',
        detail: `${path} is ${size === undefined ? 'missing' : 'empty'}: it had ${head.value.count} rows (${HEAD_FILE}); move ${size === undefined ? HEAD_FILE : 'both'} aside to begin a new one`,
        isDamaged: true,
      })
  }
  const opened = openJournalFile(folder, options.create)
  if (!opened.ok) return opened
  return ok(opened.value === undefined ? undefined : journalOver(opened.value, folder, path))
}

function journalOver(db: Database, folder: string, path: string): Journal {
  let isClosed = false
  let key: SealKeyState = { state: 'none', why: 'no keychain was asked' }

  const guarded = <T>(run: () => Result<T>): Result<T> => {
    try {
      return run()
    } catch (error) {
      return storageFailure(path, error)
    }
  }

  const lastRow = (): JournalRow | undefined => select(db, 'ORDER BY seq DESC LIMIT 1')[0]

  /** Under a transaction of its own, so that of two processes the later row's head wins. */
  const moveHead = (): void => {
    inTransaction(db, () => {
      const last = lastRow()
      if (last === undefined) return
      const head = { count: last.seq, hash: last.hash }
      if (key.state === 'held') return writeHead(folder, { ...head, seal: sealHead(head, key.key) })
      const kept = readHead(folder)
      const seal = kept.ok ? kept.value?.seal : undefined
      writeHead(folder, { ...head, ...(seal === undefined ? {} : { seal }) })
    })
  }

  const append: Journal['append'] = (action, kind, body, at) =>
    guarded(() => {
      const written = inTransaction(db, (): Result<void> => {
        const head = readHead(folder)
        if (!head.ok) return head
        const from = Math.max(1, Math.min(head.value?.count ?? 1, head.value?.seal?.count ?? Infinity))
        const newest = select(db, 'WHERE seq >= ? ORDER BY seq', from)
        const problem = headProblem(newest, head.value) ?? sealedProblem(newest, head.value, key)
        if (problem !== undefined)
          return fail({ kind: 'storage', detail: `${path}: ${problem}; nothing is written to it` })
        const last = lastRow()
        // The keychain remembers the one before: that it is gone must not be forgotten with the first row of this one.
        const isAnew = last === undefined && key.state === 'held' && !key.key.isNew
        const first = isAnew ? insert(db, undefined, { at, action: 'journal', kind: BEGUN_ANEW, body: '{}' }) : last
        insert(db, first, { at, action, kind, body: JSON.stringify(body) })
        return ok(undefined)
      })
      if (written.ok) moveHead()
      return written
    })

  return {
    path,
    append,
    rows: (action) =>
      guarded(() =>
        ok(action === undefined ? select(db, 'ORDER BY seq') : select(db, 'WHERE action = ? ORDER BY seq', action)),
      ),
    rowsAfter: (seq, since) => guarded(() => ok(select(db, 'WHERE seq > ? AND at >= ? ORDER BY seq', seq, since))),
    verify: () =>
      guarded(() => {
        const head = readHead(folder)
        if (!head.ok) return head
        return ok(verifyChain(select(db, 'ORDER BY seq'), head.value, key))
      }),
    head: () =>
      guarded(() => {
        const last = lastRow()
        if (last === undefined) return ok(EMPTY_HEAD)
        const kept = readHead(folder)
        const seal = kept.ok ? kept.value?.seal : undefined
        return ok({ count: last.seq, hash: last.hash, ...(seal === undefined ? {} : { seal }) })
      }),
    useKey: (given) => {
      key = given
    },
    locks: createLocks(db, path),
    plans: createKeptPlans(db, path),
    close: () => {
      if (isClosed) return
      isClosed = true
      db.close()
    },
  }
}

/** Bytes; undefined when there is no such file. */
function sizeOf(path: string): number | undefined {
  return existsSync(path) ? statSync(path, { throwIfNoEntry: false })?.size : undefined
}

/** Chains a row to the one before it. */
function insert(
  db: Database,
  last: JournalRow | undefined,
  { at, action, kind, body }: Pick<JournalRow, 'at' | 'action' | 'kind' | 'body'>,
): JournalRow {
  const prev = last?.hash ?? EMPTY_HEAD.hash
  const bare = { seq: (last?.seq ?? 0) + 1, at: Math.floor(at), action, kind, body, prev }
  const row = { ...bare, hash: hashOf(bare) }
  db.prepare('INSERT INTO journal (seq, at, action, kind, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?)').run(
    row.seq,
    row.at,
    row.action,
    row.kind,
    row.body,
    row.prev,
    row.hash,
  )
  return row
}

function select(db: Database, rest: string, ...values: readonly (string | number)[]): readonly JournalRow[] {
  const rows = db
    .prepare(`SELECT seq, at, action, kind, body, prev, hash FROM journal ${rest}`)
    .all(...values) as JournalRow[]
  return rows.map(({ seq, at, action, kind, body, prev, hash }) => ({ seq, at, action, kind, body, prev, hash }))
}
