import { resolve } from 'node:path'
import { formatAddress } from '../domain/address.ts'
import type { PemSource, Profile, ProfileTls } from '../storage/profiles-shape.ts'
import { parseAddresses, parseNat } from './targets/addresses.ts'
import type { TargetFlags } from './targets/from-flags.ts'
import type { ParsedTarget, TargetCredentials, TargetResult, TargetTls } from './targets/model.ts'
import { accept } from './targets/model.ts'
import { checkTls, readPemFile } from './targets/tls.ts'

/** What of a profile is secret; each has a name of its own in the vault. */
export const SECRETS = ['password', 'sentinel-password', 'key', 'sentinel-key'] as const
export type SecretKind = (typeof SECRETS)[number]
export type Secrets = Partial<Readonly<Record<SecretKind, string>>>

/** What is meant by each, for people. */
export const SECRET_WORDS: Readonly<Record<SecretKind, string>> = {
  password: 'the password for data nodes',
  'sentinel-password': 'the password for Sentinels',
  key: 'the client key for data nodes',
  'sentinel-key': 'the client key for Sentinels',
}

/** Files of TLS as the command line names them: a profile keeps their paths, so that a renewed certificate counts. */
export type TlsFiles = Pick<TargetFlags, 'ca' | 'cert' | 'key' | 'sentinelCa' | 'sentinelCert' | 'sentinelKey'>

/** The name of a profile's secret in the vault. */
export function secretName(id: string, kind: SecretKind): string {
  return `${id}/${kind}`
}

/** The secrets that a profile counts on. */
export function secretsNeeded(profile: Profile): readonly SecretKind[] {
  const key = (tls: ProfileTls | null): boolean => typeof tls?.key === 'string'
  const needed: Readonly<Record<SecretKind, boolean>> = {
    password: profile.password !== null,
    'sentinel-password': profile.sentinelPassword !== null,
    key: key(profile.tls),
    'sentinel-key': key(profile.sentinelTls),
  }
  return SECRETS.filter((kind) => needed[kind])
}

/** The part of a target that a profile keeps; its secrets, apart. Places say `ask` until the vault has them. */
export function fromTarget(
  target: ParsedTarget,
  files: TlsFiles = {},
): {
  readonly fields: Omit<Profile, 'id' | 'name' | 'environment' | 'colour' | 'thresholds'>
  readonly secrets: Secrets
} {
  const { access } = target
  const { nodeTls, sentinelTls } = access
  const node = { ca: files.ca, cert: files.cert, key: files.key }
  const hasOwnPair = files.sentinelCert !== undefined || files.sentinelKey !== undefined
  const sentinel = {
    ca: files.sentinelCa ?? files.ca,
    cert: hasOwnPair ? files.sentinelCert : files.cert,
    key: hasOwnPair ? files.sentinelKey : files.key,
  }
  const keys = {
    ...(nodeTls?.key === undefined || node.key !== undefined ? {} : { key: nodeTls.key }),
    ...(sentinelTls?.key === undefined || sentinel.key !== undefined ? {} : { 'sentinel-key': sentinelTls.key }),
  }
  return {
    fields: {
      sentinels: target.sentinels.map(formatAddress),
      nodes: target.nodes.map(formatAddress),
      addresses: target.undecided.map(formatAddress),
      group: target.group ?? null,
      user: access.node.user ?? null,
      password: access.node.password === undefined ? null : 'ask',
      sentinelUser: access.sentinel.user ?? null,
      sentinelPassword: access.sentinel.password === undefined ? null : 'ask',
      tls: nodeTls === undefined ? null : toProfileTls(nodeTls, node),
      sentinelTls: sentinelTls === undefined ? null : toProfileTls(sentinelTls, sentinel),
      nat: access.nat.map(({ from, to }) => `${formatAddress(from)}=${formatAddress(to)}`),
      timeoutMs: access.timeoutMs,
    },
    secrets: {
      ...(access.node.password === undefined ? {} : { password: access.node.password }),
      ...(access.sentinel.password === undefined ? {} : { 'sentinel-password': access.sentinel.password }),
      ...keys,
    },
  }
}

/** A profile with its secrets as a target; says what in it cannot be used. */
export async function toTarget(profile: Profile, secrets: Secrets): Promise<TargetResult<ParsedTarget>> {
  const addresses = { sentinels: profile.sentinels, nodes: profile.nodes, undecided: profile.addresses }
  const sentinels = parseAddresses(addresses.sentinels)
  if (!sentinels.ok) return sentinels
  const nodes = parseAddresses(addresses.nodes)
  if (!nodes.ok) return nodes
  const undecided = parseAddresses(addresses.undecided)
  if (!undecided.ok) return undecided
  if (sentinels.value.length + nodes.value.length + undecided.value.length === 0)
    return { ok: false, problem: 'it names no address', hint: 'save it again with one' }
  const nat = parseNat(profile.nat)
  if (!nat.ok) return nat
  const nodeTls = profile.tls === null ? undefined : await toTargetTls(profile.tls, secrets.key)
  if (nodeTls?.ok === false) return nodeTls
  const sentinelTls =
    profile.sentinelTls === null ? undefined : await toTargetTls(profile.sentinelTls, secrets['sentinel-key'])
  if (sentinelTls?.ok === false) return sentinelTls
  return accept({
    sentinels: sentinels.value,
    nodes: nodes.value,
    undecided: undecided.value,
    group: profile.group ?? undefined,
    access: {
      timeoutMs: profile.timeoutMs,
      node: credentials(profile.user, secrets.password),
      sentinel: credentials(profile.sentinelUser, secrets['sentinel-password']),
      nat: nat.value,
      ...(nodeTls === undefined ? {} : { nodeTls: nodeTls.value }),
      ...(sentinelTls === undefined ? {} : { sentinelTls: sentinelTls.value }),
    },
  })
}

function credentials(user: string | null, password: string | undefined): TargetCredentials {
  return { ...(user === null ? {} : { user }), ...(password === undefined ? {} : { password }) }
}

function toProfileTls(
  tls: TargetTls,
  files: { readonly ca: string | undefined; readonly cert: string | undefined; readonly key: string | undefined },
): ProfileTls {
  const source = (pem: string | undefined, file: string | undefined): PemSource | null =>
    pem === undefined ? null : file === undefined ? { pem } : { file: resolve(file) }
  return {
    ca: source(tls.ca, files.ca),
    cert: source(tls.cert, files.cert),
    key: tls.key === undefined ? null : files.key === undefined ? 'ask' : { file: resolve(files.key) },
    serverName: tls.serverName ?? null,
    serverNames: Object.fromEntries(tls.serverNames ?? []),
    insecure: tls.insecure,
  }
}

async function toTargetTls(tls: ProfileTls, secretKey: string | undefined): Promise<TargetResult<TargetTls>> {
  const ca = await pemOf(tls.ca, 'its CA')
  if (!ca.ok) return ca
  const cert = await pemOf(tls.cert, 'its client certificate')
  if (!cert.ok) return cert
  const key =
    tls.key === null || typeof tls.key === 'string' ? accept(secretKey) : await pemOf(tls.key, 'its client key')
  if (!key.ok) return key
  const names = { ca: 'its CA', cert: 'its client certificate', key: 'its client key' }
  const serverNames = new Map(Object.entries(tls.serverNames))
  return checkTls({ ca: ca.value, cert: cert.value, key: key.value }, names, {
    insecure: tls.insecure,
    ...(tls.serverName === null ? {} : { serverName: tls.serverName }),
    ...(serverNames.size === 0 ? {} : { serverNames }),
  })
}

async function pemOf(source: PemSource | null, what: string): Promise<TargetResult<string | undefined>> {
  if (source === null) return accept(undefined)
  return 'pem' in source ? accept(source.pem) : readPemFile(what, source.file)
}
