import type { ContractClient } from '../../src-main/contract/calls.ts'
import type { PageDoor } from '../../src-main/contract/names.ts'
import { connectElectron } from './electron-client.ts'
import { takeToken } from './token.ts'
import { connectWebSocket } from './websocket-client.ts'

declare global {
  interface Window {
    /** Set by the preload of the desktop host; absent in a browser. */
    readonly repliscope?: PageDoor
  }
}

/**
 * The page's line to its host: through the preload's door in the desktop shell, over a WebSocket in a browser. Called once,
 * before the router is made: the fragment carries the browser host's token, and this takes it out.
 */
export function connectBridge(): ContractClient {
  if (window.repliscope !== undefined) return connectElectron(window.repliscope)
  const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:'
  return connectWebSocket({ url: `${scheme}//${window.location.host}/contract`, token: takeToken(window) })
}
