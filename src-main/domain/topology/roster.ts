import type { NodeId } from '../address.ts'

/**
 * Who belongs to the deployment: which servers and Sentinels to watch, and how they fall into groups.
 * Decided anew from what everybody said last; never asks anybody itself.
 */
export interface Roster {
  /** By name, sorted. */
  readonly groups: readonly RosterGroup[]
  /** Every data node to watch, grouped or not yet. */
  readonly servers: ReadonlySet<NodeId>
  /** Every Sentinel to watch. */
  readonly sentinels: ReadonlySet<NodeId>
}

export interface RosterGroup {
  readonly name: string
  readonly isNamedBySentinel: boolean
  /** Data nodes, sorted by id. */
  readonly members: readonly NodeId[]
  /** Sentinels that monitor it, sorted by id. */
  readonly sentinels: readonly NodeId[]
}

/** What one Sentinel last said; ids are resolved (aliases already folded). */
export interface RosterSentinel {
  readonly id: NodeId
  readonly isReachable: boolean
  readonly groups: readonly {
    readonly name: string
    readonly master: NodeId
    readonly replicas: readonly NodeId[]
    readonly peers: readonly NodeId[]
  }[]
}

/** What one data node last said, or what is still remembered of it. */
export interface RosterServer {
  readonly id: NodeId
  /** Answers now. */
  readonly isReachable: boolean
  /** First conversation is over: it answered or failed once. */
  readonly isSettled: boolean
  readonly role: 'master' | 'replica' | undefined
  /** The node it follows; undefined for a master and while unknown. */
  readonly follows: NodeId | undefined
  /** Its slaveN lines. */
  readonly followers: readonly NodeId[]
  /** Epoch ms since when no Sentinel lists it, nobody follows it and it follows nobody; undefined while one of these holds. */
  readonly lostSince: number | undefined
}

export interface RosterInput {
  readonly now: number
  readonly seedServers: readonly NodeId[]
  readonly seedSentinels: readonly NodeId[]
  /** Only these Sentinel-named groups, when given. */
  readonly onlyGroups: ReadonlySet<string> | undefined
  readonly sentinels: readonly RosterSentinel[]
  readonly servers: ReadonlyMap<NodeId, RosterServer>
  /** Sentinels that said hello on a data node, by that node. They are there, whether or not they answer us. */
  readonly heard?: ReadonlyMap<NodeId, ReadonlySet<NodeId>>
  readonly previous: Roster | undefined
}

/** A lost member that no live Sentinel and no master lists is forgotten after this long. */
const FORGET_UNDER_SENTINEL_MS = 60_000
const FORGET_WITHOUT_SENTINEL_MS = 15 * 60_000

/** Decides the roster. Terminates on loops, self-followers and any other shape. */
export function decideRoster(input: RosterInput): Roster {
  const ties = tiesOf(input)
  const named = namedGroups(input)
  for (const group of named.values()) grow(group, named, input, ties)
  const taken = new Set([...named.values()].flatMap((group) => [...group.members]))
  const unnamed = unnamedGroups(input, taken, ties)
  for (const group of unnamed.values()) for (const id of silentSentinels(group, input)) group.sentinels.add(id)
  const groups = [...named.values(), ...unnamed.values()]
  const servers = new Set<NodeId>(input.seedServers)
  const sentinels = new Set<NodeId>(input.seedSentinels)
  for (const group of groups) {
    for (const id of group.members) servers.add(id)
    for (const id of group.sentinels) sentinels.add(id)
  }
  for (const id of climbing(input)) servers.add(id)
  for (const sentinel of input.sentinels)
    if (sentinel.isReachable && sentinel.groups.length > 0) sentinels.add(sentinel.id)
  return {
    servers,
    sentinels,
    groups: groups
      .map((group) => ({
        name: group.name,
        isNamedBySentinel: group.isNamedBySentinel,
        members: [...group.members].sort(),
        sentinels: [...group.sentinels].sort(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  }
}

interface Draft {
  readonly name: string
  readonly isNamedBySentinel: boolean
  readonly members: Set<NodeId>
  /** Members that a Sentinel lists itself. */
  readonly listed: Set<NodeId>
  readonly sentinels: Set<NodeId>
}

function draft(name: string, isNamedBySentinel: boolean): Draft {
  return { name, isNamedBySentinel, members: new Set(), listed: new Set(), sentinels: new Set() }
}

function namedGroups(input: RosterInput): Map<string, Draft> {
  const groups = new Map<string, Draft>()
  const spokenFor = new Set(
    input.sentinels.filter((one) => one.isReachable).flatMap((one) => one.groups.map((group) => group.name)),
  )
  for (const sentinel of input.sentinels) {
    for (const view of sentinel.groups) {
      if (input.onlyGroups !== undefined && !input.onlyGroups.has(view.name)) continue
      let group = groups.get(view.name)
      if (group === undefined) groups.set(view.name, (group = draft(view.name, true)))
      group.sentinels.add(sentinel.id)
      // A silent Sentinel's memory counts for members only where no living one speaks for the group.
      if (!sentinel.isReachable && spokenFor.has(view.name)) continue
      for (const peer of view.peers) group.sentinels.add(peer)
      for (const id of [view.master, ...view.replicas]) {
        group.members.add(id)
        group.listed.add(id)
      }
    }
  }
  return groups
}

/** Adds who follows and who is followed, then whom we remember, until nothing changes. */
function grow(group: Draft, named: ReadonlyMap<string, Draft>, input: RosterInput, ties: Ties): void {
  const listedElsewhere = (id: NodeId) => {
    for (const other of named.values()) if (other !== group && other.listed.has(id)) return true
    return false
  }
  const isForeign = (id: NodeId) => !group.listed.has(id) && listedElsewhere(id)
  expand(group.members, ties, isForeign)
  const before = input.previous?.groups.find((one) => one.name === group.name)
  const heirs = input.previous?.groups.filter(
    (one) => !one.isNamedBySentinel && one.members.some((id) => group.members.has(id)),
  )
  for (const id of [...(before?.members ?? []), ...(heirs ?? []).flatMap((one) => one.members)]) {
    if (!group.members.has(id) && keeps(id, group, input, isForeign)) group.members.add(id)
  }
  expand(group.members, ties, isForeign)
}

/** Who is tied to whom by the words of those that answer: a node to the one it follows, an upstream to its lines. */
type Ties = ReadonlyMap<NodeId, ReadonlySet<NodeId>>

function tiesOf(input: RosterInput): Ties {
  const ties = new Map<NodeId, Set<NodeId>>()
  const tie = (a: NodeId, b: NodeId) => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = ties.get(from)
      if (known === undefined) ties.set(from, new Set([to]))
      else known.add(to)
    }
  }
  for (const server of input.servers.values()) {
    if (!server.isReachable) continue
    if (server.follows !== undefined) tie(server.id, server.follows)
    for (const follower of server.followers) tie(server.id, follower)
  }
  return ties
}

function expand(members: Set<NodeId>, ties: Ties, isForeign: (id: NodeId) => boolean): void {
  const queue = [...members]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const other of ties.get(id) ?? []) {
      if (members.has(other) || isForeign(other)) continue
      members.add(other)
      queue.push(other)
    }
  }
}

/** Whether a former member that nobody names now keeps its place. */
function keeps(id: NodeId, group: Draft, input: RosterInput, isForeign: (id: NodeId) => boolean): boolean {
  if (isForeign(id)) return false
  const server = input.servers.get(id)
  if (server === undefined) return false
  if (server.isReachable && server.follows !== undefined && !group.members.has(server.follows)) return false
  if (server.lostSince === undefined || (server.isReachable && !group.isNamedBySentinel)) return true
  const patience = group.isNamedBySentinel ? FORGET_UNDER_SENTINEL_MS : FORGET_WITHOUT_SENTINEL_MS
  return input.now - server.lostSince < patience
}

/** Groups of seeds that no Sentinel names: all that is tied to a seed. One appears once the climb to its top is over. */
function unnamedGroups(input: RosterInput, taken: ReadonlySet<NodeId>, ties: Ties): Map<string, Draft> {
  const groups = new Map<string, Draft>()
  const previous = input.previous?.groups.filter((group) => !group.isNamedBySentinel) ?? []
  const placed = new Set<NodeId>(taken)
  const isTaken = (id: NodeId) => taken.has(id)
  for (const start of [...input.seedServers, ...previous.flatMap((group) => group.members)]) {
    if (placed.has(start) || !input.servers.has(start)) continue
    const members = new Set([start])
    expand(members, ties, isTaken)
    const former = previous.find((group) => group.members.some((id) => members.has(id)))
    const top = climb(start, input)
    if (former === undefined) {
      if (top === undefined) continue
      // A seed that never answered and follows nobody is not a deployment.
      if (members.size === 1 && input.servers.get(start)?.role === undefined) continue
    }
    const group: Draft = { ...draft(former?.name ?? top ?? start, false), members }
    for (const id of former?.members ?? []) {
      if (!members.has(id) && !placed.has(id) && keeps(id, group, input, isTaken)) members.add(id)
    }
    expand(members, ties, isTaken)
    for (const id of members) placed.add(id)
    const twin = groups.get(group.name)
    if (twin === undefined) groups.set(group.name, group)
    else for (const id of members) twin.members.add(id)
  }
  return groups
}

/** Those that said hello on a member and do not answer here: no password for them, TLS, another network. */
function silentSentinels(group: Draft, input: RosterInput): readonly NodeId[] {
  const heard = new Set([...group.members].flatMap((id) => [...(input.heard?.get(id) ?? [])]))
  return input.sentinels.filter((one) => !one.isReachable && heard.has(one.id)).map((one) => one.id)
}

/** The top of the path above a node; the smallest id of a loop; undefined while a hop has not answered yet. */
function climb(from: NodeId, input: RosterInput): NodeId | undefined {
  const path: NodeId[] = []
  let at = from
  for (;;) {
    if (path.includes(at)) return path.slice(path.indexOf(at)).sort()[0]
    path.push(at)
    const server = input.servers.get(at)
    if (server === undefined || !server.isSettled) return undefined
    if (server.follows === undefined) return at
    at = server.follows
  }
}

/** Nodes on the way up from the seeds that must be asked before their group is known. */
function climbing(input: RosterInput): readonly NodeId[] {
  const found: NodeId[] = []
  for (const seed of input.seedServers) {
    const seen = new Set<NodeId>()
    for (let at: NodeId | undefined = seed; at !== undefined && !seen.has(at); at = input.servers.get(at)?.follows) {
      seen.add(at)
    }
    found.push(...seen)
  }
  return found
}
