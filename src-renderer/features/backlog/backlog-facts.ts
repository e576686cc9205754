import type { GroupSlice, InspectLink, InspectNode } from '../../../src-main/contract/inspect.ts'

/** What one node's backlog holds and where each replica stands in it. Bytes; null is unknown. */
export interface BacklogFacts {
  readonly node: string
  /** Why this backlog is shown: it feeds replicas now, or would after a failover. */
  readonly part: 'master' | 'upstream' | 'electable'
  /** Could be promoted: every replica of the group is judged against it. */
  readonly isCandidate: boolean
  readonly state: 'active' | 'inactive' | 'unknown'
  /** Configured size, or what it holds where that is more (7.0 and later). Undefined unless active. */
  readonly scaleBytes: number | undefined
  readonly sizeBytes: number | null
  readonly heldBytes: number | null
  readonly firstByteOffset: number | null
  readonly newestOffset: number | null
  /** Growth of the stream, which moves the oldest kept byte once the backlog is full. */
  readonly bytesPerSecond: number | null
  /** False while the backlog still fills: the oldest byte stands still. */
  readonly isFull: boolean
  /** Seconds until it is full at the present rate; null when full, or when that is not known. */
  readonly fullInSeconds: number | null
  /** How long the whole backlog lasts at the present and at the peak rate; null when unknown or endless. */
  readonly holdsSeconds: number | null
  readonly holdsAtPeakSeconds: number | null
  readonly replicas: readonly ReplicaStanding[]
}

/** One replica against one backlog. */
export interface ReplicaStanding {
  readonly replica: string
  /** R + 1 - F: negative when it fell off. Null when it has no position here. */
  readonly marginBytes: number | null
  /** How long it may stay away; null when unknown or unbounded. */
  readonly secondsLeft: number | null
  readonly isUnbounded: boolean
  /** Stands beyond the newest byte of this node. */
  readonly isAhead: boolean
  /** In a full resync now, or loading what it received. */
  readonly isSyncing: boolean
  /** Not connected to its upstream: it stands still while the edge comes. */
  readonly isAway: boolean
  /** Worked out here from two samples of different moments, not measured on this link. */
  readonly isEstimate: boolean
  /** Why there is no position. */
  readonly noPosition: string | null
  readonly verdict: 'partial' | 'full' | 'unknown'
  readonly reason: string
}

/** Every backlog worth a picture: the master's first, then other upstreams, then nodes that could be promoted. */
export function toBacklogs(slice: GroupSlice): BacklogFacts[] {
  const { group, links } = slice
  const nodes = new Map(slice.nodes.map((node) => [node.id, node]))
  const upstreams = new Set(links.map((link) => link.upstream).filter((id) => id !== null))
  const parts = new Map<string, BacklogFacts['part']>()
  if (group.master !== null) parts.set(group.master, 'master')
  for (const id of group.masters) if (!parts.has(id)) parts.set(id, 'master')
  for (const id of [...upstreams].sort()) if (!parts.has(id)) parts.set(id, 'upstream')
  for (const id of group.electable) if (!parts.has(id)) parts.set(id, 'electable')
  const rate = rateOf(nodes.get(group.master ?? ''))
  return [...parts].flatMap(([id, part]) => {
    const node = nodes.get(id)
    return node ? [toBacklog(node, part, links, nodes, rate, id !== group.master && group.electable.includes(id))] : []
  })
}

/** The backlog that carries one replica: its upstream's. */
export function backlogOf(slice: GroupSlice, replica: string): BacklogFacts | undefined {
  const upstream = slice.links.find((link) => link.replica === replica)?.upstream
  return upstream ? toBacklogs(slice).find((facts) => facts.node === upstream) : undefined
}

function toBacklog(
  node: InspectNode,
  part: BacklogFacts['part'],
  links: readonly InspectLink[],
  nodes: ReadonlyMap<string, InspectNode>,
  masterRate: Rate,
  isCandidate: boolean,
): BacklogFacts {
  const backlog = node.replication?.backlog
  const own = rateOf(node)
  const rate = own.now === null ? masterRate : own
  const size = backlog?.sizeBytes ?? null
  const held = backlog?.histlenBytes ?? null
  const state = backlog?.active === true ? 'active' : backlog?.active === false ? 'inactive' : 'unknown'
  const isFull = size !== null && held !== null && held >= size
  const scale = state === 'active' && held !== null ? Math.max(size ?? 0, held) : undefined
  const standings = links
    .filter((link) => link.replica !== node.id && (isCandidate || follows(link, node.id)))
    .map((link) => toStanding(link, node, nodes.get(link.replica), rate.now, state === 'active'))
  return {
    node: node.id,
    part,
    isCandidate,
    state,
    scaleBytes: scale !== undefined && scale > 0 ? scale : undefined,
    sizeBytes: size,
    heldBytes: state === 'inactive' ? null : held,
    firstByteOffset: state === 'inactive' ? null : (backlog?.firstByteOffset ?? null),
    newestOffset: node.replication?.offset ?? null,
    bytesPerSecond: rate.now,
    isFull,
    fullInSeconds: !isFull && size !== null && held !== null ? over(size - held, rate.now) : null,
    holdsSeconds: size === null ? null : over(size, rate.now),
    holdsAtPeakSeconds: size === null ? null : over(size, rate.peak),
    replicas: standings.sort(byRisk),
  }
}

function toStanding(
  link: InspectLink,
  node: InspectNode,
  replica: InspectNode | undefined,
  rate: number | null,
  isActive: boolean,
): ReplicaStanding {
  const isSyncing = link.state === 'full-sync' || link.state === 'loading'
  const isAway = link.state !== 'online' && !isSyncing
  const base = {
    replica: link.replica,
    isAway,
    isSyncing,
    verdict: link.resyncIfDropped.verdict,
    reason: link.resyncIfDropped.reason,
  }
  if (follows(link, node.id)) {
    const isAhead = link.upstreamByteLag !== null && link.upstreamByteLag.high < 0
    return {
      ...base,
      marginBytes: isActive ? (link.coverage?.bytes ?? null) : null,
      secondsLeft: link.coverage?.seconds ?? null,
      isUnbounded: link.coverage?.unbounded ?? false,
      isAhead,
      isEstimate: false,
      noPosition: isActive && link.coverage ? null : whyNoPosition(link, isActive),
    }
  }
  return { ...base, ...estimate(node, replica, rate, isActive) }
}

/** Where a replica would stand in the backlog of a node that it does not follow, were that node promoted. */
function estimate(node: InspectNode, replica: InspectNode | undefined, rate: number | null, isActive: boolean) {
  const mine = node.replication
  const theirs = replica?.replication
  const first = mine?.backlog.firstByteOffset ?? null
  const sameHistory = mine?.replid != null && mine.replid === theirs?.replid
  const at = theirs?.offset ?? null
  const newest = mine?.offset ?? null
  const none = { marginBytes: null, secondsLeft: null, isUnbounded: false, isAhead: false, isEstimate: true }
  const unknown = { ...none, verdict: 'unknown' as const }
  if (!isActive) return { ...none, verdict: 'full' as const, reason: 'no backlog there', noPosition: 'no backlog' }
  if (at === null || newest === null || first === null)
    return { ...unknown, reason: 'an offset is not known', noPosition: 'offset not known' }
  if (mine?.replid == null || theirs?.replid == null)
    return { ...unknown, reason: 'a replication id is not known', noPosition: 'history not known' }
  if (!sameHistory)
    return { ...none, verdict: 'full' as const, reason: 'different history', noPosition: 'different history' }
  const marginBytes = at + 1 - first
  const isAhead = at > newest
  const verdict = marginBytes >= 0 && !isAhead ? ('partial' as const) : ('full' as const)
  const size = mine.backlog.sizeBytes ?? null
  const room = size === null ? null : Math.max(0, size - Math.max(0, newest - at))
  return {
    marginBytes,
    secondsLeft: verdict === 'full' ? 0 : room === null ? null : over(room, rate),
    isUnbounded: false,
    isAhead,
    isEstimate: true,
    verdict,
    reason: isAhead
      ? 'holds bytes that this node does not have'
      : verdict === 'full'
        ? 'older than the oldest byte kept'
        : 'within what is kept',
    noPosition: null,
  }
}

/** Also a replica of which only the top master is known. */
function follows(link: InspectLink, node: string): boolean {
  return link.upstream === node || (link.upstream === null && link.master === node)
}

function whyNoPosition(link: InspectLink, isActive: boolean): string {
  if (!isActive) return 'no backlog'
  return (link.byteLagReason ?? 'not sampled').replaceAll('-', ' ')
}

/** Fallen off first, then the nearest to the edge, then those without a position. */
function byRisk(a: ReplicaStanding, b: ReplicaStanding): number {
  const rank = (standing: ReplicaStanding) => standing.marginBytes ?? Number.POSITIVE_INFINITY
  const left = rank(a)
  const right = rank(b)
  return left === right ? a.replica.localeCompare(b.replica, 'en', { numeric: true }) : left - right
}

interface Rate {
  readonly now: number | null
  readonly peak: number | null
}

function rateOf(node: InspectNode | undefined): Rate {
  return {
    now: node?.replication?.writeBytesPerSecond ?? null,
    peak: node?.replication?.peakWriteBytesPerSecond ?? null,
  }
}

function over(bytes: number, rate: number | null): number | null {
  return rate === null || rate <= 0 ? null : bytes / rate
}
