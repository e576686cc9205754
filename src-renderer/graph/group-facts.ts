import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { severityOf } from '../stores/worst-group.ts'
import { formatByteRange, plural } from '../ui/format.ts'
import { toneOfSeverity, type StatusTone } from '../ui/status.ts'

/** What a collapsed group's card, and the title of an expanded one, show. */
export interface GroupFacts {
  readonly group: string
  readonly name: string
  readonly tone: StatusTone
  readonly master: string | null
  readonly size: string
  /** The worst byte lag in the group, or why there is none. */
  readonly lag: string
  readonly sentinels: string
  readonly loss: string
}

export function groupFacts(slice: GroupSlice): GroupFacts {
  const { group } = slice
  const gone = slice.nodes.filter((node) => node.reachability === 'unreachable' || node.reachability === 'hung').length
  const worst = slice.links.reduce<(typeof slice.links)[number] | null>(
    (most, link) => (link.byteLag && link.byteLag.high > (most?.byteLag?.high ?? -1) ? link : most),
    null,
  )
  const down = slice.links.filter((link) => link.state === 'down').length
  const severity = severityOf(slice.findings)
  const isBroken = group.master === null || !group.agreed || group.masters.length > 1
  const tone = isBroken ? 'crit' : severity === 'well' && gone + down > 0 ? 'warn' : toneOfSeverity(severity)
  const lag =
    down > 0 ? `${plural(down, 'link')} down` : worst ? `lag up to ${formatByteRange(worst.byteLag)}` : 'lag not known'
  const loss = group.exposure?.masterCrash.lossBytes ?? null
  const sentinels =
    group.sentinels.length === 0
      ? 'no Sentinels'
      : group.agreed
        ? `${plural(group.sentinels.length, 'Sentinel')} agree`
        : 'Sentinels disagree'
  const size = plural(group.replicas.length, 'replica')
  return {
    group: group.name,
    name: [`group ${group.name}`, `master ${group.master ?? 'not known'}`, size, lag, sentinels].join(', '),
    tone,
    master: group.master,
    size,
    lag,
    sentinels,
    loss: loss === null ? 'loss not known' : loss.high <= 0 ? 'nothing to lose' : `at risk ${formatByteRange(loss)}`,
  }
}
