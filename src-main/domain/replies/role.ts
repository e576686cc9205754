import { elementsOf, read, textOf, unreadable } from './raw-map.ts'
import type { Parsed, RawReply } from './raw.ts'
import type { RoleReplica, RoleReply } from './reply-types.ts'
import { portOf, readNatural } from './wire-number.ts'

/**
 * Reads the reply to ROLE.
 *
 * A number that cannot be read is undefined in the value; a reply of another shape, or of a role nobody knows, is
 * unreadable. Source: `ROLE`, Redis 2.8.12 and later, Valkey, Sentinel.
 */
export function parseRole(raw: RawReply): Parsed<RoleReply> {
  const elements = elementsOf(raw)
  if (elements === undefined) return unreadable('an array that starts with a role', raw)
  switch (elements[0]) {
    case 'master':
      return read({ role: 'master', offset: readNatural(elements[1]), replicas: replicasOf(elements[2]) })
    case 'slave':
    case 'replica':
      return read(replicaOf(elements))
    case 'sentinel':
      return read({ role: 'sentinel', masterNames: (elementsOf(elements[1]) ?? []).filter(isText) })
    default:
      return unreadable('the role master, slave or sentinel', elements[0])
  }
}

// ["slave", "10.0.0.5", 6379, "connected", 48857]
function replicaOf(elements: readonly RawReply[]): RoleReply {
  const host = textOf(elements[1])
  const port = portOf(elements[2])
  return {
    role: 'replica',
    master: host === undefined || port === undefined ? undefined : { host, port },
    state: textOf(elements[3])?.slice(0, 64) ?? 'unknown',
    offset: readNatural(elements[4]),
  }
}

// [["10.0.0.6", "6379", "48857"], ...]
function replicasOf(raw: RawReply): readonly RoleReplica[] {
  const replicas: RoleReplica[] = []
  for (const element of elementsOf(raw) ?? []) {
    const parts = elementsOf(element)
    const host = textOf(parts?.[0])
    if (host === undefined) continue
    const port = readNatural(parts?.[1])
    replicas.push({
      host,
      port: port !== undefined && port <= 65535 ? port : undefined,
      ackOffset: readNatural(parts?.[2]),
    })
  }
  return replicas
}

function isText(raw: RawReply): raw is string {
  return typeof raw === 'string'
}
