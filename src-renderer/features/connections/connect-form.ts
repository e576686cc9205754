import type { Recent, TargetInput } from '../../../src-main/contract/calls.ts'

export interface CredentialFields {
  readonly user: string
  readonly password: string
}

export interface TlsFields {
  readonly enabled: boolean
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly serverName: string
  readonly insecure: boolean
}

/** The connect form as typed. Texts only; what they mean is the host's to say. */
export interface ConnectForm {
  readonly addresses: string
  readonly kind: TargetInput['kind']
  readonly group: string
  readonly node: CredentialFields
  readonly sentinel: CredentialFields
  readonly nodeTls: TlsFields
  /** True: Sentinels are reached with the same TLS settings as nodes. */
  readonly hasSameTls: boolean
  readonly sentinelTls: TlsFields
  readonly nat: string
  readonly timeoutMs: number
}

const NO_CREDENTIALS: CredentialFields = { user: '', password: '' }
const NO_TLS: TlsFields = { enabled: false, ca: '', cert: '', key: '', serverName: '', insecure: false }

export const EMPTY_FORM: ConnectForm = {
  addresses: '',
  kind: 'auto',
  group: '',
  node: NO_CREDENTIALS,
  sentinel: NO_CREDENTIALS,
  nodeTls: NO_TLS,
  hasSameTls: true,
  sentinelTls: NO_TLS,
  nat: '',
  timeoutMs: 2000,
}

export function toTargetInput(form: ConnectForm): TargetInput {
  return {
    addresses: form.addresses,
    kind: form.kind,
    group: orNull(form.group.trim()),
    node: toCredentials(form.node),
    sentinel: toCredentials(form.sentinel),
    nodeTls: toTls(form.nodeTls),
    sentinelTls: toTls(form.hasSameTls ? form.nodeTls : form.sentinelTls),
    nat: form.nat,
    timeoutMs: Math.round(Math.min(60_000, Math.max(50, form.timeoutMs || EMPTY_FORM.timeoutMs))),
  }
}

/** A target back in the form, as it was saved: its secrets and PEM texts are not part of it. */
export function formOfTarget(target: TargetInput): ConnectForm {
  const tls = ({ enabled, ca, cert, key, serverName, insecure }: TargetInput['nodeTls']): TlsFields => ({
    ...{ enabled, insecure },
    ...{ ca: ca ?? '', cert: cert ?? '', key: key ?? '', serverName: serverName ?? '' },
  })
  const [nodeTls, sentinelTls] = [tls(target.nodeTls), tls(target.sentinelTls)]
  return {
    ...{ addresses: target.addresses, kind: target.kind, group: target.group ?? '' },
    node: { user: target.node.user ?? '', password: '' },
    sentinel: { user: target.sentinel.user ?? '', password: '' },
    ...{ nodeTls, sentinelTls, nat: target.nat, timeoutMs: target.timeoutMs },
    hasSameTls: JSON.stringify(nodeTls) === JSON.stringify(sentinelTls),
  }
}

/** A remembered connection, back in the form; its secrets were never kept. */
export function formOfRecent(recent: Recent): ConnectForm {
  return {
    ...EMPTY_FORM,
    addresses: recent.addresses,
    kind: recent.kind,
    group: recent.group ?? '',
    nodeTls: { ...NO_TLS, enabled: recent.usesTls },
  }
}

export interface LiftedCredentials {
  /** The text without any user part. */
  readonly addresses: string
  readonly user: string
  readonly password: string
}

/**
 * Takes user and password out of the URLs in a pasted text, so that neither stays where it can be seen. Undefined when
 * there is nothing to take. The user part of a URL ends at its last "@": an unescaped password may hold any character.
 */
export function liftCredentials(text: string): LiftedCredentials | undefined {
  let user = ''
  let password = ''
  let isFound = false
  const addresses = text.replace(/([a-z][a-z0-9+.-]*:\/\/)([^\s]*)@/gi, (_, scheme: string, account: string) => {
    isFound = true
    const colon = account.indexOf(':')
    user ||= decode(colon < 0 ? account : account.slice(0, colon))
    password ||= decode(colon < 0 ? '' : account.slice(colon + 1))
    return scheme
  })
  return isFound ? { addresses, user, password } : undefined
}

/** Why a text cannot be PEM; null when it may be, or is empty. */
export function pemProblem(text: string, what: 'CERTIFICATE' | 'PRIVATE KEY'): string | null {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const has = new RegExp(`-----BEGIN [A-Z0-9 ]*${what}-----[\\s\\S]+-----END [A-Z0-9 ]*${what}-----`).test(trimmed)
  return has ? null : `This is not PEM: it must hold a block from -----BEGIN ${what}----- to -----END ${what}-----.`
}

function toCredentials(fields: CredentialFields): TargetInput['node'] {
  return { user: orNull(fields.user.trim()), password: orNull(fields.password) }
}

function toTls(fields: TlsFields): TargetInput['nodeTls'] {
  return {
    enabled: fields.enabled,
    ca: orNull(fields.ca.trim()),
    cert: orNull(fields.cert.trim()),
    key: orNull(fields.key.trim()),
    serverName: orNull(fields.serverName.trim()),
    insecure: fields.insecure,
  }
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
