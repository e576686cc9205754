import { fail, ok, type Result } from '../domain/failure.ts'
import { inTransaction, storageFailure, type Database } from './journal-file.ts'

/** An expired plan is remembered for so long, to be told from one that never was. */
const REMEMBERED_MS = 3_600_000

/** Plans that wait for their start, so that another process can run them. */
export interface KeptPlans {
  readonly keep: (id: string, expiresAt: number, body: unknown, now: number) => Result<void>
  /** The plan, marked as used: it starts once. An expired one is given too, its owner judges the time. */
  readonly use: (id: string, now: number) => Result<unknown>
  /** The same without marking it. */
  readonly read: (id: string) => Result<unknown>
}

export function createKeptPlans(db: Database, path: string): KeptPlans {
  const find = (id: string): Result<unknown> => {
    const row = db.prepare('SELECT used_at, body FROM plans WHERE id = ?').get(id) as
      { used_at: number | null; body: string } | undefined
    if (row === undefined)
      return fail({
        kind: 'stale-plan',
        detail: `no plan ${id.slice(0, 40)} is kept: plans are kept for 60 s; make a new one`,
      })
    if (row.used_at !== null)
      return fail({ kind: 'stale-plan', detail: `plan ${id.slice(0, 40)} has been used: make a new one` })
    return ok(JSON.parse(row.body) as unknown)
  }
  const guarded = <T>(run: () => Result<T>): Result<T> => {
    try {
      return run()
    } catch (error) {
      return storageFailure(path, error)
    }
  }
  return {
    keep: (id, expiresAt, body, now) =>
      guarded(() =>
        inTransaction(db, () => {
          db.prepare('DELETE FROM plans WHERE expires_at < ?').run(Math.floor(now - REMEMBERED_MS))
          db.prepare('INSERT INTO plans (id, expires_at, body) VALUES (?, ?, ?)').run(
            id,
            Math.floor(expiresAt),
            JSON.stringify(body),
          )
          return ok(undefined)
        }),
      ),
    use: (id, now) =>
      guarded(() =>
        inTransaction(db, () => {
          const found = find(id)
          if (found.ok) db.prepare('UPDATE plans SET used_at = ? WHERE id = ?').run(Math.floor(now), id)
          return found
        }),
      ),
    read: (id) => guarded(() => find(id)),
  }
}
