import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findServer, type ServerBinary, type ServerFlavour } from '../../../src-main/lab/servers.ts'

const CACHE = fileURLToPath(new URL('../../../.cache/servers', import.meta.url))

/** The server that this run is about: REPLISCOPE_SERVER is `redis` (default), `valkey`, or a path; or the one named. */
export async function chosenServer(choice = process.env['REPLISCOPE_SERVER'] ?? 'redis'): Promise<ServerBinary> {
  const flavour: ServerFlavour | undefined = choice === 'redis' || choice === 'valkey' ? choice : undefined
  const given = flavour === undefined ? choice : cachedFolder(flavour)
  const found = await findServer({ given, flavour })
  if (found.ok) return found.value
  throw new Error(`no ${choice} server to test with: run npm test, which fetches it`)
}

/** Whether this run is the long one (REPLISCOPE_LONG=1): `it.runIf(isLongRun)`. */
export const isLongRun: boolean = process.env['REPLISCOPE_LONG'] === '1'

function cachedFolder(flavour: ServerFlavour): string | undefined {
  if (!existsSync(CACHE)) return undefined
  const folder = readdirSync(CACHE).find((name) => name.startsWith(`${flavour}-`))
  return folder === undefined ? undefined : join(CACHE, folder)
}
