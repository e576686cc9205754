import { type Address, formatAddress } from '../../domain/address.ts'
import { askOnce, type RespClientOptions, type RespReply, respText } from '../resp-client.ts'

/** How long one Sentinel or a named master is given, as client libraries do. */
const PATIENCE_MS = 500

export interface MasterSearch {
  readonly sentinels: readonly Address[]
  readonly group: string
  readonly access?: RespClientOptions | undefined
  readonly sentinelAccess?: RespClientOptions | undefined
  readonly localAddress?: string | undefined
}

/** The master that the first answering Sentinel names, when it says of itself that it is one; rejects with why not. */
export async function findMaster(search: MasterSearch): Promise<Address> {
  const from = { timeoutMs: PATIENCE_MS, localAddress: search.localAddress }
  // Several Sentinels name the same dead master for a while: it is tried once.
  const tried = new Set<string>()
  let why = 'no Sentinel was given'
  for (const sentinel of search.sentinels) {
    try {
      const named = await askOnce(
        sentinel,
        { ...search.sentinelAccess, ...from },
        'SENTINEL',
        'get-master-addr-by-name',
        search.group,
      )
      if (!Array.isArray(named)) throw new Error(`it names no master (${respText(named)})`)
      const [host, port] = named as readonly RespReply[]
      const address = { host: respText(host), port: Number(port) }
      if (tried.has(formatAddress(address))) continue
      tried.add(formatAddress(address))
      const role = await askOnce(address, { ...search.access, ...from }, 'ROLE')
      if (Array.isArray(role) && (role as readonly RespReply[])[0] === 'master') return address
      throw new Error(`it names ${formatAddress(address)}, which is no master`)
    } catch (error) {
      why = `${formatAddress(sentinel)}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  throw new Error(why)
}
