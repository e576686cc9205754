import type { NodeId } from '../domain/address.ts'
import type { ExposureHeadline } from '../domain/failover/headline.ts'
import type { Exposure, Finding, NotJudged } from '../domain/findings/model.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'
import type { GroupSlice, InspectNode, InspectReport } from './inspect.ts'
import { toKnownTime, toNumber } from './plain.ts'
import { toInspectFinding, toInspectNotJudged } from './to-findings.ts'
import { toInspectGroup } from './to-group.ts'
import { toInspectLink } from './to-link.ts'
import { toInspectNode } from './to-node.ts'

/** One group with everything concluded from it: what a session holds, described here by its shape alone. */
export interface GroupLike {
  readonly revision: number
  readonly snapshot: GroupSnapshot
  readonly exposure: Exposure | undefined
  readonly headline?: ExposureHeadline | undefined
  /** In ranking order. */
  readonly electable: readonly NodeId[]
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
}

/** One group as the unit that travels: JSON values only, so it survives every transport unchanged. */
export function toGroupSlice(group: GroupLike): GroupSlice {
  return {
    revision: group.revision,
    takenAt: toKnownTime(group.snapshot.takenAt),
    group: toInspectGroup(group.snapshot, group.electable, group.exposure, group.headline),
    nodes: [...group.snapshot.nodes.values()].map(toInspectNode),
    links: group.snapshot.links.map(toInspectLink),
    findings: group.findings.map(toInspectFinding),
    notJudged: group.notJudged.map(toInspectNotJudged),
  }
}

/**
 * The whole picture: all groups at one moment.
 *
 * Groups keep the order given. A node that several groups know (a Sentinel, as a rule) is listed once, by its newest
 * sample; a finding or an unjudged rule about it is listed once too. `takenAt` is epoch ms, `tookMs` a duration.
 */
export function toInspectReport(groups: Iterable<GroupLike>, takenAt: number, tookMs: number): InspectReport {
  const slices = [...groups].map(toGroupSlice)
  return {
    schema: 'repliscope/inspect@1',
    takenAt: toKnownTime(takenAt),
    tookMs: toNumber(tookMs) ?? 0,
    groups: slices.map((slice) => slice.group),
    nodes: newestOfEach(slices.flatMap((slice) => slice.nodes)),
    links: slices.flatMap((slice) => slice.links),
    findings: firstOfEach(slices.flatMap((slice) => slice.findings)),
    notJudged: firstOfEach(slices.flatMap((slice) => slice.notJudged)),
  }
}

function newestOfEach(nodes: readonly InspectNode[]): InspectNode[] {
  const byId = new Map<NodeId, InspectNode>()
  for (const node of nodes) {
    const known = byId.get(node.id)
    // ISO-8601 UTC sorts as text; a node never sampled sorts first.
    if (known === undefined || (node.sampledAt ?? '') > (known.sampledAt ?? '')) byId.set(node.id, node)
  }
  return [...byId.values()]
}

function firstOfEach<T extends { readonly code: string; readonly subject: { kind: string; id: string } }>(
  items: readonly T[],
): T[] {
  const byKey = new Map<string, T>()
  for (const item of items) {
    const key = JSON.stringify([item.code, item.subject.kind, item.subject.id])
    if (!byKey.has(key)) byKey.set(key, item)
  }
  return [...byKey.values()]
}
