import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'
import { WebSocket as NodeWebSocket, WebSocketServer } from 'ws'
import type { ContractClient } from '../../../src-main/contract/calls.ts'
import { createContractClient } from '../../../src-main/contract/client.ts'
import type { PageDoor } from '../../../src-main/contract/names.ts'
import { MAX_PAGE_FRAME_CHARS } from '../../../src-main/contract/wire.ts'
import type { HostFrame } from '../../../src-main/contract/wire.ts'
import { timers } from './timers.ts'
import { serveContract } from '../../../src-main/contract/server.ts'
import type { ContractServer, Handlers, LineEnd } from '../../../src-main/contract/server.ts'
import { carryOverIpc } from '../../../src-main/hosts/desktop/ipc.ts'
import { carryOverWebSocket } from '../../../src-main/hosts/serve/websocket.ts'
import { connectElectron } from '../../../src-renderer/bridge/electron-client.ts'
import { connectWebSocket } from '../../../src-renderer/bridge/websocket-client.ts'

export const TOKEN = 'right-token'
export type TestClient = ContractClient & { readonly dispose: () => void }

/** A page of a test's own, which does not answer by itself. */
export interface RawPage {
  readonly send: (text: string) => void
  readonly frames: HostFrame[]
  /** Stops reading the line where the transport knows such a thing. */
  readonly stopReading: () => void
  readonly leave: () => void
}

export interface Rig {
  readonly server: ContractServer
  readonly bugs: { reference: string; call: string; error: unknown }[]
  readonly openPage: () => TestClient
  readonly openRaw: () => Promise<RawPage>
  /** Ends every line from outside, as a network would; pages may dial again. */
  readonly cut: () => void
  readonly dispose: () => Promise<void>
}

export interface RigKind {
  readonly name: string
  /** A line of this kind can end and be dialled again while the page lives. */
  readonly canReconnect: boolean
  readonly make: (handlers: Handlers) => Promise<Rig>
}

function makeServer(handlers: Handlers, needsToken: boolean) {
  const bugs: Rig['bugs'] = []
  const server = serveContract({
    handlers,
    timers,
    isChecking: true,
    logBug: (reference, call, error) => void bugs.push({ reference, call, error }),
    admit: (token) => (!needsToken || token === TOKEN ? undefined : 'wrong token: open the URL printed at the start'),
  })
  return { server, bugs }
}

const inMemory: RigKind = {
  name: 'in memory',
  canReconnect: true,
  make: async (handlers) => {
    const { server, bugs } = makeServer(handlers, true)
    const cuts = new Set<() => void>()
    const join = (received: (text: string) => void, closed: () => void) => {
      let isCut = false
      const later = (run: () => void) => setImmediate(() => isCut || run())
      const line: LineEnd = server.accept({
        send: (text) => void later(() => received(text)),
        close: () => void setImmediate(cut),
        unsentBytes: () => 0,
      })
      const cut = () => {
        if (isCut) return
        isCut = true
        cuts.delete(cut)
        line.closed()
        closed()
      }
      cuts.add(cut)
      return { send: (text: string) => void later(() => line.receive(text)), cut, later }
    }
    return {
      server,
      bugs,
      openPage: () =>
        createContractClient({
          timers,
          token: () => TOKEN,
          dial: (events) => {
            const line = join(events.received, events.closed)
            line.later(events.opened)
            return { send: (frame) => line.send(JSON.stringify(frame)), close: line.cut }
          },
        }),
      openRaw: async () => {
        const frames: HostFrame[] = []
        const line = join(
          (text) => void frames.push(JSON.parse(text)),
          () => undefined,
        )
        return { send: line.send, frames, stopReading: () => undefined, leave: line.cut }
      },
      cut: () => [...cuts].forEach((cut) => cut()),
      dispose: async () => server.dispose(),
    }
  },
}

const webSocket: RigKind = {
  name: 'over a WebSocket',
  canReconnect: true,
  make: async (handlers) => {
    const { server, bugs } = makeServer(handlers, true)
    const http = createServer()
    const sockets = new WebSocketServer({ server: http, maxPayload: MAX_PAGE_FRAME_CHARS })
    sockets.on('connection', (socket) => carryOverWebSocket(socket, server))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/contract`
    // Node 20 has no WebSocket of its own; ws has the same interface as the browser's.
    vi.stubGlobal('WebSocket', NodeWebSocket)
    return {
      server,
      bugs,
      openPage: () => connectWebSocket({ url, token: TOKEN, timers }),
      openRaw: async () => {
        const socket = new NodeWebSocket(url)
        const frames: HostFrame[] = []
        socket.on('message', (data) => void frames.push(JSON.parse((data as Buffer).toString())))
        socket.on('error', () => undefined)
        await once(socket, 'open')
        return {
          send: (text) => socket.send(text),
          frames,
          stopReading: () => socket.pause(),
          leave: () => socket.terminate(),
        }
      },
      cut: () => sockets.clients.forEach((socket) => socket.terminate()),
      dispose: async () => {
        server.dispose()
        sockets.clients.forEach((socket) => socket.terminate())
        sockets.close()
        http.close()
        http.closeAllConnections()
      },
    }
  },
}

export const PAGE_ORIGIN = 'repliscope://app'

/** Stands for Electron's WebContents; what passes through is structured-cloned, as between processes. */
export class ContentsDouble extends EventEmitter {
  readonly mainFrame = { url: `${PAGE_ORIGIN}/index.html` }
  readonly renderer = new EventEmitter()
  isGone = false
  send(channel: string, ...args: unknown[]): void {
    const cloned: unknown[] = structuredClone(args)
    setImmediate(() => this.renderer.emit(channel, {}, ...cloned))
  }
  isDestroyed(): boolean {
    return this.isGone
  }
  destroy(): void {
    this.isGone = true
    this.emit('destroyed')
  }
}

/** Runs the real preload for one window, on doubles of Electron's two objects, and hands out the door that it exposed. */
export async function openDoor(ipcMain: EventEmitter, contents: ContentsDouble): Promise<PageDoor> {
  const exposed: PageDoor[] = []
  vi.resetModules()
  vi.doMock('electron', () => ({
    contextBridge: { exposeInMainWorld: (_name: string, door: PageDoor) => void exposed.push(door) },
    ipcRenderer: {
      send: (channel: string, ...args: unknown[]) => {
        const cloned: unknown[] = structuredClone(args)
        setImmediate(() => ipcMain.emit(channel, { sender: contents, senderFrame: contents.mainFrame }, ...cloned))
      },
      on: (channel: string, listener: (...args: unknown[]) => void) => contents.renderer.on(channel, listener),
      removeListener: (channel: string, listener: (...args: unknown[]) => void) =>
        contents.renderer.removeListener(channel, listener),
    },
  }))
  await import('../../../src-main/hosts/desktop/preload.ts')
  const door = exposed[0]
  if (door === undefined) throw new Error('the preload exposed nothing')
  return door
}

const electron: RigKind = {
  name: "over Electron's IPC (doubles, structured clone)",
  canReconnect: false,
  make: async (handlers) => {
    const { server, bugs } = makeServer(handlers, false)
    const ipcMain = new EventEmitter()
    const stop = carryOverIpc({
      ipcMain: ipcMain as unknown as Electron.IpcMain,
      server,
      origin: PAGE_ORIGIN,
      logRefused: () => undefined,
    })
    const spare: { contents: ContentsDouble; door: PageDoor }[] = []
    for (let n = 0; n < 3; n += 1) {
      const contents = new ContentsDouble()
      spare.push({ contents, door: await openDoor(ipcMain, contents) })
    }
    const take = () => {
      const window = spare.pop()
      if (window === undefined) throw new Error('a rig has three windows')
      return window
    }
    return {
      server,
      bugs,
      openPage: () => {
        const { contents, door } = take()
        const client = connectElectron(door, timers)
        return {
          ...client,
          dispose: () => {
            client.dispose()
            contents.destroy()
          },
        }
      },
      openRaw: async () => {
        const { contents, door } = take()
        const frames: HostFrame[] = []
        door.listen((text) => void frames.push(JSON.parse(text)))
        return {
          send: (text) =>
            void ipcMain.emit('repliscope/to-host', { sender: contents, senderFrame: contents.mainFrame }, text),
          frames,
          stopReading: () => undefined,
          leave: () => contents.destroy(),
        }
      },
      cut: () => undefined,
      dispose: async () => {
        stop()
        server.dispose()
      },
    }
  },
}

export const rigKinds: readonly RigKind[] = [inMemory, webSocket, electron]
