import type { ContractClient } from '../../src-main/contract/calls.ts'
import { createContractClient } from '../../src-main/contract/client.ts'
import type { PageDoor } from '../../src-main/contract/names.ts'
import type { PageFrame, Timers } from '../../src-main/contract/wire.ts'
import { pageTimers } from './page-timers.ts'

/** The contract's client over the door that the preload opened. The line lives as long as the window. */
export function connectElectron(
  door: PageDoor,
  timers: Timers = pageTimers,
): ContractClient & { readonly dispose: () => void } {
  return createContractClient({
    timers,
    token: () => null,
    isWatched: false,
    dial: ({ opened, received }) => {
      const stop = door.listen(received)
      queueMicrotask(opened)
      return { send: (frame) => sendThrough(door, frame), close: stop }
    },
  })
}

function sendThrough(door: PageDoor, frame: PageFrame): void {
  switch (frame.t) {
    case 'hello':
      return door.hello(frame.contract)
    case 'call':
      return door.call(frame.id, frame.name, frame.params)
    case 'cancel':
      return door.cancel(frame.id)
    case 'ack':
      return door.ack(frame.batch)
    case 'ping':
      // Never sent: this line is not watched, a window and its main process die together.
      return
  }
}
