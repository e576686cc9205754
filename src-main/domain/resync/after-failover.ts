import type { NodeId } from '../address.ts'
import type { GroupSnapshot, ResyncVerdict } from '../topology/model.ts'
import { linkOf, masterRate, ofOldSamples, promoted, toParty } from './parties.ts'
import { resyncVerdict } from './verdict.ts'

/** One surviving replica's resync once another node is the master. */
export interface AfterFailover {
  readonly node: NodeId
  readonly resync: ResyncVerdict
}

/**
 * What every other replica gets when one of `winners` is promoted. Direct replicas are re-pointed to it and asked by ITS
 * backlog; a chained one stays where it is and shares the fate of its upstream. With several possible winners a verdict
 * stands only where they agree. Ordered as `group.replicas`; a sole winner is not listed. `contenders` compete with the
 * winners by offset alone: whoever wins is then the most advanced of them, whatever samples taken apart show now.
 */
export function afterFailover(
  group: GroupSnapshot,
  winners: readonly NodeId[],
  contenders: readonly NodeId[] = winners,
): readonly AfterFailover[] {
  return group.replicas
    .filter((node) => winners.some((winner) => winner !== node))
    .map((node) => {
      const each = winners
        .filter((winner) => winner !== node)
        .map((winner) => ({ winner, resync: survivorVerdict({ group, contenders, winner }, node, 0) }))
      return { node, resync: agreed(each) }
    })
}

interface Election {
  readonly group: GroupSnapshot
  readonly contenders: readonly NodeId[]
  readonly winner: NodeId
}

function survivorVerdict(election: Election, node: NodeId, depth: number): ResyncVerdict {
  const { group, winner } = election
  const link = linkOf(group, node)
  const upstream = link?.upstream
  const isChained = upstream !== undefined && upstream !== group.master && group.replicas.includes(upstream)
  if (isChained && upstream !== winner) {
    if (depth > group.replicas.length) return silent(upstream, 'its chain of replication is a loop')
    const above = survivorVerdict(election, upstream, depth + 1)
    if (above.verdict !== 'partial')
      return {
        ...above,
        reason: `its upstream ${upstream}: ${above.reason}`,
        sendBytes: undefined,
        atRiskBytes: undefined,
      }
  }
  const asked = isChained ? upstream : winner
  const replica = toParty(group.nodes.get(node))
  const party = toParty(group.nodes.get(asked))
  if (replica === undefined) return silent(node, `${node} did not answer`)
  if (party === undefined) return silent(asked, `${asked} did not answer`)
  const verdict = resyncVerdict({
    plan: isChained ? 'reconnect' : 'repoint',
    upstream: promoted(party),
    replica,
    now: group.takenAt,
    bytesPerSecond: masterRate(group),
    isPromotion: true,
    cannotBeAhead: isChained ? replica.info.replication.masterLink === 'up' : election.contenders.includes(node),
  })
  return ofOldSamples(verdict, [group.nodes.get(node), group.nodes.get(asked)])
}

function agreed(each: readonly { readonly winner: NodeId; readonly resync: ResyncVerdict }[]): ResyncVerdict {
  const [first, ...rest] = each
  if (first === undefined) return silent('', 'no node would be promoted')
  if (rest.every((other) => other.resync.verdict === first.resync.verdict)) return first.resync
  const words = each.map(({ winner, resync }) => `${resync.verdict} behind ${winner}`).join(', ')
  return { ...silent('', words), decidedBy: 'undecided winner' }
}

function silent(node: NodeId, reason: string): ResyncVerdict {
  return {
    verdict: 'unknown',
    reason,
    decidedBy: `row 1: INFO of ${node}`,
    sendBytes: undefined,
    atRiskBytes: undefined,
  }
}
