import { constants } from 'node:fs'
import { access, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/** Why a report cannot be written there; undefined when nothing is known against it. Writes nothing. */
export async function obstacleTo(file: string, mayReplace: boolean): Promise<string | undefined> {
  const path = resolve(file)
  try {
    const there = await stat(path)
    if (there.isDirectory()) return `${file} is a folder; name a file in it`
    if (!mayReplace) return `${file} exists; give another name, or --force to replace it`
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return cannotWrite(file, error)
  }
  try {
    if (!(await stat(dirname(path))).isDirectory()) return `${dirname(file)} is not a folder`
    await access(dirname(path), constants.W_OK)
    return undefined
  } catch (error) {
    return cannotWrite(file, error)
  }
}

/** Writes all or nothing: a file that was there stays as it was when the new one cannot be written. */
export async function writeReport(file: string, text: string, mayReplace: boolean): Promise<string | undefined> {
  const path = resolve(file)
  try {
    if (!mayReplace) {
      await writeFile(path, text, { flag: 'wx' })
      return undefined
    }
    const folder = await mkdtemp(join(dirname(path), '.repliscope-'))
    try {
      await writeFile(join(folder, basename(path)), text)
      await rename(join(folder, basename(path)), path)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return undefined
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return `${file} exists; give another name, or --force to replace it`
    return cannotWrite(file, error)
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
}

function cannotWrite(file: string, error: unknown): string {
  const code = codeOf(error)
  return `${file} cannot be written (${WORDS[code] ?? code})`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)
}
