import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Address } from '../domain/address.ts'

/** A RESP2 reply as it came; an error reply is a value, not a throw. */
export type RespReply = string | number | null | RespError | readonly RespReply[]

export interface RespError {
  readonly error: string
}

/** Certificate, key and CA of the lab's own servers, in PEM. */
export interface LabTlsMaterial {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

export interface RespClientOptions {
  readonly tls?: LabTlsMaterial | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** For connecting and for every reply. */
  readonly timeoutMs?: number
  /** The address of this machine that the connection comes from; by it a lab's relay tells one client from another. */
  readonly localAddress?: string | undefined
}

export interface RespClient {
  /** Sends one command. Rejects when the connection fails or the time-out passes; an error reply resolves. */
  readonly ask: (...args: readonly string[]) => Promise<RespReply>
  readonly close: () => void
}

export function isRespError(reply: RespReply | undefined): reply is RespError {
  return typeof reply === 'object' && reply !== null && 'error' in reply
}

/** A simple reply as text; of an array or an error, its JSON. */
export function respText(reply: RespReply | undefined): string {
  return typeof reply === 'string' ? reply : typeof reply === 'number' ? String(reply) : JSON.stringify(reply ?? null)
}

/** Pairs of an array reply (`SENTINEL MASTER`, `CONFIG GET`) as a map; empty when it is not an array. */
export function respMap(reply: RespReply): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  if (!Array.isArray(reply)) return map
  const flat = (reply as readonly RespReply[]).map(respText)
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(flat[i] ?? '', flat[i + 1] ?? '')
  return map
}

/**
 * A small client for servers that the lab itself started. It may send anything, writes included, which is why it
 * lives here and is handed to nobody outside the lab.
 */
export async function openRespClient(address: Address, options: RespClientOptions = {}): Promise<RespClient> {
  const timeoutMs = options.timeoutMs ?? 2000
  const socket = await dial(address, options)
  const client = speak(socket, timeoutMs)
  if (options.password === undefined) return client
  const reply = await client.ask(
    ...(options.user === undefined ? ['AUTH', options.password] : ['AUTH', options.user, options.password]),
  )
  if (!isRespError(reply)) return client
  client.close()
  throw new Error(`${address.host}:${address.port}: ${reply.error}`)
}

/** One command on a connection of its own. */
export async function askOnce(
  address: Address,
  options: RespClientOptions,
  ...args: readonly string[]
): Promise<RespReply> {
  const client = await openRespClient(address, options)
  try {
    return await client.ask(...args)
  } finally {
    client.close()
  }
}

/** A connection, not yet logged in; rejects when there is none within the time-out. */
export function dial(address: Address, options: RespClientOptions): Promise<Socket> {
  const { tls, timeoutMs = 2000 } = options
  const to = { ...address, ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }) }
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined
        ? connectPlain(to)
        : // The lab's own servers on loopback: the chain is verified, the name is not.
          connectTls({ ...to, ...tls, checkServerIdentity: () => undefined })
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs)
    socket.setNoDelay(true)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      socket.removeListener('error', reject)
      resolve(socket)
    })
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

interface Waiting {
  readonly resolve: (reply: RespReply) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

function speak(socket: Socket, timeoutMs: number): RespClient {
  const waiting: Waiting[] = []
  let buffered: Buffer = Buffer.alloc(0)
  let ended: Error | undefined
  const end = (error: Error) => {
    ended ??= error
    socket.destroy()
    for (const one of waiting.splice(0)) {
      clearTimeout(one.timer)
      one.reject(ended)
    }
  }
  socket.on('error', end)
  socket.on('close', () => end(new Error('connection closed')))
  socket.on('data', (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    for (let read = readReply(buffered, 0); read !== undefined; read = readReply(buffered, 0)) {
      buffered = buffered.subarray(read.next)
      const one = waiting.shift()
      if (one === undefined) return end(new Error('a reply nobody asked for'))
      clearTimeout(one.timer)
      one.resolve(read.reply)
    }
  })
  return {
    ask: (...args) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended)
        const timer = setTimeout(() => end(new Error(`no reply to ${args[0] ?? ''} within ${timeoutMs} ms`)), timeoutMs)
        waiting.push({ resolve, reject, timer })
        socket.write(encodeCommand(args))
      }),
    close: () => end(new Error('closed')),
  }
}

export function encodeCommand(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`
}

/** Reads one reply at `from`; undefined when it is not all there yet. */
export function readReply(
  bytes: Buffer,
  from: number,
): { readonly reply: RespReply; readonly next: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', from)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', from + 1, lineEnd)
  const next = lineEnd + 2
  switch (String.fromCharCode(bytes[from] ?? 0)) {
    case '+':
      return { reply: line, next }
    case '-':
      return { reply: { error: line }, next }
    case ':':
      return { reply: Number(line), next }
    case '$': {
      const length = Number(line)
      if (length < 0) return { reply: null, next }
      if (bytes.length < next + length + 2) return undefined
      return { reply: bytes.toString('utf8', next, next + length), next: next + length + 2 }
    }
    case '*':
      return readArray(bytes, next, Number(line))
    default:
      return { reply: { error: `unreadable reply ${line}` }, next: bytes.length }
  }
}

function readArray(bytes: Buffer, from: number, length: number) {
  if (length < 0) return { reply: null, next: from }
  const items: RespReply[] = []
  let next = from
  for (let i = 0; i < length; i++) {
    const read = readReply(bytes, next)
    if (read === undefined) return undefined
    items.push(read.reply)
    next = read.next
  }
  return { reply: items, next }
}
