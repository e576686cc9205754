import { contextBridge, ipcRenderer } from 'electron'
import { CALL_NAMES, DOOR_NAME, IPC_CHANNELS } from '../../contract/names.ts'
import type { PageDoor } from '../../contract/names.ts'

/**
 * The only code between the page and Electron. Runs sandboxed and isolated: it loads nothing but `electron` and the
 * names of the contract, and shows the page the contract's verbs, never a channel or an event object.
 */
const toHost = (frame: object): void => ipcRenderer.send(IPC_CHANNELS.toHost, JSON.stringify(frame))

const door: PageDoor = {
  hello: (contract) => toHost({ t: 'hello', contract, token: null }),
  call: (id, name, params) => {
    if (!CALL_NAMES.some((known) => known === name)) throw new Error(`the contract has no call ${JSON.stringify(name)}`)
    toHost({ t: 'call', id, name, params })
  },
  cancel: (id) => toHost({ t: 'cancel', id }),
  ack: (batch) => toHost({ t: 'ack', batch }),
  listen: (listener) => {
    const forward = (_event: unknown, frame: unknown): void => {
      if (typeof frame === 'string') listener(frame)
    }
    ipcRenderer.on(IPC_CHANNELS.toPage, forward)
    return () => void ipcRenderer.removeListener(IPC_CHANNELS.toPage, forward)
  },
}

contextBridge.exposeInMainWorld(DOOR_NAME, door)
