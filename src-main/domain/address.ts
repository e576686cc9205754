/**
 * A host and a port as an operator writes them.
 *
 * `host` is a name, an IPv4 address or an IPv6 address without brackets (a zone such as `%eth0` is kept);
 * names and IPv6 hex digits are lower case. `port` is 1 to 65535.
 */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `host:port`, IPv6 in brackets. The form in which nodes are named everywhere. */
export type NodeId = string

/** Why a text is not an address; `hint` says what to type instead. */
export interface AddressProblem {
  readonly problem: string
  readonly hint: string
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/
const ZONE = /^[a-z0-9._~-]+$/
const IPV6_GROUP = /^[0-9a-f]{1,4}$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
/** Of a text that is quoted back to its writer. */
const CHARS_SHOWN = 80

/** `[::1]:6379` for IPv6, `host:port` for the rest. */
export function formatAddress(address: Address): NodeId {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** Back from an id. Ids are made by `formatAddress`, so they always read back; of another text the port is no number. */
export function fromNodeId(id: NodeId): Address {
  const colon = id.lastIndexOf(':')
  return { host: id.slice(0, Math.max(0, colon)).replace(/^\[|\]$/g, ''), port: Number(id.slice(colon + 1)) }
}

/** The host of a node id, IPv6 without brackets. */
export function hostOf(id: NodeId): string {
  return fromNodeId(id).host
}

/** `10.0.0.5 6379`, as REPLICAOF and SENTINEL MONITOR take it. */
export function hostAndPort(id: NodeId): string {
  const { host, port } = fromNodeId(id)
  return `${host} ${port}`
}

/** Two addresses are the same text; names are not resolved. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && normaliseHost(a.host) === normaliseHost(b.host)
}

/** Lower case, without brackets. A zone keeps its case: interface names have one. */
export function normaliseHost(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  const zone = bare.indexOf('%')
  return zone < 0 ? bare.toLowerCase() : bare.slice(0, zone).toLowerCase() + bare.slice(zone)
}

/** True for a text that can be a host: a name, IPv4 or IPv6 with an optional zone, no brackets. */
export function isHost(host: string): boolean {
  const text = host.toLowerCase()
  return text.includes(':') ? isIpv6(text) : HOST_NAME.test(text)
}

/** Eight groups, or fewer with one `::`; the last two may be written as IPv4. A zone may follow. */
function isIpv6(text: string): boolean {
  const percent = text.indexOf('%')
  if (percent >= 0 && !ZONE.test(text.slice(percent + 1))) return false
  const halves = (percent < 0 ? text : text.slice(0, percent)).split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const tail = groups.at(-1) ?? ''
  const hasIpv4 = IPV4.test(tail) && halves.at(-1) !== ''
  const isEachGroup = groups.every((group, i) => IPV6_GROUP.test(group) || (hasIpv4 && i === groups.length - 1))
  const count = groups.length + (hasIpv4 ? 1 : 0)
  return isEachGroup && (halves.length === 2 ? count < 8 : count === 8)
}

/**
 * Reads `host:port`, `[ipv6]:port`, or a bare host when `defaultPort` is given. Surrounding space and quotes are
 * dropped. Fails with words for a person; never throws.
 */
export function parseAddress(
  text: string,
  defaultPort?: number,
): { readonly ok: true; readonly value: Address } | ({ readonly ok: false } & AddressProblem) {
  const trimmed = text
    .trim()
    .replace(/^(['"])(.*)\1$/, '$2')
    .trim()
  if (trimmed === '') return bad('an empty address', 'type host:port, for example 10.0.0.5:26379')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed))
    return bad(`"${schemeOf(trimmed)}" starts a URL`, 'give a URL with --url, or type host:port only')
  if (trimmed.includes('@'))
    return bad(
      'a user name or a password stands before the host',
      'type host:port only, without what stands before the @',
    )
  const bracketed = /^\[([^\]]*:[^\]]*)\](?::(.*))?$/.exec(trimmed)
  if (bracketed) return fromParts(bracketed[1] ?? '', bracketed[2], defaultPort, trimmed)
  const colons = trimmed.split(':').length - 1
  if (colons > 1) {
    if (defaultPort !== undefined && isHost(trimmed)) return fromParts(trimmed, undefined, defaultPort, trimmed)
    return bad(`"${shown(trimmed)}" has more than one colon`, 'write an IPv6 address in brackets: [::1]:6379')
  }
  const at = trimmed.indexOf(':')
  return at < 0
    ? fromParts(trimmed, undefined, defaultPort, trimmed)
    : fromParts(trimmed.slice(0, at), trimmed.slice(at + 1), defaultPort, trimmed)
}

function fromParts(host: string, port: string | undefined, defaultPort: number | undefined, text: string) {
  if (!isHost(host)) return bad(`"${shown(text)}" has no usable host`, 'type host:port, for example 10.0.0.5:6379')
  if (port === undefined) {
    if (defaultPort === undefined) return bad(`"${shown(text)}" has no port`, `type ${shown(text)}:PORT`)
    return { ok: true as const, value: { host: normaliseHost(host), port: defaultPort } }
  }
  if (!/^\d{1,5}$/.test(port)) return bad(`"${shown(text)}" has no usable port`, 'a port is a number from 1 to 65535')
  const number = Number(port)
  if (number < 1 || number > 65535) return bad(`port ${port} is out of range`, 'a port is a number from 1 to 65535')
  return { ok: true as const, value: { host: normaliseHost(host), port: number } }
}

function bad(problem: string, hint: string) {
  return { ok: false as const, problem, hint }
}

function shown(text: string): string {
  return text.length <= CHARS_SHOWN ? text : `${text.slice(0, CHARS_SHOWN)}…`
}

function schemeOf(text: string): string {
  return shown(text.slice(0, text.indexOf('://') + 3))
}
