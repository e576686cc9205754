import type { NodeId } from '../domain/address.ts'
import { gatherMs, nextTickAt } from '../domain/schedule.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'
import type { Clock } from './ports.ts'
import type { ServerTrack, Tier } from './server-track.ts'

/** What a ticker needs of its session. */
export interface TickerHost {
  readonly clock: Clock
  /** The group's data nodes, as they are now. */
  readonly members: () => readonly ServerTrack[]
  readonly snapshot: () => GroupSnapshot | undefined
  readonly intervalMs: () => number
  /** Which tier a node is due for. */
  readonly tierOf: (track: ServerTrack) => Tier
  /** Slow questions that are due are put here; they are not waited for. */
  readonly askSlow: (track: ServerTrack) => void
  /** The picture of this tick is complete. */
  readonly onTick: (startedAt: number, tookMs: number, lateMs: number) => void
}

/**
 * Samples one group over and over. One tick:
 *
 *   masters (M1) -> their replicas -> replicas of those ... -> every node that has followers once more (M2)
 *
 * so that each replica's answer lies between two answers of its master and of the node it follows. A stage waits a bounded
 * time; who answers later is heard when it answers.
 */
export class GroupTicker {
  private readonly host: TickerHost
  private running: Promise<void> | undefined
  private cancel: (() => void) | undefined
  private lastStart: number | undefined
  private isWoken = false
  private isDisposed = false

  constructor(host: TickerHost) {
    this.host = host
  }

  get isRunning(): boolean {
    return this.running !== undefined
  }

  /** Begins after `delayMs` and goes on until disposed. */
  start(delayMs: number): void {
    this.schedule(this.host.clock.now() + delayMs)
  }

  /** Samples at once; joins a tick under way and then samples again. */
  wake(): void {
    if (this.isDisposed) return
    if (this.running !== undefined) {
      this.isWoken = true
      return
    }
    this.schedule(this.host.clock.now())
  }

  /** One tick, outside the schedule; with a tier given, every node is asked that. Joins a tick under way. */
  tick(tier?: Tier): Promise<void> {
    if (this.running !== undefined) return this.running
    this.running = this.run(tier).finally(() => {
      this.running = undefined
    })
    return this.running
  }

  dispose(): void {
    this.isDisposed = true
    this.cancel?.()
    this.cancel = undefined
  }

  private schedule(at: number): void {
    if (this.isDisposed) return
    this.cancel?.()
    const planned = Math.max(at, this.host.clock.now())
    this.cancel = this.host.clock.after(planned - this.host.clock.now(), () => {
      this.cancel = undefined
      void this.tick().then(() => {
        if (this.cancel !== undefined) return
        const now = this.host.clock.now()
        const next = this.isWoken ? now : nextTickAt(this.lastStart ?? now, now, this.host.intervalMs())
        this.isWoken = false
        this.schedule(next)
      })
    })
  }

  private async run(tier: Tier | undefined): Promise<void> {
    const { clock } = this.host
    const startedAt = clock.now()
    const interval = this.host.intervalMs()
    const lateMs = this.lastStart === undefined ? 0 : Math.max(0, startedAt - this.lastStart - interval)
    this.lastStart = startedAt
    const stages = toStages(this.host.members(), this.host.snapshot())
    for (const stage of stages) {
      await this.gather(
        stage.map((track) => [track, tier ?? this.host.tierOf(track)] as const),
        interval,
      )
      if (this.isDisposed) return
    }
    const upstreams = upstreamsOf(this.host.members(), this.host.snapshot())
    if (upstreams.length > 0) {
      await this.gather(
        upstreams.map((track) => [track, 'replication'] as const),
        interval,
      )
    }
    if (this.isDisposed) return
    for (const track of this.host.members()) this.host.askSlow(track)
    this.host.onTick(startedAt, clock.now() - startedAt, lateMs)
  }

  /** Asks all at once; waits for those in good health, and not for long. */
  private async gather(asks: readonly (readonly [ServerTrack, Tier])[], interval: number): Promise<void> {
    const waits: Promise<void>[] = []
    for (const [track, tier] of asks) {
      if (track.isBusy) continue
      const isWell = track.failure === undefined
      const answer = track.ask(tier)
      if (isWell) waits.push(answer)
    }
    if (waits.length === 0) return
    let cancel: (() => void) | undefined
    const patience = new Promise<void>((resolve) => {
      cancel = this.host.clock.after(gatherMs(interval), resolve)
    })
    await Promise.race([Promise.all(waits), patience])
    cancel?.()
  }
}

/** Members by depth: masters first. Nodes whose place is not known yet go with the direct replicas. */
function toStages(members: readonly ServerTrack[], snapshot: GroupSnapshot | undefined): readonly ServerTrack[][] {
  const depths = new Map<NodeId, number>()
  for (const id of snapshot?.masters ?? []) depths.set(id, 0)
  for (const link of snapshot?.links ?? []) depths.set(link.replica, link.depth)
  const stages: ServerTrack[][] = []
  for (const track of members) {
    const depth = Math.min(8, depths.get(track.id) ?? (track.direct?.info.replication.role === 'master' ? 0 : 1))
    ;(stages[depth] ??= []).push(track)
  }
  return stages.filter((stage) => stage !== undefined)
}

function upstreamsOf(members: readonly ServerTrack[], snapshot: GroupSnapshot | undefined): readonly ServerTrack[] {
  const followed = new Set(snapshot?.links.map((link) => link.upstream))
  return members.filter((track) => followed.has(track.id) || (track.direct?.info.replication.replicas.length ?? 0) > 0)
}
