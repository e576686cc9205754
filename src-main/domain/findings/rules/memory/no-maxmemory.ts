import { hostOf } from '../../../address.ts'
import { describeBytes } from '../../../units.ts'
import { nodeSubject, oncePerPicture } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { eachServer } from '../persistence/disk.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

const MIB = 1024 * 1024

/** Nothing but the host's memory stops it from growing. */
export const noMaxmemory: Rule = {
  code: 'no-maxmemory',
  section: 'memory',
  severities: ['warning'],
  fires: 'maxmemory is 0 on a host whose memory is known.',
  matters: 'The kernel ends the process when memory is gone: a crash instead of an error.',
  advice: 'Set maxmemory to what the host can bear with room for a fork.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { maxBytes, totalSystemBytes, usedBytes } = info.memory
      if (maxBytes !== 0 || totalSystemBytes === undefined || totalSystemBytes === 0) return undefined
      const { id } = node
      const share = totalSystemBytes * context.thresholds.maxmemoryHostRatio
      const neighbours = serversByHost(context).get(hostOf(id)) ?? 1
      const advised = Math.floor(share / neighbours / MIB) * MIB
      const fits = usedBytes === undefined || usedBytes < advised
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id} has no memory limit on a host of ${describeBytes(totalSystemBytes)}`,
        evidence: [
          evidence(context, id, 'maxmemory', 0),
          evidence(context, id, 'total_system_memory', totalSystemBytes),
          evidence(context, id, 'used_memory', usedBytes),
        ],
        why: 'When memory is gone the kernel ends the process, and with it everything that is not on disk. With a limit clients get an error instead. A limit of its container, if there is one, cannot be seen from here.',
        remedy: fits
          ? [
              `${setConfig(id, 'maxmemory', advised)}   # ${describeBytes(advised)}: ${Math.round(context.thresholds.maxmemoryHostRatio * 100)} % of the host${neighbours > 1 ? ` over the ${neighbours} nodes of this group on it` : ''}; the rest is for forks, buffers and the system. The same on every node of the group`,
              keepConfig(node),
            ]
          : [
              `It uses ${describeBytes(usedBytes)}, more than the ${describeBytes(advised)} that leave room for a fork: move it to a larger host or remove data, then set maxmemory on every node of the group.`,
            ],
      }
    }),
}

const serversByHost = oncePerPicture(({ snapshot }): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { id, kind } of snapshot.nodes.values())
    if (kind === 'server') counts.set(hostOf(id), (counts.get(hostOf(id)) ?? 0) + 1)
  return counts
})
