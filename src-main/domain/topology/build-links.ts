import type { NodeId } from '../address.ts'
import { ackLag, byteLag, type ByteLag, comparable, toReplicaSample } from '../lag/byte-lag.ts'
import { coverage, spanRate } from '../lag/coverage.ts'
import { offsetAge } from '../lag/offset-age.ts'
import { syncProgress } from '../lag/sync-progress.ts'
import type { ReplicaLine } from '../replies/info-reply.ts'
import { resyncVerdict } from '../resync/verdict.ts'
import { type GroupFacts, isFresh, type ServerFacts } from './facts.ts'
import type { ByteLagReason, ByteRange, LinkSnapshot, LinkState, NodeSnapshot, SentinelView } from './model.ts'

interface Picture {
  readonly facts: GroupFacts
  readonly servers: ReadonlyMap<NodeId, ServerFacts>
  readonly nodes: ReadonlyMap<NodeId, NodeSnapshot>
  readonly master: NodeId | undefined
  readonly masters: readonly NodeId[]
  readonly replicas: readonly NodeId[]
  readonly views: readonly SentinelView[]
}

/** An upstream's line about a replica, and its place among the lines. */
interface PlacedLine {
  readonly line: ReplicaLine
  readonly place: number
}

interface LinkPicture extends Picture {
  /** By upstream, then by the replica that the line is about. */
  readonly lines: ReadonlyMap<NodeId, ReadonlyMap<NodeId, PlacedLine>>
}

/** One link a replica, by replica id. */
export function buildLinks(facts: Picture): readonly LinkSnapshot[] {
  const picture: LinkPicture = { ...facts, lines: linesByUpstream(facts.facts) }
  const upstreams = new Map(picture.replicas.map((id) => [id, upstreamOf(id, picture)]))
  return picture.replicas.map((id) => buildLink(id, upstreams, picture))
}

/** Whom a replica follows: by its own word, by a Sentinel's cache, by an upstream's line, by a Sentinel's list. */
function upstreamOf(id: NodeId, picture: LinkPicture): NodeId | undefined {
  const { facts } = picture
  const server = picture.servers.get(id)
  const own = picture.nodes.get(id)?.info?.replication
  if (own?.masterHost !== undefined && own.masterPort !== undefined)
    return facts.resolve(own.masterHost, own.masterPort)
  if (server !== undefined && isFresh(server, facts)) return undefined
  for (const upstream of facts.servers) if (lineOf(id, upstream, picture) !== undefined) return upstream.id
  for (const view of picture.views) {
    const entry = view.replicas?.find((replica) => replica.node === id)
    if (entry?.masterHost !== undefined && entry.masterPort !== undefined && entry.masterHost !== '?')
      return facts.resolve(entry.masterHost, entry.masterPort)
  }
  return undefined
}

/** Of several lines about one replica the first counts. */
function linesByUpstream(facts: GroupFacts): LinkPicture['lines'] {
  const all = new Map<NodeId, ReadonlyMap<NodeId, PlacedLine>>()
  for (const { id, direct } of facts.servers) {
    const lines = direct?.info.replication.replicas ?? []
    if (lines.length === 0) continue
    const placed = new Map<NodeId, PlacedLine>()
    for (const [place, line] of lines.entries()) {
      if (line.port === undefined || line.port === 0) continue
      const replica = facts.resolve(line.host, line.port)
      if (!placed.has(replica)) placed.set(replica, { line, place })
    }
    all.set(id, placed)
  }
  return all
}

function lineOf(id: NodeId, upstream: ServerFacts | undefined, picture: LinkPicture): PlacedLine | undefined {
  return upstream === undefined ? undefined : picture.lines.get(upstream.id)?.get(id)
}

function buildLink(id: NodeId, upstreams: ReadonlyMap<NodeId, NodeId | undefined>, picture: LinkPicture): LinkSnapshot {
  const { facts, servers } = picture
  const server = servers.get(id)
  const upstreamId = upstreams.get(id)
  // Who follows itself has no upstream to be measured against.
  const upstream = upstreamId === undefined || upstreamId === id ? undefined : servers.get(upstreamId)
  const path = pathOf(id, upstreams, picture)
  const top = path.top === undefined ? undefined : servers.get(path.top)
  const { line, place } = lineOf(id, upstream, picture) ?? {}
  const isOnline = line?.state === 'online'
  const own = server !== undefined && isFresh(server, facts)
  const state = own ? ownState(server) : told(line, upstream, facts)
  const lag = lagTo(top, server, line, upstream, facts)
  const upstreamLag = upstreamId === path.top ? lag : lagTo(upstream, server, line, upstream, facts)
  const topRate = top?.writeRate?.bytesPerSecond
  return {
    replica: id,
    upstream: upstreamId,
    master: path.top,
    state,
    depth: path.depth,
    byteLag: lag.range,
    byteLagReason: lag.range === undefined ? lag.reason : undefined,
    upstreamByteLag: upstreamLag.range,
    ackOffset: line?.ackOffset,
    ackAgeSeconds: isOnline ? line.lagSeconds : undefined,
    inFlightBytes: lag.inFlightBytes,
    unappliedBytes: lag.unappliedBytes,
    outputBufferBytes: outputBuffer(place, upstream),
    coverage: coverageOf(upstream, server, line, facts),
    resyncIfDropped: verdictOf(server, upstream, topRate, facts),
    staleSeconds: staleness(top, server, lag.range, facts),
    sync:
      server?.direct === undefined || !own
        ? undefined
        : syncProgress(
            {
              at: server.direct.receivedAt,
              info: server.direct.info,
              role: server.direct.role,
              upstreamState: line?.state,
            },
            server.earlier === undefined
              ? undefined
              : {
                  at: server.earlier.receivedAt,
                  info: server.earlier.info,
                  role: server.earlier.role,
                  upstreamState: undefined,
                },
          ),
    isNatMapped: server?.isNatMapped === true,
    isTls: server?.isTls,
  }
}

/** What a dropped link would cost; unknown where one side was never heard itself. */
function verdictOf(
  server: ServerFacts | undefined,
  upstream: ServerFacts | undefined,
  topRate: number | undefined,
  facts: GroupFacts,
): LinkSnapshot['resyncIfDropped'] {
  const party = (one: ServerFacts | undefined) =>
    one?.direct === undefined
      ? undefined
      : { info: one.direct.info, config: one.config, sentAt: one.direct.sentAt, at: one.direct.receivedAt }
  const replica = party(server)
  const source = party(upstream)
  if (replica === undefined || source === undefined) {
    const who = replica === undefined ? 'the replica' : 'the node it follows'
    return {
      verdict: 'unknown',
      reason: `${who} was never heard itself`,
      decidedBy: 'no sample',
      sendBytes: undefined,
      atRiskBytes: undefined,
    }
  }
  return resyncVerdict({
    plan: 'reconnect',
    upstream: source,
    replica,
    now: facts.now,
    bytesPerSecond: upstream?.writeRate?.bytesPerSecond ?? topRate,
  })
}

/** The path to a node that follows nobody; no top on a loop, at a node outside the group, or where a hop is unknown. */
function pathOf(
  id: NodeId,
  upstreams: ReadonlyMap<NodeId, NodeId | undefined>,
  picture: Picture,
): { readonly top: NodeId | undefined; readonly depth: number } {
  const seen = new Set<NodeId>([id])
  let depth = 1
  for (let at = upstreams.get(id); at !== undefined; at = upstreams.get(at)) {
    if (seen.has(at)) return { top: undefined, depth }
    seen.add(at)
    if (picture.masters.includes(at)) return { top: at, depth }
    if (!picture.servers.has(at)) return { top: undefined, depth }
    depth++
  }
  return { top: undefined, depth }
}

/** The replica's own view of its link. */
function ownState(server: ServerFacts): LinkState {
  const { replication, persistence } = server.direct?.info ?? {}
  if (replication === undefined) return 'unknown'
  if (replication.masterLink === 'up') return 'online'
  if (persistence?.loading === true) return 'loading'
  if (replication.syncInProgress === true) return 'full-sync'
  const role = server.direct?.role
  if (role?.role === 'replica') {
    if (role.state === 'sync') return 'full-sync'
    if (role.state === 'handshake' || role.state === 'connecting') return 'connecting'
  }
  return replication.masterLink === 'down' ? 'down' : 'unknown'
}

/** What the upstream's line says of a replica that does not speak for itself now. */
function told(line: ReplicaLine | undefined, upstream: ServerFacts | undefined, facts: GroupFacts): LinkState {
  if (upstream === undefined || !isFresh(upstream, facts)) return 'unknown'
  switch (line?.state) {
    case undefined:
      return line === undefined ? 'down' : 'unknown'
    case 'online':
      return 'online'
    case 'wait_bgsave':
    case 'send_bulk':
    case 'send_bulk_and_stream':
    case 'bg_transfer':
      return 'full-sync'
    default:
      return 'unknown'
  }
}

/** The newest sandwich that closes; for a replica that does not answer, what its acknowledgements prove. */
function lagTo(
  top: ServerFacts | undefined,
  server: ServerFacts | undefined,
  line: ReplicaLine | undefined,
  upstream: ServerFacts | undefined,
  facts: GroupFacts,
): ByteLag {
  const none = (reason: ByteLagReason): ByteLag => ({
    range: undefined,
    reason,
    inFlightBytes: undefined,
    unappliedBytes: undefined,
  })
  if (top === undefined) return none('no-master')
  const own = server !== undefined && isFresh(server, facts)
  if (!own) return silentLag(top, server, upstream?.id === top.id ? line : undefined, facts)
  if (!isFresh(top, facts)) return none('stale')
  const limit = { now: facts.now, maxAgeMs: facts.staleAfterMs }
  let newest: ByteLag | undefined
  for (const sample of server.replicaSamples) {
    const lag = byteLag(top.samples, sample, limit)
    if (lag.range !== undefined) return lag
    newest ??= lag
    // Only a sandwich that has not closed yet falls back to the one before; any other trouble is today's truth.
    if (lag.reason !== 'not-sampled') return newest
  }
  return newest ?? none('not-sampled')
}

/** A replica that does not answer now stands where it last said, or where it last acknowledged; it cannot have gone back. */
function silentLag(
  top: ServerFacts,
  server: ServerFacts | undefined,
  line: ReplicaLine | undefined,
  facts: GroupFacts,
): ByteLag {
  const last = server?.replicaSamples[0]
  const none = (reason: ByteLagReason, range?: ByteRange): ByteLag => ({
    range,
    reason: range === undefined ? reason : undefined,
    inFlightBytes: undefined,
    unappliedBytes: undefined,
  })
  const unknown = last === undefined ? 'not-sampled' : 'stale'
  const master = top.direct?.info.replication
  if (master?.offset === undefined || !isFresh(top, facts)) return none(unknown)
  if (master.backlogActive === false) return none('no-backlog')
  const byAck = line === undefined ? undefined : ackLag(master.offset, line)
  const said = last?.syncInProgress === true || last?.loading === true ? undefined : last?.appliedOffset
  const isOneHistory = last !== undefined && comparable(master, { ...last, offset: said })
  const bySelf =
    said === undefined || !isOneHistory || said > master.offset ? undefined : { low: 0, high: master.offset - said }
  if (byAck === undefined || bySelf === undefined) return none(unknown, byAck ?? bySelf)
  return none(unknown, byAck.high < bySelf.high ? byAck : bySelf)
}

function coverageOf(
  upstream: ServerFacts | undefined,
  server: ServerFacts | undefined,
  line: ReplicaLine | undefined,
  facts: GroupFacts,
): LinkSnapshot['coverage'] {
  const up = upstream?.direct?.info.replication
  if (upstream === undefined || up?.backlogActive !== true || !isFresh(upstream, facts)) return undefined
  const own = server?.direct
  const sample = own === undefined ? undefined : toReplicaSample(own.info, own)
  // A silent replica keeps what it last acknowledged, or what it last said itself, whichever is more.
  const heard = isFreshOrKept(sample?.appliedOffset, line?.ackOffset, server !== undefined && isFresh(server, facts))
  if (heard === undefined) return undefined
  if (sample !== undefined) {
    if (sample.syncInProgress === true || sample.loading === true) return undefined
    if (sample.appliedOffset === 1 && sample.ownOffset === 0) return undefined
    const point = { replid: sample.replid, replid2: sample.replid2, secondOffset: sample.secondOffset, offset: heard }
    if (!comparable({ ...up, offset: up.offset }, point)) return undefined
  } else if (line?.state !== 'online') return undefined
  return coverage({
    sizeBytes: up.backlogSizeBytes,
    firstByteOffset: up.backlogFirstByteOffset,
    upstreamOffset: Math.max(up.offset ?? 0, heard),
    replicaOffset: heard,
    bytesPerSecond: spanRate(upstream.writeRate?.bytesPerSecond, facts.views.length > 0),
  })
}

function isFreshOrKept(own: number | undefined, ack: number | undefined, fresh: boolean): number | undefined {
  if (fresh || ack === undefined || ack === 0) return own ?? (ack === 0 ? undefined : ack)
  return own === undefined ? ack : Math.max(own, ack)
}

function staleness(
  top: ServerFacts | undefined,
  server: ServerFacts | undefined,
  lag: ByteRange | undefined,
  facts: GroupFacts,
): number | undefined {
  if (top === undefined || lag === undefined) return undefined
  const sample = server?.replicaSamples.find((one) => one.appliedOffset !== undefined)
  if (sample?.appliedOffset === undefined || server === undefined) return undefined
  const at = isFresh(server, facts) ? sample.receivedAt : facts.now
  return offsetAge(top.ages, sample.appliedOffset, at)?.seconds
}

/**
 * omem of this replica's client. CLIENT LIST and the slaveN lines come from one list of connections in one order, so the
 * two are matched by place, and only when there are as many of the one as of the other.
 */
function outputBuffer(place: number | undefined, upstream: ServerFacts | undefined): number | undefined {
  const clients = upstream?.replicaClients
  const lines = upstream?.direct?.info.replication.replicas
  if (place === undefined || lines?.length !== clients?.length) return undefined
  return clients?.[place]?.outputBufferBytes
}
