import type { ReplicaClient } from './reply-types.ts'
import { readNatural } from './wire-number.ts'

const CLIENTS_KEPT = 4096
const LINE_CHARS_READ = 4096

/**
 * Reads CLIENT LIST TYPE replica: one line a connection, in the order sent.
 *
 * Never fails: a line without `key=value` pairs is passed over. At most 4096 lines are kept. A name with a space cannot
 * occur: the server refuses it. Source: `CLIENT LIST`, Redis 5 to 8, Valkey.
 */
export function parseReplicaClients(text: string): readonly ReplicaClient[] {
  const clients: ReplicaClient[] = []
  let from = 0
  while (from < text.length && clients.length < CLIENTS_KEPT) {
    const found = text.indexOf('\n', from)
    const to = found < 0 ? text.length : found
    const client = clientOf(text.slice(from, Math.min(to, from + LINE_CHARS_READ)).trimEnd())
    if (client !== undefined) clients.push(client)
    from = to + 1
  }
  return clients
}

// id=3 addr=127.0.0.1:50634 laddr=127.0.0.1:7520 fd=10 name= age=19 idle=0 flags=S ... oll=1 omem=16448 tot-mem=34776 ...
function clientOf(line: string): ReplicaClient | undefined {
  const fields = new Map<string, string>()
  for (const part of line.split(' ')) {
    const equals = part.indexOf('=')
    if (equals > 0) fields.set(part.slice(0, equals), part.slice(equals + 1))
  }
  if (fields.size === 0) return undefined
  return {
    id: fields.get('id') || undefined,
    addr: fields.get('addr') || undefined,
    name: fields.get('name') || undefined,
    flags: fields.get('flags') ?? '',
    idleSeconds: readNatural(fields.get('idle')),
    outputBufferBytes: readNatural(fields.get('omem')),
    outputListLength: readNatural(fields.get('oll')),
    totalMemoryBytes: readNatural(fields.get('tot-mem')),
  }
}
