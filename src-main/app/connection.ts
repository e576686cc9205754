import { homedir } from 'node:os'
import { ok } from '../domain/failure.ts'
import type { Failure } from '../domain/failure.ts'
import type { Environment } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS } from '../domain/findings/thresholds.ts'
import type { Thresholds } from '../domain/findings/thresholds.ts'
import { dataFolder } from '../storage/data-folder.ts'
import type { Profile } from '../storage/profiles-shape.ts'
import { ENVIRONMENTS } from '../storage/profiles-shape.ts'
import type { Keychain } from '../storage/vault-keychain.ts'
import { createVault } from '../storage/vault.ts'
import { environmentOf } from './environment.ts'
import { nodeKeychain } from './keychain.ts'
import { createConnectionProfiles } from './profiles.ts'
import type { ConnectionProfiles } from './profiles.ts'
import type { Secrets } from './profiles-target.ts'
import { describeTarget } from './target-words.ts'
import type { Environment as Variables, TargetFlags } from './targets/from-flags.ts'
import { readCredentials, readTimeout, targetFromFlags } from './targets/from-flags.ts'
import type { ParsedTarget, TargetProblem } from './targets/model.ts'

/** Everything that is known of a connection before it is made. */
export interface Connection {
  readonly target: ParsedTarget
  /** The profile's name, or what was typed. */
  readonly label: string
  readonly environment: Environment
  /** Undefined for a target that was typed. */
  readonly profile: Profile | undefined
  /** The catalogue's, but for those of the profile. */
  readonly thresholds: Thresholds
}

/** `failure`: what was typed is well, but the profile or its secrets are not to be had. */
export type ConnectionResult =
  | { readonly ok: true; readonly value: Connection }
  | { readonly ok: false; readonly problem: TargetProblem }
  | { readonly ok: false; readonly failure: Failure }

/** Flags as `TargetFlags`, for commands that also let the environment be said. */
export interface ConnectionFlags extends TargetFlags {
  readonly environment?: string | undefined
}

/** What stands beside `--profile` without contradicting it. */
const BESIDE_PROFILE: ReadonlySet<string> = new Set(['group', 'timeout', 'passwordEnv', 'sentinelPasswordEnv'])

/** Target flags by name, so that those of the command itself are told apart. */
const TARGET_FLAGS: Readonly<Record<Exclude<keyof TargetFlags, 'profile'>, string>> = {
  sentinel: '--sentinel',
  node: '--node',
  url: '--url',
  group: '--group',
  user: '--user',
  passwordEnv: '--password-env',
  sentinelUser: '--sentinel-user',
  sentinelPasswordEnv: '--sentinel-password-env',
  tls: '--tls',
  ca: '--ca',
  cert: '--cert',
  key: '--key',
  serverName: '--server-name',
  tlsInsecure: '--tls-insecure',
  sentinelTls: '--sentinel-tls',
  sentinelCa: '--sentinel-ca',
  sentinelCert: '--sentinel-cert',
  sentinelKey: '--sentinel-key',
  sentinelTlsInsecure: '--sentinel-tls-insecure',
  nat: '--nat',
  timeout: '--timeout',
}

/** The profiles of this user, with the OS keychain behind them. */
export function userProfiles(
  variables: Variables,
  keychain: Keychain | undefined = nodeKeychain(),
): ConnectionProfiles {
  return createConnectionProfiles(dataFolder(variables, process.platform, homedir()), createVault(keychain))
}

/**
 * Reads what the command line says about where to connect: addresses, or a profile. The environment is the profile's, or
 * the flag's where no profile says otherwise, or `lab` for a lab of this machine, else production.
 */
export async function connectionFromFlags(
  flags: ConnectionFlags,
  variables: Variables,
  profiles: ConnectionProfiles = userProfiles(variables),
): Promise<ConnectionResult> {
  const said = readEnvironment(flags.environment)
  if (said === 'unknown')
    return problem('--environment is not one that is known', `give one of ${ENVIRONMENTS.join(', ')}`)
  if (flags.profile === undefined) {
    const target = await targetFromFlags(flags, variables)
    if (!target.ok) return { ok: false, problem: target }
    const { node, sentinel } = target.value.access
    // Without a password nothing would be sent, and all would be asked as the default user.
    if (node.user !== undefined && node.password === undefined)
      return problem('a user is given without a password', 'name the variable that holds it with --password-env VAR')
    if (sentinel.user !== undefined && sentinel.password === undefined)
      return problem(
        '--sentinel-user is given without a password',
        'name the variable that holds it with --sentinel-password-env VAR',
      )
    const environment = await environmentOf(target.value, said)
    return ok({
      target: target.value,
      label: describeTarget(target.value),
      environment,
      profile: undefined,
      thresholds: DEFAULT_THRESHOLDS,
    })
  }
  const stray = Object.entries(TARGET_FLAGS).find(
    ([key]) => !BESIDE_PROFILE.has(key) && isGiven(flags[key as keyof TargetFlags]),
  )
  if (stray !== undefined)
    return problem(`${stray[1]} is given beside --profile`, 'the profile says it; give one or the other')
  const timeoutMs = readTimeout(flags.timeout)
  if (!timeoutMs.ok) return { ok: false, problem: timeoutMs }
  const given = readSecrets(flags, variables)
  if (!given.ok) return given
  const found = await profiles.target(flags.profile, given.value)
  if (!found.ok) return { ok: false, failure: withHint(found.failure) }
  const { profile } = found.value
  if (said !== undefined && profile.environment !== null && said !== profile.environment)
    return problem(
      `the profile is of the environment ${profile.environment}`,
      'leave --environment out, or save the profile anew',
    )
  const target = {
    ...found.value.target,
    group: flags.group ?? found.value.target.group,
    access: {
      ...found.value.target.access,
      ...(flags.timeout === undefined ? {} : { timeoutMs: timeoutMs.value }),
    },
  }
  const environment = await environmentOf(target, profile.environment ?? said)
  return ok({
    target,
    label: profile.name,
    environment,
    profile,
    thresholds: { ...DEFAULT_THRESHOLDS, ...profile.thresholds },
  })
}

function readEnvironment(text: string | undefined): Environment | 'unknown' | undefined {
  if (text === undefined) return undefined
  return ENVIRONMENTS.find((one) => one === text) ?? 'unknown'
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
}

function readSecrets(flags: TargetFlags, variables: Variables) {
  const node = readCredentials(undefined, flags.passwordEnv, '--password-env', variables)
  if (!node.ok) return { ok: false as const, problem: node }
  const sentinel = readCredentials(undefined, flags.sentinelPasswordEnv, '--sentinel-password-env', variables)
  if (!sentinel.ok) return { ok: false as const, problem: sentinel }
  const secrets: Secrets = {
    ...(node.value.password === undefined ? {} : { password: node.value.password }),
    ...(sentinel.value.password === undefined ? {} : { 'sentinel-password': sentinel.value.password }),
  }
  return { ok: true as const, value: secrets }
}

/** A password that is not to be had can be given by hand. */
function withHint(failure: Failure): Failure {
  if (failure.kind !== 'vault-unavailable') return failure
  return { ...failure, detail: `${failure.detail}; --password-env and --sentinel-password-env give passwords` }
}

function problem(what: string, hint: string): { readonly ok: false; readonly problem: TargetProblem } {
  return { ok: false, problem: { problem: what, hint } }
}
