import { groupSubject, isAnswering, masterOf } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { keepConfig, listed, setConfig } from '../../rule-words.ts'
import { isAofOn } from './disk.ts'

/** The master promises more than its successor keeps. */
export const durabilityOverstated: Rule = {
  code: 'durability-overstated',
  section: 'persistence',
  severities: ['info'],
  fires: 'appendfsync always on the master, but a weaker setting or no AOF on a replica that could be promoted.',
  matters: 'What is durable on this master is not durable after a failover.',
  advice: 'Give electable replicas the same persistence, or priority 0.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    if (!isAnswering(master) || master.info === undefined || master.config?.get('appendfsync') !== 'always') return []
    if (isAofOn({ node: master, info: master.info }) !== true) return []
    const weaker = context.forecast.ranking.flatMap(({ node: id, isEligible }) => {
      const node = context.snapshot.nodes.get(id)
      if (!isEligible || !isAnswering(node) || node.info === undefined) return []
      const aof = isAofOn({ node, info: node.info })
      const fsync = node.config?.get('appendfsync')
      if (aof === false) return [{ node, says: 'no AOF', fsync }]
      return aof === true && fsync !== undefined && fsync !== 'always'
        ? [{ node, says: `appendfsync ${fsync}`, fsync }]
        : []
    })
    if (weaker.length === 0) return []
    const names = listed(weaker.map(({ node, says }) => `${node.id} (${says})`))
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'info',
        title: `${master.id} fsyncs every write, but after a failover ${names} would not`,
        evidence: [
          evidence(context, master.id, 'appendfsync', 'always'),
          ...weaker.flatMap(({ node, fsync }) => [
            evidence(context, node.id, 'aof_enabled', node.info?.persistence.aofEnabled),
            evidence(context, node.id, 'appendfsync', fsync),
          ]),
        ],
        why: 'Replication is asynchronous as well: an fsync on the master says nothing of the node that is promoted.',
        remedy: weaker.flatMap(({ node, says }) =>
          says === 'no AOF'
            ? [
                setConfig(node.id, 'appendonly', 'yes'),
                `wait on ${node.id} for aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok`,
                setConfig(node.id, 'appendfsync', 'always'),
                keepConfig(node),
              ]
            : [setConfig(node.id, 'appendfsync', 'always'), keepConfig(node)],
        ),
      },
    ]
  },
}
