import { type Address, formatAddress, fromNodeId, type NodeId } from '../domain/address.ts'
import type { Failure } from '../domain/failure.ts'
import type { SentinelEvent } from '../domain/replies/reply-types.ts'
import { DEFAULT_INTERVALS, type Intervals } from '../domain/schedule.ts'
import type { TimelineNote } from '../domain/timeline/model.ts'
import { sentinelNote } from '../domain/timeline/sentinel-note.ts'
import { decideRoster, type Roster, type RosterGroup } from '../domain/topology/roster.ts'
import { ChangeFeed } from './change-feed.ts'
import { Directory } from './directory.ts'
import { GroupWatch } from './group-watch.ts'
import { HelloWatch } from './hello-watch.ts'
import { opinionOf, structureKey } from './news.ts'
import type { Clock, Connector, Target, Timing } from './ports.ts'
import { SentinelCache } from './sentinel-cache.ts'
import { SentinelTrack } from './sentinel-track.ts'
import { ServerTrack } from './server-track.ts'
import type { GroupState, Judge, Session, SessionChange, SessionState } from './session.ts'

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

const RECONCILE_MS = 2
/** After a late tick the session counts as slow for this long. */
const SLOW_FOR_MS = 10_000
const NO_JUDGE: Judge = () => ({ exposure: undefined, electable: [], findings: [], notJudged: [] })

/** Opens a session: dials nothing but the target and what it leads to, and begins at once. */
export function openSession(options: SessionOptions): Session {
  return new DeploymentSession(options)
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
  private readonly groups = new Map<string, GroupWatch>()
  private readonly structure = new Map<ServerTrack, string>()
  private readonly opinions = new Map<string, string>()
  private readonly memberships = new Map<NodeId, GroupWatch[]>()
  private readonly feed: ChangeFeed
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
  private readonly first: Promise<void>

  constructor(options: SessionOptions) {
    this.options = options
    this.clock = options.clock
    this.connector = options.connector
    const fastMs = options.intervalMs ?? DEFAULT_INTERVALS.fastMs
    this.intervals = { ...DEFAULT_INTERVALS, fastMs, focusedMs: Math.min(fastMs, DEFAULT_INTERVALS.focusedMs) }
    this.judge = options.judge ?? NO_JUDGE
    this.feed = new ChangeFeed(this.clock)
    this.directory = new Directory(options.connector)
    this.cache = new SentinelCache(this.directory, this.clock)
    this.hello = new HelloWatch({
      connector: options.connector,
      clock: options.clock,
      onFound: (sentinel) => {
        this.watchSentinel(this.directory.resolveAddress(sentinel), sentinel)
        this.requestReconcile()
      },
      onDenied: (node) => {
        this.directory.servers.get(this.directory.resolveAddress(node))?.noteDenied('hello', ['SUBSCRIBE'])
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
    for (const [name, watch] of [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (watch.state !== undefined && this.isWanted(name)) groups.set(name, watch.state)
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
    return this.feed.subscribe(listener)
  }

  firstPicture(): Promise<void> {
    return this.first
  }

  async refresh(): Promise<void> {
    await this.first
    await Promise.all([...this.directory.sentinels.values()].map((track) => track.poll((name) => this.isWanted(name))))
    await Promise.all([...this.groups.values()].map((watch) => watch.refresh()))
  }

  focus(groups: readonly string[]): void {
    this.focused.clear()
    for (const name of groups) {
      this.focused.add(name)
      this.groups.get(name)?.ticker.wake()
    }
  }

  note(group: string, notes: readonly TimelineNote[]): void {
    this.groups.get(group)?.note(notes)
  }

  async dispose(): Promise<void> {
    if (this.isDisposed) return
    this.isDisposed = true
    this.phase = 'ended'
    for (const cancel of this.timers) cancel()
    this.timers.clear()
    for (const watch of this.groups.values()) watch.dispose()
    this.hello.dispose()
    for (const track of this.directory.servers.values()) track.dispose()
    for (const track of this.directory.sentinels.values()) track.dispose()
    this.feed.dispose()
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
    const address = fromNodeId(known)
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
    for (const watch of this.memberships.get(track.id) ?? []) {
      if (isChanged) watch.newsSoon()
      else if (!watch.ticker.isRunning) watch.publishSoon()
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
      for (const watch of name === '' ? this.groups.values() : [this.groups.get(name)]) {
        if (watch?.group.sentinels.includes(track.id) === true) watch.newsSoon()
      }
    }
    this.wakeWaiters()
  }

  private onSentinelEvent(track: SentinelTrack, event: SentinelEvent): void {
    const names = event.group === undefined ? [...track.groups.keys()] : [event.group]
    for (const name of names) {
      const watch = this.groups.get(name)
      if (watch === undefined) continue
      const at = this.clock.now()
      watch.heard(
        { at, kind: 'sentinel', node: track.id, what: event.channel, detail: event.payload },
        sentinelNote(event, track.id, at, (address) => this.directory.resolveAddress(address)),
      )
      watch.ticker.wake()
      watch.newsSoon()
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
      heard: this.heardSentinels(),
      previous: this.roster,
    })
    for (const id of this.roster.servers) this.watchServer(id)
    for (const id of this.roster.sentinels) this.watchSentinel(id, fromNodeId(id))
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
    for (const watch of this.groups.values()) {
      for (const id of watch.group.members) {
        this.memberships.set(id, [...(this.memberships.get(id) ?? []), watch])
      }
    }
    this.updatePhase()
  }

  private heardSentinels(): ReadonlyMap<NodeId, ReadonlySet<NodeId>> {
    const heard = new Map<NodeId, Set<NodeId>>()
    for (const [node, sentinels] of this.hello.heard) {
      const id = this.directory.canonical(node)
      const known = heard.get(id) ?? new Set<NodeId>()
      for (const address of sentinels.values()) known.add(this.directory.resolveAddress(address))
      heard.set(id, known)
    }
    return heard
  }

  private reconcileGroups(roster: Roster): void {
    const names = new Set(roster.groups.map((group) => group.name))
    for (const [name, watch] of this.groups) {
      if (names.has(name)) continue
      watch.dispose()
      this.groups.delete(name)
      this.feed.removed(name)
    }
    for (const group of roster.groups) {
      const watch = this.groups.get(group.name)
      if (watch === undefined) this.beginWatch(group)
      else watch.follow(group)
    }
  }

  private beginWatch(group: RosterGroup): void {
    const watch = new GroupWatch(group, {
      clock: this.clock,
      directory: this.directory,
      cache: this.cache,
      connector: this.connector,
      intervals: this.intervals,
      judge: this.judge,
      isOneShot: this.options.oneShot === true,
      isFocused: (name) => this.focused.has(name),
      isConnecting: () => this.phase === 'connecting',
      nextRevision: () => ++this.revision,
      onPublished: (name, events) => {
        if (this.isWanted(name)) this.feed.changed(name, events)
      },
      onLate: () => {
        this.lateUntil = this.clock.now() + SLOW_FOR_MS
      },
    })
    this.groups.set(group.name, watch)
    if (this.options.oneShot === true) return
    const isMany = this.groups.size > 10
    watch.ticker.start(isMany ? this.clock.random() * this.intervals.fastMs : 0)
  }

  // --- the conversation -----------------------------------------------------------------------------------------

  private async takeFirstPicture(): Promise<void> {
    await this.until(() => this.isDiscovered())
    if (this.isDisposed) return
    const wanted = [...this.groups].filter(([name]) => this.isWanted(name)).map(([, watch]) => watch)
    const cache = this.fillFromSentinels()
    const settings = [...this.directory.servers.values()]
      .filter((track) => track.failure === undefined)
      .map((track) => (track.configAt === undefined ? track.ask('settings') : Promise.resolve()))
    await Promise.all(wanted.map((watch) => watch.ticker.tick()))
    await Promise.all([...settings, cache])
    if (this.isDisposed) return
    for (const watch of this.groups.values()) watch.publish()
    this.updatePhase()
    if (this.phase === 'connecting') this.phase = this.hasPicture() ? 'live' : 'failed'
    this.feed.poke()
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

  /** While no Sentinel answers, listens again on the seeds now and then. */
  private lookForSentinels(): void {
    if (this.options.target.sentinels.length > 0) return
    if ([...this.directory.sentinels.values()].some((track) => track.failure === undefined)) return
    for (const id of this.seedServers()) {
      const track = this.directory.servers.get(id)
      if (track !== undefined && track.failure === undefined) this.hello.listenAgain(track.address)
    }
  }

  private async fillFromSentinels(): Promise<void> {
    const groups = [...this.groups.values()].filter((watch) => watch.group.isNamedBySentinel)
    await Promise.all(
      groups.map(async (watch) => {
        if (await this.cache.fill(watch.group)) watch.newsSoon()
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
