import { type Address, formatAddress, type NodeId } from '../domain/address.ts'
import { type Failure } from '../domain/failure.ts'
import type { SentinelEvent } from '../domain/replies/reply-types.ts'
import { DEFAULT_INTERVALS, type Intervals, staleAfterMs } from '../domain/schedule.ts'
import { buildGroup } from '../domain/topology/build-group.ts'
import { diffGroup } from '../domain/topology/diff.ts'
import type { GroupFacts } from '../domain/topology/facts.ts'
import type { GroupEvent, GroupPast, GroupSnapshot } from '../domain/topology/model.ts'
import { addToPast } from '../domain/topology/past.ts'
import { decideRoster, type Roster, type RosterGroup } from '../domain/topology/roster.ts'
import { Directory } from './directory.ts'
import { GroupTicker } from './group-ticker.ts'
import { HelloWatch } from './hello-watch.ts'
import { SentinelCache } from './sentinel-cache.ts'
import type { Clock, Connector, Target, Timing } from './ports.ts'
import { SentinelTrack } from './sentinel-track.ts'
import { ServerTrack, type Tier } from './server-track.ts'
import type { GroupState, Session, SessionChange, SessionState } from './session.ts'

/** Draws conclusions from one picture; pure. Without one a session only shows. */
export type Judge = (
  snapshot: GroupSnapshot,
  past: GroupPast,
  previous: GroupState | undefined,
) => Pick<GroupState, 'exposure' | 'headline' | 'electable' | 'findings' | 'notJudged'>

export interface SessionOptions {
  readonly target: Target
  /** Owned by the session from here on: `dispose` ends it. */
  readonly connector: Connector
  readonly clock: Clock
  /** Fast tier; default 1000. */
  readonly intervalMs?: number | undefined
  /** One picture, no subscriptions, no repetition. */
  readonly oneShot?: boolean | undefined
  readonly judge?: Judge | undefined
}

/** A burst of changes is told together, this long after the first. */
const NOTIFY_MS = 10
/** An answer outside a tick is published this long after it came, with whatever else came meanwhile. */
const PUBLISH_MS = 5
const RECONCILE_MS = 2
const NO_JUDGE: Judge = () => ({ exposure: undefined, electable: [], findings: [], notJudged: [] })

/** Opens a session: dials nothing but the target and what it leads to, and begins at once. */
export function openSession(options: SessionOptions): Session {
  return new DeploymentSession(options)
}

interface GroupRuntime {
  group: RosterGroup
  readonly ticker: GroupTicker
  readonly since: number
  state: GroupState | undefined
  past: GroupPast
  pendingEvents: GroupEvent[]
  cancelPublish: (() => void) | undefined
}

class DeploymentSession implements Session {
  private readonly options: SessionOptions
  private readonly clock: Clock
  private readonly connector: Connector
  private readonly intervals: Intervals
  private readonly judge: Judge
  private readonly directory: Directory
  private readonly hello: HelloWatch
  private readonly cache: SentinelCache
  private readonly groups = new Map<string, GroupRuntime>()
  private readonly structure = new Map<ServerTrack, string>()
  private readonly opinions = new Map<string, string>()
  private readonly memberships = new Map<NodeId, GroupRuntime[]>()
  private readonly listeners = new Set<(change: SessionChange) => void>()
  private readonly timers = new Set<() => void>()
  private readonly waiters = new Set<() => void>()
  private readonly focused = new Set<string>()
  private roster: Roster | undefined
  private phase: SessionState['phase'] = 'connecting'
  private failures: readonly Failure[] = []
  private lateUntil = 0
  private revision = 0
  private isReconcileDue = false
  private isDisposed = false
  private change: { changed: Set<string>; removed: Set<string>; events: (GroupEvent & { group: string })[] } | undefined
  private readonly first: Promise<void>

  constructor(options: SessionOptions) {
    this.options = options
    this.clock = options.clock
    this.connector = options.connector
    const fastMs = options.intervalMs ?? DEFAULT_INTERVALS.fastMs
    this.intervals = { ...DEFAULT_INTERVALS, fastMs, focusedMs: Math.min(fastMs, DEFAULT_INTERVALS.focusedMs) }
    this.judge = options.judge ?? NO_JUDGE
    this.directory = new Directory(options.connector)
    this.cache = new SentinelCache(this.directory, this.clock)
    this.hello = new HelloWatch({
      connector: options.connector,
      clock: options.clock,
      onFound: (sentinel) => {
        this.watchSentinel(this.directory.resolveAddress(sentinel), sentinel)
        this.requestReconcile()
      },
      onEnd: () => {
        this.requestReconcile()
      },
    })
    for (const address of options.target.sentinels) this.watchSentinel(formatAddress(address), address)
    for (const address of options.target.nodes) this.watchServer(formatAddress(this.connector.announced(address)))
    this.first = this.takeFirstPicture()
    if (options.oneShot !== true) this.repeatSentinelPolls()
  }

  state(): SessionState {
    const groups = new Map<string, GroupState>()
    for (const [name, runtime] of [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (runtime.state !== undefined && this.isWanted(name)) groups.set(name, runtime.state)
    }
    const now = this.clock.now()
    return {
      phase: this.phase,
      failures: this.failures,
      groups,
      load: [...this.directory.servers.values(), ...this.directory.sentinels.values()].map((track) =>
        track.load.load(track.id, now),
      ),
      isSlow: now < this.lateUntil,
    }
  }

  subscribe(listener: (change: SessionChange) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  firstPicture(): Promise<void> {
    return this.first
  }

  async refresh(): Promise<void> {
    await this.first
    await Promise.all([...this.directory.sentinels.values()].map((track) => track.poll((name) => this.isWanted(name))))
    await Promise.all([...this.groups.values()].map((runtime) => runtime.ticker.tick('vitals')))
  }

  focus(groups: readonly string[]): void {
    this.focused.clear()
    for (const name of groups) {
      this.focused.add(name)
      this.groups.get(name)?.ticker.wake()
    }
  }

  async dispose(): Promise<void> {
    if (this.isDisposed) return
    this.isDisposed = true
    this.phase = 'ended'
    for (const cancel of this.timers) cancel()
    this.timers.clear()
    for (const runtime of this.groups.values()) this.endRuntime(runtime)
    this.hello.dispose()
    for (const track of this.directory.servers.values()) track.dispose()
    for (const track of this.directory.sentinels.values()) track.dispose()
    this.listeners.clear()
    this.wakeWaiters()
    await this.connector.dispose()
  }

  // --- who is watched -------------------------------------------------------------------------------------------

  private watchSentinel(id: NodeId, address: Address): void {
    const known = this.directory.canonical(id)
    if (this.directory.sentinels.has(known)) return
    const track = new SentinelTrack(address, this.connector, this.clock, {
      onAnswer: (one) => {
        this.onSentinelAnswer(one)
      },
      onEvent:
        this.options.oneShot === true
          ? undefined
          : (one, event) => {
              this.onSentinelEvent(one, event)
            },
    })
    track.id = known
    const dialled = formatAddress(this.connector.reachable(address))
    if (dialled !== known) track.aliases.add(dialled)
    this.directory.sentinels.set(known, track)
    void track.poll((name) => this.isWanted(name))
  }

  private watchServer(id: NodeId): void {
    const known = this.directory.canonical(id)
    if (this.directory.servers.has(known)) return
    const address = fromId(known)
    const track = new ServerTrack(address, this.connector, this.clock, {
      onAnswer: (one, timing) => {
        this.onServerAnswer(one, timing)
      },
      onLost: (one) => {
        void one.ask('replication')
      },
    })
    const dialled = formatAddress(this.connector.reachable(address))
    if (dialled !== known) track.aliases.add(dialled)
    this.directory.servers.set(known, track)
    void track.ask('vitals').then(() => (track.failure === undefined ? track.ask('settings') : undefined))
  }

  private onServerAnswer(track: ServerTrack, timing: Timing | undefined): void {
    if (this.isDisposed) return
    if (timing !== undefined && track.direct !== undefined) this.directory.memoryOf(track).add(track.direct)
    const key = structureKey(track)
    const isChanged = this.structure.get(track) !== key
    if (isChanged) {
      this.structure.set(track, key)
      this.requestReconcile()
      if (timing !== undefined && this.hello.isWanted && this.isSeed(track)) this.hello.listen(track.address)
    }
    for (const runtime of this.memberships.get(track.id) ?? []) {
      if (isChanged || !runtime.ticker.isRunning) this.schedulePublish(runtime.group.name, runtime)
    }
    this.wakeWaiters()
  }

  private onSentinelAnswer(track: SentinelTrack): void {
    if (this.isDisposed) return
    if (track.overview !== undefined && track.failure === undefined) this.hello.dispose()
    const names = new Set([...(track.overview?.masters ?? []).map((master) => master.name), ...track.groups.keys(), ''])
    for (const name of names) {
      const key = `${track.id} ${name}`
      const opinion = opinionOf(track, name)
      if (this.opinions.get(key) === opinion) continue
      this.opinions.set(key, opinion)
      this.requestReconcile()
      for (const runtime of name === '' ? this.groups.values() : [this.groups.get(name)]) {
        if (runtime?.group.sentinels.includes(track.id) === true) this.schedulePublish(runtime.group.name, runtime)
      }
    }
    this.wakeWaiters()
  }

  private onSentinelEvent(track: SentinelTrack, event: SentinelEvent): void {
    const names = event.group === undefined ? [...track.groups.keys()] : [event.group]
    for (const name of names) {
      const runtime = this.groups.get(name)
      if (runtime === undefined) continue
      runtime.pendingEvents.push({
        at: this.clock.now(),
        kind: 'sentinel',
        node: track.id,
        what: event.channel,
        detail: event.payload,
      })
      runtime.ticker.wake()
      this.schedulePublish(name, runtime)
    }
    void track.poll((name) => this.isWanted(name) && names.includes(name))
  }

  private isSeed(track: ServerTrack): boolean {
    return this.seedServers().includes(track.id)
  }

  private seedServers(): readonly NodeId[] {
    return this.options.target.nodes.map((address) => this.directory.resolveAddress(address))
  }

  private isWanted(name: string): boolean {
    return this.options.target.group === undefined || this.options.target.group === name
  }

  /** Which Sentinel-named groups belong here: all of them from Sentinel seeds, those of the seed nodes otherwise. */
  private onlyGroups(): ReadonlySet<string> | undefined {
    const { target } = this.options
    if (target.group !== undefined) return new Set([target.group])
    return target.sentinels.length > 0 ? undefined : this.hello.groupNames
  }

  // --- from facts to roster -------------------------------------------------------------------------------------

  private requestReconcile(): void {
    if (this.isReconcileDue || this.isDisposed) return
    this.isReconcileDue = true
    this.after(RECONCILE_MS, () => {
      this.isReconcileDue = false
      this.reconcile()
      this.wakeWaiters()
    })
  }

  private reconcile(): void {
    const { directory } = this
    while (directory.fold());
    const now = this.clock.now()
    const sentinels = directory.rosterSentinels()
    this.roster = decideRoster({
      now,
      seedServers: this.seedServers(),
      seedSentinels: this.options.target.sentinels.map((address) => directory.resolveAddress(address)),
      onlyGroups: this.onlyGroups(),
      sentinels,
      servers: directory.rosterServers(now, sentinels),
      previous: this.roster,
    })
    for (const id of this.roster.servers) this.watchServer(id)
    for (const id of this.roster.sentinels) this.watchSentinel(id, fromId(id))
    for (const [id, track] of directory.servers) {
      if (this.roster.servers.has(id)) continue
      directory.servers.delete(id)
      directory.memories.delete(track)
      this.structure.delete(track)
      track.dispose()
    }
    for (const [id, track] of directory.sentinels) {
      // One just heard of through a hello has not spoken yet: it stays until it has.
      if (this.roster.sentinels.has(id) || !track.isSettled) continue
      directory.sentinels.delete(id)
      for (const key of [...this.opinions.keys()]) if (key.startsWith(`${id} `)) this.opinions.delete(key)
      track.dispose()
    }
    this.reconcileGroups(this.roster)
    this.memberships.clear()
    for (const runtime of this.groups.values()) {
      for (const id of runtime.group.members) {
        this.memberships.set(id, [...(this.memberships.get(id) ?? []), runtime])
      }
    }
    this.updatePhase()
  }

  private reconcileGroups(roster: Roster): void {
    const names = new Set(roster.groups.map((group) => group.name))
    for (const [name, runtime] of this.groups) {
      if (names.has(name)) continue
      this.endRuntime(runtime)
      this.groups.delete(name)
      this.noteChange((change) => {
        change.changed.delete(name)
        change.removed.add(name)
      })
    }
    for (const group of roster.groups) {
      const runtime = this.groups.get(group.name)
      if (runtime === undefined) this.beginRuntime(group)
      else if (
        runtime.group.members.join() !== group.members.join() ||
        runtime.group.sentinels.join() !== group.sentinels.join()
      ) {
        runtime.group = group
        this.schedulePublish(group.name, runtime)
      }
    }
  }

  private beginRuntime(group: RosterGroup): void {
    const now = this.clock.now()
    const runtime: GroupRuntime = {
      group,
      since: now,
      state: undefined,
      past: { samples: new Map(), events: [], since: now, isOneShot: this.options.oneShot === true },
      pendingEvents: [],
      cancelPublish: undefined,
      ticker: new GroupTicker({
        clock: this.clock,
        members: () =>
          runtime.group.members.flatMap((id) => {
            const track = this.directory.servers.get(this.directory.canonical(id))
            return track === undefined ? [] : [track]
          }),
        snapshot: () => runtime.state?.snapshot,
        intervalMs: () => (this.focused.has(runtime.group.name) ? this.intervals.focusedMs : this.intervals.fastMs),
        tierOf: (track) => this.tierOf(track, runtime),
        askSlow: (track) => {
          const due = (track.settingsAskedAt ?? -Infinity) + this.intervals.slowMs
          if (track.failure === undefined && this.clock.now() >= due) void track.ask('settings')
        },
        onTick: (_startedAt, _tookMs, lateMs) => {
          if (lateMs > this.intervals.fastMs / 2) this.lateUntil = this.clock.now() + 10_000
          this.publish(runtime.group.name, runtime)
        },
      }),
    }
    this.groups.set(group.name, runtime)
    if (this.options.oneShot !== true) {
      const isMany = this.groups.size > 10
      runtime.ticker.start(isMany ? this.clock.random() * this.intervals.fastMs : 0)
    }
  }

  private endRuntime(runtime: GroupRuntime): void {
    runtime.ticker.dispose()
    runtime.cancelPublish?.()
    runtime.cancelPublish = undefined
  }

  private tierOf(track: ServerTrack, runtime: GroupRuntime): Tier {
    const link = runtime.state?.snapshot.links.find((one) => one.replica === track.id)
    const isSyncing = link?.state === 'full-sync' || link?.state === 'loading'
    const due = (track.vitalsAt ?? -Infinity) + this.intervals.mediumMs - this.intervals.fastMs / 2
    return isSyncing || this.clock.now() >= due ? 'vitals' : 'replication'
  }

  // --- from roster to picture -----------------------------------------------------------------------------------

  private schedulePublish(name: string, runtime: GroupRuntime): void {
    if (runtime.cancelPublish !== undefined || this.isDisposed) return
    runtime.cancelPublish = this.clock.after(PUBLISH_MS, () => {
      runtime.cancelPublish = undefined
      if (this.groups.get(name) === runtime) this.publish(name, runtime)
    })
  }

  private publish(name: string, runtime: GroupRuntime): void {
    if (this.isDisposed) return
    runtime.cancelPublish?.()
    runtime.cancelPublish = undefined
    const before = runtime.state?.snapshot
    const snapshot = buildGroup(this.factsOf(runtime))
    const events = [...runtime.pendingEvents, ...diffGroup(before, snapshot)]
    runtime.pendingEvents = []
    runtime.past = addToPast(runtime.past, snapshot, events)
    const judgement = this.judge(snapshot, runtime.past, runtime.state)
    this.revision++
    runtime.state = { revision: this.revision, snapshot, past: runtime.past, ...judgement }
    if (!this.isWanted(name)) return
    this.noteChange((change) => {
      change.removed.delete(name)
      change.changed.add(name)
      for (const event of events) change.events.push({ ...event, group: name })
    })
  }

  private factsOf(runtime: GroupRuntime): GroupFacts {
    const { directory } = this
    const { group } = runtime
    const interval = this.focused.has(group.name) ? this.intervals.focusedMs : this.intervals.fastMs
    const previous = runtime.state?.snapshot.master
    return {
      name: group.name,
      isNamedBySentinel: group.isNamedBySentinel,
      now: this.clock.now(),
      staleAfterMs: staleAfterMs(interval),
      resolve: (host, port) => directory.resolve(host, port),
      previousMaster: previous === undefined ? undefined : directory.canonical(previous),
      servers: group.members.flatMap((id) => {
        const track = directory.servers.get(directory.canonical(id))
        if (track === undefined) return []
        const memory = directory.memoryOf(track)
        return [
          {
            id: track.id,
            aliases: [...track.aliases],
            direct: track.direct,
            cached: this.cache.of(group.name, track.id),
            failure: track.failure,
            lastSeenAt: track.lastSeenAt,
            rttMs: track.rttMs,
            config: track.config,
            replicaClients: track.replicaClients,
            notPermitted: track.notPermitted,
            samples: memory.samples,
            replicaSamples: memory.replicaSamples,
            ages: memory.ages,
            writeRate: memory.writeRate,
            earlier: memory.earlier,
            isNatMapped: formatAddress(this.connector.reachable(track.address)) !== formatAddress(track.address),
            isTls: this.connector.isTls,
          },
        ]
      }),
      sentinels: group.sentinels.flatMap((id) => {
        const track = directory.sentinels.get(directory.canonical(id))
        if (track === undefined) return []
        return [
          {
            id: track.id,
            aliases: [...track.aliases],
            info: track.info,
            facts:
              track.overview === undefined
                ? undefined
                : {
                    myId: track.overview.myId,
                    tilt: track.info?.sentinel?.tilt,
                    groups: track.overview.masters.map((master) => master.name),
                  },
            failure: track.failure,
            lastSeenAt: track.lastSeenAt,
            rttMs: track.rttMs,
            notPermitted: track.notPermitted,
          },
        ]
      }),
      views: group.sentinels.flatMap((id) => {
        const track = directory.sentinels.get(directory.canonical(id))
        return track === undefined ? [] : [directory.viewOf(track, group.name)]
      }),
    }
  }

  private noteChange(note: (change: NonNullable<DeploymentSession['change']>) => void): void {
    if (this.change === undefined) {
      this.change = { changed: new Set(), removed: new Set(), events: [] }
      this.after(NOTIFY_MS, () => {
        this.tell()
      })
    }
    note(this.change)
  }

  private tell(): void {
    const { change } = this
    this.change = undefined
    if (change === undefined || this.isDisposed) return
    const told: SessionChange = { changed: [...change.changed], removed: [...change.removed], events: change.events }
    for (const listener of [...this.listeners]) listener(told)
  }

  // --- the conversation -----------------------------------------------------------------------------------------

  private async takeFirstPicture(): Promise<void> {
    await this.until(() => this.isDiscovered())
    if (this.isDisposed) return
    const wanted = [...this.groups].filter(([name]) => this.isWanted(name)).map(([, runtime]) => runtime)
    const cache = this.fillFromSentinels()
    const settings = [...this.directory.servers.values()]
      .filter((track) => track.failure === undefined)
      .map((track) => (track.configAt === undefined ? track.ask('settings') : Promise.resolve()))
    await Promise.all(wanted.map((runtime) => runtime.ticker.tick()))
    await Promise.all([...settings, cache])
    if (this.isDisposed) return
    for (const [name, runtime] of this.groups) this.publish(name, runtime)
    this.updatePhase()
    if (this.phase === 'connecting') this.phase = this.hasPicture() ? 'live' : 'failed'
    this.noteChange(() => undefined)
  }

  /** Everybody known answered or failed once, nobody new turned up, and the search for Sentinels is over. */
  private isDiscovered(): boolean {
    if (this.isReconcileDue || this.roster === undefined) return false
    for (const track of this.directory.servers.values()) if (!track.isSettled) return false
    for (const track of this.directory.sentinels.values()) if (!track.isSettled) return false
    return !this.hello.isListening
  }

  private hasPicture(): boolean {
    for (const name of this.groups.keys()) if (this.isWanted(name)) return true
    if (this.options.target.group !== undefined) return false
    return [...this.directory.sentinels.values()].some((track) => track.overview !== undefined)
  }

  private updatePhase(): void {
    const failures: Failure[] = []
    for (const address of this.options.target.sentinels) {
      const track = this.directory.sentinels.get(this.directory.resolveAddress(address))
      if (track?.failure !== undefined) failures.push(track.failure)
    }
    for (const address of this.options.target.nodes) {
      const track = this.directory.servers.get(this.directory.resolveAddress(address))
      if (track?.failure !== undefined) failures.push(track.failure)
    }
    const { group } = this.options.target
    const names = this.knownNames()
    if (group !== undefined && !this.groups.has(group) && names.length > 0) {
      failures.push({ kind: 'not-found', detail: `no group "${group}" is monitored here`, known: names })
    }
    this.failures = failures
    if (this.phase === 'failed' && this.hasPicture()) this.phase = 'live'
  }

  private knownNames(): readonly string[] {
    const names = new Set<string>(this.groups.keys())
    for (const track of this.directory.sentinels.values()) {
      for (const master of track.overview?.masters ?? []) names.add(master.name)
    }
    return [...names].sort()
  }

  private repeatSentinelPolls(): void {
    this.after(this.intervals.sentinelMs * (0.9 + this.clock.random() / 5), () => {
      for (const track of this.directory.sentinels.values()) void track.poll((name) => this.isWanted(name))
      void this.fillFromSentinels()
      this.requestReconcile()
      this.lookForSentinels()
      this.repeatSentinelPolls()
    })
  }

  /** Without any Sentinel in sight, listens again on the seeds now and then. */
  private lookForSentinels(): void {
    if (this.options.target.sentinels.length > 0 || this.directory.sentinels.size > 0) return
    for (const id of this.seedServers()) {
      const track = this.directory.servers.get(id)
      if (track !== undefined && track.failure === undefined) this.hello.listenAgain(track.address)
    }
  }

  private async fillFromSentinels(): Promise<void> {
    const groups = [...this.groups.values()].filter((runtime) => runtime.group.isNamedBySentinel)
    await Promise.all(
      groups.map(async (runtime) => {
        if (await this.cache.fill(runtime.group)) this.schedulePublish(runtime.group.name, runtime)
      }),
    )
  }

  private until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!this.isDisposed && !condition()) return
        this.waiters.delete(check)
        resolve()
      }
      this.waiters.add(check)
      this.requestReconcile()
    })
  }

  private wakeWaiters(): void {
    for (const check of [...this.waiters]) check()
  }

  /** A timer that the session owns. */
  private after(ms: number, callback: () => void): void {
    if (this.isDisposed) return
    const cancel = this.clock.after(ms, () => {
      this.timers.delete(cancel)
      if (!this.isDisposed) callback()
    })
    this.timers.add(cancel)
  }
}

/** What about a node decides who belongs to whom: when it changes, the roster is decided anew. */
function structureKey(track: ServerTrack): string {
  const replication = track.direct?.info.replication
  return [
    track.failure?.kind ?? 'up',
    track.direct?.info.server.runId,
    replication?.role,
    replication?.masterHost,
    replication?.masterPort,
    replication?.masterLink,
    replication?.replicas.map((line) => `${line.host}/${line.port ?? ''}/${line.state ?? ''}`).join(),
  ].join('|')
}

/** What a Sentinel says of one group (of itself, for the empty name) that is worth a picture of its own when it changes. */
function opinionOf(track: SentinelTrack, name: string): string {
  if (name === '') return [track.failure?.kind ?? 'up', track.overview?.myId, track.isSettled].join('|')
  const master = track.overview?.masters.find((one) => one.name === name)
  const answer = track.groups.get(name)
  const one = (instance: {
    readonly host: string | undefined
    readonly port: number | undefined
    readonly runId: string | undefined
    readonly flags: ReadonlySet<string>
  }) => `${instance.host ?? ''}:${instance.port ?? ''} ${instance.runId ?? ''} ${[...instance.flags].join()}`
  return [
    master === undefined ? '' : one(master),
    master?.configEpoch,
    master?.quorum,
    master?.failoverState,
    ...(answer?.replicas ?? []).map(one),
    ...(answer?.peers ?? []).map(one),
  ].join('|')
}

/** Ids are made by `formatAddress`, so they always read back. */
function fromId(id: NodeId): Address {
  const colon = id.lastIndexOf(':')
  const host = id.slice(0, colon)
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(id.slice(colon + 1)) }
}
