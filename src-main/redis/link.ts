import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { AbstractConnector, Redis } from 'ioredis'
import type { Address } from '../domain/address.ts'
import type { RawReply } from '../domain/replies/raw.ts'
import { guardWire, type WireGuard } from './wire-guard.ts'

/** One answer of a pipeline: the decoded reply, or the server's error line. */
export type Reply = { readonly value: RawReply } | { readonly error: string }

export interface LinkOptions {
  readonly dialled: Address
  readonly timeoutMs: number
  /** Undefined for plain text. May throw when the certificates cannot be used. */
  readonly tls: (() => ConnectionOptions) | undefined
  readonly maxReplyBytes: number
}

export interface LinkEvents {
  readonly onReady: () => void
  /** Once, whatever ended it; `error` is undefined for a plain close. */
  readonly onClosed: (error: unknown) => void
}

/** One dialled connection, from the first packet to its end. It never reconnects and never sends a command twice. */
export interface Link {
  readonly stage: () => 'dialling' | 'tls-handshake' | 'open'
  readonly isReady: () => boolean
  /** Whether it was ready at any time. */
  readonly wasReady: () => boolean
  readonly guard: () => WireGuard | undefined
  /** One write, one answer a command, in order. Calls back when all are in; not at all when the link ends first. */
  readonly send: (commands: readonly (readonly string[])[], onReplies: (replies: readonly Reply[]) => void) => void
  /** The library's client, for subscriptions. */
  readonly redis: Redis
  /** Ends the connection at once; `onClosed` is told `error`. */
  readonly destroy: (error?: Error) => void
}

/** Dials. The socket is guarded before a byte can pass, and its errors have a listener from birth to end. */
export function openLink(options: LinkOptions, events: LinkEvents): Link {
  let socket: Socket | undefined
  let guard: WireGuard | undefined
  let firstError: unknown
  let isConnected = false
  let isSecured = false
  let isReady = false
  let wasReady = false
  let isClosed = false

  const closed = (): void => {
    if (isClosed) return
    isClosed = true
    isReady = false
    events.onClosed(firstError)
  }

  const dial = (): Socket => {
    const made =
      options.tls === undefined ? connectPlain(target(options)) : connectTls({ ...target(options), ...options.tls() })
    guard = guardWire(made, options.maxReplyBytes)
    made.on('error', (error) => {
      firstError ??= error
    })
    made.once('connect', () => {
      isConnected = true
    })
    made.once('secureConnect', () => {
      isSecured = true
    })
    made.once('close', closed)
    return made
  }

  const destroy = (error?: Error): void => {
    firstError ??= error
    if (socket === undefined) closed()
    else socket.destroy()
  }

  class GuardedConnector extends AbstractConnector {
    constructor() {
      super(0)
    }
    override connect(): Promise<Socket | TLSSocket> {
      socket = dial()
      this.stream = socket
      return Promise.resolve(socket)
    }
    override disconnect(): void {
      socket?.destroy()
    }
  }

  const redis = new Redis({
    Connector: GuardedConnector,
    // Tells the library which event means connected; the socket itself is made above.
    ...(options.tls === undefined ? {} : { tls: {} }),
    lazyConnect: true,
    protocol: 2,
    stringNumbers: true,
    disableClientInfo: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 0,
    keepAlive: 10_000,
  })
  // Socket errors are heard above; the library repeats them, and an unheard 'error' would be printed.
  redis.on('error', (error) => {
    firstError ??= error
  })
  redis.connect().then(
    () => {
      if (isClosed) return
      isReady = true
      wasReady = true
      events.onReady()
    },
    (error: unknown) => {
      destroy(error instanceof Error ? error : undefined)
    },
  )

  return {
    stage: () => (!isConnected ? 'dialling' : options.tls !== undefined && !isSecured ? 'tls-handshake' : 'open'),
    isReady: () => isReady,
    wasReady: () => wasReady,
    guard: () => guard,
    redis,
    send: (commands, onReplies) => {
      const answered = (results: readonly Answered[]): void => {
        if (isClosed) return
        const replies = readResults(results)
        if (replies instanceof Error) destroy(replies)
        else onReplies(replies)
      }
      const [[name = '', ...args] = [], ...more] = commands
      if (more.length === 0) {
        redis.call(name, ...args).then(
          (value) => {
            answered([[null, value]])
          },
          (error: Error) => {
            answered([[error, undefined]])
          },
        )
        return
      }
      const pipeline = redis.pipeline()
      for (const [first = '', ...rest] of commands) pipeline.call(first, ...rest)
      void pipeline.exec((_, results) => {
        answered(results ?? [])
      })
    },
    destroy,
  }
}

type Answered = readonly [error: Error | null, value: unknown]

/** The replies, or the first error that is not a server's answer. */
function readResults(results: readonly Answered[]): readonly Reply[] | Error {
  const replies: Reply[] = []
  for (const [error, value] of results) {
    if (error !== null && error.name !== 'ReplyError') return error
    replies.push(error === null ? { value: value as RawReply } : { error: error.message })
  }
  return replies
}

function target({ dialled, timeoutMs }: LinkOptions) {
  return {
    host: dialled.host,
    port: dialled.port,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.max(100, Math.floor(timeoutMs / 4)),
  }
}
