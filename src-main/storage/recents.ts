import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import { readJsonFile, setAside, writeJsonFile } from './json-file.ts'

const SCHEMA = 'repliscope/recents@1'
const MOST_RECENTS = 20

/** One connection that was opened, without anything secret. `addresses` are `host:port`, one a line, as understood. */
export interface RecentConnection {
  readonly addresses: string
  readonly kind: 'auto' | 'sentinel' | 'node'
  readonly group: string | null
  readonly usesTls: boolean
  readonly needsPassword: boolean
}

/** As it stands in the file. */
export interface StoredRecent extends RecentConnection {
  /** Follows from addresses, kind and group: the same connection is remembered once. */
  readonly id: string
  readonly label: string
  /** ISO-8601 UTC. */
  readonly lastUsedAt: string
}

export interface Recents {
  /** Newest first, at most 20. */
  readonly list: () => Promise<Result<readonly StoredRecent[]>>
  /** Puts one on top; what it was called before is replaced. */
  readonly remember: (connection: RecentConnection, label: string, at: number) => Promise<Result<void>>
  /** An id that is not there is no failure: it is gone either way. */
  readonly remove: (id: string) => Promise<Result<void>>
}

/**
 * Recent connections in `recents.json` of the data folder. Read anew each time, for several hosts may share the folder.
 * A file that is broken is kept aside (`onBroken` is told its new name); one of a newer version is left alone and refused.
 */
export function createRecents(folder: string, onBroken: (keptAs: string) => void): Recents {
  const path = join(folder, 'recents.json')
  let last: Promise<unknown> = Promise.resolve()

  /** One change after another: each reads what the one before it wrote. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run)
    last = turn.catch(() => undefined)
    return turn
  }

  const read = async (): Promise<Result<readonly StoredRecent[]>> => {
    const file = await readJsonFile(path)
    if (!file.ok) return file
    if (file.value.state === 'absent') return ok([])
    if (file.value.state === 'broken') return broken(file.value.keptAs)
    const { value } = file.value
    if (isRecord(value) && typeof value['schema'] === 'string' && value['schema'] !== SCHEMA)
      return fail({
        kind: 'storage',
        detail: `${path} was written by another version (${clip(value['schema'])}); left alone`,
      })
    const recents = isRecord(value) && Array.isArray(value['recents']) ? value['recents'] : undefined
    if (recents?.every(isStoredRecent) === true) return ok(recents)
    const aside = await setAside(path)
    if (!aside.ok) return aside
    return broken(aside.value.state === 'broken' ? aside.value.keptAs : path)
  }

  const broken = (keptAs: string): Result<readonly StoredRecent[]> => {
    onBroken(keptAs)
    return ok([])
  }

  const change = (to: (recents: readonly StoredRecent[]) => readonly StoredRecent[]): Promise<Result<void>> =>
    inTurn(async () => {
      const present = await read()
      if (!present.ok) return present
      return writeJsonFile(path, { schema: SCHEMA, recents: to(present.value).slice(0, MOST_RECENTS) })
    })

  return {
    list: () => inTurn(read),
    remember: (connection, label, at) => {
      const recent = { id: idOf(connection), label, ...connection, lastUsedAt: new Date(at).toISOString() }
      return change((recents) => [recent, ...recents.filter(({ id }) => id !== recent.id)])
    },
    remove: (id) => change((recents) => recents.filter((recent) => recent.id !== id)),
  }
}

function idOf({ addresses, kind, group }: RecentConnection): string {
  return createHash('sha256')
    .update(JSON.stringify([addresses, kind, group]))
    .digest('hex')
    .slice(0, 16)
}

function isStoredRecent(value: unknown): value is StoredRecent {
  return (
    isRecord(value) &&
    ['id', 'label', 'addresses', 'lastUsedAt'].every((field) => typeof value[field] === 'string') &&
    ['usesTls', 'needsPassword'].every((field) => typeof value[field] === 'boolean') &&
    (value['group'] === null || typeof value['group'] === 'string') &&
    (value['kind'] === 'auto' || value['kind'] === 'sentinel' || value['kind'] === 'node')
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function clip(text: string): string {
  return text.slice(0, 60)
}
