import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'

/** What stands in a JSON file of ours. `broken` has been moved aside and is named. */
export type JsonFile =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly value: unknown }
  | { readonly state: 'broken'; readonly keptAs: string }

/** Reads a JSON file. One that is not JSON is renamed beside itself, so that nothing is lost and nothing is overwritten. */
export async function readJsonFile(path: string): Promise<Result<JsonFile>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ok({ state: 'absent' })
    return storageFailure(`${path} cannot be read (${codeOf(error)})`)
  }
  try {
    return ok({ state: 'read', value: JSON.parse(text) as unknown })
  } catch {
    return setAside(path)
  }
}

/** Renames a file that cannot be used to a name that tells so. */
export async function setAside(path: string): Promise<Result<JsonFile>> {
  const keptAs = `${path}.broken-${randomUUID().slice(0, 8)}`
  try {
    await rename(path, keptAs)
    return ok({ state: 'broken', keptAs })
  } catch (error) {
    return storageFailure(`${path} is broken and cannot be moved aside (${codeOf(error)})`)
  }
}

/** Writes aside, to the disk, then renames: a crash leaves the old file or the new one, never half of either. */
export async function writeJsonFile(path: string, value: unknown): Promise<Result<void>> {
  const aside = `${path}.${randomUUID().slice(0, 8)}.new`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(aside, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(value, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
    return ok(undefined)
  } catch (error) {
    await rm(aside, { force: true })
    return storageFailure(`${path} cannot be written (${codeOf(error)})`)
  }
}

function storageFailure(detail: string) {
  return fail({ kind: 'storage' as const, detail })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
