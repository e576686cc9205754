import type { NodeId } from '../address.ts'
import { type Failure, reachabilityOf } from '../failure.ts'
import type { InfoReply } from '../replies/info-reply.ts'
import { buildLinks } from './build-links.ts'
import { type GroupFacts, isFresh, type SentinelProcessFacts, type ServerFacts } from './facts.ts'
import type { GroupSnapshot, NodeSnapshot, SentinelView } from './model.ts'

/** Joins the facts of one group into a snapshot. Disagreements are kept, not settled; never throws. */
export function buildGroup(facts: GroupFacts): GroupSnapshot {
  const servers = new Map(facts.servers.map((server) => [server.id, server]))
  const views = [...facts.views].sort((a, b) => order(a.sentinel, b.sentinel))
  const heard = heardThrough(facts)
  const master = chooseMaster(facts, views)
  const nodes = new Map<NodeId, NodeSnapshot>()
  for (const server of [...facts.servers].sort((a, b) => order(a.id, b.id))) {
    nodes.set(server.id, serverNode(server, { facts, views, master, heard }))
  }
  for (const sentinel of facts.sentinels) nodes.set(sentinel.id, sentinelNode(sentinel))
  const members = [...servers.keys()].sort(order)
  const others = members.filter((id) => id !== master && nodes.get(id)?.role === 'master' && speaksNow(nodes.get(id)))
  const masters = master === undefined || !nodes.has(master) ? others : [master, ...others]
  const replicas = members.filter((id) => !masters.includes(id))
  const quorums = views.flatMap((view) => view.facts?.quorum ?? [])
  return {
    name: facts.name,
    isNamedBySentinel: facts.isNamedBySentinel,
    takenAt: facts.now,
    master,
    masters,
    replicas,
    sentinels: views.map((view) => view.sentinel),
    quorum: quorums.length === 0 ? undefined : Math.max(...quorums),
    views,
    agreed: new Set(views.filter((view) => view.isReachable).map((view) => view.master)).size <= 1,
    knownSentinels: Math.max(0, ...views.map((view) => (view.facts?.otherSentinelTotal ?? -1) + 1)),
    nodes,
    links: buildLinks({ facts, servers, nodes, master, masters, replicas, views }),
  }
}

/**
 * Whom to call the master: the one that the reachable Sentinels with the newest config-epoch name (the silent ones where
 * none is reachable); without Sentinel the top of the path that most nodes follow, the former one where it is a tie.
 */
function chooseMaster(facts: GroupFacts, views: readonly SentinelView[]): NodeId | undefined {
  const speaking = views.filter((view) => view.isReachable && view.master !== undefined)
  const pool = speaking.length > 0 ? speaking : views.filter((view) => view.master !== undefined)
  if (pool.length > 0) return electedBy(pool)
  const followers = new Map<NodeId, number>()
  for (const server of facts.servers) {
    const top = topOf(server, facts)
    if (top !== undefined && top !== server.id) followers.set(top, (followers.get(top) ?? 0) + 1)
  }
  const candidates = facts.servers.filter(
    (server) =>
      followers.has(server.id) || roleOf(server.direct?.info) === 'master' || server.id === facts.previousMaster,
  )
  const weight = (server: ServerFacts) =>
    (roleOf(server.direct?.info) === 'master' && isFresh(server, facts) ? 1_000_000 : 0) +
    (followers.get(server.id) ?? 0) * 10 +
    (server.id === facts.previousMaster ? 5 : 0)
  return [...candidates].sort((a, b) => weight(b) - weight(a) || order(a.id, b.id))[0]?.id
}

function electedBy(views: readonly SentinelView[]): NodeId | undefined {
  const newest = Math.max(...views.map((view) => view.facts?.configEpoch ?? -1))
  const votes = new Map<NodeId, number>()
  for (const view of views) {
    if ((view.facts?.configEpoch ?? -1) !== newest || view.master === undefined) continue
    votes.set(view.master, (votes.get(view.master) ?? 0) + 1)
  }
  return [...votes].sort((a, b) => b[1] - a[1] || order(a[0], b[0]))[0]?.[0]
}

/** The top of the path above a node by their own words; undefined on a loop or a gap. */
function topOf(server: ServerFacts, facts: GroupFacts): NodeId | undefined {
  const byId = new Map(facts.servers.map((one) => [one.id, one]))
  const seen = new Set<NodeId>()
  let at: ServerFacts | undefined = server
  while (at !== undefined && !seen.has(at.id)) {
    seen.add(at.id)
    const { masterHost, masterPort } = at.direct?.info.replication ?? {}
    if (masterHost === undefined || masterPort === undefined) return at.id
    at = byId.get(facts.resolve(masterHost, masterPort))
  }
  return undefined
}

interface Context {
  readonly facts: GroupFacts
  readonly views: readonly SentinelView[]
  readonly master: NodeId | undefined
  readonly heard: ReadonlySet<NodeId>
}

function serverNode(server: ServerFacts, context: Context): NodeSnapshot {
  const { facts } = context
  const { direct, cached } = server
  const trusted = server.failure === undefined || direct === undefined ? undefined : server.failure
  const useCache =
    cached !== undefined && (direct === undefined || (trusted !== undefined && cached.at > direct.receivedAt))
  const info = useCache ? cached.info : direct?.info
  const loading = server.failure === undefined && direct?.info.persistence.loading === true
  return {
    id: server.id,
    aliases: [...server.aliases].filter((alias) => alias !== server.id).sort(order),
    kind: 'server',
    role: roleShown(server, info, context),
    reachability: loading ? 'loading' : reachabilityOf(server.failure),
    failure: server.failure ?? offsetTrouble(server.id, info),
    observedThrough: useCache
      ? 'sentinel-cache'
      : direct !== undefined
        ? 'direct'
        : context.heard.has(server.id)
          ? 'master-view'
          : undefined,
    rttMs: server.rttMs,
    sampledAt: useCache ? cached.at : direct?.receivedAt,
    lastSeenAt: server.lastSeenAt,
    runId: info?.server.runId ?? runIdBySentinel(server.id, context.views),
    info,
    roleReply: direct?.role,
    config: server.config,
    configFile: server.configFile,
    access: server.access,
    replicaClients: server.replicaClients,
    notPermitted: server.notPermitted,
    writeRate: server.failure === undefined ? server.writeRate : undefined,
    sentinel: undefined,
    clockSkewMs: clockSkew(facts, server),
  }
}

/** Its own word while it answers; else what the Sentinels have it configured as; else its last word. */
function roleShown(server: ServerFacts, info: InfoReply | undefined, context: Context): NodeSnapshot['role'] {
  const own = roleOf(info)
  if (own !== undefined && server.failure === undefined && server.direct !== undefined) return own
  if (server.id === context.master) return 'master'
  const isListed = context.views.some((view) => view.replicas?.some((replica) => replica.node === server.id) === true)
  if (isListed || context.heard.has(server.id)) return 'replica'
  return own ?? 'unknown'
}

function roleOf(info: InfoReply | undefined): 'master' | 'replica' | undefined {
  return info?.replication.role
}

function runIdBySentinel(id: NodeId, views: readonly SentinelView[]): string | undefined {
  for (const view of views) {
    if (view.master === id && view.facts?.runId !== undefined) return view.facts.runId
    const replica = view.replicas?.find((one) => one.node === id)
    if (replica?.runId !== undefined) return replica.runId
  }
  return undefined
}

/** Nodes that some answering upstream lists in its slaveN lines. */
function heardThrough(facts: GroupFacts): Set<NodeId> {
  const heard = new Set<NodeId>()
  for (const server of facts.servers) {
    for (const line of server.direct?.info.replication.replicas ?? []) {
      if (line.port !== undefined && line.port > 0) heard.add(facts.resolve(line.host, line.port))
    }
  }
  return heard
}

/** An offset beyond what a double holds is not shown; the node says why. */
function offsetTrouble(id: NodeId, info: InfoReply | undefined): Failure | undefined {
  const field = info?.unreadable.find((one) => one.field.includes('offset'))
  if (field === undefined) return undefined
  const problem = field.problem === 'beyond-2^53' ? 'is beyond 2^53 - 1' : 'is not a number'
  return { kind: 'unreadable-reply', at: id, command: 'INFO', detail: `${field.field} ${problem}` }
}

function clockSkew(facts: GroupFacts, server: ServerFacts): number | undefined {
  const usec = server.direct?.info.server.serverTimeUsec
  if (usec === undefined || server.direct === undefined || !isFresh(server, facts)) return undefined
  const { sentAt, receivedAt } = server.direct
  const skew = usec / 1000 - (sentAt + receivedAt) / 2
  const bound = (receivedAt - sentAt) / 2
  return Math.abs(skew) <= bound ? 0 : skew
}

function sentinelNode(sentinel: SentinelProcessFacts): NodeSnapshot {
  return {
    id: sentinel.id,
    aliases: [...sentinel.aliases].filter((alias) => alias !== sentinel.id).sort(order),
    kind: 'sentinel',
    role: 'sentinel',
    reachability: reachabilityOf(sentinel.failure),
    failure: sentinel.failure,
    observedThrough: sentinel.lastSeenAt === undefined ? undefined : 'direct',
    rttMs: sentinel.rttMs,
    sampledAt: sentinel.lastSeenAt,
    lastSeenAt: sentinel.lastSeenAt,
    runId: sentinel.info?.server.runId ?? sentinel.facts?.myId,
    info: sentinel.info,
    roleReply: undefined,
    config: undefined,
    replicaClients: undefined,
    notPermitted: sentinel.notPermitted,
    writeRate: undefined,
    sentinel: sentinel.facts,
    clockSkewMs: undefined,
  }
}

function speaksNow(node: NodeSnapshot | undefined): boolean {
  return (
    node !== undefined && (node.reachability === 'up' || node.reachability === 'loading') && node.failure === undefined
  )
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
