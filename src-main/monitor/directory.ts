import { type Address, formatAddress, type NodeId } from '../domain/address.ts'
import type { SentinelView } from '../domain/topology/model.ts'
import type { RosterSentinel, RosterServer } from '../domain/topology/roster.ts'
import { NodeMemory } from './node-memory.ts'
import type { Connector } from './ports.ts'
import type { SentinelTrack } from './sentinel-track.ts'
import type { ServerTrack } from './server-track.ts'

interface MadeView {
  readonly source: readonly unknown[]
  readonly view: SentinelView
}

/**
 * Every process under watch, by id, and which addresses mean the same process. A data node is known by run id, port and
 * pid together (a run id alone may be cloned), a Sentinel by its own id.
 */
export class Directory {
  readonly servers = new Map<NodeId, ServerTrack>()
  readonly sentinels = new Map<NodeId, SentinelTrack>()
  readonly memories = new Map<ServerTrack, NodeMemory>()
  private readonly aliases = new Map<NodeId, NodeId>()
  private readonly views = new WeakMap<SentinelTrack, Map<string, MadeView>>()
  private readonly connector: Connector

  constructor(connector: Connector) {
    this.connector = connector
  }

  /** The id under which an address, as anybody names it, is known. */
  resolve(host: string, port: number): NodeId {
    return this.canonical(formatAddress(this.connector.announced({ host, port })))
  }

  resolveAddress(address: Address): NodeId {
    return this.resolve(address.host, address.port)
  }

  canonical(id: NodeId): NodeId {
    return this.aliases.get(id) ?? id
  }

  memoryOf(track: ServerTrack): NodeMemory {
    let memory = this.memories.get(track)
    if (memory === undefined) this.memories.set(track, (memory = new NodeMemory()))
    return memory
  }

  /** Joins tracks that turned out to be one process. Answers whether any id changed. */
  fold(): boolean {
    return this.foldServers() || this.foldSentinels()
  }

  private foldServers(): boolean {
    const announced = this.announcedServers()
    const byProcess = new Map<string, ServerTrack>()
    const byRunId = new Map<string, ServerTrack>()
    for (const track of this.servers.values()) {
      const server = track.direct?.info.server
      if (server?.runId === undefined) continue
      byRunId.set(server.runId, track)
      const key = `${server.runId}|${server.tcpPort ?? ''}|${server.processId ?? ''}`
      const other = byProcess.get(key)
      if (other === undefined) {
        byProcess.set(key, track)
        continue
      }
      const [kept, dropped] = rank(announced, track) > rank(announced, other) ? [track, other] : [other, track]
      this.joinServers(
        dropped.failure === undefined && kept.failure !== undefined ? dropped : kept,
        [kept, dropped],
        kept.id,
      )
      return true
    }
    // A Sentinel knows the run id behind an address that cannot be dialled from here.
    for (const [id, { runId }] of announced) {
      const silent = this.servers.get(id)
      const speaking = runId === undefined ? undefined : byRunId.get(runId)
      if (silent === undefined || speaking === undefined || speaking === silent || silent.direct !== undefined) continue
      if (speaking.failure !== undefined || !silent.isSettled || announced.has(speaking.id)) continue
      this.joinServers(speaking, [speaking, silent], id)
      return true
    }
    return false
  }

  private joinServers(survivor: ServerTrack, both: readonly [ServerTrack, ServerTrack], id: NodeId): void {
    const loser = both[0] === survivor ? both[1] : both[0]
    this.servers.delete(loser.id)
    this.servers.delete(survivor.id)
    for (const name of [loser.id, survivor.id, ...loser.aliases]) survivor.aliases.add(name)
    this.memories.delete(loser)
    loser.dispose()
    survivor.id = id
    survivor.aliases.delete(id)
    for (const name of survivor.aliases) this.aliases.set(name, id)
    this.aliases.delete(id)
    this.servers.set(id, survivor)
  }

  private foldSentinels(): boolean {
    const announced = new Map<string, NodeId>()
    for (const track of this.sentinels.values()) {
      for (const answer of track.groups.values()) {
        for (const peer of answer.peers ?? []) {
          if (peer.runId !== undefined && peer.host !== undefined && peer.port !== undefined)
            announced.set(peer.runId, formatAddress(this.connector.announced({ host: peer.host, port: peer.port })))
        }
      }
    }
    for (const track of this.sentinels.values()) {
      const myId = track.overview?.myId
      const id = myId === undefined ? undefined : announced.get(myId)
      if (id === undefined || id === track.id || track.aliases.has(id)) continue
      const other = this.sentinels.get(id)
      // Two processes with one id (a cloned file) stay two: only a silent or equal one is joined.
      if (other?.overview !== undefined && other.overview.myId !== myId) continue
      other?.dispose()
      this.sentinels.delete(track.id)
      track.aliases.add(track.id)
      this.aliases.set(track.id, id)
      track.id = id
      this.sentinels.set(id, track)
      return true
    }
    return false
  }

  /** Addresses that Sentinels announce, with the run id they know; then those in slaveN lines and replicaof. */
  private announcedServers(): Map<NodeId, { readonly rank: number; readonly runId: string | undefined }> {
    const found = new Map<NodeId, { readonly rank: number; readonly runId: string | undefined }>()
    const add = (host: string | undefined, port: number | undefined, rank: number, runId?: string) => {
      if (host === undefined || port === undefined || port === 0) return
      const id = formatAddress(this.connector.announced({ host, port }))
      const known = found.get(id)
      if (known === undefined || known.rank < rank || (known.runId === undefined && runId !== undefined))
        found.set(id, { rank: Math.max(rank, known?.rank ?? 0), runId: runId ?? known?.runId })
    }
    for (const sentinel of this.sentinels.values()) {
      if (sentinel.failure !== undefined) continue
      for (const master of sentinel.overview?.masters ?? []) add(master.host, master.port, 2, master.runId)
      for (const answer of sentinel.groups.values()) {
        for (const replica of answer.replicas ?? []) add(replica.host, replica.port, 2, replica.runId)
      }
    }
    for (const server of this.servers.values()) {
      const replication = server.direct?.info.replication
      for (const line of replication?.replicas ?? []) add(line.host, line.port, 1)
      add(replication?.masterHost, replication?.masterPort, 1)
    }
    return found
  }

  /** What the Sentinels say, for the roster. */
  rosterSentinels(): readonly RosterSentinel[] {
    return [...this.sentinels.values()].map((track) => ({
      id: track.id,
      isReachable: track.failure === undefined && track.overview !== undefined,
      groups: (track.overview?.masters ?? []).flatMap((master) => {
        if (master.host === undefined || master.port === undefined) return []
        const answer = track.groups.get(master.name)
        return [
          {
            name: master.name,
            master: this.resolve(master.host, master.port),
            replicas: (answer?.replicas ?? []).flatMap((one) => this.idOf(one)),
            peers: (answer?.peers ?? []).flatMap((one) => this.idOf(one)),
          },
        ]
      }),
    }))
  }

  /** What the data nodes say, for the roster. Keeps each track's `lostSince`. */
  rosterServers(now: number, sentinels: readonly RosterSentinel[]): ReadonlyMap<NodeId, RosterServer> {
    const listed = new Set<NodeId>()
    for (const sentinel of sentinels) {
      if (!sentinel.isReachable) continue
      for (const group of sentinel.groups) for (const id of [group.master, ...group.replicas]) listed.add(id)
    }
    const result = new Map<NodeId, RosterServer>()
    for (const track of this.servers.values()) {
      const replication = track.direct?.info.replication
      const isReachable = track.failure === undefined && track.direct !== undefined
      const { masterHost, masterPort } = replication ?? {}
      const follows =
        masterHost === undefined || masterPort === undefined ? undefined : this.resolve(masterHost, masterPort)
      const followers = !isReachable
        ? []
        : (replication?.replicas ?? []).flatMap((line) =>
            line.port === undefined || line.port === 0 ? [] : [this.resolve(line.host, line.port)],
          )
      for (const id of followers) listed.add(id)
      if (follows !== undefined && isReachable) listed.add(follows).add(track.id)
      result.set(track.id, {
        id: track.id,
        isReachable,
        isSettled: track.isSettled,
        role: replication?.role,
        follows: follows === track.id ? undefined : follows,
        followers,
        lostSince: undefined,
      })
    }
    for (const [id, server] of result) {
      const track = this.servers.get(id)
      if (track === undefined) continue
      track.lostSince = listed.has(id) ? undefined : (track.lostSince ?? now)
      result.set(id, { ...server, lostSince: track.lostSince })
    }
    return result
  }

  /** One Sentinel's view of one group, ids resolved; made anew only when its answers or the aliases changed. */
  viewOf(track: SentinelTrack, group: string): SentinelView {
    const made = this.views.get(track)?.get(group)
    const source = [track.overview, track.groups.get(group), track.failure, track.id, this.aliases.size] as const
    if (made !== undefined && made.source.every((part, i) => part === source[i])) return made.view
    const view = this.makeView(track, group)
    const ofTrack = this.views.get(track) ?? new Map<string, MadeView>()
    this.views.set(track, ofTrack.set(group, { source, view }))
    return view
  }

  private makeView(track: SentinelTrack, group: string): SentinelView {
    const facts = track.overview?.masters.find((master) => master.name === group)
    const answer = track.groups.get(group)
    return {
      sentinel: track.id,
      sentinelId: track.overview?.myId,
      isReachable: track.failure === undefined && track.overview !== undefined,
      at: track.overview?.receivedAt,
      master: facts?.host === undefined || facts.port === undefined ? undefined : this.resolve(facts.host, facts.port),
      facts,
      replicas: answer?.replicas?.flatMap((one) => this.idOf(one).map((node) => ({ ...one, node }))),
      peers: answer?.peers?.flatMap((one) => this.idOf(one).map((node) => ({ ...one, node }))),
      quorumCheck: answer?.quorumCheck,
    }
  }

  private idOf(instance: { readonly host: string | undefined; readonly port: number | undefined }): NodeId[] {
    return instance.host === undefined || instance.port === undefined
      ? []
      : [this.resolve(instance.host, instance.port)]
  }
}

function rank(announced: ReadonlyMap<NodeId, { readonly rank: number }>, track: ServerTrack): number {
  return announced.get(track.id)?.rank ?? 0
}
