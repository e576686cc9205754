import type { NodeId } from '../address.ts'
import type { Failure } from '../failure.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import type { ConfigReply, ReplicaClient, RoleReply } from '../replies/reply-types.ts'
import type { MasterSample, ReplicaSample } from '../lag/byte-lag.ts'
import type { OffsetRing } from '../lag/offset-age.ts'
import type { NodeAccess, SentinelFacts, SentinelView, WriteRate } from './model.ts'

/** The last good answer of a node itself. Epoch ms. */
export interface DirectAnswer {
  readonly info: InfoReply
  readonly role: RoleReply | undefined
  readonly sentAt: number
  readonly receivedAt: number
}

/** Everything known of one data node, by whoever told it. */
export interface ServerFacts {
  readonly id: NodeId
  readonly aliases: readonly NodeId[]
  readonly direct: DirectAnswer | undefined
  /** From SENTINEL INFO-CACHE: `at` is when that Sentinel heard it. */
  readonly cached: { readonly info: InfoReply; readonly at: number; readonly by: NodeId } | undefined
  readonly failure: Failure | undefined
  readonly lastSeenAt: number | undefined
  readonly rttMs: number | undefined
  readonly config: ConfigReply | undefined
  readonly configFile: ConfigReply | undefined
  readonly access: NodeAccess | undefined
  readonly replicaClients: readonly ReplicaClient[] | undefined
  readonly notPermitted: readonly string[]
  /** Recent offsets of this node as an upstream, oldest first; short. */
  readonly samples: readonly MasterSample[]
  /** Recent samples of this node as a replica, newest first; short. */
  readonly replicaSamples: readonly ReplicaSample[]
  /** Where its offset stood and when. */
  readonly ages: OffsetRing
  readonly writeRate: WriteRate | undefined
  /** The answer before `direct` with another sync progress, for rates. */
  readonly earlier: DirectAnswer | undefined
  readonly isNatMapped: boolean
  readonly isTls: boolean
}

/** Speaks for itself: it answered last time, and not longer ago than the group's patience. */
export function isFresh(server: ServerFacts, facts: GroupFacts): boolean {
  return (
    server.direct !== undefined &&
    server.failure === undefined &&
    facts.now - server.direct.receivedAt <= facts.staleAfterMs
  )
}

/** Everything known of one Sentinel process. */
export interface SentinelProcessFacts {
  readonly id: NodeId
  readonly aliases: readonly NodeId[]
  readonly info: InfoReply | undefined
  readonly facts: SentinelFacts | undefined
  readonly failure: Failure | undefined
  readonly lastSeenAt: number | undefined
  readonly rttMs: number | undefined
  readonly notPermitted: readonly string[]
}

/** The facts of one group, ready to be joined. */
export interface GroupFacts {
  readonly name: string
  readonly isNamedBySentinel: boolean
  readonly now: number
  /** An own answer older than this is stale: the node no longer speaks for itself. */
  readonly staleAfterMs: number
  readonly servers: readonly ServerFacts[]
  readonly sentinels: readonly SentinelProcessFacts[]
  /** One a Sentinel, by id; ids in it are already resolved. */
  readonly views: readonly SentinelView[]
  /** Folds an address as somebody named it into a node id of this group. */
  readonly resolve: (host: string, port: number) => NodeId
  readonly previousMaster: NodeId | undefined
}
