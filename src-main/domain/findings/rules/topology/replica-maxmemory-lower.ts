import { describeBytes } from '../../../units.ts'
import { configBytes, configFlag } from '../../../replies/config-get.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule } from '../../rule.ts'
import { isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

/** A replica with less room than its master has. 0 is unlimited. */
export const replicaMaxmemoryLower: Rule = {
  code: 'replica-maxmemory-lower',
  section: 'topology',
  severities: ['warning'],
  fires: "A replica's maxmemory is lower than its master's (0 is unlimited).",
  matters: 'Promoted, it evicts or refuses writes. With replica-ignore-maxmemory no it diverges already.',
  advice: 'Give every node of the group the same maxmemory.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.role !== 'master') return []
    const limit = maxmemory(master)
    if (limit === undefined) return []
    return context.snapshot.replicas.flatMap((id) => {
      const node = context.snapshot.nodes.get(id)
      const own = isAnswering(node) ? maxmemory(node) : undefined
      if (!isAnswering(node) || own === undefined || own === 0 || (limit !== 0 && own >= limit)) return []
      const ignores = node.config === undefined ? undefined : configFlag(node.config, 'replica-ignore-maxmemory')
      const used = master.info?.memory.usedBytes
      return [
        {
          kind: 'fires',
          subject: nodeSubject(id),
          severity: 'warning',
          title: `${id} may use ${describeBytes(own)}, its master ${master.id} ${limit === 0 ? 'has no limit' : describeBytes(limit)}`,
          evidence: [
            evidence(context, id, 'maxmemory', own),
            evidence(context, master.id, 'maxmemory', limit),
            evidence(context, master.id, 'used_memory', used),
            evidence(context, id, 'replica-ignore-maxmemory', node.config?.get('replica-ignore-maxmemory')),
          ],
          why:
            ignores === false
              ? 'With replica-ignore-maxmemory no it evicts by itself now, and differs from its master.'
              : `Promoted, it ${used !== undefined && used > own ? 'evicts or refuses writes at once' : 'evicts or refuses writes earlier than the present master'}.`,
          remedy: [setConfig(id, 'maxmemory', limit), keepConfig(node)],
        },
      ]
    })
  },
}

function maxmemory(node: NodeSnapshot): number | undefined {
  return node.info?.memory.maxBytes ?? (node.config === undefined ? undefined : configBytes(node.config, 'maxmemory'))
}
