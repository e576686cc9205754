import { configFlag } from '../../../replies/config-get.ts'
import { describeSeconds } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { eachServer, savePointsOf, serverNow, type Server } from './disk.ts'

/** The last background save failed. A failed SAVE or SHUTDOWN does not show here. */
export const rdbSaveFailed: Rule = {
  code: 'rdb-save-failed',
  section: 'persistence',
  severities: ['critical'],
  fires: 'rdb_last_bgsave_status is err.',
  matters:
    'With save points and stop-writes-on-bgsave-error yes, clients get MISCONF instead of writing, and Sentinel takes the answer to its PING for a dead master. Otherwise the copy on disk grows old unnoticed.',
  advice: 'Find the reason in the log (disk full, permission, fork refused), mend it, and save again.',
  holdForMs: 0,
  judge: (context) => eachServer(context, (server) => judge(context, server)),
}

function judge(context: RuleContext, server: Server): Verdict | undefined {
  const { node, info } = server
  const { persistence } = info
  if (persistence.lastBgsaveStatus !== 'err') return undefined
  const { id, config } = node
  const stops = config === undefined ? undefined : configFlag(config, 'stop-writes-on-bgsave-error')
  const points = savePointsOf(server)
  const blocks =
    points?.length === 0 || stops === false ? false : points === undefined || stops === undefined ? undefined : true
  const isMaster = info.replication.role === 'master'
  const now = serverNow(server)
  const age =
    persistence.lastSaveAt === undefined || now === undefined ? undefined : (now - persistence.lastSaveAt) / 1000
  const changes = persistence.changesSinceSave
  const lag =
    age === undefined
      ? ''
      : `; ${changes === undefined ? 'changes' : `${changes} changes`} since the last good save ${describeSeconds(Math.max(0, age))} ago`
  return {
    kind: 'fires',
    subject: nodeSubject(id),
    severity: 'critical',
    title: `${id}: the last background save failed${lag}`,
    evidence: [
      evidence(context, id, 'rdb_last_bgsave_status', 'err'),
      evidence(context, id, 'rdb_changes_since_last_save', changes),
      evidence(
        context,
        id,
        'rdb_last_save_time',
        persistence.lastSaveAt === undefined ? undefined : persistence.lastSaveAt / 1000,
      ),
      evidence(context, id, 'stop-writes-on-bgsave-error', config?.get('stop-writes-on-bgsave-error')),
    ],
    why: `${consequence(blocks, isMaster)} A restart would load the old file.`,
    remedy: [
      `See the log of ${id} for the reason: no space, no permission, or "Can't save in background: fork".`,
      `${cli(id, 'CONFIG GET dir')}   # the folder that must have space and be writable by the server's user`,
      'Where fork was refused: free memory, or set vm.overcommit_memory to 1 on that host.',
      `${cli(id, 'BGSAVE')}   # then rdb_last_bgsave_status must say ok`,
      ...(blocks === true && isMaster
        ? [
            `${cli(id, 'CONFIG SET stop-writes-on-bgsave-error no')}   # only to let writes through meanwhile; set it back to yes`,
          ]
        : []),
    ],
  }
}

function consequence(blocks: boolean | undefined, isMaster: boolean): string {
  if (blocks === false) return 'Saves fail and writes go on: nothing but this tells of it.'
  const whether = blocks === undefined ? 'If save points and stop-writes-on-bgsave-error are on, writes' : 'Writes'
  return isMaster
    ? `${whether} are refused with MISCONF now, and Sentinel sees its PING answered with an error: it may call the master down.`
    : `${whether} would be refused with MISCONF as soon as it is promoted.`
}
