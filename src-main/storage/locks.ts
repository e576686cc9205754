import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { NodeId } from '../domain/address.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import { inTransaction, storageFailure, type Database } from './journal-file.ts'

/** Who holds a lock: a pid means nothing without the time when it started. */
export interface LockOwner {
  readonly host: string
  readonly pid: number
  readonly startedAt: string
}

interface LockRow {
  readonly owner: LockOwner
  readonly group: string
  readonly nodes: readonly NodeId[]
}

/** One action at a time for a group, over all windows and processes of this user. */
export interface Locks {
  /** Takes the lock for `action`; refused while a living owner holds one that shares a node with it. Dead owners' are removed. */
  readonly take: (action: string, group: string, nodes: readonly NodeId[]) => Result<void>
  /** Idempotent. */
  readonly release: (action: string) => void
  /** True while the process that started this action lives. */
  readonly isHeld: (action: string) => boolean
}

/** This process as an owner. */
export function thisProcess(): LockOwner {
  return { host: hostname(), pid: process.pid, startedAt: startOf(process.pid) ?? '' }
}

/** An owner on another machine cannot be looked at: it counts as alive. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true
  const startedAt = startOf(owner.pid)
  return startedAt !== undefined && (owner.startedAt === '' || startedAt === owner.startedAt)
}

/** When a process started, as the system tells it; undefined: there is none of that pid. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in brackets may hold anything; of what follows, the state is the 1st word and the start the 20th.
      const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return words[0] === 'Z' || words[0] === 'X' ? undefined : words[19]
    } catch {
      return undefined
    }
  }
  try {
    const line = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 2000 }).trim()
    return line === '' ? undefined : line
  } catch {
    return undefined
  }
}

export function createLocks(db: Database, path: string): Locks {
  const rows = (): readonly (LockRow & { readonly action: string })[] =>
    (db.prepare('SELECT action, body FROM locks').all() as { action: string; body: string }[]).map((row) => ({
      ...(JSON.parse(row.body) as LockRow),
      action: row.action,
    }))
  return {
    take: (action, group, nodes) => {
      try {
        return inTransaction(db, () => {
          for (const held of rows()) {
            if (!isAlive(held.owner)) db.prepare('DELETE FROM locks WHERE action = ?').run(held.action)
            else if (held.nodes.some((node) => nodes.includes(node)))
              return fail({
                kind: 'refused-by-guard',
                detail: `another action (${held.action}, process ${held.owner.pid}) is under way on group ${held.group}: one at a time`,
              })
          }
          const body: LockRow = { owner: thisProcess(), group, nodes }
          db.prepare('INSERT OR REPLACE INTO locks (action, body) VALUES (?, ?)').run(action, JSON.stringify(body))
          return ok(undefined)
        })
      } catch (error) {
        return storageFailure(path, error)
      }
    },
    release: (action) => {
      try {
        db.prepare('DELETE FROM locks WHERE action = ?').run(action)
      } catch {
        // It is seen as a dead owner's when this process is gone.
      }
    },
    isHeld: (action) => rows().some((held) => held.action === action && isAlive(held.owner)),
  }
}
