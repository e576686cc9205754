import type { InspectExposure, InspectGroup, InspectNode, InspectReport } from '../../../contract/inspect.ts'
import { mayBeDead } from '../../../contract/for-people.ts'
import type { Line } from './text.ts'
import { glue, span } from './text.ts'
import { byteRange, bytes, duration, plural, rate } from './units.ts'

/** What a DBA reads first: who is master, whether the Sentinels agree, what would be lost. */
export function groupHead(report: InspectReport, group: InspectGroup): readonly Line[] {
  const master = report.nodes.find((node) => node.id === group.master)
  const lines: Line[] = [[span(group.name, 'strong'), span('  '), ...summary(group)]]
  if (group.masters.length > 1)
    lines.push([span(`  ! ${group.masters.length} nodes say that they are master: ${group.masters.join(', ')}`, 'bad')])
  if (!group.agreed) lines.push([span(`  ! THE SENTINELS DISAGREE about the master: ${beliefs(group)}`, 'bad')])
  if (group.exposure !== null) lines.push([span('  '), span(crashWords(group, group.exposure, master))])
  const writes = master === undefined ? '' : writeWords(master)
  if (writes !== '') lines.push([span('  '), span(writes, 'dim')])
  return lines
}

function summary(group: InspectGroup): Line {
  const master = group.master === null ? span('no master', 'bad') : span(`master ${group.master}`)
  const views = group.sentinelViews
  const reachable = views.filter((view) => view.reachable).length
  const words = [plural(group.replicas.length, 'replica')]
  if (views.length === 0 && group.sentinels.length === 0) words.push('no Sentinels')
  else {
    words.push(
      plural(group.sentinels.length, 'Sentinel') + (reachable < views.length ? ` (${reachable} reachable)` : ''),
    )
    if (group.agreed && reachable > 1) words.push('agreed')
    if (group.quorum !== null) words.push(`quorum ${group.quorum}`)
    if (group.knownSentinels > group.sentinels.length) words.push(`${group.knownSentinels} known to the Sentinels`)
  }
  return [master, span(`, ${words.join(', ')}`)]
}

function beliefs(group: InspectGroup): string {
  const by = new Map<string, number>()
  for (const view of group.sentinelViews)
    if (view.reachable) by.set(view.master ?? 'none', (by.get(view.master ?? 'none') ?? 0) + 1)
  return [...by].map(([master, total]) => `${total} say ${master}`).join(', ')
}

function crashWords(group: InspectGroup, exposure: InspectExposure, master: InspectNode | undefined): string {
  const { lossBytes, lossSeconds, promotes, reason } = exposure.masterCrash
  const seconds = lossSeconds === null ? '' : ` (${duration(lossSeconds)} of writes)`
  const loss =
    lossBytes === null
      ? 'the loss cannot be told'
      : lossBytes.high <= 0
        ? 'nothing lost'
        : `${byteRange(lossBytes)}${seconds} lost`
  const winner = promotes === null ? '' : `${promotes} takes over, `
  const name = group.master ?? 'the master'
  const opening = mayBeDead(master?.reachability)
    ? `${name} does not answer from here; if it is dead`
    : `If ${name} died now`
  return `${opening}: ${winner}${loss} (${reason})`
}

function writeWords(master: InspectNode): string {
  const replication = master.replication
  if (replication === null) return ''
  const parts: string[] = []
  const { writeBytesPerSecond: writes, peakWriteBytesPerSecond: peak, backlog } = replication
  if (writes !== null)
    parts.push(`writes ${rate(writes)}${peak === null || peak <= writes ? '' : `, peak ${rate(peak)}`}`)
  if (backlog.active === false) parts.push('no backlog')
  else if (backlog.sizeBytes !== null)
    parts.push(
      `backlog ${bytes(backlog.sizeBytes)}${writes === null || writes <= 0 ? '' : ` holds ${duration(Math.round(backlog.sizeBytes / writes))} of them`}`,
    )
  if (replication.minReplicasToWrite !== null && replication.minReplicasToWrite > 0)
    parts.push(
      `writes need ${plural(replication.minReplicasToWrite, 'good replica')}${replication.goodReplicas === null ? '' : `, ${replication.goodReplicas} there`}`,
    )
  return parts.map((part) => (part.length <= 40 ? glue(part) : part)).join(' · ')
}
