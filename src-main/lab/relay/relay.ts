import { createServer, type Server, type Socket } from 'node:net'
import type { Address, NodeId } from '../../domain/address.ts'
import type { LinkEnd, LinkRules } from './link-rules.ts'
import { RelayedConnection } from './relayed-connection.ts'

/** One port of a process: where everybody dials, and where it listens itself. */
export interface RelayedPort {
  readonly process: NodeId
  readonly announced: Address
  readonly direct: Address
}

/**
 * Stands before every port of a lab. Each process has an IP address of its own on this machine, calls from it and is
 * dialled at it, so a connection's source address says which two ends it joins.
 */
export class Relay {
  readonly #rules: LinkRules
  readonly #processAt = new Map<string, NodeId>()
  readonly #listening = new Map<RelayedPort, Server>()
  readonly #connections = new Set<RelayedConnection>()
  readonly #stopWatching: () => void

  constructor(rules: LinkRules) {
    this.#rules = rules
    this.#stopWatching = rules.onChange(() => {
      for (const connection of this.#connections) connection.update()
    })
  }

  /** Connections that go through it now. */
  get count(): number {
    return this.#connections.size
  }

  /** From now on, whoever calls from this port's host is its process. */
  register(port: RelayedPort): void {
    this.#processAt.set(port.announced.host, port.process)
  }

  /** Takes connections for this port; resolves when it does, rejects when the port is taken. */
  async open(port: RelayedPort): Promise<void> {
    if (this.#listening.has(port)) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => this.#accept(caller, port))
    // Like the lab's processes, it does not keep this one from ending.
    server.unref()
    // A connection that could not be taken (too many are open) is lost to its caller, and to nobody else.
    server.on('error', () => undefined)
    this.#listening.set(port, server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        this.#listening.delete(port)
        reject(error)
      })
      server.listen({ ...port.announced, backlog: 128 }, resolve)
    })
  }

  /** Refuses new connections, as a port does whose process is gone. Those that are open go on until an end closes them. */
  shut(port: RelayedPort): void {
    this.#listening.get(port)?.close()
    this.#listening.delete(port)
  }

  /** Ends every connection and frees every port. */
  async dispose(): Promise<void> {
    this.#stopWatching()
    const closed = [...this.#listening.values()].map((server) => new Promise((resolve) => server.close(resolve)))
    this.#listening.clear()
    for (const connection of this.#connections) connection.end()
    await Promise.all(closed)
  }

  #accept(caller: Socket, port: RelayedPort): void {
    const address = caller.remoteAddress ?? ''
    const process = this.#processAt.get(address)
    const from: LinkEnd = process === undefined ? { client: address } : { process }
    const ends = { from, to: { process: port.process }, address: port.direct }
    const connection = new RelayedConnection(caller, ends, this.#rules, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    connection.update()
  }
}
