import { describeBytes } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer } from '../persistence/disk.ts'
import { countedBytes } from './memory-facts.ts'

/** A master under noeviction that is full, or nearly so. */
export const memoryFullWritesFail: Rule = {
  code: 'memory-full-writes-fail',
  section: 'memory',
  severities: ['critical', 'warning'],
  fires: 'a master with noeviction uses more than 90 % of maxmemory; critical above 98 %.',
  matters: 'At the limit every write that needs memory fails with OOM.',
  advice: 'Raise maxmemory on every node, or remove data.',
  holdForMs: 0,
  swings: true,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { maxBytes, policy, usedBytes, notCountedForEvictBytes } = info.memory
      const used = countedBytes(info)
      // a replica takes what its master sends, whatever its own limit
      if (info.replication.role !== 'master' || policy !== 'noeviction') return undefined
      if (maxBytes === undefined || maxBytes === 0 || used === undefined) return undefined
      const ratio = used / maxBytes
      const { memoryCriticalRatio, memoryWarnRatio } = context.thresholds
      if (ratio <= memoryWarnRatio) return undefined
      const { id } = node
      const left = maxBytes - used
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: ratio > memoryCriticalRatio ? 'critical' : 'warning',
        title:
          left <= 0
            ? `${id} is full: ${describeBytes(used)} of ${describeBytes(maxBytes)}, writes fail with OOM`
            : `${id} uses ${Math.floor(ratio * 100)} % of its ${describeBytes(maxBytes)}: ${describeBytes(left)} until writes fail`,
        evidence: [
          evidence(context, id, 'used_memory', usedBytes),
          evidence(context, id, 'mem_not_counted_for_evict', notCountedForEvictBytes),
          evidence(context, id, 'maxmemory', maxBytes),
          evidence(context, id, 'maxmemory_policy', policy),
          evidence(context, id, 'errorstat_OOM', info.errors?.get('OOM')),
        ],
        why: 'With noeviction nothing is deleted: at the limit clients get OOM for every write that needs memory, until data is removed.',
        remedy: [
          `${cli(id, 'INFO memory')}   # what the memory is used for; total_system_memory says what the host has`,
          ...context.snapshot.replicas.map(
            (replica) =>
              `${cli(replica, 'CONFIG SET maxmemory BYTES')}   # replicas first, or they are smaller than their master`,
          ),
          `${cli(id, 'CONFIG SET maxmemory BYTES')}   # then CONFIG REWRITE on each`,
          'Or remove data: keys without an expiry that nobody reads.',
        ],
      }
    }),
}
