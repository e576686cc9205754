import type { Address } from '../../domain/address.ts'
import { parseAddress } from '../../domain/address.ts'
import type { TargetResult } from './model.ts'
import { accept, refuse } from './model.ts'

/** A URL understood. `password` is for the host to move to a safe place or to refuse. */
export interface TargetUrl {
  readonly kind: 'sentinel' | 'node'
  readonly isTls: boolean
  readonly addresses: readonly Address[]
  readonly group: string | undefined
  readonly user: string | undefined
  readonly password: string | undefined
}

const SCHEMES: Readonly<Record<string, { kind: TargetUrl['kind']; isTls: boolean; port: number }>> = {
  redis: { kind: 'node', isTls: false, port: 6379 },
  valkey: { kind: 'node', isTls: false, port: 6379 },
  rediss: { kind: 'node', isTls: true, port: 6379 },
  valkeys: { kind: 'node', isTls: true, port: 6379 },
  'redis+sentinel': { kind: 'sentinel', isTls: false, port: 26379 },
  'redis-sentinel': { kind: 'sentinel', isTls: false, port: 26379 },
  'rediss+sentinel': { kind: 'sentinel', isTls: true, port: 26379 },
  'rediss-sentinel': { kind: 'sentinel', isTls: true, port: 26379 },
}

const FORMS = 'use redis://HOST:PORT, rediss://HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/GROUP'

/** True for a text that begins like a URL. */
export function looksLikeUrl(text: string): boolean {
  return /^\s*['"`]?[a-z][a-z0-9+.-]*:\/\//i.test(text)
}

/**
 * True for a text that carries a password in a URL's user part (`redis://user:secret@host`, `redis://:secret@host`).
 * Everything up to the last "@" counts as the user part, because an unescaped password may hold any character.
 */
export function hasPassword(text: string): boolean {
  const rest = /^\s*['"`]?[a-z][a-z0-9+.-]*:\/\/([\s\S]*)@/i.exec(text)?.[1]
  return (rest !== undefined && /:./s.test(rest)) || /:\/\/\S*[?&#](pass(word)?|auth)=./i.test(text)
}

/**
 * Reads `redis://`, `rediss://`, `redis+sentinel://user@h1:26379,h2:26379/GROUP` (and the `valkey` spellings).
 * No message repeats the user part, the query or an unknown scheme's rest.
 */
export function parseUrl(text: string): TargetResult<TargetUrl> {
  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text.trim().replace(/^['"`]+|['"`]+$/g, ''))
  if (url === null) return refuse('the URL has no scheme', FORMS)
  const name = (url[1] ?? '').toLowerCase()
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  if (scheme === undefined) return refuse(`the URL scheme ${name.slice(0, 40)}:// is not one of Redis`, FORMS)
  const rest = url[2] ?? ''
  const at = rest.lastIndexOf('@')
  const account = readAccount(at < 0 ? '' : rest.slice(0, at))
  if (!account.ok) return account
  const { hosts, path, hasQuery } = cutRest(rest.slice(at + 1))
  if (hasQuery)
    return refuse('the URL has a query or fragment', 'give options as flags, for example --user, --timeout or --tls')
  const addresses = readHosts(hosts, scheme.port)
  if (!addresses.ok) return addresses
  const group = readPath(path, scheme.kind)
  if (!group.ok) return group
  return accept({
    kind: scheme.kind,
    isTls: scheme.isTls,
    addresses: addresses.value,
    group: group.value,
    ...account.value,
  })
}

function readAccount(text: string): TargetResult<Pick<TargetUrl, 'user' | 'password'>> {
  const colon = text.indexOf(':')
  const user = decode(colon < 0 ? text : text.slice(0, colon))
  const password = decode(colon < 0 ? '' : text.slice(colon + 1))
  if (user === undefined || password === undefined)
    return refuse('the user part of the URL is not percent-encoded correctly', 'give the user with --user instead')
  return accept({ user: user === '' ? undefined : user, password: password === '' ? undefined : password })
}

function cutRest(text: string): { hosts: string; path: string; hasQuery: boolean } {
  const end = text.search(/[?#]/)
  const plain = end < 0 ? text : text.slice(0, end)
  const slash = plain.indexOf('/')
  return {
    hosts: slash < 0 ? plain : plain.slice(0, slash),
    path: slash < 0 ? '' : plain.slice(slash + 1).replace(/\/+$/, ''),
    hasQuery: end >= 0 && end < text.length - 1,
  }
}

function readHosts(text: string, defaultPort: number): TargetResult<readonly Address[]> {
  const addresses: Address[] = []
  for (const host of text.split(',')) {
    if (host.trim() === '') return refuse('the URL names no host', FORMS)
    const address = parseAddress(host, defaultPort)
    // Not repeated: in a URL without "@" the text may be a user and a password.
    if (!address.ok) return refuse('the URL names a host or port that is not usable', address.hint)
    addresses.push(address.value)
  }
  return accept(addresses)
}

/** A Sentinel URL's path is the group (a database number may follow); a node URL's path is a database number, unused. */
function readPath(path: string, kind: TargetUrl['kind']): TargetResult<string | undefined> {
  if (path === '') return accept(undefined)
  if (kind === 'node')
    return /^\d+$/.test(path)
      ? accept(undefined)
      : refuse(
          'the path of the URL is not a database number',
          'for a group behind Sentinels use redis+sentinel://HOST:PORT/GROUP',
        )
  const group = decode(path.replace(/\/\d+$/, ''))
  return group === undefined || group.includes('/')
    ? refuse('the path of the URL is not a group name', 'use redis+sentinel://HOST:PORT/GROUP')
    : accept(group)
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // The only failure there is: malformed percent-encoding.
    return undefined
  }
}
