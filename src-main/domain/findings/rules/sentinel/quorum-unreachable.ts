import type { NodeId } from '../../../address.ts'
import { counted } from '../../../text.ts'
import type { SentinelView } from '../../../topology/model.ts'
import { cli, type Rule } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { addressOf, flagsText, isIll, said, speakingViews, type SpeakingView } from './views.ts'

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
    const { name, views } = context.snapshot
    const speaking = speakingViews(context)
    const failing = speaking.filter((view) => view.quorumCheck?.isReachable === false)
    if (failing.length === 0) return []
    const reaching = speaking.filter((view) => view.quorumCheck?.isReachable === true)
    const missing = new Map(
      failing.flatMap((view) => (view.peers ?? []).filter(isIll).map((one) => [addressOf(one), one])),
    )
    const who = failing.map((view) => view.sentinel).join(', ')
    const lost = missing.size === 0 ? '' : `; missing: ${[...missing.keys()].join(', ')}`
    const isAnswering = (node: NodeId) => speaking.some((view) => view.sentinel === node)
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'critical',
        title: `${who}: no quorum for ${name}${shareWords(failing, reaching, views.length)}${lost}`,
        evidence: [
          ...failing.flatMap((view) => [
            said(view, 'SENTINEL CKQUORUM', view.quorumCheck?.text),
            said(view, 'num-other-sentinels', view.facts.otherSentinelTotal),
            said(view, 'quorum', view.facts.quorum),
            ...(view.peers ?? [])
              .filter(isIll)
              .map((peer) => said(view, `SENTINEL SENTINELS ${addressOf(peer)} flags`, flagsText(peer))),
          ]),
          ...views
            .filter((view) => !failing.some((one) => one.sentinel === view.sentinel))
            .map((view) => said(view, 'SENTINEL CKQUORUM', otherWords(view))),
        ],
        why:
          reaching.length === 0
            ? `A failover of ${name} needs the quorum to call the master down and the majority of all known Sentinels to elect a leader; Sentinels that are gone still count.`
            : `${who} can neither call the master of ${name} down nor vote with the others: it is parted from them. ${reaching.map((view) => view.sentinel).join(', ')} can still fail over; one Sentinel fewer may then be one too few.`,
        remedy: [
          ...[...missing].map(([address, { node }]) =>
            isAnswering(node)
              ? `${address} answers from here: see what parts it from ${who} (network, firewall, sentinel-pass)`
              : `Start the Sentinel ${address} again and see that its peers reach it`,
          ),
          ...failing.map((view) => cli(view.sentinel, `SENTINEL CKQUORUM ${name}`)),
          `Only for a Sentinel that is gone for good: SENTINEL RESET ${name} on one Sentinel at a time, at least 30 s apart, with the master reachable`,
        ],
      },
    ]
  },
}

/** ` (says 1 of 3 Sentinels; 2 reach it)`; nothing where all say the same. */
function shareWords(failing: readonly SpeakingView[], reaching: readonly SpeakingView[], total: number): string {
  if (failing.length === total) return ''
  const silent = total - failing.length - reaching.length
  const others = [
    ...(reaching.length === 0 ? [] : [`${reaching.length} ${reaching.length === 1 ? 'reaches' : 'reach'} it`]),
    ...(silent === 0 ? [] : [`of ${silent} it is not known`]),
  ]
  return ` (${failing.length === 1 ? 'says' : 'say'} ${failing.length} of ${counted(total, 'Sentinel')}; ${others.join(', ')})`
}

/** What a Sentinel says that is not among those that miss the quorum. */
function otherWords({ isReachable, quorumCheck }: SentinelView): string {
  if (!isReachable) return 'not reachable from here'
  return quorumCheck === undefined ? 'not known' : quorumCheck.text
}
