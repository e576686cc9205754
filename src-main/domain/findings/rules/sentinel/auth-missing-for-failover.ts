import { cli, cliWithPassword, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { groupSubject, isAnswering, masterOf, nodeSubject } from '../../rule-facts.ts'
import { risingAuthErrors } from './auth-errors.ts'
import { flagsText, said, speakingViews, type SpeakingView } from './views.ts'

/** A failover would fail at a password. */
export const authMissingForFailover: Rule = {
  code: 'auth-missing-for-failover',
  section: 'sentinel',
  severities: ['critical'],
  fires:
    'Sentinel cannot authenticate: it calls an answering master down or has no connection to it, while the master counts NOAUTH or WRONGPASS. (masterauth is a secret and not read: that the present master could follow another one is never judged)',
  matters: 'Sentinel is about to call a living master down, and cannot command the promoted one.',
  advice:
    'SENTINEL SET auth-user and auth-pass on every Sentinel; the same masterauth (masteruser) on every node, the master too.',
  holdForMs: 0,
  judge: (context) => {
    const master = masterOf(context)
    const views = speakingViews(context)
    if (!isAnswering(master) || views.length === 0) return []
    const errors = risingAuthErrors(context, master.id)
    const locked = views.filter((view) => view.master === master.id && isLocked(context, view))
    if (errors === undefined || locked.length === 0) return unseen(context, master.id)
    const { name } = context.snapshot
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'critical',
        title: `${master.id} does not let ${locked.map((view) => view.sentinel).join(', ')} in: Sentinel’s password is missing or wrong`,
        evidence: [
          ...locked.flatMap((view) => [
            said(view, 'SENTINEL MASTERS flags', flagsText(view.facts)),
            said(view, 'last-ok-ping-reply', view.facts.lastOkPingReplyMs),
          ]),
          evidence(context, master.id, 'errorstat_NOAUTH+errorstat_WRONGPASS', errors.total),
        ],
        why: 'A Sentinel that is refused calls the living master down, and neither it nor the promoted replica would take its commands.',
        remedy: [
          ...speakingViews(context).map((view) => cliWithPassword(view.sentinel, `SENTINEL SET ${name} auth-pass`)),
          `With ACL users before it: SENTINEL SET ${name} auth-user USER`,
        ],
      },
    ]
  },
}

function isLocked(context: RuleContext, view: SpeakingView): boolean {
  const { flags, lastOkPingReplyMs, lastPingReplyMs } = view.facts
  if (flags.has('disconnected') || flags.has('s_down')) return true
  if (lastOkPingReplyMs === undefined || lastPingReplyMs === undefined) return false
  return lastOkPingReplyMs - lastPingReplyMs > context.thresholds.blindPingMs
}

/** Where passwords are in use, whether the master has one for the day when it must follow another node stays unseen. */
function unseen(context: RuleContext, master: string): readonly Verdict[] {
  if (context.snapshot.nodes.get(master)?.access?.hasCredentials !== true) return []
  const reason = `whether ${master} has a masterauth for the time after a failover is a secret and not read: ${cli(master, 'CONFIG GET masterauth')} must not be empty`
  return [{ kind: 'not-judged', subject: nodeSubject(master), reason }]
}
