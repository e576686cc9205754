import { readFile } from 'node:fs/promises'
import type { Profile } from '../storage/profiles-shape.ts'
import { ENVIRONMENTS, isProfileName, NAME_RULE, PROFILE_COLOURS } from '../storage/profiles-shape.ts'
import { readAuditSettings } from './audit-settings.ts'
import type { ProfileWords } from './profiles.ts'
import type { TargetResult } from './targets/model.ts'
import { accept, quote, refuse } from './targets/model.ts'

/** What the command line says about a profile, as typed. */
export interface ProfileFlags {
  readonly environment?: string | undefined
  readonly colour?: string | undefined
  readonly threshold?: readonly string[] | undefined
}

/** Reads the words; says what is wrong with the first that cannot be used. */
export function readProfileWords(name: string, flags: ProfileFlags): TargetResult<ProfileWords> {
  if (!isProfileName(name)) return refuse(`${quote(name)} cannot be the name of a profile`, `give ${NAME_RULE}`)
  const environment = ENVIRONMENTS.find((one) => one === flags.environment) ?? null
  if (flags.environment !== undefined && environment === null)
    return refuse(`--environment ${quote(flags.environment)} is not known`, `give one of ${ENVIRONMENTS.join(', ')}`)
  const colour = PROFILE_COLOURS.find((one) => one === flags.colour) ?? null
  if (flags.colour !== undefined && colour === null)
    return refuse(`--colour ${quote(flags.colour)} is not known`, `give one of ${PROFILE_COLOURS.join(', ')}`)
  const given = flags.threshold ?? []
  const settings = readAuditSettings({ threshold: given })
  if (!settings.ok) return settings
  const changed = new Set(given.map((text) => text.slice(0, text.indexOf('='))))
  const thresholds = Object.entries(settings.value.thresholds).filter(([key]) => changed.has(key))
  return accept({ name, environment, colour, thresholds: Object.fromEntries(thresholds) })
}

/** A profile as the command line prints it: without the name of its secrets. */
export function toProfileReport(profile: Profile): Omit<Profile, 'id'> {
  const { id: _, ...shown } = profile
  return shown
}

/** A profile in lines for people. */
export function describeProfile(profile: Profile): readonly string[] {
  const { tls, sentinelTls } = profile
  const list = (title: string, values: readonly string[]): string[] =>
    values.length === 0 ? [] : [`${title}  ${values.join(', ')}`]
  const account = (user: string | null, place: Profile['password']): string[] =>
    user === null && place === null ? [] : [`${user ?? 'default'}, ${place === null ? 'no password' : PLACES[place]}`]
  const security = (of: Profile['tls']): string[] =>
    of === null ? [] : [of.insecure ? 'on, certificates are NOT verified' : 'on']
  return [
    profile.name,
    ...list('environment       ', [profile.environment ?? 'production (not said; a lab of this machine: lab)']),
    ...list('colour            ', profile.colour === null ? [] : [profile.colour]),
    ...list('Sentinels         ', profile.sentinels),
    ...list('data nodes        ', profile.nodes),
    ...list('addresses         ', profile.addresses),
    ...list('group             ', profile.group === null ? [] : [profile.group]),
    ...list('user              ', account(profile.user, profile.password)),
    ...list('user on Sentinels ', account(profile.sentinelUser, profile.sentinelPassword)),
    ...list('TLS               ', security(tls)),
    ...list('TLS to Sentinels  ', security(sentinelTls)),
    ...list('NAT               ', profile.nat),
    ...list('time-out          ', [`${profile.timeoutMs} ms`]),
    ...list(
      'thresholds        ',
      Object.entries(profile.thresholds).map(([key, value]) => `${key}=${value}`),
    ),
  ]
}

const PLACES = {
  keychain: 'password in the keychain',
  ask: 'password not kept: give it with --password-env',
} as const

/** A file that `profile export` wrote, as it stands there. */
export async function readExported(path: string): Promise<TargetResult<unknown>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    return refuse(
      `${quote(path)} cannot be read (${code === 'ENOENT' ? 'there is no such file' : code})`,
      'give a file that repliscope profile export wrote',
    )
  }
  try {
    return accept(JSON.parse(text) as unknown)
  } catch {
    return refuse(`${quote(path)} is not JSON`, 'give a file that repliscope profile export wrote')
  }
}
