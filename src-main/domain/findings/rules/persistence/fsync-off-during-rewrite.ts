import { configFlag } from '../../../replies/config-get.ts'
import { describeSeconds } from '../../../units.ts'
import { configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule } from '../../rule.ts'
import { keepConfig, setConfig } from '../../rule-words.ts'
import { eachServer, isAofOn } from './disk.ts'

/** No fsync while a child process saves or rewrites. */
export const fsyncOffDuringRewrite: Rule = {
  code: 'fsync-off-during-rewrite',
  section: 'persistence',
  severities: ['warning'],
  fires: 'the AOF is on with no-appendfsync-on-rewrite yes.',
  matters: 'Durability pauses for the length of every rewrite and save, exactly when the disk is busy.',
  advice: 'Set no-appendfsync-on-rewrite no; if latency suffers, the disk is too slow.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node, info } = server
      if (isAofOn(server) !== true) return undefined
      const { id, config } = node
      if (config === undefined) return configNotPermitted(node, nodeSubject(id))
      // with appendfsync no there is no fsync to leave out
      if (configFlag(config, 'no-appendfsync-on-rewrite') !== true || config.get('appendfsync') === 'no')
        return undefined
      const { aofLastRewriteSeconds, lastBgsaveSeconds } = info.persistence
      const child = Math.max(aofLastRewriteSeconds ?? 0, lastBgsaveSeconds ?? 0)
      const length = child > 0 ? `, ${describeSeconds(child)} the last time` : ''
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: 'warning',
        title: `${id} does not fsync while it rewrites or saves${length}`,
        evidence: [
          evidence(context, id, 'no-appendfsync-on-rewrite', 'yes'),
          evidence(context, id, 'appendfsync', config.get('appendfsync')),
          evidence(context, id, 'aof_last_rewrite_time_sec', aofLastRewriteSeconds),
          evidence(context, id, 'rdb_last_bgsave_time_sec', lastBgsaveSeconds),
        ],
        why: `A loss of power during a rewrite, a save or a full sync of a replica takes everything since it began, not the second that appendfsync ${config.get('appendfsync') ?? 'everysec'} promises.`,
        remedy: [setConfig(id, 'no-appendfsync-on-rewrite', 'no'), keepConfig(node)],
      }
    }),
}
