import type { ContractClient } from '../../src-main/contract/calls.ts'
import { createContractClient } from '../../src-main/contract/client.ts'
import type { Timers } from '../../src-main/contract/wire.ts'
import { pageTimers } from './page-timers.ts'

export interface WebSocketClientOptions {
  /** `ws://127.0.0.1:7070/contract`. */
  readonly url: string
  readonly token: string | null
  readonly timers?: Timers
}

/** The contract's client over a WebSocket, for the browser host. It dials again by itself until the host refuses it. */
export function connectWebSocket(options: WebSocketClientOptions): ContractClient & { readonly dispose: () => void } {
  return createContractClient({
    timers: options.timers ?? pageTimers,
    token: () => options.token,
    describeRefusal: (message, wasOpen) => (wasOpen ? `The host was started again. ${message}` : message),
    dial: ({ opened, received, closed }) => {
      const socket = new WebSocket(options.url)
      socket.addEventListener('open', opened)
      socket.addEventListener('message', (event) => {
        if (typeof event.data === 'string') received(event.data)
      })
      // An error is always followed by close.
      socket.addEventListener('close', closed)
      return {
        send: (frame) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
        },
        close: () => socket.close(),
      }
    },
  })
}
