import { type Address, formatAddress, type NodeId } from '../domain/address.ts'
import type { Failure } from '../domain/failure.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { SentinelEvent } from '../domain/replies/reply-types.ts'
import { LoadAccount } from './load-account.ts'
import type { Clock, Connector, SentinelGroupAnswer, SentinelOverview, SentinelReader } from './ports.ts'

/** One Sentinel under watch: its last answers, its present trouble, and the connection that asks it. */
export class SentinelTrack {
  /** Changes once, when another Sentinel tells the address that it announces. */
  id: NodeId
  readonly aliases = new Set<NodeId>()
  readonly load: LoadAccount
  overview: SentinelOverview | undefined
  info: InfoReply | undefined
  readonly groups = new Map<string, SentinelGroupAnswer>()
  failure: Failure | undefined
  lastSeenAt: number | undefined
  rttMs: number | undefined
  isSettled = false
  notPermitted: readonly string[] = []
  private readonly reader: SentinelReader
  private readonly onAnswer: (track: SentinelTrack) => void
  private pending: Promise<void> | undefined
  private queued: ((group: string) => boolean) | undefined
  private stops: (() => void)[] = []
  private isDisposed = false

  constructor(
    address: Address,
    connector: Connector,
    clock: Clock,
    hooks: {
      readonly onAnswer: (track: SentinelTrack) => void
      readonly onEvent: ((track: SentinelTrack, event: SentinelEvent) => void) | undefined
    },
  ) {
    this.id = formatAddress(address)
    this.onAnswer = hooks.onAnswer
    this.reader = connector.sentinel(address)
    this.load = new LoadAccount(clock.now())
    this.stops.push(this.reader.onLost(() => void this.poll(() => true)))
    const { onEvent } = hooks
    if (onEvent !== undefined) {
      this.stops.push(
        this.reader.events((event) => {
          if (!this.isDisposed) onEvent(this, event)
        }),
      )
    }
  }

  /** Asks everything about the groups wanted. While a poll is under way another one is queued behind it. */
  poll(wants: (group: string) => boolean): Promise<void> {
    if (this.isDisposed) return Promise.resolve()
    if (this.pending !== undefined) {
      const queued = this.queued
      this.queued = queued === undefined ? wants : (group) => queued(group) || wants(group)
      return this.pending
    }
    this.pending = this.run(wants).finally(() => {
      this.pending = undefined
      const next = this.queued
      this.queued = undefined
      if (next !== undefined) void this.poll(next)
    })
    return this.pending
  }

  private async run(wants: (group: string) => boolean): Promise<void> {
    const answer = await this.reader.overview()
    if (this.isDisposed) return
    if (!answer.ok) {
      this.isSettled = true
      this.failure = answer.failure
      this.onAnswer(this)
      return
    }
    this.overview = answer.value
    this.info = answer.value.info
    this.failure = undefined
    this.lastSeenAt = answer.value.receivedAt
    this.rttMs = answer.value.receivedAt - answer.value.sentAt
    this.notPermitted = answer.value.notPermitted
    this.load.record(answer.value)
    const names = answer.value.masters.map((master) => master.name)
    for (const name of [...this.groups.keys()]) if (!names.includes(name)) this.groups.delete(name)
    this.onAnswer(this)
    await Promise.all(names.filter(wants).map((name) => this.pollGroup(name)))
    if (this.isDisposed) return
    this.isSettled = true
    this.onAnswer(this)
  }

  private async pollGroup(name: string): Promise<void> {
    const answer = await this.reader.group(name)
    if (this.isDisposed) return
    if (!answer.ok) {
      this.failure = answer.failure
      return
    }
    this.load.record(answer.value)
    this.groups.set(name, answer.value)
    this.notPermitted = [...new Set([...this.notPermitted, ...answer.value.notPermitted])].sort()
  }

  /** What this Sentinel last heard of the group's nodes; undefined when it does not answer. */
  async infoCache(name: string): ReturnType<SentinelReader['infoCache']> {
    return this.reader.infoCache(name)
  }

  dispose(): void {
    this.isDisposed = true
    for (const stop of this.stops) stop()
    this.stops = []
    this.reader.dispose()
  }
}
