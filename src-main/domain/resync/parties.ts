import type { NodeId } from '../address.ts'
import type { GroupSnapshot, LinkSnapshot, NodeSnapshot, ResyncVerdict } from '../topology/model.ts'
import type { ResyncParty } from './verdict.ts'

/** Assumed for a node whose round trip was not measured. */
const UNMEASURED_RTT_MS = 1000

/** A replid that no server has: a promotion draws a new one. */
const NEW_REPLID = 'drawn-at-promotion'

/** One side of a resync question. Undefined without INFO. */
export function toParty(node: NodeSnapshot | undefined): ResyncParty | undefined {
  if (node?.info === undefined || node.sampledAt === undefined) return undefined
  const sentAt = node.sampledAt - (node.rttMs ?? UNMEASURED_RTT_MS)
  return { info: node.info, config: node.config, sentAt, at: node.sampledAt }
}

/** What is known of it is old: it does not answer from here, or only a Sentinel told what it once said. */
export function isSilent(node: NodeSnapshot | undefined): boolean {
  return node?.observedThrough !== 'direct' || !(node.reachability === 'up' || node.reachability === 'loading')
}

/**
 * What a verdict is worth when one of its sides does not answer from here; the node that asks comes first. Nobody continues
 * for certain on the word of an old sample, and one that only a Sentinel passed on proves nothing at all.
 */
export function ofOldSamples(verdict: ResyncVerdict, sides: readonly (NodeSnapshot | undefined)[]): ResyncVerdict {
  const old = sides.find((node) => isSilent(node))
  if (old === undefined || verdict.verdict === 'unknown') return verdict
  const isHearsay = sides.some((node) => node?.observedThrough !== undefined && node.observedThrough !== 'direct')
  if (!isHearsay && verdict.verdict === 'full') return ofHungNode(verdict, sides[0])
  return {
    verdict: 'unknown',
    reason: isHearsay
      ? `${old.id} does not answer from here: only a Sentinel, or its master, tells what it said`
      : `${old.id} does not answer from here, and what was last heard of it is old`,
    decidedBy: 'row 15: age of the samples',
    sendBytes: undefined,
    atRiskBytes: verdict.atRiskBytes,
  }
}

/**
 * Of a process that hangs, what it last said it held is the least it holds: its socket may be full of stream that it reads
 * when it wakes, so that the backlog has moved past it is not certain. Measured: 4 MB and more wait in kernel buffers alone.
 */
export function ofHungNode(verdict: ResyncVerdict, asking: NodeSnapshot | undefined): ResyncVerdict {
  if (asking?.reachability !== 'hung' || !verdict.decidedBy.startsWith('row 13:')) return verdict
  return {
    verdict: 'unknown',
    reason: `${asking.id} does not answer from here, and its socket may hold what it lacks`,
    decidedBy: 'row 15: age of the samples',
    sendBytes: undefined,
    atRiskBytes: verdict.atRiskBytes,
  }
}

/**
 * The same node after it is promoted, or after it continued behind a promoted node: a new id, the old one as replid2 up
 * to where it stands, and its own backlog kept.
 */
export function promoted(party: ResyncParty): ResyncParty {
  const { replication } = party.info
  const offset = replication.offset ?? replication.appliedOffset
  const info = {
    ...party.info,
    replication: {
      ...replication,
      role: 'master' as const,
      masterLink: undefined,
      failoverState: 'no-failover',
      replid: replication.replid === undefined ? undefined : NEW_REPLID,
      replid2: replication.replid,
      secondOffset: offset === undefined ? undefined : offset + 1,
    },
  }
  return { ...party, info }
}

/** The link of one replica. */
export function linkOf(group: GroupSnapshot, replica: NodeId): LinkSnapshot | undefined {
  return group.links.find((link) => link.replica === replica)
}

/** The stream's write rate, as measured at the master. */
export function masterRate(group: GroupSnapshot): number | undefined {
  return group.master === undefined ? undefined : group.nodes.get(group.master)?.writeRate?.bytesPerSecond
}
