import { describeBytes } from '../../../units.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { cli, evidence, type Rule } from '../../rule.ts'
import { eachServer, isAofOn } from './disk.ts'

/** The append-only file cannot be made smaller. */
export const aofRewriteFailed: Rule = {
  code: 'aof-rewrite-failed',
  section: 'persistence',
  severities: ['warning', 'critical'],
  fires: 'aof_last_bgrewrite_status is err; critical when it failed repeatedly (aof_rewrites_consecutive_failures).',
  matters: 'The append-only file grows until the disk is full; on 7.0 and later each attempt adds a file.',
  advice: 'Find the reason in the log, mend it, and rewrite.',
  holdForMs: 0,
  judge: (context) =>
    eachServer(context, (server) => {
      const { node, info } = server
      const { aofLastRewriteStatus, aofRewritesConsecutiveFailures, aofCurrentBytes, aofBaseBytes } = info.persistence
      if (aofLastRewriteStatus !== 'err' || isAofOn(server) === false) return undefined
      const { id } = node
      const failures = aofRewritesConsecutiveFailures ?? 1
      const isRepeated = failures >= context.thresholds.aofRewriteFailures
      const size = aofCurrentBytes === undefined ? '' : `; the file has ${describeBytes(aofCurrentBytes)}`
      return {
        kind: 'fires',
        subject: nodeSubject(id),
        severity: isRepeated ? 'critical' : 'warning',
        title: `${id}: the last ${isRepeated ? `${failures} rewrites` : 'rewrite'} of its append-only file failed${size}`,
        evidence: [
          evidence(context, id, 'aof_last_bgrewrite_status', 'err'),
          evidence(context, id, 'aof_rewrites_consecutive_failures', aofRewritesConsecutiveFailures),
          evidence(context, id, 'aof_current_size', aofCurrentBytes),
          evidence(context, id, 'aof_base_size', aofBaseBytes),
        ],
        why: 'The file grows with every write until the disk is full; then writes are refused. Its length is also what a restart must replay.',
        remedy: [
          `See the log of ${id} for the reason: no space for a second copy, no permission, or fork refused.`,
          `${cli(id, 'CONFIG GET dir')}   # a rewrite needs room for the old and the new file`,
          `${cli(id, 'BGREWRITEAOF')}   # then aof_last_bgrewrite_status must say ok`,
        ],
      }
    }),
}
