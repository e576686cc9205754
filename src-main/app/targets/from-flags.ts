import type { Address } from '../../domain/address.ts'
import { formatAddress } from '../../domain/address.ts'
import { parseAddresses, parseNat } from './addresses.ts'
import type { ParsedTarget, TargetCredentials, TargetResult, TargetTls } from './model.ts'
import { accept, DEFAULT_TIMEOUT_MS, quote, refuse } from './model.ts'
import type { TargetUrl } from './url.ts'
import { hasPassword, parseUrl } from './url.ts'

/** The target options of the command line, as typed. */
export interface TargetFlags {
  /** A saved connection in place of addresses; see app/connection.ts, which alone reads it. */
  readonly profile?: string
  readonly sentinel?: readonly string[]
  readonly node?: readonly string[]
  readonly url?: string
  readonly group?: string
  readonly user?: string
  readonly passwordEnv?: string
  readonly sentinelUser?: string
  readonly sentinelPasswordEnv?: string
  readonly tls?: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: readonly string[]
  readonly tlsInsecure?: boolean
  readonly sentinelTls?: boolean
  readonly sentinelCa?: string
  readonly sentinelCert?: string
  readonly sentinelKey?: string
  readonly sentinelTlsInsecure?: boolean
  readonly nat?: readonly string[]
  readonly timeout?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const PASSWORD_HINT = 'put the password into an environment variable and name it with --password-env VAR'

/** True when any flag says where to connect. */
export function namesTarget(flags: TargetFlags): boolean {
  return flags.profile !== undefined || namesAddress(flags)
}

function namesAddress(flags: TargetFlags): boolean {
  return (flags.sentinel?.length ?? 0) > 0 || (flags.node?.length ?? 0) > 0 || flags.url !== undefined
}

/** Reads the flags into a target; the first problem wins. Passwords come from the environment only. */
export async function targetFromFlags(flags: TargetFlags, env: Environment): Promise<TargetResult<ParsedTarget>> {
  const seeds = readSeeds(flags)
  if (!seeds.ok) return seeds
  const { sentinels, nodes, url } = seeds.value
  if (flags.group !== undefined && url?.group !== undefined && flags.group !== url.group)
    return refuse('--group and the URL name two groups', 'give the group once')
  const group = flags.group ?? url?.group
  if (group === '') return refuse('--group is empty', 'give the name under which the Sentinels monitor the master')
  const timeoutMs = readTimeout(flags.timeout)
  if (!timeoutMs.ok) return timeoutMs
  const nat = parseNat(flags.nat ?? [])
  if (!nat.ok) return nat
  const node = readCredentials(flags.user ?? url?.user, flags.passwordEnv, '--password-env', env)
  if (!node.ok) return node
  const sentinel = readCredentials(flags.sentinelUser, flags.sentinelPasswordEnv, '--sentinel-password-env', env)
  if (!sentinel.ok) return sentinel
  const tls = await readBothTls(flags, url)
  if (!tls.ok) return tls
  const access = {
    timeoutMs: timeoutMs.value,
    node: node.value,
    sentinel: sentinel.value,
    nat: nat.value,
    ...tls.value,
  }
  return accept({ sentinels, nodes, undecided: [], group, access })
}

interface Seeds {
  readonly sentinels: readonly Address[]
  readonly nodes: readonly Address[]
  readonly url: TargetUrl | undefined
}

function readSeeds(flags: TargetFlags): TargetResult<Seeds> {
  if (!namesAddress(flags))
    return refuse('no target given', 'give --sentinel HOST:PORT, --node HOST:PORT, --url URL or --profile NAME')
  const sentinels = parseAddresses(flags.sentinel ?? [])
  if (!sentinels.ok) return refuse(`--sentinel: ${sentinels.problem}`, sentinels.hint)
  const nodes = parseAddresses(flags.node ?? [])
  if (!nodes.ok) return refuse(`--node: ${nodes.problem}`, nodes.hint)
  if (flags.url === undefined) return accept({ sentinels: sentinels.value, nodes: nodes.value, url: undefined })
  if (sentinels.value.length + nodes.value.length > 0)
    return refuse('--url is given beside --sentinel or --node', 'give one or the other')
  if (hasPassword(flags.url))
    return refuse('--url carries a password', `${PASSWORD_HINT}; keep only the user in the URL`)
  const url = parseUrl(flags.url)
  if (!url.ok) return refuse(`--url: ${url.problem}`, url.hint)
  const isSentinel = url.value.kind === 'sentinel'
  return accept({
    sentinels: isSentinel ? url.value.addresses : [],
    nodes: isSentinel ? [] : url.value.addresses,
    url: url.value,
  })
}

export function readTimeout(text: string | undefined): TargetResult<number> {
  if (text === undefined) return accept(DEFAULT_TIMEOUT_MS)
  const ms = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  return ms >= 50 && ms <= 60_000
    ? accept(ms)
    : refuse(
        `--timeout ${quote(text)} is not a time-out`,
        'give milliseconds from 50 to 60000, for example --timeout 2000',
      )
}

/** A name that does not look like a variable's is not repeated: the password itself may stand there by mistake. */
export function readCredentials(
  user: string | undefined,
  variable: string | undefined,
  flag: string,
  env: Environment,
): TargetResult<TargetCredentials> {
  const named = user === undefined || user === '' ? {} : { user }
  if (variable === undefined) return accept(named)
  const password = env[variable]
  const shown = /^[A-Z_][A-Z0-9_]*$/.test(variable)
    ? `the environment variable ${variable} (${flag})`
    : `the environment variable that ${flag} names`
  if (password === undefined)
    return refuse(`${shown} is not set`, `${flag} takes the variable's name, not the password; export it first`)
  if (password === '') return refuse(`${shown} is empty`, `put the password into it, or leave ${flag} out`)
  return accept({ ...named, password })
}

async function readBothTls(
  flags: TargetFlags,
  url: TargetUrl | undefined,
): Promise<TargetResult<{ readonly nodeTls?: TargetTls; readonly sentinelTls?: TargetTls }>> {
  const isNodeTls = flags.tls === true || url?.isTls === true
  const isSentinelTls = flags.sentinelTls === true || (url?.isTls === true && url.kind === 'sentinel')
  const stray = strayFlag(flags, isNodeTls, isSentinelTls)
  if (stray !== undefined)
    return refuse(`${stray.flag} has no meaning without ${stray.needs}`, `add ${stray.needs}, or use a rediss:// URL`)
  if (!isNodeTls && !isSentinelTls) return accept({})
  const names = readServerNames(flags.serverName ?? [])
  if (!names.ok) return names
  const nodeFiles = { ca: flags.ca, cert: flags.cert, key: flags.key }
  // A deployment has one CA as a rule: what is not given for Sentinels is taken from the nodes'.
  const hasOwnPair = flags.sentinelCert !== undefined || flags.sentinelKey !== undefined
  const sentinelFiles = {
    ca: flags.sentinelCa ?? flags.ca,
    cert: hasOwnPair ? flags.sentinelCert : flags.cert,
    key: hasOwnPair ? flags.sentinelKey : flags.key,
  }
  const node = isNodeTls ? await readTls(nodeFiles, '--', names.value, flags.tlsInsecure === true) : undefined
  if (node?.ok === false) return node
  const sentinel = isSentinelTls
    ? await readTls(sentinelFiles, '--sentinel-', names.value, flags.sentinelTlsInsecure === true)
    : undefined
  if (sentinel?.ok === false) return sentinel
  return accept({
    ...(node === undefined ? {} : { nodeTls: node.value }),
    ...(sentinel === undefined ? {} : { sentinelTls: sentinel.value }),
  })
}

function strayFlag(flags: TargetFlags, isNodeTls: boolean, isSentinelTls: boolean) {
  const needs = (flag: string, value: unknown, isOn: boolean, wanted: string) =>
    !isOn && value !== undefined && value !== false ? { flag, needs: wanted } : undefined
  return (
    needs('--ca', flags.ca, isNodeTls || isSentinelTls, '--tls') ??
    needs('--cert', flags.cert, isNodeTls || isSentinelTls, '--tls') ??
    needs('--key', flags.key, isNodeTls || isSentinelTls, '--tls') ??
    needs('--server-name', flags.serverName?.[0], isNodeTls || isSentinelTls, '--tls') ??
    needs('--tls-insecure', flags.tlsInsecure, isNodeTls, '--tls') ??
    needs('--sentinel-ca', flags.sentinelCa, isSentinelTls, '--sentinel-tls') ??
    needs('--sentinel-cert', flags.sentinelCert, isSentinelTls, '--sentinel-tls') ??
    needs('--sentinel-key', flags.sentinelKey, isSentinelTls, '--sentinel-tls') ??
    needs('--sentinel-tls-insecure', flags.sentinelTlsInsecure, isSentinelTls, '--sentinel-tls')
  )
}

interface ServerNames {
  readonly serverName?: string
  readonly serverNames?: ReadonlyMap<string, string>
}

/** `NAME` for all, `NODE=NAME` for one. */
function readServerNames(texts: readonly string[]): TargetResult<ServerNames> {
  const byNode = new Map<string, string>()
  let all: string | undefined
  for (const text of texts) {
    const equals = text.lastIndexOf('=')
    const name = text.slice(equals + 1).trim()
    if (!/^[a-z0-9._:-]+$/i.test(name))
      return refuse(`--server-name ${quote(text)} holds no usable name`, 'give NAME, or HOST:PORT=NAME for one node')
    if (equals < 0) {
      if (all !== undefined && all !== name)
        return refuse('--server-name is given twice for all nodes', 'name single nodes with HOST:PORT=NAME')
      all = name
      continue
    }
    const node = parseAddresses([text.slice(0, equals)])
    if (!node.ok) return refuse(`--server-name: ${node.problem}`, node.hint)
    for (const address of node.value) byNode.set(formatAddress(address), name)
  }
  return accept({
    ...(all === undefined ? {} : { serverName: all }),
    ...(byNode.size === 0 ? {} : { serverNames: byNode }),
  })
}

async function readTls(
  files: { readonly ca: string | undefined; readonly cert: string | undefined; readonly key: string | undefined },
  prefix: '--' | '--sentinel-',
  names: ServerNames,
  insecure: boolean,
): Promise<TargetResult<TargetTls>> {
  const { checkTls, readPemFile } = await import('./tls.ts')
  const texts: { ca: string | undefined; cert: string | undefined; key: string | undefined } = {
    ca: undefined,
    cert: undefined,
    key: undefined,
  }
  for (const which of ['ca', 'cert', 'key'] as const) {
    const path = files[which]
    if (path === undefined) continue
    const text = await readPemFile(`${prefix}${which}`, path)
    if (!text.ok) return text
    texts[which] = text.value
  }
  const label = (which: 'ca' | 'cert' | 'key') =>
    files[which] === undefined ? `${prefix}${which}` : `${prefix}${which} ${quote(files[which])}`
  return checkTls(texts, { ca: label('ca'), cert: label('cert'), key: label('key') }, { ...names, insecure })
}
