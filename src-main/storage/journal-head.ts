import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../domain/failure.ts'
import { HEAD_FILE, type JournalHead } from './journal-chain.ts'

const SCHEMA = 'repliscope/journal-head@1'

/** The head kept apart; undefined when there is none. */
export function readHead(folder: string): Result<JournalHead | undefined> {
  const path = join(folder, HEAD_FILE)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok(undefined)
    return fail({ kind: 'storage', detail: `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? ''})` })
  }
  try {
    const value = JSON.parse(text) as Partial<JournalHead & { schema: string }>
    const { schema, count, hash } = value
    if (schema === SCHEMA && Number.isSafeInteger(count) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash))
      return ok({ count: count ?? 0, hash })
  } catch {
    // Told below.
  }
  return fail({ kind: 'storage', detail: `${path} is damaged; left alone` })
}

/** Writes aside, to the disk, then renames. Throws what the file system throws. */
export function writeHead(folder: string, head: JournalHead): void {
  const path = join(folder, HEAD_FILE)
  const aside = `${path}.${process.pid}.new`
  const file = openSync(aside, 'w', 0o600)
  try {
    writeSync(file, `${JSON.stringify({ schema: SCHEMA, ...head })}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(aside, path)
}
