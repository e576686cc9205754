import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Handlers } from '../../contract/server.ts'
import { serveContract } from '../../contract/server.ts'
import { MAX_PAGE_FRAME_CHARS } from '../../contract/wire.ts'
import type { Timers } from '../../contract/wire.ts'
import { createRequestGuard } from './request-guard.ts'
import { answer, servePage } from './static-page.ts'
import { isSameToken } from './token.ts'
import { carryOverWebSocket } from './websocket.ts'

/** Pages and would-be pages at once. */
const MOST_SOCKETS = 64
const CONTRACT_PATH = '/contract'

export interface ServeOptions {
  readonly handlers: Handlers
  readonly timers: Timers
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  readonly token: string
  /** PEM texts; without them plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Folder of the built page. */
  readonly page: string
  readonly logBug: (reference: string, call: string, error: unknown) => void
}

export interface Served {
  /** Where the page is, with its token: the line to print. */
  readonly url: string
  readonly port: number
  /** Pages connected. */
  readonly pageCount: () => number
  /** Ends every line and the listener. Idempotent. */
  readonly dispose: () => Promise<void>
}

/** Why nothing is served: one line and what to do. */
export interface ServeProblem {
  readonly problem: string
  readonly hint: string
}

/** The browser host: the page over HTTP, the contract over a WebSocket, for whoever has the token. */
export async function startServe(
  options: ServeOptions,
): Promise<{ readonly ok: true; readonly value: Served } | ({ readonly ok: false } & ServeProblem)> {
  const { tls } = options
  const guard = createRequestGuard(options.host, tls?.cert)
  const page = servePage(options.page, tls !== undefined)

  const onRequest: RequestListener = (request, response) => {
    if (!guard.isOurHost(factsOf(request))) return answer(response, 421, 'This host answers to its own name only.')
    // A navigation carries no Origin; whatever carries a foreign one is another site's script.
    const isForeign = request.headers.origin !== undefined && !guard.isOurOrigin(factsOf(request))
    if (isForeign) return answer(response, 403, 'Pages of other origins are not answered.')
    page(request, response)
  }
  const http = tls === undefined ? createServer(onRequest) : createTlsServer({ ...tls }, onRequest)
  const problem = await listen(http, options)
  if (problem !== undefined) return { ok: false, ...problem }

  const { port } = http.address() as AddressInfo
  const base = `${tls === undefined ? 'http' : 'https'}://${hostAndPort(shownHost(options.host), port)}/`
  const contract = serveContract({
    handlers: options.handlers,
    timers: options.timers,
    logBug: options.logBug,
    admit: (token) =>
      token !== null && isSameToken(token, options.token)
        ? undefined
        : `${token === null ? 'The address of this page has no token' : 'The token of this page is not the one of this host'}. Open the whole address that repliscope serve printed when it was started: ${base}#token=...`,
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAGE_FRAME_CHARS, perMessageDeflate: false })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const status = judgeUpgrade(request)
    if (status !== undefined) return refuseUpgrade(socket, status)
    sockets.handleUpgrade(request, socket, head, (accepted) => carryOverWebSocket(accepted, contract))
  })

  const judgeUpgrade = (request: IncomingMessage): string | undefined => {
    if (!guard.isOurHost(factsOf(request))) return '421 Misdirected Request'
    if (!guard.isOurOrigin(factsOf(request))) return '403 Forbidden'
    if (request.url !== CONTRACT_PATH) return '404 Not Found'
    return sockets.clients.size >= MOST_SOCKETS ? '503 Service Unavailable' : undefined
  }

  return {
    ok: true,
    value: {
      url: `${base}#token=${encodeURIComponent(options.token)}`,
      port,
      pageCount: contract.pageCount,
      dispose: async () => {
        contract.dispose()
        for (const socket of sockets.clients) socket.terminate()
        sockets.close()
        http.closeAllConnections()
        await new Promise<void>((resolve) => http.close(() => resolve()))
      },
    },
  }
}

function factsOf({ headers }: IncomingMessage) {
  return { host: headers.host, origin: headers.origin }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** A wildcard is no address to type. */
function shownHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

function listen(http: Server, { host, port }: ServeOptions): Promise<ServeProblem | undefined> {
  return new Promise((resolve) => {
    http.once('error', (error: NodeJS.ErrnoException) => resolve(listenProblem(error, host, port)))
    http.listen({ host, port }, () => resolve(undefined))
  })
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number): ServeProblem {
  const where = hostAndPort(host, port)
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        problem: `${where} is in use by another program`,
        hint: 'give another --port, or leave it out for any that is free',
      }
    case 'EACCES':
      return { problem: `this user may not listen on port ${port}`, hint: 'give a --port above 1023' }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        problem: `${host} is not an address of this machine`,
        hint: 'give one of its own with --host, or leave it out',
      }
    default:
      return {
        problem: `${where} cannot be listened on (${error.code ?? error.message})`,
        hint: 'give another --port or --host',
      }
  }
}
