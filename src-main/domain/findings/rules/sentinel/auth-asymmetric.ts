import type { NodeSnapshot } from '../../../topology/model.ts'
import { cli, cliWithPassword, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, linkSubject } from '../../rule-facts.ts'
import { risingAuthErrors, risingPlainErrors } from './auth-errors.ts'

/** Stages that a replica which is not let in does not get beyond. */
const BEFORE_SYNC = new Set(['connect', 'connecting', 'handshake'])

/**
 * A replica that its upstream does not let in. `masterauth` and `requirepass` are secrets and never read: what is seen
 * is the link that stays down beside the refusals that the upstream counts.
 */
export const authAsymmetric: Rule = {
  code: 'auth-asymmetric',
  section: 'sentinel',
  severities: ['critical'],
  fires:
    'a node has masterauth while its upstream has no password, or the reverse: its link stays down while the upstream counts refusals (NOAUTH, WRONGPASS, or ERR for an AUTH that nobody asked for)',
  matters: 'AUTH fails, the link stays down, and the replica falls behind until it needs a full resync.',
  advice:
    'Set the same password on both sides: requirepass (or the ACL user) on the upstream, masterauth (masteruser) on the replica.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.links.flatMap((link): readonly Verdict[] => {
      const replica = context.snapshot.nodes.get(link.replica)
      const upstream = link.upstream === undefined ? undefined : context.snapshot.nodes.get(link.upstream)
      if (!isAnswering(replica) || !isAnswering(upstream) || upstream.reachability !== 'up') return []
      if (replica.info?.replication.masterLink !== 'down' || replica.info.replication.syncInProgress === true) return []
      const { roleReply } = replica
      if (roleReply?.role !== 'replica' || !BEFORE_SYNC.has(roleReply.state)) return []
      return refusals(context, replica, upstream, roleReply.state)
    }),
}

function refusals(
  context: RuleContext,
  replica: NodeSnapshot,
  upstream: NodeSnapshot,
  state: string,
): readonly Verdict[] {
  const denied = risingAuthErrors(context, upstream.id)
  // Only where we, too, are let in without a password is an AUTH surely what the ERR answers.
  const isOpen = upstream.access?.hasCredentials === false
  const unwanted = denied === undefined && isOpen ? risingPlainErrors(context, upstream.id) : undefined
  const errors = denied ?? unwanted
  if (errors === undefined) return []
  const isWanted = denied !== undefined
  const words = ['NOAUTH', 'WRONGPASS', 'ERR'].filter((word) => (word === 'ERR') !== isWanted)
  return [
    {
      kind: 'fires',
      subject: linkSubject(replica.id),
      severity: 'critical',
      title: isWanted
        ? `${replica.id} is not let in by ${upstream.id}: its masterauth is missing or wrong`
        : `${replica.id} is not let in by ${upstream.id}: it sends a password (masterauth) where none is set`,
      evidence: [
        evidence(context, replica.id, 'master_link_status', 'down'),
        evidence(context, replica.id, 'ROLE state', state),
        ...words
          .filter((word) => (upstream.info?.errors?.get(word) ?? 0) > 0)
          .map((word) => evidence(context, upstream.id, `errorstat_${word}`, upstream.info?.errors?.get(word))),
        evidence(context, upstream.id, `${words.join('+')} since the sample before`, errors.more),
      ],
      why: `The link stays down for as long as both sides do not agree on a password; ${replica.id} holds no new write, and may be elected all the same.`,
      remedy: isWanted
        ? [
            `${cliWithPassword(replica.id, 'CONFIG SET masterauth')} (with ACL users also masteruser)`,
            cli(replica.id, 'CONFIG REWRITE'),
          ]
        : [
            `Either the upstream shall want it: ${cliWithPassword(upstream.id, 'CONFIG SET requirepass')}`,
            `Or the replica shall not send it: ${cli(replica.id, "CONFIG SET masterauth ''")}`,
          ],
    },
  ]
}
