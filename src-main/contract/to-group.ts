import type { NodeId } from '../domain/address.ts'
import type { ExposureHeadline } from '../domain/failover/headline.ts'
import type { Exposure } from '../domain/findings/model.ts'
import type { GroupSnapshot, SentinelView } from '../domain/topology/model.ts'
import type { InspectGroup, InspectSentinelView } from './inspect.ts'
import { toInteger, toTime } from './plain.ts'
import { toInspectExposure, toInspectHeadline } from './to-findings.ts'

/** A group without its nodes and links, as JSON. */
export function toInspectGroup(
  snapshot: GroupSnapshot,
  electable: readonly NodeId[],
  exposure: Exposure | undefined,
  headline?: ExposureHeadline,
): InspectGroup {
  return {
    name: snapshot.name,
    master: snapshot.master ?? null,
    masters: [...snapshot.masters],
    replicas: [...snapshot.replicas],
    sentinels: [...snapshot.sentinels],
    quorum: toInteger(snapshot.quorum),
    sentinelViews: snapshot.views.map((view) => toSentinelView(view, snapshot)),
    agreed: snapshot.agreed,
    knownSentinels: snapshot.knownSentinels,
    electable: [...electable],
    exposure: exposure === undefined ? null : toInspectExposure(exposure),
    headline: headline === undefined ? null : toInspectHeadline(headline),
  }
}

function toSentinelView(view: SentinelView, snapshot: GroupSnapshot): InspectSentinelView {
  const facts = view.facts
  return {
    sentinel: view.sentinel,
    sentinelId: view.sentinelId ?? null,
    master: view.master ?? null,
    configEpoch: toInteger(facts?.configEpoch),
    flags: [...(facts?.flags ?? [])],
    reachable: view.isReachable,
    at: toTime(view.at),
    quorum: toInteger(facts?.quorum),
    downAfterMs: toInteger(facts?.downAfterMs),
    failoverTimeoutMs: toInteger(facts?.failoverTimeoutMs),
    parallelSyncs: toInteger(facts?.parallelSyncs),
    replicas: view.replicas?.map((replica) => replica.node) ?? null,
    peers: view.peers?.map((peer) => peer.node) ?? null,
    ill: illOf(view),
    quorumCheck: view.quorumCheck ? { ok: view.quorumCheck.isReachable, text: view.quorumCheck.text } : null,
    tilt: snapshot.nodes.get(view.sentinel)?.sentinel?.tilt ?? null,
  }
}

/** Whom this Sentinel holds for down, subjectively or objectively; the two are different news, so all flags are kept. */
function illOf(view: SentinelView): InspectSentinelView['ill'] {
  return [...(view.replicas ?? []), ...(view.peers ?? [])]
    .filter((instance) => instance.flags.has('s_down') || instance.flags.has('o_down'))
    .map((instance) => ({ id: instance.node, flags: [...instance.flags] }))
}
