import { storedHistory } from '../../../resync/stored-history.ts'
import { configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { eachServer, isAofOn, isSyncing, savePointsOf } from './disk.ts'

/** A replica that persists nothing by itself. */
export const replicaPersistenceOff: Rule = {
  code: 'replica-persistence-off',
  section: 'persistence',
  severities: ['info'],
  fires: 'a replica without save points and without an AOF.',
  matters: 'Its restart is a full resync, unless an RDB that it received is still on its disk.',
  advice: 'Give it save points: an RDB lets a restarted replica go on where it stopped.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node, info } = server
      if (info.replication.role !== 'replica' || isSyncing(server) || isAofOn(server) !== false) return undefined
      const points = savePointsOf(server)
      if (points === undefined) return configNotPermitted(node, nodeSubject(node.id))
      if (points.length > 0) return undefined
      const { id } = node
      const hasFile = storedHistory(info, node.config, node.sampledAt ?? 0).hasRdb === true
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'info',
        title: `${id} persists nothing: ${hasFile ? 'only the RDB of an earlier sync or save may be on its disk' : 'its restart is a full resync'}`,
        evidence: [
          evidence(context, id, 'save', node.config?.get('save')),
          evidence(context, id, 'aof_enabled', info.persistence.aofEnabled),
          evidence(context, id, 'repl-diskless-load', node.config?.get('repl-diskless-load')),
          evidence(context, id, 'rdb-del-sync-files', node.config?.get('rdb-del-sync-files')),
        ],
        why: hasFile
          ? 'After a restart it can go on from that file as long as the backlog reaches back that far; otherwise it copies everything. Promoted, it would persist nothing as a master.'
          : 'A restart copies the whole dataset from its master. Promoted, it would persist nothing as a master, and its restart would empty the group.',
        remedy: [setConfig(id, 'save', '3600 1 300 100 60 10000'), keepConfig(node)],
      }
    }),
}
