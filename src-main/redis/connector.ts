import type { Address } from '../domain/address.ts'
import type { Clock, Connector } from '../monitor/ports.ts'
import { createDataNodeReader } from './data-node-reader.ts'
import { createNatMap, type NatEntry } from './nat-map.ts'
import type { Credentials, PeerOptions } from './peer.ts'
import { createSentinelReader } from './sentinel-reader.ts'
import { createTlsDialler, type TlsOptions } from './tls-options.ts'

export interface ConnectorOptions {
  /** For a whole question, dialling included. */
  readonly timeoutMs: number
  readonly node: Credentials
  readonly sentinel: Credentials
  /** Plain text when undefined. */
  readonly nodeTls?: TlsOptions | undefined
  readonly sentinelTls?: TlsOptions | undefined
  readonly nat: readonly NatEntry[]
  readonly clock: Clock
  /** The largest reply that is read; a node that sends more is cut off. */
  readonly maxReplyBytes?: number | undefined
}

/** The largest honest replies (SENTINEL INFO-CACHE of a big group, INFO with commandstats) stay far below. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024

/**
 * The monitor's questions over Redis connections. Readers are made for announced addresses: that is the name in their
 * answers and failures, and what is dialled is `reachable(address)`. Passwords live in this closure only.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const nat = createNatMap(options.nat)
  const nodeTls = options.nodeTls === undefined ? undefined : createTlsDialler(options.nodeTls)
  const sentinelTls = options.sentinelTls === undefined ? undefined : createTlsDialler(options.sentinelTls)
  const open = new Set<{ readonly dispose: () => void }>()
  let isDisposed = false

  const peer = (address: Address, credentials: Credentials, tls: typeof nodeTls, tlsFlag: string): PeerOptions => {
    const dialled = nat.reachable(address)
    return {
      address,
      dialled,
      credentials,
      tlsFlag,
      tls: tls === undefined ? undefined : () => tls(address, dialled),
      timeoutMs: options.timeoutMs,
      maxReplyBytes: options.maxReplyBytes ?? MAX_REPLY_BYTES,
      clock: options.clock,
    }
  }

  /** Registers a reader with its owner; one made too late is ended at once, and answers `cancelled`. */
  const own = <R extends { readonly dispose: () => void }>(reader: R): R => {
    const owned: R = {
      ...reader,
      dispose: () => {
        open.delete(owned)
        reader.dispose()
      },
    }
    if (isDisposed) owned.dispose()
    else open.add(owned)
    return owned
  }

  return {
    dataNode: (address) => own(createDataNodeReader(peer(address, options.node, nodeTls, '--tls'))),
    sentinel: (address) => own(createSentinelReader(peer(address, options.sentinel, sentinelTls, '--sentinel-tls'))),
    reachable: nat.reachable,
    announced: nat.announced,
    isTls: nodeTls !== undefined,
    dispose: () => {
      isDisposed = true
      for (const reader of [...open]) reader.dispose()
      // Sockets close in the turn after they were destroyed.
      return new Promise((resolve) => setImmediate(resolve))
    },
  }
}
