import type { IpcMain, IpcMainEvent, WebContents } from 'electron'
import { IPC_CHANNELS } from '../../contract/names.ts'
import type { ContractServer, LineEnd } from '../../contract/server.ts'

/** True for the top frame of a window that shows our own page; an iframe, a foreign origin or a vanished frame is not. */
export function isOurPage(event: Pick<IpcMainEvent, 'senderFrame' | 'sender'>, origin: string): boolean {
  const frame = event.senderFrame
  if (frame === null || frame !== event.sender.mainFrame) return false
  return frame.url === origin || frame.url.startsWith(`${origin}/`)
}

export interface IpcOptions {
  readonly ipcMain: Pick<IpcMain, 'on' | 'removeListener'>
  readonly server: ContractServer
  /** Scheme and host of our page, without a slash at the end: `repliscope://app`. */
  readonly origin: string
  /** Told of every refused message. */
  readonly logRefused: (url: string) => void
}

/**
 * Carries the contract over Electron's IPC: one line a window, begun by each hello (a reload says hello again), ended with
 * the window or its process. Returns what stops listening.
 */
export function carryOverIpc(options: IpcOptions): () => void {
  const lines = new Map<WebContents, LineEnd>()
  const watched = new WeakSet<WebContents>()

  const watch = (contents: WebContents): void => {
    if (watched.has(contents)) return
    watched.add(contents)
    const leave = (): void => lines.get(contents)?.closed()
    contents.on('destroyed', leave)
    contents.on('render-process-gone', leave)
  }

  const begin = (contents: WebContents): LineEnd => {
    lines.get(contents)?.closed()
    const isCurrent = (): boolean => lines.get(contents) === line
    const line = options.server.accept({
      send: (text) => {
        if (isCurrent() && !contents.isDestroyed()) contents.send(IPC_CHANNELS.toPage, text)
      },
      close: () => {
        if (isCurrent()) lines.delete(contents)
      },
      unsentBytes: () => 0,
    })
    lines.set(contents, line)
    watch(contents)
    return line
  }

  const receive = (event: IpcMainEvent, text: unknown): void => {
    if (!isOurPage(event, options.origin)) return options.logRefused(event.senderFrame?.url ?? 'a frame that is gone')
    if (typeof text !== 'string') return
    // A line that ended, or a page that reloaded, starts over with a hello; anything else without a line is late news.
    const isHello = text.startsWith('{"t":"hello"')
    const line = isHello ? begin(event.sender) : lines.get(event.sender)
    line?.receive(text)
  }

  options.ipcMain.on(IPC_CHANNELS.toHost, receive)
  return () => {
    options.ipcMain.removeListener(IPC_CHANNELS.toHost, receive)
    for (const line of [...lines.values()]) line.closed()
    lines.clear()
  }
}
