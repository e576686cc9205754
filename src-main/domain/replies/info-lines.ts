import { sharedText } from '../text.ts'
import type { CommandStats, KeyspaceEntry, ReplicaLine, UnreadableField } from './info-reply.ts'

const REPLICAS_KEPT = 4096
const DATABASES_KEPT = 4096
const ERRORS_KEPT = 1024
const COMMANDS_KEPT = 2048
const UNREADABLE_KEPT = 20
/** Of one line; the rest of a longer one is not looked at. */
const LINE_CHARS_READ = 4096
const KEY_CHARS_READ = 256
const COMMA = 44
const EQUALS = 61

/** The first two characters of `slaveN`, `dbN`, `errorstat_X` and `cmdstat_x`. */
const START = { replica: 0x736c, database: 0x6462, error: 0x6572, command: 0x636d } as const

/** Whether a line that starts with these two character codes can be one of several values. */
export function canHoldSeveral(first: number, second: number): boolean {
  const start = (first << 8) | second
  return start === START.replica || start === START.database || start === START.error || start === START.command
}

/**
 * The lines of an INFO text that hold several values: `slaveN`, `dbN`, `errorstat_X`, `cmdstat_x`. Each kind is kept up
 * to a limit far above any real reply, so that a garbled one costs little. Of a line sent twice the last counts.
 */
export class InfoLines {
  /** `slaveN` lines that named no host. */
  readonly unreadable: UnreadableField[] = []
  errors: Map<string, number> | undefined = undefined
  commands: Map<string, CommandStats> | undefined = undefined
  private readonly replicaNumbers: number[] = []
  private readonly replicaLines: ReplicaLine[] = []
  private readonly databaseNumbers: number[] = []
  private readonly databases: KeyspaceEntry[] = []

  /** Takes the line between the two indexes if it is of one of those kinds. */
  read(text: string, from: number, to: number): void {
    if (text.startsWith('slave', from)) this.readReplica(text, from, to)
    else if (text.startsWith('db', from)) this.readDatabase(text, from, to)
    else if (text.startsWith('errorstat_', from)) this.readError(text, from + 10, to)
    else if (text.startsWith('cmdstat_', from)) this.readCommand(text, from + 8, to)
  }

  /** In the order of their numbers, which is the order sent. */
  replicas(): readonly ReplicaLine[] {
    return this.replicaLines
  }

  /** In the order of their numbers; undefined when no line was sent. */
  keyspace(): readonly KeyspaceEntry[] | undefined {
    return this.databases.length === 0 ? undefined : this.databases
  }

  // slave0:ip=10.0.0.5,port=6379,state=online,offset=123,lag=0,type=replica
  private readReplica(text: string, from: number, to: number): void {
    const colon = numberedKeyEnd(text, from + 5, to)
    if (colon < 0) return
    let host = ''
    let port: number | undefined
    let state: string | undefined
    let ackOffset: number | undefined
    let lagSeconds: number | undefined
    let type: string | undefined
    const end = Math.min(to, colon + 1 + LINE_CHARS_READ)
    let start = colon + 1
    let equals = -1
    for (let at = start; at <= end; at++) {
      const code = at === end ? COMMA : text.charCodeAt(at)
      if (code === EQUALS && equals < 0) equals = at
      if (code !== COMMA) continue
      if (equals > start) {
        const key = text.slice(start, equals)
        if (key === 'ip') host = sharedText(text.slice(equals + 1, at))
        else if (key === 'port') port = portAt(text, equals + 1, at)
        else if (key === 'state') state = text.slice(equals + 1, at)
        else if (key === 'offset') ackOffset = naturalAt(text, equals + 1, at)
        else if (key === 'lag') lagSeconds = naturalAt(text, equals + 1, at)
        else if (key === 'type') type = text.slice(equals + 1, at)
      }
      start = at + 1
      equals = -1
    }
    if (host === '') {
      if (this.unreadable.length >= UNREADABLE_KEPT) return
      this.unreadable.push({
        field: text.slice(from, colon),
        raw: text.slice(colon + 1, Math.min(to, colon + 65)),
        problem: 'not-a-number',
      })
      return
    }
    const replica = { host, port, state, ackOffset, lagSeconds, type }
    place(this.replicaNumbers, this.replicaLines, REPLICAS_KEPT, numberAt(text, from + 5, colon), replica)
  }

  // db0:keys=200,expires=0,avg_ttl=0
  private readDatabase(text: string, from: number, to: number): void {
    const colon = numberedKeyEnd(text, from + 2, to)
    if (colon < 0) return
    const db = numberAt(text, from + 2, colon)
    let keys: number | undefined
    let expires: number | undefined
    eachPair(text, colon + 1, to, (key, start, end) => {
      if (key === 'keys') keys = naturalAt(text, start, end)
      else if (key === 'expires') expires = naturalAt(text, start, end)
    })
    place(this.databaseNumbers, this.databases, DATABASES_KEPT, db, { db, keys, expires })
  }

  // errorstat_NOPERM:count=3
  private readError(text: string, from: number, to: number): void {
    const colon = keyEnd(text, from, to)
    if (colon < 0) return
    let count: number | undefined
    eachPair(text, colon + 1, to, (key, start, end) => {
      if (key === 'count') count = naturalAt(text, start, end)
    })
    if (count !== undefined) this.errors = kept(this.errors, text.slice(from, colon), ERRORS_KEPT, count)
  }

  // cmdstat_config|get:calls=12,usec=340,usec_per_call=28.33,rejected_calls=0,failed_calls=0
  private readCommand(text: string, from: number, to: number): void {
    const colon = keyEnd(text, from, to)
    if (colon < 0) return
    let calls: number | undefined
    let usec: number | undefined
    eachPair(text, colon + 1, to, (key, start, end) => {
      if (key === 'calls') calls = naturalAt(text, start, end)
      else if (key === 'usec') usec = naturalAt(text, start, end)
    })
    this.commands = kept(this.commands, text.slice(from, colon).toLowerCase(), COMMANDS_KEPT, { calls, usec })
  }
}

/** Walks `a=1,b=2`: parts split at commas, each at its first `=`; a part without one is passed over. */
function eachPair(
  text: string,
  from: number,
  to: number,
  take: (key: string, start: number, end: number) => void,
): void {
  const end = Math.min(to, from + LINE_CHARS_READ)
  let start = from
  let equals = -1
  for (let at = from; at <= end; at++) {
    const code = at === end ? COMMA : text.charCodeAt(at)
    if (code === EQUALS && equals < 0) equals = at
    else if (code === COMMA) {
      if (equals > start) take(text.slice(start, equals), equals + 1, at)
      start = at + 1
      equals = -1
    }
  }
}

/** Adds unless the limit is reached; a key that is there already is replaced, so the last line wins. */
function kept<K, V>(map: Map<K, V> | undefined, key: K, limit: number, value: V): Map<K, V> {
  const into = map ?? new Map<K, V>()
  if (into.size < limit || into.has(key)) into.set(key, value)
  return into
}

/** As `kept`, in two lists side by side that stay in the order of the numbers. */
function place<V>(numbers: number[], values: V[], limit: number, number: number, value: V): void {
  const count = numbers.length
  if (count === 0 || number > (numbers[count - 1] ?? 0)) {
    if (count >= limit) return
    numbers.push(number)
    values.push(value)
    return
  }
  const at = numbers.findIndex((other) => other >= number)
  const isThere = numbers[at] === number
  if (!isThere && count >= limit) return
  numbers.splice(at, isThere ? 1 : 0, number)
  values.splice(at, isThere ? 1 : 0, value)
}

/** The colon after one to nine digits, or -1. */
function numberedKeyEnd(text: string, from: number, to: number): number {
  let at = from
  while (at < to && at - from < 10 && isDigit(text.charCodeAt(at))) at++
  return at > from && at - from < 10 && at < to && text.charCodeAt(at) === 58 ? at : -1
}

/** The first colon if a key of one to 255 characters precedes it, or -1. */
function keyEnd(text: string, from: number, to: number): number {
  const limit = Math.min(to, from + KEY_CHARS_READ)
  for (let at = from; at < limit; at++) if (text.charCodeAt(at) === 58) return at > from ? at : -1
  return -1
}

/** The digits between the indexes as a number; NaN for anything else, and for more than a double holds exactly. */
function numberAt(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) return Number.NaN
    value = value * 10 + (code - 48)
  }
  return to > from && value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN
}

function naturalAt(text: string, from: number, to: number): number | undefined {
  const value = numberAt(text, from, to)
  return Number.isNaN(value) ? undefined : value
}

function portAt(text: string, from: number, to: number): number | undefined {
  const value = numberAt(text, from, to)
  return value <= 65535 ? value : undefined
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
