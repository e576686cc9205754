import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { Address } from '../../src-main/domain/address.ts'

/** What the server does with one command: the bytes to send, or one of the bad manners `HANG` and `CLOSE` instead of bytes. */
export type FakeAnswer = string | Buffer | ((command: readonly string[], peer: FakePeer) => FakeAnswer)

export interface FakePeer {
  readonly socket: Socket
  /** Counts from 1 over the server's life. */
  readonly number: number
  /** Commands of this connection so far, the present one included. */
  readonly commands: readonly (readonly string[])[]
}

export interface FakeOptions {
  readonly host?: string
  readonly port?: number
  readonly tls?: TlsOptions
  /** By command, upper case; the longest name that begins the command counts: `CLIENT LIST` before `CLIENT`. */
  readonly answers?: Readonly<Record<string, FakeAnswer>>
  /** Speaks something else: is given the raw bytes, and the commands are not read. */
  readonly raw?: (socket: Socket, chunk: Buffer) => void
  readonly onConnect?: (socket: Socket) => void
  /** Writes every answer in pieces of this many bytes, each in a turn of the event loop of its own. */
  readonly pieceBytes?: number
}

export interface FakeServer {
  readonly address: Address
  /** Every command received, in order, words as sent. */
  readonly commands: (readonly string[])[]
  /** Every byte received. */
  readonly received: () => string
  readonly connectionsTotal: () => number
  readonly connectionsOpen: () => number
  readonly answer: (command: string, answer: FakeAnswer) => void
  /** Sends bytes to every connection, unasked. */
  readonly push: (bytes: string | Buffer) => void
  /** Cuts every connection. */
  readonly drop: () => void
  /** Settles when `condition` holds; looks again after every command, connection and close. */
  readonly until: (condition: () => boolean) => Promise<void>
  readonly close: () => Promise<void>
}

export const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
export const status = (text: string): string => `+${text}\r\n`
export const error = (line: string): string => `-${line}\r\n`
export const integer = (value: number | string): string => `:${value}\r\n`
export const array = (...elements: readonly string[]): string => `*${elements.length}\r\n${elements.join('')}`
export const bulks = (...texts: readonly string[]): string => array(...texts.map(bulk))

/** Starts a server on a free loopback port. It answers AUTH and CLIENT SETNAME with OK and knows nothing else unless told. */
export async function startFakeServer(options: FakeOptions = {}): Promise<FakeServer> {
  const answers = new Map<string, FakeAnswer>([
    ['AUTH', status('OK')],
    ['CLIENT SETNAME', status('OK')],
    ...Object.entries(options.answers ?? {}),
  ])
  const sockets = new Set<Socket>()
  const commands: (readonly string[])[] = []
  const chunks: Buffer[] = []
  const watchers = new Set<() => void>()
  let connectionsTotal = 0

  const changed = (): void => {
    for (const watcher of [...watchers]) watcher()
  }

  const find = (command: readonly string[]): FakeAnswer => {
    for (let words = command.length; words > 0; words--) {
      const answer = answers.get(command.slice(0, words).join(' ').toUpperCase())
      if (answer !== undefined) return answer
    }
    return error(
      `ERR unknown command '${command[0] ?? ''}', with args beginning with: ${command
        .slice(1)
        .map((word) => `'${word}' `)
        .join('')}`,
    )
  }

  const accept = (socket: Socket): void => {
    connectionsTotal += 1
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      changed()
    })
    const own: string[][] = []
    const peer: FakePeer = { socket, number: connectionsTotal, commands: own }
    const write = createWriter(socket, options.pieceBytes)
    let pending: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (options.raw !== undefined) {
        options.raw(socket, chunk)
        changed()
        return
      }
      const parsed = readCommands(Buffer.concat([pending, chunk]))
      pending = parsed.rest
      for (const command of parsed.commands) {
        own.push(command)
        commands.push(command)
        let answer = find(command)
        while (typeof answer === 'function') answer = answer(command, peer)
        if (answer === 'CLOSE') {
          socket.destroy()
          break
        }
        if (answer !== 'HANG') write(answer)
      }
      changed()
    })
    options.onConnect?.(socket)
    changed()
  }

  const server: Server = options.tls === undefined ? createPlainServer(accept) : createTlsServer(options.tls, accept)
  if (options.tls !== undefined) server.on('tlsClientError', () => {})
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { address: host, port } = server.address() as AddressInfo

  return {
    address: { host, port },
    commands,
    received: () => Buffer.concat(chunks).toString('latin1'),
    connectionsTotal: () => connectionsTotal,
    connectionsOpen: () => sockets.size,
    answer: (command, answer) => {
      answers.set(command.toUpperCase(), answer)
    },
    push: (bytes) => {
      for (const socket of sockets) socket.write(bytes)
    },
    drop: () => {
      for (const socket of sockets) socket.destroy()
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Writes answers in order, whole or in small pieces. */
function createWriter(socket: Socket, pieceBytes: number | undefined): (bytes: string | Buffer) => void {
  if (pieceBytes === undefined)
    return (bytes) => {
      socket.write(bytes)
    }
  let queue = Buffer.alloc(0)
  let isRunning = false
  const step = (): void => {
    isRunning = queue.length > 0 && !socket.destroyed
    if (!isRunning) return
    socket.write(queue.subarray(0, pieceBytes))
    queue = queue.subarray(pieceBytes)
    setImmediate(step)
  }
  return (bytes) => {
    queue = Buffer.concat([queue, Buffer.from(bytes)])
    if (!isRunning) step()
  }
}

/** Reads whole commands (arrays of bulk strings) off the front. */
function readCommands(bytes: Buffer): { readonly commands: string[][]; readonly rest: Buffer } {
  const commands: string[][] = []
  let start = 0
  for (;;) {
    let at = start
    const line = (): string | undefined => {
      const end = bytes.indexOf('\r\n', at)
      if (end < 0) return undefined
      const text = bytes.toString('latin1', at, end)
      at = end + 2
      return text
    }
    const header = line()
    if (header === undefined) return { commands, rest: bytes.subarray(start) }
    const words: string[] = []
    for (let left = Number(header.slice(1)); left > 0; left--) {
      const length = line()
      if (length === undefined || at + Number(length.slice(1)) + 2 > bytes.length)
        return { commands, rest: bytes.subarray(start) }
      const end = at + Number(length.slice(1))
      words.push(bytes.toString('utf8', at, end))
      at = end + 2
    }
    commands.push(words)
    start = at
  }
}
