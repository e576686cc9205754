import { whyNoDisks } from '../disks.ts'
import type { ServerBinary } from '../servers.ts'
import type { Drill } from './drill.ts'

/** Why a drill cannot be run on this machine, one line; null: it can. Without a server nothing is said of versions. */
export function whyNot({ needs }: Pick<Drill, 'needs'>, server: ServerBinary | undefined): string | null {
  for (const need of needs) {
    const noDisks = need === 'root' ? whyNoDisks() : undefined
    if (noDisks !== undefined) return noDisks
    if (server === undefined) continue
    if (need === 'waitaof' && !isAtLeast(server, 7, 2)) return `it needs WAITAOF, which ${server.version} has not`
    const [, major, minor] = /^(\d+)\.(\d+)\+$/.exec(need) ?? []
    if (major !== undefined && !isAtLeast(server, Number(major), Number(minor)))
      return `it needs ${need}, this is ${server.flavour} ${server.version}`
  }
  return null
}

/** Every Valkey continues what Redis 7.2 was. */
function isAtLeast({ flavour, version }: ServerBinary, major: number, minor: number): boolean {
  if (flavour === 'valkey') return true
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
