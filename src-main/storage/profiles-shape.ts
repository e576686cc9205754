import type { Environment } from '../domain/findings/rule.ts'

export const PROFILE_COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'] as const
export type ProfileColour = (typeof PROFILE_COLOURS)[number]

export const ENVIRONMENTS = ['production', 'staging', 'development', 'lab'] as const satisfies readonly Environment[]

/** Where a secret of a profile is: the OS keychain, or nowhere (`ask`: it is given at each connection). Never the secret. */
export type SecretPlace = 'keychain' | 'ask'

/** A PEM text that is no secret: in the profile itself, or in a file that is read at each connection. */
export type PemSource = { readonly pem: string } | { readonly file: string }

export interface ProfileTls {
  readonly ca: PemSource | null
  readonly cert: PemSource | null
  readonly key: { readonly file: string } | SecretPlace | null
  readonly serverName: string | null
  /** By `host:port`. */
  readonly serverNames: Readonly<Record<string, string>>
  /** True switches verification off. */
  readonly insecure: boolean
}

/** A saved connection as it stands in the file: everything that is to be known but the secrets. */
export interface Profile {
  /** Names its secrets in the keychain; stays when the profile is replaced. */
  readonly id: string
  readonly name: string
  /** Null: lab for a lab of this machine, else production. */
  readonly environment: Environment | null
  readonly colour: ProfileColour | null
  /** `host:port`; `addresses` are asked what they are. */
  readonly sentinels: readonly string[]
  readonly nodes: readonly string[]
  readonly addresses: readonly string[]
  readonly group: string | null
  readonly user: string | null
  readonly password: SecretPlace | null
  readonly sentinelUser: string | null
  readonly sentinelPassword: SecretPlace | null
  readonly tls: ProfileTls | null
  readonly sentinelTls: ProfileTls | null
  /** `ANNOUNCED=REACHABLE`. */
  readonly nat: readonly string[]
  readonly timeoutMs: number
  /** Numbers that findings are judged with, where they differ from the defaults. */
  readonly thresholds: Readonly<Record<string, number>>
}

export const NAME_RULE = '1 to 60 letters, digits, spaces and . _ - : / + ( )'

/** A name can be typed in a shell and shown in one line; it is no path and no option. */
export function isProfileName(text: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N} ._\-:/+()]{0,59}$/u.test(text) && text.trim() === text
}

/** Why a value is not a profile: the first field that is not what it must be; undefined when it is one. */
export function profileProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return 'is not an object'
  for (const [field, isRight] of Object.entries(FIELDS)) if (!isRight(value[field])) return `${field} cannot be used`
  const secret = Object.keys(value).find((field) => SECRET_FIELD.test(field) && !Object.hasOwn(FIELDS, field))
  return secret === undefined ? undefined : `${secret.slice(0, 40)} does not belong there`
}

/** A password typed into the file by hand is not taken, and not kept. */
const SECRET_FIELD = /pass|secret|token/i

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 65_536
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.length <= 1000 && value.every(isText)
const isOneOf = (values: readonly unknown[]) => (value: unknown) => values.includes(value)
const isPlaceOrNull = isOneOf(['keychain', 'ask', null])
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0
const isRecordOf = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  isRecord(value) && Object.values(value).every(isRight)

const FIELDS: Readonly<Record<keyof Profile, (value: unknown) => boolean>> = {
  id: (value) => isText(value) && /^[a-z0-9-]{8,64}$/.test(value),
  name: (value) => isText(value) && isProfileName(value),
  environment: isOneOf([...ENVIRONMENTS, null]),
  colour: isOneOf([...PROFILE_COLOURS, null]),
  sentinels: areTexts,
  nodes: areTexts,
  addresses: areTexts,
  group: isTextOrNull,
  user: isTextOrNull,
  password: isPlaceOrNull,
  sentinelUser: isTextOrNull,
  sentinelPassword: isPlaceOrNull,
  tls: isTlsOrNull,
  sentinelTls: isTlsOrNull,
  nat: areTexts,
  timeoutMs: (value) => isNumber(value) && Number(value) >= 50 && Number(value) <= 60_000,
  thresholds: isRecordOf(isNumber),
}

function isTlsOrNull(value: unknown): boolean {
  if (value === null) return true
  return (
    isRecord(value) &&
    isPemOrNull(value['ca']) &&
    isPemOrNull(value['cert']) &&
    (isPlaceOrNull(value['key']) || isFile(value['key'])) &&
    isTextOrNull(value['serverName']) &&
    isRecordOf(isText)(value['serverNames']) &&
    typeof value['insecure'] === 'boolean'
  )
}

/** A private key is no PEM text of a profile, whatever the field is called. */
function isPemOrNull(value: unknown): boolean {
  if (value === null || isFile(value)) return true
  return isRecord(value) && isText(value['pem']) && !/PRIVATE KEY/.test(value['pem'])
}

function isFile(value: unknown): boolean {
  return isRecord(value) && isText(value['file']) && value['file'] !== ''
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
