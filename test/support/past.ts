import type { NodeId } from '../../src-main/domain/address.ts'
import type { GroupPast, PastSample } from '../../src-main/domain/topology/model.ts'
import { FIXTURE_AT } from './facts.ts'

/** One remembered sample with every field absent unless given. */
export function pastSample(partial: Partial<PastSample> = {}): PastSample {
  return {
    at: 0,
    runId: undefined,
    role: undefined,
    replid: undefined,
    offset: undefined,
    keys: undefined,
    changesSinceSave: undefined,
    masterLink: undefined,
    syncFull: undefined,
    syncPartialOk: undefined,
    syncPartialErr: undefined,
    outputBufferDisconnections: undefined,
    evictedKeys: undefined,
    expiredKeys: undefined,
    aofDelayedFsync: undefined,
    unexpectedErrorReplies: undefined,
    byteLagHigh: undefined,
    byteLagLow: undefined,
    marginBytes: undefined,
    outputBufferBytes: undefined,
    flushCalls: undefined,
    ...partial,
  }
}

/** A past of the given samples by node; live, and an hour old. */
export function pastOf(
  samples: Readonly<Record<NodeId, readonly Partial<PastSample>[]>> = {},
  partial: Partial<GroupPast> = {},
): GroupPast {
  return {
    samples: new Map(Object.entries(samples).map(([id, list]) => [id, list.map(pastSample)])),
    events: [],
    since: FIXTURE_AT - 3_600_000,
    isOneShot: false,
    ...partial,
  }
}

/** The past of a group that a one-shot command sees for the first time. */
export const NO_PAST: GroupPast = pastOf({}, { since: FIXTURE_AT, isOneShot: true })

/** So many seconds before the fixtures were taken. */
export function ago(seconds: number): number {
  return FIXTURE_AT - seconds * 1000
}
