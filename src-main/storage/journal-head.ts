import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../domain/failure.ts'
import { HEAD_FILE, type JournalHead } from './journal-chain.ts'
import type { Seal } from './journal-seal.ts'

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
    const value = JSON.parse(text) as Partial<JournalHead & { schema: string; seal: unknown }>
    const { schema, count, hash, seal } = value
    if (schema === SCHEMA && isHead(count, hash) && (seal === undefined || isSeal(seal)))
      return ok({ count: count ?? 0, hash: hash ?? '', ...(seal === undefined ? {} : { seal }) })
  } catch {
    // Told below.
  }
  return fail({ kind: 'storage', detail: `${path} is damaged; left alone`, isDamaged: true })
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

function isHead(count: unknown, hash: unknown): boolean {
  return Number.isSafeInteger(count) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)
}

function isSeal(value: unknown): value is Seal {
  if (typeof value !== 'object' || value === null) return false
  const { count, hash, mac, key } = value as Partial<Seal>
  return isHead(count, hash) && isHex(mac) && isHex(key)
}

function isHex(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{16,64}$/.test(value)
}
