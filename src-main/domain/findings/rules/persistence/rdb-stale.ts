import { describeSeconds } from '../../../units.ts'
import { configNotPermitted, nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { eachServer, isAofOn, savePointsOf, serverNow, type Server } from './disk.ts'

/** A save is overdue by the server's own save points, and nothing else persists. */
export const rdbStale: Rule = {
  code: 'rdb-stale',
  section: 'persistence',
  severities: ['warning'],
  fires: 'the AOF is off and for some save point (s, n) at least n changes are older than twice s seconds.',
  matters: 'Without an append-only file a crash loses everything since the last save.',
  advice: 'Find out why saves are late or take long; switch the append-only file on where that loss is too much.',
  holdForMs: 0,
  judge: (context) => eachServer(context, (server) => judge(context, server)),
}

function judge(context: RuleContext, server: Server): Verdict | undefined {
  const { node, info } = server
  const { changesSinceSave, lastSaveAt, bgsaveInProgress, loading } = info.persistence
  const now = serverNow(server)
  if (isAofOn(server) !== false || loading === true) return undefined
  if (changesSinceSave === undefined || changesSinceSave === 0 || lastSaveAt === undefined || now === undefined)
    return undefined
  const points = savePointsOf(server)
  if (points === undefined) return configNotPermitted(node, nodeSubject(node.id))
  const factor = context.thresholds.rdbStaleFactor
  const age = (now - lastSaveAt) / 1000
  const overdue = points
    .filter((point) => changesSinceSave >= point.changes && age > factor * point.seconds)
    .sort((a, b) => a.seconds - b.seconds)[0]
  if (overdue === undefined) return undefined
  const { id } = node
  return {
    kind: 'fires',
    subject: nodeSubject(id),
    severity: 'warning',
    title: `${id}: ${changesSinceSave} changes in ${describeSeconds(age)} are not saved, though it should save after ${describeSeconds(overdue.seconds)} with ${overdue.changes}`,
    evidence: [
      evidence(context, id, 'rdb_changes_since_last_save', changesSinceSave),
      evidence(context, id, 'rdb_last_save_time', lastSaveAt / 1000),
      evidence(context, id, 'rdb_bgsave_in_progress', bgsaveInProgress),
      evidence(context, id, 'aof_enabled', false),
      evidence(context, id, 'save', node.config?.get('save')),
    ],
    why: `The RDB is all that it persists: a crash of ${id} now loses ${changesSinceSave} changes of the last ${describeSeconds(age)}.`,
    remedy: [
      bgsaveInProgress === true
        ? `A save is running (${describeSeconds(info.persistence.currentBgsaveSeconds ?? 0)} so far): saves take longer than the save points assume.`
        : `${cli(id, 'BGSAVE')}   # and see in the log why the automatic one did not come`,
      `${cli(id, 'CONFIG SET appendonly yes')}   # to lose at most a second: wait for aof_rewrite_in_progress:0 and aof_last_bgrewrite_status:ok`,
      `${cli(id, 'CONFIG REWRITE')}   # only then: with appendonly yes in the file and no AOF on disk the next start is empty`,
    ],
    knownSince: Math.min(
      context.snapshot.takenAt,
      (node.sampledAt ?? context.snapshot.takenAt) - (age - factor * overdue.seconds) * 1000,
    ),
  }
}
