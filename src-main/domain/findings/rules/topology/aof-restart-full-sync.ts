import { configFlag } from '../../../replies/config-get.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule } from '../../rule.ts'
import { answeringServers, groupSubject } from '../../rule-facts.ts'
import { listed } from '../../rule-words.ts'

/** Loading an AOF drops the replication identity. One finding a group: it is a matter of planning. */
export const aofRestartFullSync: Rule = {
  code: 'aof-restart-full-sync',
  section: 'topology',
  severities: ['info'],
  fires: 'Data nodes of a group with replicas have AOF on.',
  matters:
    'Their next restart ends in a full resync, whatever the backlog holds: loading an AOF drops the replication identity.',
  advice: 'Restart one node at a time, and wait until it is online.',
  holdForMs: 0,
  judge: (context) => {
    if (context.snapshot.replicas.length === 0) return []
    const nodes = answeringServers(context).filter(isAofOn)
    if (nodes.length === 0) return []
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'info',
        title: `A restart of ${listed(nodes.map((node) => node.id))} ends in a full resync: AOF is on`,
        evidence: nodes.map((node) => evidence(context, node.id, 'aof_enabled', 1)),
        why: 'A server that loads an AOF forgets its replid and offset, in every version: a replica asks for everything, and a restarted master draws a new id.',
        remedy: [
          'plan restarts one at a time: the next node only when the one before is online and aof_rewrite_in_progress is 0',
          'see that the master has the memory for a fork and that the output-buffer limits carry a full sync',
        ],
      },
    ]
  },
}

/** A replica switches its AOF off for a full sync, so the setting counts beside the state. */
function isAofOn(node: NodeSnapshot): boolean {
  if (node.info?.persistence.aofEnabled === true) return true
  return node.config !== undefined && configFlag(node.config, 'appendonly') === true
}
