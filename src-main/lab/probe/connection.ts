import type { Socket } from 'node:net'
import type { Address } from '../../domain/address.ts'
import {
  dial,
  encodeCommand,
  isRespError,
  readReply,
  type RespClientOptions,
  type RespReply,
  respText,
} from '../resp-client.ts'

/** What is told of one connection's writes. Numbers are told in the order in which they were sent. */
export interface ConnectionEvents {
  readonly onAcknowledged: (number: number) => void
  /** The server's error line. */
  readonly onRefused: (number: number, error: string) => void
  /** The connection ended before the answer. */
  readonly onUnanswered: (number: number) => void
  /** WAIT or WAITAOF was answered for all of these. */
  readonly onWaited: (numbers: readonly number[], reply: RespReply) => void
  /** Some answers came. */
  readonly onProgress: () => void
  /** Told once, after every number was told. */
  readonly onEnd: (why: string) => void
}

export interface WaitCommand {
  readonly words: readonly string[]
  readonly every: number
}

export interface ProbeConnection {
  readonly address: Address
  /** Writes without an answer. */
  readonly inFlight: () => number
  /** False once it is ending: what is under way may be answered still, nothing new is taken. */
  readonly isOpen: () => boolean
  /** `bytes` holds exactly the writes `first`, `first + 1`, … */
  readonly send: (first: number, count: number, bytes: Buffer) => void
  /** Takes nothing new and ends when everything under way is answered. */
  readonly drain: (why: string) => void
  readonly end: (why: string) => void
  /** Ends it when answers are due and none came since `silentMs` ago. */
  readonly endIfSilent: (silentMs: number) => void
}

/** Logged in and silent; rejects when there is no connection, or the login is refused. */
export async function connectProbe(
  address: Address,
  access: RespClientOptions & { readonly timeoutMs: number },
  wait: WaitCommand | undefined,
  events: ConnectionEvents,
): Promise<ProbeConnection> {
  const socket = await dial(address, access)
  await login(socket, access)
  return speak(socket, address, wait, events)
}

/** A login takes one reply and is over before the first write. */
function login(socket: Socket, access: RespClientOptions & { readonly timeoutMs: number }): Promise<void> {
  const { user, password, timeoutMs } = access
  if (password === undefined) return Promise.resolve()
  return new Promise((resolve, reject) => {
    let heard: Buffer = Buffer.alloc(0)
    const over = (why: string | undefined) => {
      clearTimeout(timer)
      socket.removeListener('data', onData).removeListener('close', onClose)
      if (why === undefined) return resolve()
      socket.destroy()
      reject(new Error(why))
    }
    const onClose = () => over('closed at the login')
    const onData = (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      const read = readReply(heard, 0)
      if (read !== undefined) over(isRespError(read.reply) ? read.reply.error : undefined)
    }
    const timer = setTimeout(() => over(`no reply to AUTH within ${timeoutMs} ms`), timeoutMs)
    socket.on('data', onData).on('close', onClose)
    socket.write(encodeCommand(user === undefined ? ['AUTH', password] : ['AUTH', user, password]))
  })
}

/** One answer that is due: of a write, or of the WAIT for some writes. */
type Due = number | readonly number[]

/** A write is answered OK or with an error line; WAIT with a number, WAITAOF with two, or with an error line. */
function isAnswerTo(one: Due, reply: RespReply): boolean {
  if (isRespError(reply)) return !reply.error.startsWith('unreadable reply')
  return typeof one === 'number' ? reply === 'OK' : typeof reply === 'number' || Array.isArray(reply)
}

function speak(
  socket: Socket,
  address: Address,
  wait: WaitCommand | undefined,
  events: ConnectionEvents,
): ProbeConnection {
  const waitBytes = wait === undefined ? undefined : Buffer.from(encodeCommand(wait.words))
  const due: Due[] = []
  let head = 0
  let inFlight = 0
  let unwaited: number[] = []
  let rest: Buffer = Buffer.alloc(0)
  let heardAt = 0
  let ended = false
  let drainedWhy: string | undefined

  const end = (why: string) => {
    if (ended) return
    ended = true
    socket.destroy()
    for (const one of due.slice(head)) if (typeof one === 'number') events.onUnanswered(one)
    due.length = 0
    head = 0
    inFlight = 0
    events.onEnd(why)
  }

  const settle = (one: Due, reply: RespReply) => {
    if (typeof one !== 'number') return events.onWaited(one, reply)
    inFlight -= 1
    if (isRespError(reply)) events.onRefused(one, reply.error)
    else events.onAcknowledged(one)
  }

  const onData = (chunk: Buffer) => {
    if (ended) return
    heardAt = performance.now()
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (let read = readReply(rest, at); read !== undefined; read = readReply(rest, at)) {
      at = read.next
      const one = due[head]
      // From here on the answers can no longer be told apart, so those that are still due are unknown.
      if (one === undefined) return end('an answer nobody asked for')
      if (!isAnswerTo(one, read.reply)) return end(`an answer that is none: ${respText(read.reply).slice(0, 60)}`)
      head += 1
      settle(one, read.reply)
      if (ended) return
    }
    rest = rest.subarray(at)
    if (head === due.length) {
      due.length = 0
      head = 0
      if (drainedWhy !== undefined) return end(drainedWhy)
    } else if (head > 4096) {
      due.splice(0, head)
      head = 0
    }
    events.onProgress()
  }

  socket.on('data', onData)
  socket.on('error', (error) => end(error.message))
  socket.on('close', () => end('closed by the server'))

  return {
    address,
    inFlight: () => inFlight,
    isOpen: () => !ended && drainedWhy === undefined,
    send: (first, count, bytes) => {
      if (due.length === 0) heardAt = performance.now()
      inFlight += count
      if (wait === undefined || waitBytes === undefined) {
        for (let i = 0; i < count; i++) due.push(first + i)
        socket.write(bytes)
        return
      }
      const each = bytes.length / count
      for (let i = 0; i < count; i++) {
        due.push(first + i)
        unwaited.push(first + i)
        socket.write(bytes.subarray(i * each, (i + 1) * each))
        if (unwaited.length < wait.every) continue
        due.push(unwaited)
        unwaited = []
        socket.write(waitBytes)
      }
    },
    drain: (why) => {
      if (ended || drainedWhy !== undefined) return
      drainedWhy = why
      if (waitBytes !== undefined && unwaited.length > 0) {
        due.push(unwaited)
        unwaited = []
        socket.write(waitBytes)
      }
      if (due.length === 0) end(why)
    },
    end,
    endIfSilent: (silentMs) => {
      if (due.length > 0 && performance.now() - heardAt > silentMs) end(`no answer within ${Math.round(silentMs)} ms`)
    },
  }
}
