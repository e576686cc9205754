import type { CommandStats, KeyspaceEntry, ReplicaLine, UnreadableField } from './info-reply.ts'

const REPLICAS_KEPT = 4096
const DATABASES_KEPT = 4096
const ERRORS_KEPT = 1024
const COMMANDS_KEPT = 2048
const UNREADABLE_KEPT = 20
/** Of one line; the rest of a longer one is not looked at. */
const LINE_CHARS_READ = 4096
const KEY_CHARS_READ = 256

/**
 * The lines of an INFO text that hold several values: `slaveN`, `dbN`, `errorstat_X`, `cmdstat_x`. Each kind is kept up
 * to a limit far above any real reply, so that a garbled one costs little. Of a line sent twice the last counts.
 */
export class InfoLines {
  /** `slaveN` lines that named no host. */
  readonly unreadable: UnreadableField[] = []
  errors: Map<string, number> | undefined = undefined
  commands: Map<string, CommandStats> | undefined = undefined
  private byNumber: Map<number, ReplicaLine> | undefined = undefined
  private byDatabase: Map<number, KeyspaceEntry> | undefined = undefined

  /** Takes the line between the two indexes, of two characters at least, if it is of one of those kinds. */
  read(text: string, from: number, to: number): void {
    switch ((text.charCodeAt(from) << 8) | text.charCodeAt(from + 1)) {
      case 0x736c:
        if (text.startsWith('slave', from)) this.readReplica(text, from, to)
        return
      case 0x6462:
        this.readDatabase(text, from, to)
        return
      case 0x6572:
        if (text.startsWith('errorstat_', from)) this.readError(text, from + 10, to)
        return
      case 0x636d:
        if (text.startsWith('cmdstat_', from)) this.readCommand(text, from + 8, to)
    }
  }

  /** In the order of their numbers, which is the order sent. */
  replicas(): readonly ReplicaLine[] {
    return inOrder(this.byNumber)
  }

  /** In the order of their numbers; undefined when no line was sent. */
  keyspace(): readonly KeyspaceEntry[] | undefined {
    return this.byDatabase === undefined ? undefined : inOrder(this.byDatabase)
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
    eachPair(text, colon + 1, to, (key, start, end) => {
      if (key === 'ip') host = text.slice(start, end)
      else if (key === 'port') port = portAt(text, start, end)
      else if (key === 'state') state = text.slice(start, end)
      else if (key === 'offset') ackOffset = naturalAt(text, start, end)
      else if (key === 'lag') lagSeconds = naturalAt(text, start, end)
      else if (key === 'type') type = text.slice(start, end)
    })
    if (host === '') {
      if (this.unreadable.length >= UNREADABLE_KEPT) return
      const raw = text.slice(colon + 1, Math.min(to, colon + 65))
      this.unreadable.push({ field: text.slice(from, colon), raw, problem: 'not-a-number' })
      return
    }
    const line = { host, port, state, ackOffset, lagSeconds, type }
    this.byNumber = kept(this.byNumber, numberAt(text, from + 5, colon), REPLICAS_KEPT, line)
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
    this.byDatabase = kept(this.byDatabase, db, DATABASES_KEPT, { db, keys, expires })
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
    const code = at === end ? 44 : text.charCodeAt(at)
    if (code === 61 && equals < 0) equals = at
    else if (code === 44) {
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

function inOrder<V>(byNumber: ReadonlyMap<number, V> | undefined): readonly V[] {
  if (byNumber === undefined) return []
  let previous = -1
  for (const number of byNumber.keys()) {
    if (number < previous) return [...byNumber].sort((a, b) => a[0] - b[0]).map(([, value]) => value)
    previous = number
  }
  return Array.from(byNumber.values())
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
