import type { NodeId } from '../address.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import { keptText } from '../text.ts'
import type { GroupEvent, GroupPast, GroupSnapshot, LinkSnapshot, NodeSnapshot, PastSample } from './model.ts'

/** A node's samples lie at least this far apart. */
export const PAST_SPACING_MS = 5_000
const PAST_LENGTH_MS = 15 * 60_000
const EVENTS_MAX = 500

/** The past after one more picture: bounded by 15 minutes a node and 500 events. A node that left is forgotten. */
export function addToPast(past: GroupPast, snapshot: GroupSnapshot, events: readonly GroupEvent[]): GroupPast {
  const links = new Map(snapshot.links.map((link) => [link.replica, link]))
  const samples = new Map<NodeId, readonly PastSample[]>()
  for (const [id, node] of snapshot.nodes) {
    if (node.kind !== 'server') continue
    samples.set(id, addSample(past.samples.get(id) ?? [], node, links.get(id), snapshot.takenAt))
  }
  return {
    ...past,
    samples,
    events: events.length === 0 ? past.events : [...past.events, ...events].slice(-EVENTS_MAX),
  }
}

function addSample(
  before: readonly PastSample[],
  node: NodeSnapshot,
  link: LinkSnapshot | undefined,
  now: number,
): readonly PastSample[] {
  const last = before.at(-1)
  if (node.failure !== undefined || node.info === undefined || node.observedThrough !== 'direct') return before
  if (last !== undefined && now - last.at < PAST_SPACING_MS && last.runId === node.runId) return before
  const oldest = now - PAST_LENGTH_MS
  const kept =
    before.length > 0 && (before[0]?.at ?? now) < oldest ? before.filter((sample) => sample.at >= oldest) : before
  return [...kept, toSample(node, link, now, last)]
}

function toSample(
  node: NodeSnapshot,
  link: LinkSnapshot | undefined,
  at: number,
  last: PastSample | undefined,
): PastSample {
  const { replication, persistence, stats, keyspace } = node.info ?? {}
  return {
    at,
    runId: keptText(last?.runId, node.runId),
    role: replication?.role,
    replid: keptText(last?.replid, replication?.replid),
    offset: replication?.role === 'replica' ? replication.appliedOffset : replication?.offset,
    keys: keyspace?.reduce<number | undefined>((sum, db) => add(sum, db.keys), 0),
    changesSinceSave: persistence?.changesSinceSave,
    masterLink: replication?.masterLink,
    syncFull: stats?.syncFull,
    syncPartialOk: stats?.syncPartialOk,
    syncPartialErr: stats?.syncPartialErr,
    outputBufferDisconnections: stats?.outputBufferDisconnections,
    evictedKeys: stats?.evictedKeys,
    expiredKeys: stats?.expiredKeys,
    aofDelayedFsync: persistence?.aofDelayedFsync,
    unexpectedErrorReplies: stats?.unexpectedErrorReplies,
    byteLagHigh: link?.byteLag?.high,
    byteLagLow: link?.byteLag?.low,
    marginBytes: link?.coverage?.bytes,
    outputBufferBytes: link?.outputBufferBytes,
    flushCalls: flushCallsOf(node.info),
    authErrors: errorsOf(node.info, 'NOAUTH', 'WRONGPASS'),
    plainErrors: errorsOf(node.info, 'ERR'),
  }
}

/** Calls of FLUSHALL and FLUSHDB since the process started; undefined when commandstats were not sent. */
export function flushCallsOf(info: InfoReply | undefined): number | undefined {
  if (info?.commands === undefined) return undefined
  return (info.commands.get('flushall')?.calls ?? 0) + (info.commands.get('flushdb')?.calls ?? 0)
}

/** Errors with these prefixes since the process started; undefined when errorstats were not sent (before 6.2). */
export function errorsOf(info: InfoReply | undefined, ...prefixes: readonly string[]): number | undefined {
  if (info === undefined || (info.errors === undefined && !info.sections.includes('errorstats'))) return undefined
  return prefixes.reduce((sum, prefix) => sum + (info.errors?.get(prefix) ?? 0), 0)
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}
