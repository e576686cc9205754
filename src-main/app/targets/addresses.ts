import type { Address } from '../../domain/address.ts'
import { formatAddress, parseAddress } from '../../domain/address.ts'
import type { TargetNat, TargetResult } from './model.ts'
import { accept, quote, refuse } from './model.ts'

const MOST_ADDRESSES = 1000

/** Cuts what was typed or pasted at commas, semicolons and white space; quotes around an entry are dropped. */
export function splitEntries(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((entry) => entry.replace(/^['"`]+|['"`]+$/g, ''))
    .filter((entry) => entry !== '')
}

/** Reads `host:port` entries; duplicates count once. A user part is refused without repeating it: it may hold a password. */
export function parseAddresses(texts: readonly string[]): TargetResult<readonly Address[]> {
  const byId = new Map<string, Address>()
  for (const text of texts) {
    const entries = splitEntries(text)
    if (entries.length === 0) return refuse('an address is empty', 'type HOST:PORT, for example 10.0.0.5:26379')
    for (const entry of entries) {
      const address = parseOne(entry)
      if (!address.ok) return address
      byId.set(formatAddress(address.value), address.value)
    }
  }
  if (byId.size > MOST_ADDRESSES)
    return refuse(`more than ${MOST_ADDRESSES} addresses`, 'a few are enough: the rest is discovered')
  return accept([...byId.values()])
}

/** `ANNOUNCED=REACHABLE` pairs: what Sentinel or a master announces, and what to dial from here instead. */
export function parseNat(texts: readonly string[]): TargetResult<readonly TargetNat[]> {
  const pairs = new Map<string, TargetNat>()
  for (const entry of texts.flatMap(splitEntries)) {
    const parts = entry.split('=')
    if (parts.length !== 2)
      return refuse(
        `${shown(entry)} is not a NAT pair`,
        'type ANNOUNCED=REACHABLE, for example 172.17.0.2:6379=127.0.0.1:7001',
      )
    const from = parseOne(parts[0] ?? '')
    if (!from.ok) return from
    const to = parseOne(parts[1] ?? '')
    if (!to.ok) return to
    const id = formatAddress(from.value)
    const known = pairs.get(id)
    if (known !== undefined && formatAddress(known.to) !== formatAddress(to.value))
      return refuse(`${id} is mapped to two addresses`, 'give each announced address one reachable address')
    pairs.set(id, { from: from.value, to: to.value })
  }
  return accept([...pairs.values()])
}

function parseOne(entry: string): TargetResult<Address> {
  if (entry.includes('@'))
    return refuse(
      'an address has a user part before "@"',
      'give HOST:PORT alone, with --user and --password-env beside it',
    )
  const address = parseAddress(entry)
  return address.ok ? accept(address.value) : refuse(oneLine(address.problem), oneLine(address.hint))
}

function shown(entry: string): string {
  return entry.includes('@') ? 'an entry' : quote(entry)
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return safe.length > 200 ? `${safe.slice(0, 199)}…` : safe
}
