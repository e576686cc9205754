import type { Socket } from 'node:net'
import { isAllowed, nameOf } from './allow-list.ts'
import { ReplyScanner } from './reply-frames.ts'
import { parseRequests } from './request-frames.ts'
import { isSubscriberFrame } from './subscriber-frame.ts'

/** Why the guard ended a connection. */
export class GuardError extends Error {
  readonly kind: 'refused-command' | 'foreign' | 'garbled' | 'too-large' | 'unsolicited'
  constructor(kind: GuardError['kind'], message: string) {
    super(message)
    this.name = 'GuardError'
    this.kind = kind
  }
}

/** What the guard has seen of one connection. */
export interface WireGuard {
  /** Replies that were passed on. */
  readonly repliesTotal: () => number
  readonly bytesReceived: () => number
  /** The last error line that came as a whole reply, without its dash; bounded. */
  readonly lastErrorLine: () => string | undefined
  /** Bytes of a peer that does not speak RESP, as far as they have come; empty otherwise. */
  readonly foreignBytes: () => Buffer
}

const ENOUGH_TO_SNIFF = 64
const MAX_PIECES = 1024
const MAX_SUBSCRIBER_FRAME = 1_048_576
const PUSH = 0x3e
const ERROR = 0x2d
const EMPTY = Buffer.alloc(0)

/**
 * Stands on one socket, below the library. Outward: only whole commands of the allow-list pass, or not one byte does
 * and the connection ends. Inward: only whole, well-formed replies that were asked for pass, at most `maxReplyBytes` each;
 * pushes are dropped. The library therefore never sees bytes on which it would throw where nobody can catch.
 */
export function guardWire(socket: Socket, maxReplyBytes: number): WireGuard {
  const scanner = new ReplyScanner()
  /** Names of commands sent and not answered yet, oldest first. */
  const awaited: string[] = []
  let isSubscriber = false
  let held: Buffer[] = []
  let heldBytes = 0
  let foreign = EMPTY
  let repliesTotal = 0
  let bytesReceived = 0
  let lastErrorLine: string | undefined
  let isEnded = false

  const end = (kind: GuardError['kind'], message: string): void => {
    isEnded = true
    held = []
    socket.destroy(new GuardError(kind, message))
  }

  const sniff = (bytes: Buffer): void => {
    foreign = Buffer.concat([foreign, bytes.subarray(0, ENOUGH_TO_SNIFF)]).subarray(0, ENOUGH_TO_SNIFF)
    if (foreign.length === ENOUGH_TO_SNIFF || foreign.includes(0x0a) || foreign[0] === TLS_ALERT)
      end('foreign', 'not RESP')
  }

  /** What to do with one whole frame: pass it, drop it, or end the connection. */
  const judge = (kind: number, frame: () => Buffer): 'pass' | 'drop' | 'end' => {
    if (kind === PUSH) return 'drop'
    if (kind === ERROR) lastErrorLine = frame().toString('utf8', 1, 512).split('\r\n')[0]
    if (isSubscriber) {
      const verdict = isSubscriberFrame(frame(), awaited[0])
      if (verdict === 'bad') {
        end('garbled', 'not a pub/sub message')
        return 'end'
      }
      if (verdict === 'message') return 'pass'
    }
    if (awaited.shift() === undefined) {
      end('unsolicited', lastErrorLine ?? 'a reply that nobody asked for')
      return 'end'
    }
    repliesTotal += 1
    return 'pass'
  }

  const hold = (piece: Buffer): void => {
    if (piece.length === 0) return
    held.push(piece)
    heldBytes += piece.length
    if (held.length > MAX_PIECES) held = [Buffer.concat(held)]
  }

  /** The parts of a chunk that complete whole frames, ready for the library. */
  const take = (chunk: Buffer): Buffer[] => {
    const ready: Buffer[] = []
    let from = 0
    let at = 0
    while (at < chunk.length) {
      const kind = scanner.kind === 0 ? (chunk[at] ?? 0) : scanner.kind
      const step = scanner.scan(chunk, at)
      if ('detail' in step) {
        if (repliesTotal === 0 && scanner.kind === 0) sniff(chunk.subarray(at))
        else end('garbled', step.detail)
        return ready
      }
      if (step.end === undefined) break
      at = step.end
      const start = from
      const verdict = judge(kind, () => Buffer.concat([...held, chunk.subarray(start, at)]))
      if (verdict === 'end') return ready
      if (verdict === 'pass') ready.push(...held, chunk.subarray(from, at))
      held = []
      heldBytes = 0
      from = at
    }
    hold(chunk.subarray(from))
    if (heldBytes > (isSubscriber ? MAX_SUBSCRIBER_FRAME : maxReplyBytes))
      end('too-large', `more than ${maxReplyBytes} bytes`)
    return ready
  }

  const push = socket.push.bind(socket)
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!Buffer.isBuffer(chunk)) return push(chunk, encoding)
    if (isEnded) return false
    bytesReceived += chunk.length
    if (foreign.length > 0) {
      sniff(chunk)
      return true
    }
    return take(chunk).reduce((_, piece) => push(piece), true)
  }

  /** The problem with writing this, or undefined when every command in it may pass. */
  const refuse = (chunk: unknown, encoding: BufferEncoding): GuardError | undefined => {
    const names = typeof chunk === 'string' && encoding === 'utf8' ? passedNames(chunk) : namesOf(chunk, encoding)
    if (names instanceof GuardError) return names
    for (const name of names) {
      awaited.push(name)
      if (name === 'SUBSCRIBE' || name === 'PSUBSCRIBE') isSubscriber = true
    }
    return undefined
  }

  const write = socket._write.bind(socket)
  socket._write = (chunk: unknown, encoding, done) => {
    const refused = isEnded ? new GuardError('refused-command', 'the connection has ended') : refuse(chunk, encoding)
    if (refused === undefined) write(chunk, encoding, done)
    else {
      isEnded = true
      done(refused)
    }
  }
  // Corked writes come one by one: each has to pass alone.
  Object.defineProperty(socket, '_writev', { value: undefined })

  return {
    repliesTotal: () => repliesTotal,
    bytesReceived: () => bytesReceived,
    lastErrorLine: () => lastErrorLine,
    foreignBytes: () => foreign,
  }
}

const TLS_ALERT = 0x15
const TEXTS_PASSED = 1024
const TEXT_PASSED_CHARS = 256

/** What may pass, by the very text: the same few questions are asked for as long as a session lasts. Never with a password. */
const passed = new Map<string, readonly string[]>()

function passedNames(text: string): readonly string[] | GuardError {
  const known = passed.get(text)
  if (known !== undefined) return known
  const names = namesOf(text, 'utf8')
  if (names instanceof GuardError || text.length > TEXT_PASSED_CHARS || names.includes('AUTH')) return names
  if (passed.size >= TEXTS_PASSED) passed.clear()
  passed.set(text, names)
  return names
}

/** The commands' names in upper case when every one may pass, and why not otherwise. */
function namesOf(chunk: unknown, encoding: BufferEncoding): readonly string[] | GuardError {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.isBuffer(chunk) ? chunk : undefined
  const commands = bytes === undefined ? undefined : parseRequests(bytes)
  if (commands === undefined) return new GuardError('refused-command', 'bytes that are not a command')
  const refused = commands.find((command) => !isAllowed(command))
  if (refused !== undefined) return new GuardError('refused-command', nameOf(refused))
  return commands.map(([name = '']) => name.toUpperCase())
}
