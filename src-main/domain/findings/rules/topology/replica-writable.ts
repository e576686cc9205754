import { evidence, type Rule } from '../../rule.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'

/** A replica that takes writes of its own. */
export const replicaWritable: Rule = {
  code: 'replica-writable',
  section: 'topology',
  severities: ['warning'],
  fires: 'A replica says slave_read_only:0.',
  matters: 'Local writes diverge, are lost at the next full resync, and their keys expire on a clock of their own.',
  advice: 'CONFIG SET replica-read-only yes.',
  holdForMs: 0,
  judge: (context) =>
    answeringServers(context).flatMap((node) => {
      const replication = node.info?.replication
      if (replication?.role !== 'replica' || replication.readOnly !== false) return []
      const tracked = node.info?.stats.slaveExpiresTrackedKeys
      return [
        {
          kind: 'fires',
          subject: nodeSubject(node.id),
          severity: 'warning',
          title: `${node.id} is a replica that takes writes of its own${(tracked ?? 0) > 0 ? ` and has ${tracked} expiring keys of its own` : ''}`,
          evidence: [
            evidence(context, node.id, 'slave_read_only', 0),
            evidence(context, node.id, 'slave_expires_tracked_keys', tracked),
          ],
          why: 'What is written there never reaches the master, makes this copy differ, and is gone at its next full resync.',
          remedy: [setConfig(node.id, 'replica-read-only', 'yes'), keepConfig(node)],
        },
      ]
    }),
}
