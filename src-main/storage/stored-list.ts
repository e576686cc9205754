import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import { readJsonFile, setAside, writeJsonFile } from './json-file.ts'

/** A list that stands in one JSON file: `{ schema, FIELD: [...] }`. */
export interface StoredList<T> {
  readonly read: () => Promise<Result<readonly T[]>>
  /** Writes what `to` makes of the present entries, and answers with it. One change after another. */
  readonly change: (to: (present: readonly T[]) => readonly T[]) => Promise<Result<readonly T[]>>
}

/**
 * The list of one file, read anew each time, for several hosts may share the folder. A file that is broken is kept aside
 * (`onBroken` is told its new name); one of another version is left alone and refused.
 */
export function createStoredList<T>(options: {
  readonly path: string
  readonly schema: string
  readonly field: string
  readonly isEntry: (value: unknown) => value is T
  readonly onBroken: (keptAs: string) => void
}): StoredList<T> {
  const { path, schema, field, isEntry, onBroken } = options
  let last: Promise<unknown> = Promise.resolve()

  /** Each change reads what the one before it wrote. */
  const inTurn = <R>(run: () => Promise<R>): Promise<R> => {
    const turn = last.then(run)
    last = turn.catch(() => undefined)
    return turn
  }

  const broken = (keptAs: string): Result<readonly T[]> => {
    onBroken(keptAs)
    return ok([])
  }

  const read = async (): Promise<Result<readonly T[]>> => {
    const file = await readJsonFile(path)
    if (!file.ok) return file
    if (file.value.state === 'absent') return ok([])
    if (file.value.state === 'broken') return broken(file.value.keptAs)
    const value = isRecord(file.value.value) ? file.value.value : {}
    const written = value['schema']
    if (typeof written === 'string' && written !== schema)
      return fail({
        kind: 'storage',
        detail: `${path} was written by another version (${written.slice(0, 60)}); left alone`,
      })
    const entries: unknown = value[field]
    if (written === schema && Array.isArray(entries) && entries.every(isEntry)) return ok(entries)
    const aside = await setAside(path)
    if (!aside.ok) return aside
    return broken(aside.value.state === 'broken' ? aside.value.keptAs : path)
  }

  return {
    read: () => inTurn(read),
    change: (to) =>
      inTurn(async () => {
        const present = await read()
        if (!present.ok) return present
        const next = to(present.value)
        const written = await writeJsonFile(path, { schema, [field]: next })
        return written.ok ? ok(next) : written
      }),
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
