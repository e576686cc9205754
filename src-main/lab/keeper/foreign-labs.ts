import { readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLabRoot, readLabRecord } from '../record.ts'

/** A lab that another user of this machine started, or a user whose labs we may not even look at. */
export interface ForeignLabs {
  /** A user's name as `sudo -u` takes it; `#NUMBER` where there is none. */
  readonly owner: string
  /** Undefined: their folder is closed to us. */
  readonly names: readonly string[] | undefined
}

/** Other users' labs on this machine, as far as they can be seen. They are theirs to end, even for root. */
export function foreignLabs(root: string = defaultLabRoot()): readonly ForeignLabs[] {
  return foldersOf(tmpdir())
    .filter((folder) => folder.startsWith('repliscope-labs-'))
    .map((folder) => join(tmpdir(), folder))
    .filter((path) => path !== root)
    .flatMap((path) => {
      const uid = ownerOf(path)
      if (uid === undefined || uid === process.getuid?.()) return []
      const names = namesIn(path)
      return names?.length === 0 ? [] : [{ owner: userName(uid), names }]
    })
}

function namesIn(root: string): readonly string[] | undefined {
  try {
    return readdirSync(root).flatMap((folder) => {
      const read = readLabRecord(join(root, folder))
      return read.ok ? [read.value.name] : []
    })
  } catch {
    return undefined
  }
}

function foldersOf(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}

// alice:x:1000:1000:Alice:/home/alice:/bin/bash
function userName(uid: number): string {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    const name = lines.map((line) => line.split(':')).find((fields) => fields[2] === String(uid))?.[0]
    return name ?? `#${uid}`
  } catch {
    return `#${uid}`
  }
}
