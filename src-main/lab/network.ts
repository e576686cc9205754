import { connect } from 'node:net'
import type { Address, NodeId } from '../domain/address.ts'
import { LinkRules } from './relay/link-rules.ts'
import { Relay, type RelayedPort } from './relay/relay.ts'

const POLL_MS = 5

/** The relay before a lab's ports, opened and shut with the processes behind them. */
export class LabNetwork {
  readonly rules = new LinkRules()
  readonly #relay = new Relay(this.rules)
  readonly #ports = new Map<NodeId, readonly RelayedPort[]>()

  /** From now on, whoever calls from the hosts of these ports is this node. */
  register(node: NodeId, ports: readonly Omit<RelayedPort, 'process'>[]): void {
    const relayed = ports.map((port) => ({ ...port, process: node }))
    this.#ports.set(node, relayed)
    for (const port of relayed) this.#relay.register(port)
  }

  /** Takes connections for a node once it does itself; gives up when it is no longer `isAwaited`. */
  async openWhenItListens(node: NodeId, isAwaited: () => boolean): Promise<void> {
    await Promise.all(
      this.#portsOf(node).map(async (port) => {
        this.#relay.shut(port)
        while (!(await takesConnections(port.direct))) {
          if (!isAwaited()) return
          await new Promise((resolve) => setTimeout(resolve, POLL_MS))
        }
        if (isAwaited()) await this.#relay.open(port)
      }),
    )
  }

  /** Its process is gone: who calls is refused. */
  shut(node: NodeId): void {
    for (const port of this.#portsOf(node)) this.#relay.shut(port)
  }

  dispose(): Promise<void> {
    return this.#relay.dispose()
  }

  #portsOf(node: NodeId): readonly RelayedPort[] {
    return this.#ports.get(node) ?? []
  }
}

function takesConnections(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
