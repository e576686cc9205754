import { describeSeconds } from '../../../units.ts'
import type { NodeId } from '../../../address.ts'
import type { SentinelInstance } from '../../../replies/reply-types.ts'
import type { Evidence } from '../../model.ts'
import type { Rule, RuleContext } from '../../rule.ts'
import { cli } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { addressOf, said, speakingViews, type SpeakingView } from './views.ts'

/** Why one entry of one Sentinel is a ghost. */
interface Ghost {
  readonly what: string
  readonly evidence: Evidence
}

/** Sentinels never forget: entries of what is gone stay until SENTINEL RESET. */
export const ghostEntries: Rule = {
  code: 'ghost-entries',
  section: 'sentinel',
  severities: ['warning'],
  fires:
    'a listed Sentinel has been down for more than 10 times down-after, a listed replica for a day, or one run id is listed twice',
  matters:
    'Sentinels that are gone still count towards the majority that a failover needs; dead replicas are never forgotten.',
  advice:
    'SENTINEL RESET on one Sentinel at a time, at least 30 s apart, while the master is reachable: it is blind for about 10 s.',
  holdForMs: 0,
  judge: (context) => {
    const { name, knownSentinels } = context.snapshot
    const views = speakingViews(context)
    const found = views
      .map((view) => ({ view, ghosts: ghostsOf(context, view) }))
      .filter((one) => one.ghosts.length > 0)
    if (found.length === 0) return []
    const names = [...new Set(found.flatMap((one) => one.ghosts.map((ghost) => ghost.what)))]
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${name}: entries of what is gone: ${names.join('; ')}`,
        evidence: found.flatMap((one) => one.ghosts.map((ghost) => ghost.evidence)),
        why: `${knownSentinels} Sentinels are known, so ${Math.floor(knownSentinels / 2) + 1} votes are needed for a failover, whether all of them live or not; a replica that is gone is tried again for ever.`,
        remedy: [
          `First see that the master answers and that nobody is failing over; then one Sentinel at a time, at least 30 s apart:`,
          ...found.map((one) => cli(one.view.sentinel, `SENTINEL RESET ${name}`)),
          ...found
            .slice(0, 1)
            .map((one) => `${cli(one.view.sentinel, `SENTINEL CKQUORUM ${name}`)} (before the next one)`),
        ],
      },
    ]
  },
}

function ghostsOf(context: RuleContext, view: SpeakingView): readonly Ghost[] {
  const { ghostSentinelDownAfterFactor: factor, ghostReplicaDownSeconds } = context.thresholds
  const downAfterMs = view.facts.downAfterMs
  const peers = (view.peers ?? []).filter(
    (peer) => downAfterMs !== undefined && (peer.sDownMs ?? 0) > factor * downAfterMs,
  )
  const replicas = (view.replicas ?? []).filter((one) => (one.sDownMs ?? 0) >= ghostReplicaDownSeconds * 1000)
  const gone = (kind: string, one: SentinelInstance & { readonly node: NodeId }): Ghost => ({
    what: `${kind} ${addressOf(one)} (down for ${describeSeconds((one.sDownMs ?? 0) / 1000)})`,
    evidence: said(view, `${addressOf(one)} s-down-time`, one.sDownMs),
  })
  return [
    ...peers.map((peer) => gone('Sentinel', peer)),
    ...replicas.map((replica) => gone('replica', replica)),
    ...doubles('Sentinel', view, view.peers ?? [], view.sentinelId),
    ...doubles('replica', view, view.replicas ?? [], undefined),
  ]
}

/** One run id under two addresses: a node that moved, or a copied image. */
function doubles(
  kind: string,
  view: SpeakingView,
  entries: readonly (SentinelInstance & { readonly node: NodeId })[],
  own: string | undefined,
): readonly Ghost[] {
  return entries.flatMap((entry, index): readonly Ghost[] => {
    const { runId } = entry
    if (runId === undefined) return []
    const other = entries.slice(0, index).find((one) => one.runId === runId)
    if (other === undefined && runId !== own) return []
    const twin = other === undefined ? view.sentinel : addressOf(other)
    return [
      {
        what: `${kind} ${addressOf(entry)} and ${twin} have one run id`,
        evidence: said(view, `${addressOf(entry)} runid`, runId),
      },
    ]
  })
}
