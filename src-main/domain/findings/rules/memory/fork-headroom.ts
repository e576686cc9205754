import { describeBytes } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer } from '../persistence/disk.ts'

/** A fork would need more memory than the host has. */
export const forkHeadroom: Rule = {
  code: 'fork-headroom',
  section: 'memory',
  severities: ['warning'],
  fires:
    'used_memory_rss plus the expected copy-on-write (the last one, or the peak write rate over the length of the last save) exceeds total_system_memory.',
  matters: 'A save, a rewrite or a full sync of a replica forks: the kernel may end the process.',
  advice: 'Lower maxmemory or the dataset, spread nodes over hosts, save when it is quiet.',
  holdForMs: 0,
  swings: true,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { rssBytes, totalSystemBytes, usedBytes } = info.memory
      const { lastCowBytes, lastBgsaveSeconds, aofLastRewriteSeconds } = info.persistence
      if (rssBytes === undefined || totalSystemBytes === undefined || totalSystemBytes === 0) return undefined
      const peak = node.writeRate?.peakBytesPerSecond
      const length = Math.max(lastBgsaveSeconds ?? 0, aofLastRewriteSeconds ?? 0)
      const byRate = peak === undefined || length === 0 ? undefined : peak * length
      if (lastCowBytes === undefined && byRate === undefined) return undefined
      // no more than everything can be copied
      const cow = Math.min(Math.max(lastCowBytes ?? 0, byRate ?? 0), usedBytes ?? rssBytes)
      if (rssBytes + cow <= totalSystemBytes) return undefined
      const { id } = node
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id}: a fork may need ${describeBytes(rssBytes + cow)}, the host has ${describeBytes(totalSystemBytes)}`,
        evidence: [
          evidence(context, id, 'used_memory_rss', rssBytes),
          evidence(context, id, 'rdb_last_cow_size', lastCowBytes),
          evidence(context, id, 'rdb_last_bgsave_time_sec', lastBgsaveSeconds),
          evidence(context, id, 'total_system_memory', totalSystemBytes),
        ],
        why: 'Every save, AOF rewrite and full sync of a replica forks. If copy-on-write then needs more than there is, the kernel refuses the fork or ends the process.',
        remedy: [
          `${cli(id, 'INFO memory')}   # lower maxmemory or remove data until used_memory_rss leaves room`,
          `Keep other processes off the host of ${id}, or give it more memory.`,
          'vm.overcommit_memory 1 lets the fork begin, it does not give it memory.',
        ],
      }
    }),
}
