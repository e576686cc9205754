import { cli, evidence, type Rule } from '../../rule.ts'
import { answeringServers, groupSubject } from '../../rule-facts.ts'
import { flagsText, said, speakingViews } from './views.ts'

/** A failover is under way, by Sentinel or by the FAILOVER command. */
export const failoverInProgress: Rule = {
  code: 'failover-in-progress',
  section: 'sentinel',
  severities: ['info'],
  fires: 'a Sentinel shows failover_in_progress, or a server’s master_failover_state is not no-failover',
  matters: 'Roles change now: wait before anything else is done to the group.',
  advice: 'Wait for it to end (at most failover-timeout) before acting.',
  holdForMs: 0,
  judge: (context) => {
    const { name } = context.snapshot
    const leaders = speakingViews(context).filter(
      (view) => view.facts.flags.has('failover_in_progress') || view.facts.failoverState !== undefined,
    )
    const servers = answeringServers(context).filter((node) => {
      const state = node.info?.replication.failoverState
      return state !== undefined && state !== 'no-failover'
    })
    if (leaders.length === 0 && servers.length === 0) return []
    const states = [
      ...leaders.map((view) => `${view.sentinel}: ${view.facts.failoverState ?? 'failover_in_progress'}`),
      ...servers.map((node) => `${node.id}: ${node.info?.replication.failoverState ?? ''}`),
    ]
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'info',
        title: `${name}: a failover is under way (${states.join('; ')})`,
        evidence: [
          ...leaders.flatMap((view) => [
            said(view, 'SENTINEL MASTERS flags', flagsText(view.facts)),
            said(view, 'failover-state', view.facts.failoverState),
          ]),
          ...servers.map((node) =>
            evidence(context, node.id, 'master_failover_state', node.info?.replication.failoverState),
          ),
        ],
        why: 'Until it ends two nodes may say master for some seconds, and replicas lose and find their links: that is how it works.',
        remedy: [
          'Change nothing until it has ended',
          ...leaders.slice(0, 1).map((view) => cli(view.sentinel, `SENTINEL MASTER ${name}`)),
        ],
      },
    ]
  },
}
