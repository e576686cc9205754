import { type Address, formatAddress, type NodeId } from '../../src-main/domain/address.ts'
import { fail, type Failure, ok, type Result } from '../../src-main/domain/failure.ts'
import type { InfoReply } from '../../src-main/domain/replies/info-reply.ts'
import type { HelloMessage, SentinelEvent } from '../../src-main/domain/replies/reply-types.ts'
import type { Connector, DataNodeReader, SentinelReader, Timing } from '../../src-main/monitor/ports.ts'
import { infoReply, replicaLine, runId, sentinelMaster, sentinelPeer, sentinelReplica } from './facts.ts'
import type { FakeClock } from './fake-clock.ts'

const NO_ACCESS = { hasCredentials: false, user: undefined, defaultUserMay: undefined }

type Mood = 'up' | 'hung' | 'refused' | 'auth'

/** One pretended data node. Change its fields and the next answer tells. */
export interface FakeServer {
  readonly id: NodeId
  runId: string
  pid: number
  role: 'master' | 'replica'
  follows: NodeId | undefined
  offset: number
  replid: string
  mood: Mood
  /** How its upstream lists it. */
  announcedAs: NodeId
  linkUp: boolean
  asked: number
  /** What each vitals question asked for beside INFO. */
  readonly askedAlso: (readonly string[])[]
  /** Commands that it does not permit. */
  readonly denies: Set<string>
  readonly config: Map<string, string>
  /** How often its settings and commandstats were asked for. */
  askedSlow: number
  /** Undefined: the keyspace is not told. */
  keys: number | undefined
  /** It is being sent the whole dataset. */
  isSyncing: boolean
}

export interface FakeSentinel {
  readonly id: NodeId
  readonly myId: string
  mood: Mood
  /** By group name: master and replicas as this Sentinel believes. */
  groups: Map<string, { master: NodeId; replicas: NodeId[]; epoch: number }>
}

/** A deployment in memory behind the monitor's ports. Answers take 1 ms of the fake clock; a hung node takes 2 s to fail. */
export class FakeWorld {
  readonly servers = new Map<NodeId, FakeServer>()
  readonly sentinels = new Map<NodeId, FakeSentinel>()
  readonly hellos: HelloMessage[] = []
  /** From one hello to the next. */
  helloGapMs = 0
  /** SUBSCRIBE is not permitted on any node. */
  isDeaf = false
  openReaders = 0
  private readonly lost = new Map<NodeId, Set<() => void>>()
  private readonly subscribers = new Map<NodeId, Set<(event: SentinelEvent) => void>>()
  private readonly clock: FakeClock
  /** Dialled address by another name of the same process. */
  readonly sameAs = new Map<NodeId, NodeId>()
  readonly nat = new Map<NodeId, NodeId>()

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  server(port: number, follows?: number, more: Partial<FakeServer> = {}): FakeServer {
    const id = `10.0.0.1:${port}`
    const one: FakeServer = {
      id,
      runId: runId(port),
      pid: port,
      role: follows === undefined ? 'master' : 'replica',
      follows: follows === undefined ? undefined : `10.0.0.1:${follows}`,
      offset: 1000,
      replid: 'a'.repeat(40),
      mood: 'up',
      announcedAs: id,
      linkUp: true,
      asked: 0,
      config: new Map(),
      askedAlso: [],
      denies: new Set(),
      askedSlow: 0,
      keys: undefined,
      isSyncing: false,
      ...more,
    }
    this.servers.set(id, one)
    return one
  }

  sentinel(port: number, groups: Record<string, { master: number; replicas: number[]; epoch?: number }>): FakeSentinel {
    const id = `10.0.0.1:${port}`
    const one: FakeSentinel = {
      id,
      myId: runId(port),
      mood: 'up',
      groups: new Map(
        Object.entries(groups).map(([name, view]) => [
          name,
          {
            master: `10.0.0.1:${view.master}`,
            replicas: view.replicas.map((replica) => `10.0.0.1:${replica}`),
            epoch: view.epoch ?? 1,
          },
        ]),
      ),
    }
    this.sentinels.set(id, one)
    return one
  }

  /** The process dies: its connections break at once. */
  kill(server: FakeServer): void {
    server.mood = 'refused'
    for (const listener of this.lost.get(server.id) ?? []) listener()
  }

  publish(sentinel: FakeSentinel, event: SentinelEvent): void {
    for (const listener of this.subscribers.get(sentinel.id) ?? []) listener(event)
  }

  connector(): Connector {
    const forward = (map: ReadonlyMap<NodeId, NodeId>, address: Address) => {
      const to = map.get(formatAddress(address))
      return to === undefined ? address : toAddress(to)
    }
    const back = new Map([...this.nat].map(([from, to]) => [to, from]))
    return {
      dataNode: (address) => this.dataNode(forward(this.nat, address)),
      sentinel: (address) => this.sentinelReader(forward(this.nat, address)),
      reachable: (address) => forward(this.nat, address),
      announced: (address) => forward(back, address),
      isTls: false,
      dispose: () => Promise.resolve(),
    }
  }

  private dataNode(address: Address): DataNodeReader {
    const dialled = formatAddress(address)
    const id = this.sameAs.get(dialled) ?? dialled
    this.openReaders++
    let isOpen = true
    const ask = async <T>(answer: (server: FakeServer, info: InfoReply, timing: Timing) => T): Promise<Result<T>> => {
      const sentAt = this.clock.now()
      const server = this.servers.get(id)
      const trouble = await this.trouble(dialled, server?.mood ?? (this.sentinels.has(id) ? 'up' : 'refused'))
      if (trouble !== undefined) return fail(trouble)
      if (server === undefined) return fail({ kind: 'not-a-data-node', at: dialled })
      server.asked++
      return ok(answer(server, this.infoOf(server), { sentAt, receivedAt: this.clock.now(), commands: 1, bytes: 100 }))
    }
    return {
      address,
      // INFO replication alone counts no keys.
      replication: () =>
        ask((_, info, timing) => ({
          ...timing,
          info: { ...info, sections: info.sections.filter((section) => section !== 'keyspace') },
          role: undefined,
          notPermitted: [],
        })),
      vitals: ({ role, replicaClients }) =>
        ask((server, info, timing) => {
          const asked = [...(role ? ['ROLE'] : []), ...(replicaClients ? ['CLIENT LIST'] : [])]
          server.askedAlso.push(asked)
          return {
            ...timing,
            info,
            role: undefined,
            replicaClients: replicaClients && !server.denies.has('CLIENT LIST') ? [] : undefined,
            notPermitted: asked.filter((command) => server.denies.has(command)),
          }
        }),
      settings: () =>
        ask((server, __, timing) => {
          server.askedSlow++
          return {
            ...timing,
            config: new Map(server.config),
            commandStats: undefined,
            access: NO_ACCESS,
            notPermitted: [],
          }
        }),
      listenHello: (onHello, signal) =>
        new Promise((resolve) => {
          if (this.isDeaf) {
            resolve(fail({ kind: 'not-permitted', at: dialled, command: 'SUBSCRIBE', reply: 'NOPERM' }))
            return
          }
          for (const [n, hello] of this.hellos.entries())
            this.clock.after(100 + n * this.helloGapMs, () => {
              if (!signal.aborted) onHello(hello)
            })
          signal.addEventListener('abort', () => resolve(ok(undefined)))
        }),
      onLost: (listener) => {
        const set = this.lost.get(id) ?? new Set()
        this.lost.set(id, set.add(listener))
        return () => set.delete(listener)
      },
      dispose: () => {
        if (isOpen) this.openReaders--
        isOpen = false
      },
    }
  }

  private sentinelReader(address: Address): SentinelReader {
    const dialled = formatAddress(address)
    const id = this.sameAs.get(dialled) ?? dialled
    this.openReaders++
    let isOpen = true
    const ask = async <T>(answer: (sentinel: FakeSentinel, timing: Timing) => T): Promise<Result<T>> => {
      const sentAt = this.clock.now()
      const sentinel = this.sentinels.get(id)
      const trouble = await this.trouble(dialled, sentinel?.mood ?? (this.servers.has(id) ? 'up' : 'refused'))
      if (trouble !== undefined) return fail(trouble)
      if (sentinel === undefined) return fail({ kind: 'not-a-sentinel', at: dialled })
      return ok(answer(sentinel, { sentAt, receivedAt: this.clock.now(), commands: 1, bytes: 100 }))
    }
    return {
      address,
      overview: () =>
        ask((sentinel, timing) => ({
          ...timing,
          myId: sentinel.myId,
          info: undefined,
          notPermitted: [],
          masters: [...sentinel.groups].map(([name, view]) =>
            sentinelMaster({
              name,
              host: toAddress(view.master).host,
              port: toAddress(view.master).port,
              configEpoch: view.epoch,
              runId: this.servers.get(view.master)?.runId,
              otherSentinelTotal: this.sentinels.size - 1,
            }),
          ),
        })),
      group: (name) =>
        ask((sentinel, timing) => ({
          ...timing,
          notPermitted: [],
          quorumCheck: undefined,
          replicas: (sentinel.groups.get(name)?.replicas ?? []).map((node) =>
            sentinelReplica({ node, ...toAddress(node), runId: this.servers.get(node)?.runId }),
          ),
          peers: [...this.sentinels.values()]
            .filter((peer) => peer !== sentinel && peer.groups.has(name))
            .map((peer) => sentinelPeer({ node: peer.id, ...toAddress(peer.id), runId: peer.myId })),
        })),
      infoCache: () =>
        ask(() => [...this.servers.values()].map((server) => ({ ageMs: 700, info: this.infoOf(server) }))),
      events: (onEvent) => {
        const set = this.subscribers.get(id) ?? new Set()
        this.subscribers.set(id, set.add(onEvent))
        return () => set.delete(onEvent)
      },
      onLost: () => () => undefined,
      dispose: () => {
        if (isOpen) this.openReaders--
        isOpen = false
      },
    }
  }

  private async trouble(id: NodeId, mood: Mood): Promise<Failure | undefined> {
    await new Promise<void>((resolve) => {
      this.clock.after(mood === 'hung' ? 2000 : 1, resolve)
    })
    switch (mood) {
      case 'up':
        return undefined
      case 'hung':
        return { kind: 'unreachable', at: id, cause: 'timeout', stage: 'command', detail: '' }
      case 'refused':
        return { kind: 'unreachable', at: id, cause: 'refused', stage: 'connect', detail: '' }
      case 'auth':
        return { kind: 'auth', at: id, reply: 'NOAUTH Authentication required.' }
    }
  }

  private infoOf(server: FakeServer): InfoReply {
    const followers = [...this.servers.values()].filter(
      (one) => one.role === 'replica' && one.follows === server.id && one.mood !== 'refused' && one.linkUp,
    )
    const master = server.follows === undefined ? undefined : toAddress(server.follows)
    const upstream = server.follows === undefined ? undefined : this.servers.get(server.follows)
    return infoReply({
      ...(server.keys === undefined ? {} : { keyspace: [{ db: 0, keys: server.keys, expires: 0 }] }),
      server: { runId: server.runId, processId: server.pid, tcpPort: toAddress(server.id).port, version: '7.0.15' },
      replication: {
        role: server.role,
        replid: server.replid,
        offset: server.offset,
        appliedOffset: server.role === 'replica' ? server.offset : undefined,
        readOffset: server.role === 'replica' ? server.offset : undefined,
        masterHost: server.role === 'replica' ? master?.host : undefined,
        masterPort: server.role === 'replica' ? master?.port : undefined,
        masterLink: server.role === 'replica' ? (server.linkUp && upstream?.mood === 'up' ? 'up' : 'down') : undefined,
        connectedReplicas: followers.length,
        backlogActive: true,
        backlogSizeBytes: 1_048_576,
        backlogFirstByteOffset: 1,
        backlogHistlenBytes: server.offset,
        replicas: followers.map((one) =>
          replicaLine({
            ...toAddress(one.announcedAs),
            ackOffset: one.offset,
            lagSeconds: 1,
            ...(one.isSyncing ? { state: 'wait_bgsave' } : {}),
          }),
        ),
      },
    })
  }
}

function toAddress(id: NodeId): Address {
  const colon = id.lastIndexOf(':')
  return { host: id.slice(0, colon), port: Number(id.slice(colon + 1)) }
}
