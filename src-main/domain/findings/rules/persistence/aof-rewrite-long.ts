import { describeBytes, describeSeconds } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer } from './disk.ts'

/** A rewrite that does not end, or writes that pile up before the file. */
export const aofRewriteLong: Rule = {
  code: 'aof-rewrite-long',
  section: 'persistence',
  severities: ['info', 'warning'],
  fires:
    'an AOF rewrite runs far longer than its predecessor; warning when bytes pile up in aof_buffer_length meanwhile.',
  matters: 'The disk is busy: fsyncs are late, memory is held by copy-on-write, and no other save can start.',
  advice: 'Look at the disk; keep other heavy work away until the rewrite has ended.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, ({ node, info }) => {
      const { aofRewriteInProgress, aofCurrentRewriteSeconds, aofLastRewriteSeconds, aofBufferBytes } = info.persistence
      if (aofRewriteInProgress !== true || aofCurrentRewriteSeconds === undefined) return undefined
      const { aofRewriteLongFactor, aofRewriteLongSeconds, aofBufferBytes: bufferLimit } = context.thresholds
      // a predecessor of a second or two is no measure
      const limit =
        aofLastRewriteSeconds === undefined
          ? aofRewriteLongSeconds
          : Math.max(60, aofRewriteLongFactor * aofLastRewriteSeconds)
      const isPiling = aofBufferBytes !== undefined && aofBufferBytes > bufferLimit
      if (aofCurrentRewriteSeconds <= limit && !isPiling) return undefined
      const { id } = node
      const before =
        aofLastRewriteSeconds === undefined ? '' : `, the one before took ${describeSeconds(aofLastRewriteSeconds)}`
      const buffer = isPiling ? `; ${describeBytes(aofBufferBytes)} wait to be written` : ''
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: isPiling ? 'warning' : 'info',
        title: `${id}: an AOF rewrite has run for ${describeSeconds(aofCurrentRewriteSeconds)}${before}${buffer}`,
        evidence: [
          evidence(context, id, 'aof_current_rewrite_time_sec', aofCurrentRewriteSeconds),
          evidence(context, id, 'aof_last_rewrite_time_sec', aofLastRewriteSeconds),
          evidence(context, id, 'aof_buffer_length', aofBufferBytes),
        ],
        why: isPiling
          ? 'Writes wait in memory for a disk that cannot take them: a crash of the process loses them.'
          : 'While it runs, copy-on-write holds memory, fsyncs compete for the disk and no RDB can be saved.',
        remedy: [
          `See how busy the disk of ${id} is (iostat -x 1), and what else writes to it.`,
          `${cli(id, 'INFO persistence')}   # aof_current_rewrite_time_sec and current_fork_perc tell whether it goes on`,
        ],
        knownSince: (node.sampledAt ?? context.snapshot.takenAt) - Math.max(0, aofCurrentRewriteSeconds - limit) * 1000,
      }
    }),
}
