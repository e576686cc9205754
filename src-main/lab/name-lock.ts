import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning, markOf, type ProcessMark } from './processes.ts'

const FILE = 'names.lock'
const POLL_MS = 5
/** What is done under it takes milliseconds; whoever has held it for longer hangs, or was suspended with it. */
const HELD_AT_MOST_MS = 5000

/**
 * Does something while no other process looks which names of labs are taken, or takes one. A holder that died is
 * passed over: `work` must be short, and may not wait for anything.
 */
export async function withNameLock<T>(root: string, work: () => T): Promise<T> {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const path = join(root, FILE)
  while (!isTaken(root, path)) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  try {
    return work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** Written aside and linked, so that a lock that is there always says whose it is. */
function isTaken(root: string, path: string): boolean {
  const aside = join(root, `${FILE}.${process.pid}.${Math.random().toString(36).slice(2)}`)
  writeFileSync(aside, JSON.stringify(markOf(process.pid)), { mode: 0o600 })
  try {
    linkSync(aside, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (isAbandoned(path)) rmSync(path, { force: true })
    return false
  } finally {
    rmSync(aside, { force: true })
  }
}

function isAbandoned(path: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as ProcessMark
    return !isRunning(holder) || Date.now() - statSync(path).mtimeMs > HELD_AT_MOST_MS
  } catch {
    // Let go meanwhile.
    return false
  }
}
