import { open, readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import type { Address } from '../domain/address.ts'

const MAX_BYTES = 1024 * 1024

/**
 * The configuration file of a server on this very machine. A server is untrusted input, so its word is not enough: the
 * address must be this machine's, the process with that pid must be a Redis or Valkey, and the file a regular one of
 * bounded size that its user may read. Undefined otherwise; never fails. Where /proc is missing nothing is read.
 */
export async function readLocalConfig(node: Address, path: string, processId: number): Promise<string | undefined> {
  if (!path.startsWith('/') || !isOwnAddress(node.host)) return undefined
  try {
    const command = await readFile(`/proc/${Math.trunc(processId)}/cmdline`, 'utf8')
    if (!/redis|valkey/.test(command) || !command.includes(String(node.port))) return undefined
    const file = await open(path, 'r')
    try {
      const stat = await file.stat()
      if (!stat.isFile() || stat.size > MAX_BYTES) return undefined
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch {
    // Not readable from here: the rule says that it could not be judged.
    return undefined
  }
}

function isOwnAddress(host: string): boolean {
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return true
  return Object.values(networkInterfaces()).some(
    (addresses) => addresses?.some(({ address }) => address === host) === true,
  )
}
