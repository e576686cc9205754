import { isEnabled, minReplicasOf } from '../../../failover/min-replicas.ts'
import type { LinkSnapshot, NodeSnapshot } from '../../../topology/model.ts'
import { evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, nodeSubject } from '../../rule-facts.ts'
import { setConfig } from '../../rule-words.ts'

/** Clients get NOREPLICAS. */
export const writesBlocked: Rule = {
  code: 'writes-blocked',
  section: 'guards',
  severities: ['critical'],
  fires: 'On a master min_slaves_good_slaves is lower than min-replicas-to-write.',
  matters: 'Every write is refused with NOREPLICAS; reads go on.',
  advice: 'Bring the missing replica back; in an emergency lower min-replicas-to-write.',
  holdForMs: 0,
  judge: (context) =>
    context.snapshot.masters.flatMap((id): readonly Verdict[] => {
      const master = context.snapshot.nodes.get(id)
      if (!isAnswering(master) || master.info?.replication.role !== 'master') return []
      // a master that loads answers LOADING to everything
      if (master.info.persistence.loading === true) return []
      const good = master.info.replication.goodReplicas
      if (good === undefined) return []
      const guard = minReplicasOf(master.config)
      // printed only where the guard is on, which then requires one at least
      if (guard === undefined && good > 0)
        return [
          {
            kind: 'not-judged',
            subject: nodeSubject(id),
            reason: `${id} has ${good} good replicas; how many it requires is not known: CONFIG GET not permitted or not answered`,
          },
        ]
      if (guard !== undefined && (!isEnabled(guard) || good >= guard.required)) return []
      return [blocked(context, master, good, guard?.required)]
    }),
}

function blocked(context: RuleContext, master: NodeSnapshot, good: number, required: number | undefined): Verdict {
  const maxLag = minReplicasOf(master.config)?.maxLagSeconds
  const missing = context.snapshot.links
    .filter((link) => link.upstream === master.id || link.upstream === undefined)
    .flatMap((link) => reason(link, maxLag) ?? [])
  const refused = master.info?.errors?.get('NOREPLICAS')
  return {
    kind: 'fires',
    subject: nodeSubject(master.id),
    severity: 'critical',
    title: `${master.id} refuses writes: ${good} good ${good === 1 ? 'replica' : 'replicas'}, ${required ?? 'at least 1'} required${missing.length === 0 ? '' : `; ${missing[0]}`}`,
    evidence: [
      evidence(context, master.id, 'min_slaves_good_slaves', good),
      evidence(context, master.id, 'min-replicas-to-write', required),
      evidence(context, master.id, 'min-replicas-max-lag', maxLag),
      evidence(context, master.id, 'connected_slaves', master.info?.replication.connectedReplicas),
      ...(refused === undefined ? [] : [evidence(context, master.id, 'errorstat_NOREPLICAS count', refused)]),
    ],
    why: `Clients get NOREPLICAS now. ${missing.length === 0 ? 'Which replica is missing cannot be seen from here.' : `${missing.join('; ')}.`}`,
    remedy: [
      'bring the missing replica back',
      `in an emergency, giving up the guard: ${setConfig(master.id, 'min-replicas-to-write', good)}   # set it back afterwards`,
    ],
  }
}

/** Why a replica does not count; undefined when it does. */
function reason(link: LinkSnapshot, maxLag: number | undefined): string | undefined {
  if (link.state === 'online' && link.ackAgeSeconds !== undefined)
    return maxLag !== undefined && link.ackAgeSeconds > maxLag
      ? `${link.replica} has not acknowledged for ${link.ackAgeSeconds} s (limit ${maxLag} s)`
      : undefined
  if (link.state === 'online') return undefined
  const words = {
    down: 'is not attached',
    connecting: 'is connecting',
    'full-sync': 'synchronises fully',
    loading: 'loads',
  }
  return `${link.replica} ${link.state === 'unknown' ? 'is not seen' : words[link.state]}`
}
