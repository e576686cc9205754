import { randomBytes } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok } from '../domain/failure.ts'
import type { Failure, Result } from '../domain/failure.ts'
import { readJsonFile, setAside, writeJsonFile } from './json-file.ts'
import { isProfileName, isRecord, profileProblem } from './profiles-shape.ts'
import type { Profile, ProfileTls, SecretPlace } from './profiles-shape.ts'

const FILE = 'profiles.json'
const SCHEMA_NAME = 'repliscope/profiles'
const VERSION = 1

/** Makes the content of one version into that of the next. */
export type Migration = (content: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** Saved connections in `profiles.json` of the data folder, sorted by name. No secret is ever part of them. */
export interface Profiles {
  readonly list: () => Promise<Result<readonly Profile[]>>
  /** Puts them in by one write, each in place of those of the same name or id. */
  readonly put: (...profiles: readonly Profile[]) => Promise<Result<void>>
  /** Answers with what was removed; undefined when there was none of that name. */
  readonly remove: (name: string) => Promise<Result<Profile | undefined>>
}

/**
 * Opens the file when it is needed, anew each time, for several hosts share the folder. One that is broken is moved aside
 * and named by the failure, once; one of a newer version is left alone and refused; an older one is backed up first, then
 * brought up to date by `migrations` (the n-th makes version n + 1 into n + 2).
 */
export function createProfiles(folder: string, migrations: readonly Migration[] = []): Profiles {
  const path = join(folder, FILE)
  const version = VERSION + migrations.length
  const schema = `${SCHEMA_NAME}@${version}`
  let last: Promise<unknown> = Promise.resolve()

  /** Each change reads what the one before it wrote. */
  const inTurn = <R>(run: () => Promise<R>): Promise<R> => {
    const turn = last.then(run)
    last = turn.catch(() => undefined)
    return turn
  }

  const broken = async (why: string): Promise<Result<never>> => {
    const aside = await setAside(path)
    if (!aside.ok) return aside
    const keptAs = aside.value.state === 'broken' ? aside.value.keptAs : path
    return fail({ kind: 'storage', detail: `the profiles file is broken (${why}) and is kept as ${keptAs}` })
  }

  const migrate = async (content: Readonly<Record<string, unknown>>, from: number): Promise<Result<unknown>> => {
    const backup = `${path}.v${from}-backup-${randomBytes(4).toString('hex')}`
    try {
      await copyFile(path, backup)
    } catch (error) {
      return fail(notWritable(backup, error))
    }
    const next = migrations.slice(from - VERSION).reduce((value, step) => step(value), content)
    const written = await writeJsonFile(path, { ...next, schema })
    return written.ok ? ok(next) : written
  }

  const read = async (): Promise<Result<readonly Profile[]>> => {
    const file = await readJsonFile(path)
    if (!file.ok) return file
    if (file.value.state === 'absent') return ok([])
    if (file.value.state === 'broken')
      return fail({
        kind: 'storage',
        detail: `the profiles file is broken (not JSON) and is kept as ${file.value.keptAs}`,
      })
    const content = isRecord(file.value.value) ? file.value.value : {}
    const written = versionOf(content['schema'])
    if (written === undefined) return broken(`no schema ${SCHEMA_NAME}`)
    if (written > version)
      return fail({
        kind: 'storage',
        detail: `${path} was written by a newer version (${SCHEMA_NAME}@${written}); left alone`,
      })
    const present = written === version ? ok<unknown>(content) : await migrate(content, written)
    if (!present.ok) return present
    const entries = isRecord(present.value) ? present.value['profiles'] : undefined
    if (!Array.isArray(entries)) return broken('profiles is not a list')
    const problem = problemAmong(entries)
    return problem === undefined ? ok(entries as readonly Profile[]) : broken(problem)
  }

  const write = (profiles: readonly Profile[]): Promise<Result<void>> =>
    writeJsonFile(path, { schema, profiles: profiles.toSorted((a, b) => a.name.localeCompare(b.name, 'en')) })

  return {
    list: () => inTurn(read),
    put: (...fresh) =>
      inTurn(async () => {
        const present = await read()
        if (!present.ok) return present
        const isReplaced = (old: Profile): boolean => fresh.some(({ id, name }) => id === old.id || name === old.name)
        return write([...present.value.filter((old) => !isReplaced(old)), ...fresh])
      }),
    remove: (name) =>
      inTurn(async () => {
        const present = await read()
        if (!present.ok) return present
        const gone = present.value.find((profile) => profile.name === name)
        if (gone === undefined) return ok(undefined)
        const written = await write(present.value.filter((profile) => profile !== gone))
        return written.ok ? ok(gone) : written
      }),
  }
}

/** Profiles as a file for others: without ids, and with every secret to be given anew. */
export function exportProfiles(profiles: readonly Profile[]): unknown {
  return {
    schema: `${SCHEMA_NAME}@${VERSION}`,
    profiles: profiles.map((profile) => {
      const { id: _, ...rest } = withoutSecrets(profile)
      return rest
    }),
  }
}

/**
 * Reads what `exportProfiles` wrote; one entry that cannot be used makes the whole file unusable. Ids are new and no secret
 * is taken for granted: a file from elsewhere cannot point at what this keychain holds.
 */
export function importProfiles(value: unknown): Result<readonly Profile[]> {
  const entries = entriesOf(value)
  if (!entries.ok) return entries
  const problem = problemAmong(entries.value)
  if (problem !== undefined) return fail({ kind: 'storage', detail: `the file cannot be used: ${problem}` })
  return ok((entries.value as Profile[]).map(withoutSecrets))
}

/** One entry of a file of profiles: a profile, or why it is none. */
export type ImportedEntry =
  | { readonly name: string; readonly profile: Profile }
  | { readonly name: string; readonly profile: undefined; readonly why: string }

/** As `importProfiles`, entry by entry, in the order of the file. */
export function importEach(value: unknown): Result<readonly ImportedEntry[]> {
  const entries = entriesOf(value)
  if (!entries.ok) return entries
  const names = new Set<string>()
  return ok(
    entries.value.map((entry, index): ImportedEntry => {
      const name = isRecord(entry) && isProfileName(String(entry['name'])) ? String(entry['name']) : `no. ${index + 1}`
      const why = names.has(name) ? 'another of that name came before it' : profileProblem(entry)
      names.add(name)
      return why === undefined ? { name, profile: withoutSecrets(entry as Profile) } : { name, profile: undefined, why }
    }),
  )
}

/** The entries of such a file, with new ids. */
function entriesOf(value: unknown): Result<readonly unknown[]> {
  const written = isRecord(value) ? versionOf(value['schema']) : undefined
  const entries = isRecord(value) ? value['profiles'] : undefined
  if (written === undefined || !Array.isArray(entries))
    return fail({ kind: 'storage', detail: `the file holds no profiles (${SCHEMA_NAME}@${VERSION})` })
  if (written > VERSION)
    return fail({ kind: 'storage', detail: `the file was written by a newer version (${SCHEMA_NAME}@${written})` })
  return ok(entries.map((entry: unknown) => (isRecord(entry) ? { ...entry, id: newProfileId() } : entry)))
}

export function newProfileId(): string {
  return randomBytes(12).toString('hex')
}

function withoutSecrets(profile: Profile): Profile {
  const place = (at: SecretPlace | null): SecretPlace | null => (at === null ? null : 'ask')
  const tls = (one: ProfileTls | null): ProfileTls | null =>
    one === null ? null : { ...one, key: typeof one.key === 'string' ? 'ask' : one.key }
  return {
    ...profile,
    password: place(profile.password),
    sentinelPassword: place(profile.sentinelPassword),
    tls: tls(profile.tls),
    sentinelTls: tls(profile.sentinelTls),
  }
}

function problemAmong(entries: readonly unknown[]): string | undefined {
  const names = new Set<unknown>()
  for (const [index, entry] of entries.entries()) {
    const problem = profileProblem(entry)
    if (problem !== undefined) return `profile ${index + 1}: ${problem}`
    const { name } = entry as Profile
    if (names.has(name)) return `two profiles are called ${name}`
    names.add(name)
  }
  return undefined
}

/** `repliscope/profiles@1` -> 1 */
function versionOf(schema: unknown): number | undefined {
  const text = typeof schema === 'string' && schema.startsWith(`${SCHEMA_NAME}@`) ? schema.slice(20) : ''
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined
}

function notWritable(path: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  return { kind: 'storage', detail: `${path} cannot be written (${code})` }
}
