import type { NodeId } from '../address.ts'
import { configInteger } from '../replies/config-get.ts'
import type { ConfigReply } from '../replies/reply-types.ts'
import type { GroupSnapshot, LinkSnapshot } from '../topology/model.ts'

/** The guard: a master refuses writes unless so many replicas acknowledged within so many seconds. 0 in either is off. */
export interface MinReplicas {
  readonly required: number
  readonly maxLagSeconds: number
}

/** What a guard would do here. */
export interface MinReplicasSimulation extends MinReplicas {
  readonly isEnabled: boolean
  /** Would writes be accepted now? Undefined when the master's view of its replicas is not known. */
  readonly acceptedNow: boolean | undefined
  /** Replicas online whose acknowledgement is young enough; undefined as above. */
  readonly goodReplicas: number | undefined
  /** One a direct replica, by id: what its stall would do. */
  readonly ifStalled: readonly StalledReplica[]
  /** Enough direct replicas exist at all. */
  readonly isAttainable: boolean
  /** Enough are left when one of them becomes the master and the old one is gone. */
  readonly isAttainableAfterFailover: boolean
}

/** The effect of one replica that stops acknowledging now. */
export interface StalledReplica {
  readonly node: NodeId
  readonly ackAgeSeconds: number | undefined
  readonly isGood: boolean
  readonly stopsWrites: boolean
  /** Within so many seconds writes are refused; undefined when they go on, or are refused already. */
  readonly afterSeconds: number | undefined
}

/** The guard that a configuration sets; undefined when CONFIG was not readable. The `slaves` names are older aliases. */
export function minReplicasOf(config: ConfigReply | undefined): MinReplicas | undefined {
  if (config === undefined) return undefined
  const required = configInteger(config, 'min-replicas-to-write') ?? configInteger(config, 'min-slaves-to-write')
  const maxLagSeconds = configInteger(config, 'min-replicas-max-lag') ?? configInteger(config, 'min-slaves-max-lag')
  return required === undefined || maxLagSeconds === undefined ? undefined : { required, maxLagSeconds }
}

/** A guard works only with both values set. */
export function isEnabled(guard: MinReplicas): boolean {
  return guard.required > 0 && guard.maxLagSeconds > 0
}

/**
 * So many seconds after the last acknowledgement that a master needs, at the latest, it refuses writes; with an
 * acknowledgement that INFO shows as n seconds old, n fewer from now on. Meant for a guard that is enabled.
 *
 * Source: `refreshGoodSlavesCount` compares whole seconds, so a replica stops to count in the first second beyond
 * min-replicas-max-lag; it is called once a second, by `replicationCron`. Either may cost up to a second. Measured:
 * NOREPLICAS came 2.1 s after a cut for which max-lag + 1 s meant 2 s.
 */
export function refusesWithinSeconds(guard: MinReplicas): number {
  return guard.maxLagSeconds + 2
}

/** The largest min-replicas-max-lag with which a guard has closed before a failover can be over; at least 1 s. */
export function maxLagWithin(downAfterMs: number): number {
  return Math.max(1, Math.floor(downAfterMs / 1000) - 1)
}

/** Tries a guard on the live acknowledgement ages. The lag is whole seconds, looked at once a second. */
export function simulateMinReplicas(group: GroupSnapshot, guard: MinReplicas): MinReplicasSimulation {
  const direct = directLinks(group)
  const isKnown = group.master !== undefined && group.nodes.get(group.master)?.info !== undefined
  const good = direct.filter((link) => isGood(link, guard)).length
  const enabled = isEnabled(guard)
  const accepted = !enabled || good >= guard.required
  return {
    ...guard,
    isEnabled: enabled,
    acceptedNow: isKnown || !enabled ? accepted : undefined,
    goodReplicas: isKnown ? good : undefined,
    ifStalled: direct.map((link) => stalled(link, guard, good)),
    isAttainable: direct.length >= guard.required,
    isAttainableAfterFailover: Math.max(0, direct.length - 1) >= guard.required,
  }
}

/** Replicas that the master itself feeds, by id. */
export function directLinks(group: GroupSnapshot): readonly LinkSnapshot[] {
  return group.links.filter((link) => link.upstream !== undefined && link.upstream === group.master)
}

function isGood(link: LinkSnapshot, guard: MinReplicas): boolean {
  return link.ackAgeSeconds !== undefined && link.ackAgeSeconds <= guard.maxLagSeconds
}

function stalled(link: LinkSnapshot, guard: MinReplicas, good: number): StalledReplica {
  const counts = isGood(link, guard)
  const stopsWrites = isEnabled(guard) && counts && good >= guard.required && good - 1 < guard.required
  return {
    node: link.replica,
    ackAgeSeconds: link.ackAgeSeconds,
    isGood: counts,
    stopsWrites,
    afterSeconds: stopsWrites ? refusesWithinSeconds(guard) - (link.ackAgeSeconds ?? 0) : undefined,
  }
}
