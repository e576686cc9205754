import type { NodeId } from '../domain/address.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { CachedInfo } from '../domain/replies/reply-types.ts'
import type { RosterGroup } from '../domain/topology/roster.ts'
import type { Directory } from './directory.ts'
import type { Clock } from './ports.ts'

interface Entry {
  readonly info: InfoReply
  readonly at: number
  readonly by: NodeId
}

/** What Sentinels last heard of nodes that do not answer us. Asked only while there are such nodes. */
export class SentinelCache {
  private readonly entries = new Map<string, ReadonlyMap<NodeId, Entry>>()
  private readonly directory: Directory
  private readonly clock: Clock

  constructor(directory: Directory, clock: Clock) {
    this.directory = directory
    this.clock = clock
  }

  of(group: string, node: NodeId): Entry | undefined {
    return this.entries.get(group)?.get(node)
  }

  /** Asks one living Sentinel where a member of the group is silent. Answers whether anything is known now. */
  async fill(group: RosterGroup): Promise<boolean> {
    const silent = group.members.filter((id) => this.directory.servers.get(id)?.failure !== undefined)
    if (silent.length === 0) return this.entries.delete(group.name)
    for (const id of group.sentinels) {
      const track = this.directory.sentinels.get(id)
      if (track === undefined || track.failure !== undefined || track.overview === undefined) continue
      const answer = await track.infoCache(group.name)
      if (!answer.ok) continue
      const now = this.clock.now()
      const found = new Map<NodeId, Entry>()
      for (const member of silent) {
        const cached = this.match(member, group, answer.value)
        if (cached?.info !== undefined && cached.ageMs !== undefined)
          found.set(member, { info: cached.info, at: now - cached.ageMs, by: track.id })
      }
      this.entries.set(group.name, found)
      return found.size > 0
    }
    return false
  }

  /** Entries carry no address: a node is told by the run id that a Sentinel knows for it, else by its port where only one has it. */
  private match(id: NodeId, group: RosterGroup, entries: readonly CachedInfo[]): CachedInfo | undefined {
    const runIds = new Set<string>()
    for (const sentinel of group.sentinels) {
      const track = this.directory.sentinels.get(sentinel)
      if (track === undefined) continue
      const view = this.directory.viewOf(track, group.name)
      if (view.master === id && view.facts?.runId !== undefined) runIds.add(view.facts.runId)
      for (const replica of view.replicas ?? [])
        if (replica.node === id && replica.runId !== undefined) runIds.add(replica.runId)
    }
    const byRunId = entries.find((one) => one.info?.server.runId !== undefined && runIds.has(one.info.server.runId))
    if (byRunId !== undefined) return byRunId
    const port = Number(id.slice(id.lastIndexOf(':') + 1))
    const byPort = entries.filter((one) => one.info?.server.tcpPort === port)
    return runIds.size === 0 && byPort.length === 1 ? byPort[0] : undefined
  }
}
