import { describeSeconds } from '../../../units.ts'
import type { GroupEvent } from '../../../topology/model.ts'
import type { Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { isFailingOver, speakingViews } from './views.ts'

/** Roles changed a short while ago. */
export const recentFailover: Rule = {
  code: 'recent-failover',
  section: 'sentinel',
  severities: ['info'],
  fires: 'the master changed within the last 15 minutes',
  matters:
    'Caches, clients and replicas may still settle; after a failed attempt the next one waits twice failover-timeout.',
  advice: 'Look at who resynced and what was lost before the next change.',
  holdForMs: 0,
  judge: (context) => {
    const { snapshot, past, thresholds } = context
    const last = past.events.findLast(isRoleChange)
    if (last === undefined || isFailingOver(context)) return []
    const ageMs = snapshot.takenAt - last.at
    if (ageMs < 0 || ageMs > thresholds.recentFailoverSeconds * 1000) return []
    const timeoutMs = Math.max(0, ...speakingViews(context).map((view) => view.facts.failoverTimeoutMs ?? 0))
    const where = snapshot.master ?? snapshot.name
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'info',
        title: `${where} became the master ${describeSeconds(ageMs / 1000)} ago`,
        evidence: [{ node: last.node ?? where, field: last.what, value: last.detail, at: last.at }],
        why: `Replicas that could not continue are resyncing, and what the old master had not sent is gone.${timeoutMs === 0 ? '' : ` An attempt that fails is repeated only ${describeSeconds((2 * timeoutMs) / 1000)} after it began.`}`,
        remedy: ['See that every replica is online again and that the old master came back as a replica'],
        knownSince: last.at,
      },
    ]
  },
}

/** Sentinel's own news, or the change that was seen from here. */
function isRoleChange(event: GroupEvent): boolean {
  if (event.kind === 'sentinel') return event.what === '+switch-master'
  return event.kind === 'role' && event.what.endsWith('-> master')
}
