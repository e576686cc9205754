import type { CommandStats, KeyspaceEntry, ReplicaLine, UnreadableField } from './info-reply.ts'
import { pairsOf, readInteger } from './wire-number.ts'

const REPLICAS_KEPT = 4096
const DATABASES_KEPT = 4096
const ERRORS_KEPT = 1024
const COMMANDS_KEPT = 2048
const LINE_CHARS_KEPT = 4096

/**
 * The lines of an INFO text that hold several values: `slaveN`, `dbN`, `errorstat_X`, `cmdstat_x`. Each kind is kept up
 * to a limit far above any real reply, so that a garbled one costs little.
 */
export class InfoLines {
  #replicas: Map<number, ReplicaLine> | undefined
  #databases: Map<number, KeyspaceEntry> | undefined
  errors: Map<string, number> | undefined
  commands: Map<string, CommandStats> | undefined
  /** `slaveN` lines that named no host. */
  readonly unreadable: UnreadableField[] = []

  /** Takes the line between the two indexes if it is one of those kinds. */
  read(text: string, from: number, to: number): void {
    if (text.startsWith('slave', from)) this.#readReplica(text, from + 5, to)
    else if (text.startsWith('db', from)) this.#readDatabase(text, from + 2, to)
    else if (text.startsWith('errorstat_', from)) this.#readError(text, from + 10, to)
    else if (text.startsWith('cmdstat_', from)) this.#readCommand(text, from + 8, to)
  }

  /** In the order of their numbers, which is the order sent. */
  replicas(): readonly ReplicaLine[] {
    return inOrder(this.#replicas)
  }

  /** In the order of their numbers; undefined when no line was sent. */
  keyspace(): readonly KeyspaceEntry[] | undefined {
    return this.#databases === undefined ? undefined : inOrder(this.#databases)
  }

  // slave0:ip=10.0.0.5,port=6379,state=online,offset=123,lag=0,type=replica
  #readReplica(text: string, from: number, to: number): void {
    const colon = numberedKeyEnd(text, from, to)
    if (colon < 0) return
    let host = ''
    let port: number | undefined
    let state: string | undefined
    let ackOffset: number | undefined
    let lagSeconds: number | undefined
    let type: string | undefined
    const line = text.slice(colon + 1, Math.min(to, colon + 1 + LINE_CHARS_KEPT))
    for (const [key, value] of pairsOf(line)) {
      if (key === 'ip') host = value
      else if (key === 'port') port = portOf(value)
      else if (key === 'state') state = value
      else if (key === 'offset') ackOffset = naturalOf(value)
      else if (key === 'lag') lagSeconds = naturalOf(value)
      else if (key === 'type') type = value
    }
    if (host === '') {
      if (this.unreadable.length < 20)
        this.unreadable.push({ field: text.slice(from - 5, colon), raw: line.slice(0, 64), problem: 'not-a-number' })
      return
    }
    this.#replicas = kept(this.#replicas, Number(text.slice(from, colon)), REPLICAS_KEPT, {
      host,
      port,
      state,
      ackOffset,
      lagSeconds,
      type,
    })
  }

  // db0:keys=200,expires=0,avg_ttl=0
  #readDatabase(text: string, from: number, to: number): void {
    const colon = numberedKeyEnd(text, from, to)
    if (colon < 0) return
    const db = Number(text.slice(from, colon))
    let keys: number | undefined
    let expires: number | undefined
    for (const [key, value] of pairsOf(text.slice(colon + 1, Math.min(to, colon + 1 + LINE_CHARS_KEPT)))) {
      if (key === 'keys') keys = naturalOf(value)
      else if (key === 'expires') expires = naturalOf(value)
    }
    this.#databases = kept(this.#databases, db, DATABASES_KEPT, { db, keys, expires })
  }

  // errorstat_NOPERM:count=3
  #readError(text: string, from: number, to: number): void {
    const colon = keyEnd(text, from, to)
    if (colon < 0) return
    const count = naturalOf(new Map(pairsOf(text.slice(colon + 1, Math.min(to, colon + 257)))).get('count') ?? '')
    if (count !== undefined) this.errors = kept(this.errors, text.slice(from, colon), ERRORS_KEPT, count)
  }

  // cmdstat_config|get:calls=12,usec=340,usec_per_call=28.33,rejected_calls=0,failed_calls=0
  #readCommand(text: string, from: number, to: number): void {
    const colon = keyEnd(text, from, to)
    if (colon < 0) return
    let calls: number | undefined
    let usec: number | undefined
    for (const [key, value] of pairsOf(text.slice(colon + 1, Math.min(to, colon + 513)))) {
      if (key === 'calls') calls = naturalOf(value)
      else if (key === 'usec') usec = naturalOf(value)
    }
    this.commands = kept(this.commands, text.slice(from, colon).toLowerCase(), COMMANDS_KEPT, { calls, usec })
  }
}

/** Adds unless the limit is reached; a key that is there already is replaced, so the last line wins. */
function kept<K, V>(map: Map<K, V> | undefined, key: K, limit: number, value: V): Map<K, V> {
  const into = map ?? new Map<K, V>()
  if (into.size < limit || into.has(key)) into.set(key, value)
  return into
}

function inOrder<V>(byNumber: ReadonlyMap<number, V> | undefined): readonly V[] {
  if (byNumber === undefined) return []
  const numbers = [...byNumber.keys()]
  const isSorted = numbers.every((number, i) => i === 0 || (numbers[i - 1] ?? 0) < number)
  if (isSorted) return [...byNumber.values()]
  return [...byNumber].sort((a, b) => a[0] - b[0]).map(([, value]) => value)
}

/** The colon after one to nine digits, or -1. */
function numberedKeyEnd(text: string, from: number, to: number): number {
  let at = from
  while (at < to && at - from < 10 && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++
  return at > from && at - from < 10 && at < to && text.charCodeAt(at) === 58 ? at : -1
}

/** The first colon, at most 256 characters away, or -1. */
function keyEnd(text: string, from: number, to: number): number {
  const limit = Math.min(to, from + 256)
  for (let at = from; at < limit; at++) if (text.charCodeAt(at) === 58) return at > from ? at : -1
  return -1
}

function naturalOf(text: string): number | undefined {
  const value = readInteger(text)
  return value !== undefined && value >= 0 ? value : undefined
}

function portOf(text: string): number | undefined {
  const value = readInteger(text)
  return value !== undefined && value >= 0 && value <= 65535 ? value : undefined
}
