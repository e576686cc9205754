import { infoOf, masterAccordingTo } from './redis-cli.ts'
import { waitFor } from './wait-for.ts'
import type { TestLab } from './with-lab.ts'

/** Waits until all Sentinels name one master, it says so itself, and all others follow it, linked. Its address. */
export async function settled(lab: TestLab): Promise<string> {
  const nodes = [lab.master, ...lab.replicas]
  return waitFor(
    async () => {
      const named = await Promise.all(lab.sentinels.map((one) => masterAccordingTo(lab, one, lab.group)))
      const [master = ''] = named
      if (named.some((name) => name !== master)) return undefined
      for (const node of nodes) {
        const info = await infoOf(lab, node, 'replication')
        const isRight =
          node.id === master
            ? info.get('role') === 'master'
            : info.get('role') === 'slave' &&
              info.get('master_link_status') === 'up' &&
              `${info.get('master_host') ?? ''}:${info.get('master_port') ?? ''}` === master
        if (!isRight) return undefined
      }
      return master
    },
    { what: 'one master that everybody follows', deadlineMs: 45_000, everyMs: 200 },
  )
}
