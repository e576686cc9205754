import type { ActionDialler, ActionLine } from '../actions/ports.ts'
import { parseAddress } from '../domain/address.ts'
import { fail, ok } from '../domain/failure.ts'
import { openActionLine } from './action-line.ts'
import type { ConnectorOptions } from './connector.ts'
import { createNatMap } from './nat-map.ts'
import { createTlsDialler } from './tls-options.ts'

/** CLIENT LIST of a busy server is the largest reply. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024

/** Dials lines that may change servers. Who holds one answers for the plan behind it. Passwords live in this closure only. */
export function createActionDialler(options: ConnectorOptions): ActionDialler {
  const nat = createNatMap(options.nat)
  const nodeTls = options.nodeTls === undefined ? undefined : createTlsDialler(options.nodeTls)
  const sentinelTls = options.sentinelTls === undefined ? undefined : createTlsDialler(options.sentinelTls)
  const open = new Set<ActionLine>()
  let isDisposed = false
  return {
    open: async (node, peer, name) => {
      const address = parseAddress(node)
      if (!address.ok) return fail({ kind: 'not-found', detail: `${node} is not an address`, known: [] })
      const dialled = nat.reachable(address.value)
      const tls = peer === 'sentinel' ? sentinelTls : nodeTls
      const line = await openActionLine({
        address: address.value,
        dialled,
        credentials: peer === 'sentinel' ? options.sentinel : options.node,
        tls: tls === undefined ? undefined : () => tls(address.value, dialled),
        tlsFlag: peer === 'sentinel' ? '--sentinel-tls' : '--tls',
        timeoutMs: options.timeoutMs,
        maxReplyBytes: options.maxReplyBytes ?? MAX_REPLY_BYTES,
        clock: options.clock,
        name,
      })
      if (!line.ok) return line
      if (isDisposed) {
        line.value.close()
        return fail({ kind: 'cancelled' })
      }
      open.add(line.value)
      return ok(line.value)
    },
    dispose: () => {
      isDisposed = true
      for (const line of open) line.close()
      open.clear()
    },
  }
}
