import type { CallResult } from '../contract/calls.ts'
import type { ProfilePart } from '../contract/profile.ts'
import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import type { PemSource, Profile, ProfileTls, SecretPlace } from '../storage/profiles-shape.ts'

type Kept = CallResult<'profiles/show'>['kept']
type Form = Pick<CallResult<'profiles/show'>, 'target' | 'kept' | 'thresholds'>

/** One user at one place: only there a secret is used again that was not given again. */
export function isSameDoor(a: Profile, b: Profile): boolean {
  const door = ({ sentinels, nodes, addresses, user, sentinelUser }: Profile): string =>
    JSON.stringify([[...sentinels, ...nodes, ...addresses].toSorted(), user, sentinelUser])
  return door(a) === door(b)
}

/**
 * The profile that was made of the form, with the parts of the edited one that are to stay and were not given anew. A
 * secret is not carried over to other addresses or another user: somebody who can edit would read it there.
 */
export function withKept(made: Profile, before: Profile, keep: readonly ProfilePart[]): Result<Profile> {
  const stays = <T>(part: ProfilePart, now: T | null, then: T | null): T | null =>
    now ?? (keep.includes(part) ? then : null)
  const tls = (now: ProfileTls | null, then: ProfileTls | null, prefix: '' | 'sentinel-'): ProfileTls | null =>
    now === null || then === null
      ? now
      : {
          ...now,
          ca: stays(`${prefix}ca`, now.ca, then.ca),
          cert: stays(`${prefix}cert`, now.cert, then.cert),
          key: stays(`${prefix}key`, now.key, then.key),
          serverNames: Object.keys(now.serverNames).length > 0 ? now.serverNames : then.serverNames,
        }
  const merged: Profile = {
    ...made,
    password: stays('password', made.password, before.password),
    sentinelPassword: stays('sentinel-password', made.sentinelPassword, before.sentinelPassword),
    tls: tls(made.tls, before.tls, ''),
    sentinelTls: tls(made.sentinelTls, before.sentinelTls, 'sentinel-'),
  }
  const carried =
    (made.password === null && merged.password !== null) ||
    (made.sentinelPassword === null && merged.sentinelPassword !== null) ||
    (made.tls?.key == null && typeof merged.tls?.key === 'string') ||
    (made.sentinelTls?.key == null && typeof merged.sentinelTls?.key === 'string')
  return carried && !isSameDoor(before, made)
    ? fail({
        kind: 'refused-by-guard',
        detail:
          'its addresses or users changed, so its secrets do not stay by themselves: give them again, or drop them',
      })
    : ok(merged)
}

/** A profile as the form holds it: nothing that is secret, no PEM text. Addresses of two kinds are asked what they are. */
export function formOf(profile: Profile): Form {
  const { sentinels, nodes, addresses } = profile
  const all = [...sentinels, ...nodes, ...addresses]
  const kind = sentinels.length === all.length ? 'sentinel' : nodes.length === all.length ? 'node' : 'auto'
  return {
    target: {
      addresses: all.join('\n'),
      kind,
      group: profile.group,
      node: { user: profile.user, password: null },
      sentinel: { user: profile.sentinelUser, password: null },
      nodeTls: tlsForm(profile.tls),
      sentinelTls: tlsForm(profile.sentinelTls),
      nat: profile.nat.join('\n'),
      timeoutMs: profile.timeoutMs,
    },
    kept: keptOf(profile),
    thresholds: { ...profile.thresholds },
  }
}

function tlsForm(tls: ProfileTls | null): Form['target']['nodeTls'] {
  const texts = { ca: null, cert: null, key: null }
  if (tls === null) return { enabled: false, ...texts, serverName: null, insecure: false }
  return { enabled: true, ...texts, serverName: tls.serverName, insecure: tls.insecure }
}

function keptOf({ password, sentinelPassword, tls, sentinelTls }: Profile): Kept {
  const secret = (part: ProfilePart, place: SecretPlace | null): Kept =>
    place === null ? [] : [{ part, where: PLACES[place] }]
  const pem = (part: ProfilePart, source: PemSource | null | undefined): Kept =>
    source == null ? [] : [{ part, where: 'file' in source ? `in ${source.file}` : 'in the profile' }]
  const key = (part: ProfilePart, source: ProfileTls['key'] | undefined): Kept =>
    typeof source === 'string' ? secret(part, source) : pem(part, source)
  return [
    ...secret('password', password),
    ...secret('sentinel-password', sentinelPassword),
    ...pem('ca', tls?.ca),
    ...pem('cert', tls?.cert),
    ...key('key', tls?.key),
    ...pem('sentinel-ca', sentinelTls?.ca),
    ...pem('sentinel-cert', sentinelTls?.cert),
    ...key('sentinel-key', sentinelTls?.key),
  ]
}

const PLACES: Readonly<Record<SecretPlace, string>> = {
  keychain: 'in the keychain',
  ask: 'asked for at each connection',
}

/** `orders` is taken: `orders (2)`, or the next that is free; within the length that a name may have. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n += 1) {
    const suffix = ` (${n})`
    const next = `${name.slice(0, 60 - suffix.length).trimEnd()}${suffix}`
    if (!taken.has(next)) return next
  }
}
