import { cli, type Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { addressOf, flagsText, isIll, said, speakingViews } from './views.ts'

/** CKQUORUM fails on some Sentinel. */
export const quorumUnreachable: Rule = {
  code: 'quorum-unreachable',
  section: 'sentinel',
  severities: ['critical'],
  fires: 'SENTINEL CKQUORUM answers NOQUORUM on a Sentinel',
  matters: 'Without the quorum nobody declares the master down; without the majority nobody may promote a replica.',
  advice:
    'Bring the missing Sentinels back. Those that are gone for good count towards the majority until SENTINEL RESET.',
  holdForMs: 0,
  judge: (context) => {
    const { name } = context.snapshot
    const failing = speakingViews(context).filter((view) => view.quorumCheck?.isReachable === false)
    if (failing.length === 0) return []
    const missing = new Set(failing.flatMap((view) => (view.peers ?? []).filter(isIll).map(addressOf)))
    const who = failing.map((view) => view.sentinel).join(', ')
    const lost = missing.size === 0 ? '' : `; missing: ${[...missing].join(', ')}`
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'critical',
        title: `${who}: no quorum for ${name}${lost}`,
        evidence: failing.flatMap((view) => [
          said(view, 'SENTINEL CKQUORUM', view.quorumCheck?.text),
          said(view, 'num-other-sentinels', view.facts.otherSentinelTotal),
          said(view, 'quorum', view.facts.quorum),
          ...(view.peers ?? [])
            .filter(isIll)
            .map((peer) => said(view, `SENTINEL SENTINELS ${addressOf(peer)} flags`, flagsText(peer))),
        ]),
        why: `A failover of ${name} needs the quorum to call the master down and the majority of all known Sentinels to elect a leader; Sentinels that are gone still count.`,
        remedy: [
          ...[...missing].map((address) => `Start the Sentinel ${address} again and see that its peers reach it`),
          ...failing.map((view) => cli(view.sentinel, `SENTINEL CKQUORUM ${name}`)),
          `Only for a Sentinel that is gone for good: SENTINEL RESET ${name} on one Sentinel at a time, at least 30 s apart, with the master reachable`,
        ],
      },
    ]
  },
}
