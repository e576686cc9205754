import { cli, evidence, type Rule } from '../../rule.ts'
import { answeringServers, nodeSubject } from '../../rule-facts.ts'
import { risen, samplesOf } from '../../past-facts.ts'

/** The stream failed on a replica. */
export const replicaApplyErrors: Rule = {
  code: 'replica-apply-errors',
  section: 'topology',
  severities: ['warning'],
  fires: 'unexpected_error_replies of a replica is above 0.',
  matters: 'A command that worked on the master failed here: the copies may differ.',
  advice: 'Find the cause in its log, then let it resynchronise fully.',
  holdForMs: 0,
  judge: (context) =>
    answeringServers(context).flatMap((node) => {
      const count = node.info?.stats.unexpectedErrorReplies
      if (node.info?.replication.role !== 'replica' || count === undefined || count <= 0) return []
      const rise = risen(samplesOf(context, node.id, 15 * 60), (sample) => sample.unexpectedErrorReplies)
      return [
        {
          kind: 'fires',
          subject: nodeSubject(node.id),
          severity: 'warning',
          title: `${node.id} could not apply ${count} ${count === 1 ? 'command' : 'commands'} of the stream${(rise ?? 0) > 0 ? `, ${rise} of them within 15 min` : ''}`,
          evidence: [
            evidence(context, node.id, 'unexpected_error_replies', count),
            ...(rise === undefined ? [] : [evidence(context, node.id, 'unexpected_error_replies (rise)', rise)]),
          ],
          why: 'What succeeded on the master failed here, so the two may differ; a promotion would make the difference permanent.',
          remedy: [
            `${cli(node.id, 'INFO errorstats')}   # and its log`,
            'compare a sample of keys with the master; a full resync makes them equal again',
          ],
        },
      ]
    }),
}
