import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { plural } from '../ui/format.ts'
import type { StatusTone } from '../ui/status.ts'
import { findingsOf } from './card-facts.ts'
import { REACHABILITY_WORDS } from './words.ts'

/** What a Sentinel's pill and its dotted line show. */
export interface SentinelFacts {
  readonly id: string
  readonly name: string
  readonly tone: StatusTone
  /** Node id that it believes master; null when it was never heard. */
  readonly believes: string | null
  /** It names another master than the one agreed on. */
  readonly isDissenter: boolean
  readonly isStale: boolean
  /** A few words below the address, where there is something to say. */
  readonly note: string | null
  readonly at: string | null
}

/** One sentence about all Sentinels of a group. */
export interface SentinelVerdict {
  readonly text: string
  readonly detail: string
  readonly tone: StatusTone
}

/** Sentinels of a group by node id. */
export function sentinelCards(slice: GroupSlice): ReadonlyMap<string, SentinelFacts> {
  const views = new Map(slice.group.sentinelViews.map((view) => [view.sentinel, view]))
  const cards = new Map<string, SentinelFacts>()
  for (const node of slice.nodes) {
    if (node.kind !== 'sentinel') continue
    const view = views.get(node.id)
    const believes = view?.master ?? null
    const isReachable = view?.reachable ?? node.reachability === 'up'
    const isDissenter =
      isReachable && believes !== null && slice.group.master !== null && believes !== slice.group.master
    const flags = (view?.flags ?? []).filter((flag) => flag !== 'master')
    const troubles = findingsOf(slice, node.id).filter((finding) => finding.severity !== 'info')
    const isGrave = troubles.some((finding) => finding.severity === 'critical')
    const notes = [
      ...(troubles.length === 0 ? [] : [`${isGrave ? '■' : '▲'} ${plural(troubles.length, 'finding')}`]),
      ...(isDissenter ? [`says ${believes}`] : []),
      ...(isReachable ? [] : [node.reachability === 'up' ? 'not reached' : shortReach(node.reachability)]),
      ...(view?.tilt === true ? ['TILT'] : []),
      ...flags.map((flag) => flag.replaceAll('_', ' ')),
    ]
    const isDown = flags.some((flag) => flag.includes('down'))
    cards.set(node.id, {
      id: node.id,
      name: [
        node.id,
        'Sentinel',
        isReachable ? 'up' : REACHABILITY_WORDS[node.reachability],
        believes === null ? 'believes no master known' : `believes ${believes} master`,
        ...(isDissenter ? ['against the others'] : []),
        ...(flags.length > 0 ? [`holds the master for ${flags.join(' ')}`] : []),
        ...(troubles.length === 0 ? [] : [plural(troubles.length, 'finding')]),
      ].join(', '),
      tone:
        isDissenter || isDown || isGrave
          ? 'crit'
          : !isReachable || view?.tilt === true || troubles.length > 0
            ? 'warn'
            : 'ok',
      believes,
      isDissenter,
      isStale: !isReachable,
      note: notes.length === 0 ? null : notes.join(' · '),
      at: view?.at ?? node.sampledAt,
    })
  }
  return cards
}

function shortReach(reachability: keyof typeof REACHABILITY_WORDS): string {
  return reachability === 'hung'
    ? 'hangs'
    : reachability === 'unreachable'
      ? 'not reached'
      : REACHABILITY_WORDS[reachability]
}

/** Agreement said in words: `3 of 3: 10.0.0.5:6379, epoch 12`. Null without Sentinels. */
export function sentinelVerdict(slice: GroupSlice): SentinelVerdict | null {
  const { group } = slice
  if (group.sentinels.length === 0) return null
  const heard = group.sentinelViews.filter((view) => view.reachable && view.master !== null)
  const known = Math.max(group.knownSentinels, group.sentinels.length)
  if (heard.length === 0)
    return { text: `none of ${known} heard`, detail: 'no Sentinel answers from here', tone: 'crit' }
  const votes = new Map<string, number>()
  for (const view of heard) if (view.master !== null) votes.set(view.master, (votes.get(view.master) ?? 0) + 1)
  const epochs = heard.map((view) => view.configEpoch).filter((epoch) => epoch !== null)
  const epoch = epochs.length === 0 ? '' : `epoch ${Math.max(...epochs)}`
  const quorum = group.quorum === null ? '' : `quorum ${group.quorum}`
  if (votes.size > 1) {
    const parts = [...votes].sort((a, b) => b[1] - a[1]).map(([master, count]) => `${count} say ${master}`)
    return { text: 'Sentinels disagree', detail: parts.join(' · '), tone: 'crit' }
  }
  const master = [...votes.keys()][0] ?? ''
  return {
    text: `${heard.length} of ${known}: ${master}`,
    detail: [epoch, quorum].filter((part) => part !== '').join(' · '),
    tone: heard.length === known ? 'ok' : heard.length * 2 > known ? 'warn' : 'crit',
  }
}
