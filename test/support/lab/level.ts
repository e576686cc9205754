import type { LabNode } from '../../../src-main/lab/lab.ts'
import { infoOf } from './redis-cli.ts'
import { waitFor } from './wait-for.ts'
import type { TestLab } from './with-lab.ts'

/**
 * Until the direct replicas have all that their master has written. (A WAIT of its own connection would wait for nothing,
 * and a link that is up may not be streamed to yet.)
 */
export async function untilLevel(lab: TestLab): Promise<void> {
  const offset = async (node: LabNode, field: string) => (await infoOf(lab, node, 'replication')).get(field)
  for (const replica of lab.replicas)
    await waitFor(
      async () => (await offset(replica, 'slave_repl_offset')) === (await offset(lab.master, 'master_repl_offset')),
      { what: `${replica.name} level with its master` },
    )
}
