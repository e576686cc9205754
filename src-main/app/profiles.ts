import { fail, ok } from '../domain/failure.ts'
import type { Failure, Result } from '../domain/failure.ts'
import { thresholdProblem } from '../domain/findings/threshold-words.ts'
import { DEFAULT_THRESHOLDS } from '../domain/findings/thresholds.ts'
import { createProfiles, exportProfiles, importEach, importProfiles, newProfileId } from '../storage/profiles.ts'
import type { ImportReport, ProfilePart } from '../contract/profile.ts'
import type { Profile, ProfileTls, SecretPlace } from '../storage/profiles-shape.ts'
import { isProfileName, NAME_RULE } from '../storage/profiles-shape.ts'
import type { VaultTrouble } from '../storage/vault-keychain.ts'
import type { Vault } from '../storage/vault.ts'
import { freeName, isSameDoor, withKept } from './profiles-edit.ts'
import { fromTarget, SECRET_WORDS, secretName, SECRETS, secretsNeeded, toTarget } from './profiles-target.ts'
import type { SecretKind, Secrets, TlsFiles } from './profiles-target.ts'
import type { ParsedTarget } from './targets/model.ts'

/** What a person says about a connection that is to be saved. */
export interface ProfileWords {
  readonly name: string
  readonly environment: Profile['environment']
  readonly colour: Profile['colour']
  readonly thresholds: Readonly<Record<string, number>>
}

export interface SaveOptions {
  /** Takes the place of a profile of the same name; what it kept secret stays unless given anew. */
  readonly replace: boolean
  /** Where the secrets may not stay in memory, trouble with the keychain of these kinds saves nothing. */
  readonly refuseOn: readonly VaultTrouble['reason'][]
  readonly files?: TlsFiles
  /** Takes the place of the profile of this name, whatever it is called now, with these parts of it. */
  readonly edit?: { readonly name: string; readonly keep: readonly ProfilePart[] } | undefined
}

/** A profile that was saved; `trouble`: its secrets are not in the keychain, but in memory for this session. */
export interface Saved {
  readonly profile: Profile
  readonly trouble: VaultTrouble | undefined
}

/** A profile ready to connect with. */
export interface ProfileTarget {
  readonly profile: Profile
  readonly target: ParsedTarget
}

/** Saved connections together with their secrets. */
export interface ConnectionProfiles {
  readonly list: () => Promise<Result<readonly Profile[]>>
  readonly find: (name: string) => Promise<Result<Profile>>
  readonly save: (words: ProfileWords, target: ParsedTarget, options: SaveOptions) => Promise<Result<Saved>>
  /** `trouble`: what the keychain holds of it could not be removed. */
  readonly remove: (name: string) => Promise<Result<{ readonly trouble: VaultTrouble | undefined }>>
  /** The target with its secrets; those in `given` come first. */
  readonly target: (name: string, given?: Secrets) => Promise<Result<ProfileTarget>>
  /** Keeps what was given in memory for this session: it has proved right. */
  readonly hold: (profile: Profile, given: Secrets) => void
  /** The kinds of secrets that have to be given: neither the keychain nor this session has them, as far as is known unasked. */
  readonly toBeGiven: (profile: Profile) => readonly SecretKind[]
  /** As `import`, entry by entry, with what became of each; names in use get another unless they may be replaced. */
  readonly importEach: (value: unknown, replace: boolean) => Promise<Result<ImportReport>>
  /** As a file for others, without any secret. */
  readonly export: () => Promise<Result<unknown>>
  /** Takes all of them in or none. Answers with their names. */
  readonly import: (value: unknown, replace: boolean) => Promise<Result<readonly string[]>>
}

/** Profiles of one data folder over a vault. Nothing is read before it is asked for. */
export function createConnectionProfiles(folder: string, vault: Vault): ConnectionProfiles {
  const profiles = createProfiles(folder)

  const find = async (name: string): Promise<Result<Profile>> => {
    const listed = await profiles.list()
    if (!listed.ok) return listed
    const found = listed.value.find((profile) => profile.name === name)
    if (found !== undefined) return ok(found)
    return notFound(name, listed.value)
  }

  const secretsOf = async (profile: Profile, given: Secrets): Promise<Result<Secrets>> => {
    const needed = secretsNeeded(profile).filter((kind) => given[kind] === undefined)
    const asked = needed.filter(
      (kind) => placeOf(profile, kind) === 'keychain' || vault.isHeld(secretName(profile.id, kind)),
    )
    const { found, trouble } = await vault.read(asked.map((kind) => secretName(profile.id, kind)))
    const missing = needed.find((kind) => !found.has(secretName(profile.id, kind)))
    if (missing !== undefined) return fail(missingSecret(profile, missing, trouble))
    const kept = needed.map((kind) => [kind, found.get(secretName(profile.id, kind)) ?? ''])
    return ok({ ...(Object.fromEntries(kept) as Secrets), ...given })
  }

  return {
    list: () => profiles.list(),
    find,
    save: async (words, target, options) => {
      const problem = problemOf(words)
      if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: problem })
      const listed = await profiles.list()
      if (!listed.ok) return listed
      const { edit } = options
      const ofThatName = listed.value.find(({ name }) => name === words.name)
      const before = edit === undefined ? ofThatName : listed.value.find(({ name }) => name === edit.name)
      if (edit !== undefined && before === undefined) return notFound(edit.name, listed.value)
      const isTaken = ofThatName !== undefined && (edit === undefined || ofThatName !== before)
      if (isTaken && !options.replace)
        return fail({ kind: 'refused-by-guard', detail: `a profile named ${words.name} exists already` })
      const { fields, secrets } = fromTarget(target, options.files)
      const made: Profile = { id: before?.id ?? newProfileId(), ...words, ...fields }
      const merged =
        edit === undefined || before === undefined ? ok(withInherited(made, before)) : withKept(made, before, edit.keep)
      if (!merged.ok) return merged
      const unplaced = merged.value
      const fresh = new Map(entriesOf(secrets).map(([kind, secret]) => [secretName(made.id, kind), secret]))
      const kept = await vault.keep(fresh)
      const trouble = kept.place === 'memory' ? kept.trouble : undefined
      if (trouble !== undefined && options.refuseOn.includes(trouble.reason))
        return fail({ kind: 'vault-unavailable', detail: `${trouble.detail}; nothing was saved` })
      const profile =
        trouble === undefined
          ? entriesOf(secrets).reduce((one, [kind]) => withPlace(one, kind, 'keychain'), unplaced)
          : unplaced
      const put = await profiles.put(profile)
      if (!put.ok) {
        if (before === undefined) await vault.forget([...fresh.keys()])
        return put
      }
      const left = before === undefined ? [] : SECRETS.filter((kind) => isLeft(before, profile, kind))
      await vault.forget(left.map((kind) => secretName(profile.id, kind)))
      if (isTaken && ofThatName.id !== profile.id)
        await vault.forget(secretsNeeded(ofThatName).map((kind) => secretName(ofThatName.id, kind)))
      return ok({ profile, trouble })
    },
    remove: async (name) => {
      const found = await find(name)
      if (!found.ok) return found
      const removed = await profiles.remove(name)
      if (!removed.ok) return removed
      const { id } = found.value
      const isKept = SECRETS.some(
        (kind) => placeOf(found.value, kind) === 'keychain' || vault.isHeld(secretName(id, kind)),
      )
      const trouble = isKept ? await vault.forget(SECRETS.map((kind) => secretName(id, kind))) : undefined
      const inKeychain = SECRETS.some((kind) => placeOf(found.value, kind) === 'keychain')
      return ok({ trouble: inKeychain ? trouble : undefined })
    },
    target: async (name, given = {}) => {
      const found = await find(name)
      if (!found.ok) return found
      const profile = withNewPlaces(found.value, given)
      const secrets = await secretsOf(profile, given)
      if (!secrets.ok) return secrets
      const target = await toTarget(profile, secrets.value)
      if (target.ok) return ok({ profile, target: target.value })
      return fail({ kind: 'storage', detail: `profile ${profile.name}: ${target.problem}; ${target.hint}` })
    },
    hold: (profile, given) =>
      vault.holdForSession(new Map(entriesOf(given).map(([kind, secret]) => [secretName(profile.id, kind), secret]))),
    toBeGiven: (profile) =>
      secretsNeeded(profile).filter(
        (kind) => placeOf(profile, kind) === 'ask' && !vault.isHeld(secretName(profile.id, kind)),
      ),
    export: async () => {
      const listed = await profiles.list()
      return listed.ok ? ok(exportProfiles(listed.value)) : listed
    },
    import: async (value, replace) => {
      const read = importProfiles(value)
      if (!read.ok) return read
      const listed = await profiles.list()
      if (!listed.ok) return listed
      const taken = read.value.filter(({ name }) => listed.value.some((one) => one.name === name))
      if (taken.length > 0 && !replace)
        return fail({
          kind: 'refused-by-guard',
          detail: `of these names there are profiles already: ${taken.map(({ name }) => name).join(', ')}`,
        })
      for (const profile of read.value) {
        const before = listed.value.find(({ name }) => name === profile.name)
        const put = await profiles.put(profile)
        if (!put.ok) return put
        if (before !== undefined) await vault.forget(secretsNeeded(before).map((kind) => secretName(before.id, kind)))
      }
      return ok(read.value.map(({ name }) => name))
    },
    importEach: async (value, replace) => {
      const read = importEach(value)
      if (!read.ok) return read
      const listed = await profiles.list()
      if (!listed.ok) return listed
      const report: { -readonly [F in keyof ImportReport]: ImportReport[F] } = {
        taken: [],
        renamed: [],
        replaced: [],
        refused: [],
      }
      const names = new Set(listed.value.map(({ name }) => name))
      const fresh: Profile[] = []
      for (const entry of read.value) {
        const why = entry.profile === undefined ? entry.why : problemOf(entry.profile)
        if (entry.profile === undefined || why !== undefined) {
          report.refused.push({ name: entry.name, why: why ?? '' })
          continue
        }
        const to = names.has(entry.name) && !replace ? freeName(entry.name, names) : entry.name
        if (to !== entry.name) report.renamed.push({ from: entry.name, to })
        else if (names.has(to)) report.replaced.push(to)
        else report.taken.push(to)
        names.add(to)
        fresh.push({ ...entry.profile, name: to })
      }
      if (fresh.length === 0) return ok(report)
      const put = await profiles.put(...fresh)
      if (!put.ok) return put
      const gone = listed.value.filter(({ name }) => report.replaced.includes(name))
      await vault.forget(gone.flatMap((one) => secretsNeeded(one).map((kind) => secretName(one.id, kind))))
      return ok(report)
    },
  }
}

/** Why what was said about a profile cannot be saved; undefined when it can. */
function problemOf({ name, thresholds }: Pick<ProfileWords, 'name' | 'thresholds'>): string | undefined {
  if (!isProfileName(name)) return `${clip(name)} cannot be the name of a profile: ${NAME_RULE}`
  const unknown = Object.keys(thresholds).find((key) => !Object.hasOwn(DEFAULT_THRESHOLDS, key))
  if (unknown !== undefined)
    return `there is no threshold ${clip(unknown)}; known: ${Object.keys(DEFAULT_THRESHOLDS).join(', ')}`
  for (const [key, value] of Object.entries(thresholds)) {
    const problem = thresholdProblem(key, value)
    if (problem !== undefined) return `threshold ${key} cannot be ${value}: ${problem}`
  }
  return undefined
}

function notFound(name: string, among: readonly Profile[]): Result<never> {
  const known = among.map((profile) => profile.name)
  return fail({ kind: 'not-found', detail: `no profile named ${clip(name)}`, known })
}

/** Secrets that were not given again stay where they were, for one and the same user at one and the same place. */
function withInherited(made: Profile, before: Profile | undefined): Profile {
  if (before === undefined || !isSameDoor(before, made)) return made
  return {
    ...made,
    password: made.password ?? before.password,
    sentinelPassword: made.sentinelPassword ?? before.sentinelPassword,
  }
}

/** A password given for a profile that had none counts for this connection. */
function withNewPlaces(profile: Profile, given: Secrets): Profile {
  return {
    ...profile,
    password: given.password === undefined ? profile.password : 'ask',
    sentinelPassword: given['sentinel-password'] === undefined ? profile.sentinelPassword : 'ask',
  }
}

function placeOf(profile: Profile, kind: SecretKind): SecretPlace | undefined {
  const places: Readonly<Record<SecretKind, unknown>> = {
    password: profile.password,
    'sentinel-password': profile.sentinelPassword,
    key: profile.tls?.key,
    'sentinel-key': profile.sentinelTls?.key,
  }
  const place = places[kind]
  return place === 'keychain' || place === 'ask' ? place : undefined
}

function withPlace(profile: Profile, kind: SecretKind, place: SecretPlace): Profile {
  const inTls = (tls: ProfileTls | null): ProfileTls | null => (tls === null ? null : { ...tls, key: place })
  switch (kind) {
    case 'password':
      return { ...profile, password: place }
    case 'sentinel-password':
      return { ...profile, sentinelPassword: place }
    case 'key':
      return { ...profile, tls: inTls(profile.tls) }
    case 'sentinel-key':
      return { ...profile, sentinelTls: inTls(profile.sentinelTls) }
  }
}

/** In the keychain for the profile as it was, and of no use to it as it is. */
function isLeft(before: Profile, now: Profile, kind: SecretKind): boolean {
  return placeOf(before, kind) === 'keychain' && placeOf(now, kind) === undefined
}

function missingSecret(profile: Profile, kind: SecretKind, trouble: VaultTrouble | undefined): Failure {
  const wanted = `profile ${profile.name} needs ${SECRET_WORDS[kind]}`
  const why =
    trouble?.detail ??
    (placeOf(profile, kind) === 'keychain' ? 'the keychain does not hold it' : 'it is not kept on this machine')
  return { kind: 'vault-unavailable', detail: `${wanted}: ${why}` }
}

function entriesOf(secrets: Secrets): readonly (readonly [SecretKind, string])[] {
  return SECRETS.flatMap((kind) => {
    const secret = secrets[kind]
    return secret === undefined ? [] : [[kind, secret] as const]
  })
}

function clip(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  return `"${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').slice(0, 60)}"`
}
