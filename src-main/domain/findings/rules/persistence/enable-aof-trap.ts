import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer, isSyncing } from './disk.ts'

/** The file says appendonly yes, the running server has no AOF: the next start loads nothing. */
export const enableAofTrap: Rule = {
  code: 'enable-aof-trap',
  section: 'persistence',
  severities: ['critical'],
  fires: 'the configuration file says appendonly yes while the running server has no AOF (not while a replica syncs).',
  matters: 'With appendonly yes a start ignores the RDB: without an AOF on disk it loads an empty dataset.',
  advice: 'CONFIG SET appendonly yes on the running server, wait for the first AOF, only then CONFIG REWRITE.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node, info } = server
      const { id, config } = node
      const path = info.server.configFile
      if (info.persistence.aofEnabled !== false || info.persistence.loading === true || isSyncing(server))
        return undefined
      if (config?.get('appendonly') === 'yes' || path === undefined || path === '') return undefined
      const file = context.configFiles?.get(id)
      if (file === undefined)
        return { kind: 'not-judged', subject: nodeSubject(id), reason: `${path} of ${id} cannot be read from here` }
      if (file.get('appendonly') !== 'yes') return undefined
      const isMaster = info.replication.role === 'master'
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'critical',
        title: `${id} would start empty: ${path} says appendonly yes, but it has no append-only file`,
        evidence: [
          evidence(context, id, 'aof_enabled', false),
          evidence(context, id, 'appendonly', config?.get('appendonly')),
          { node: id, field: 'appendonly in the file', value: 'yes', at: node.sampledAt },
          evidence(context, id, 'config_file', path),
        ],
        why: `Its next start ignores dump.rdb and loads nothing${isMaster ? ', and its replicas copy the emptiness' : ''}; the save after it overwrites the good RDB.`,
        remedy: [
          `Do not restart ${id} before this is done.`,
          cli(id, 'CONFIG SET appendonly yes'),
          `${cli(id, 'INFO persistence')}   # wait for aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok`,
          cli(id, 'CONFIG REWRITE'),
        ],
      }
    }),
}
