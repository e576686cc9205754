import type { TimelineEvent } from '../domain/timeline/model.ts'
import type { Clock } from './ports.ts'
import type { SessionChange } from './session.ts'

/** A burst of changes is told together, this long after the first. */
const NOTIFY_MS = 10

interface Burst {
  readonly changed: Set<string>
  readonly removed: Set<string>
  readonly events: (TimelineEvent & { readonly group: string })[]
}

/** Gathers what changed and tells it to everybody who listens, once a burst. */
export class ChangeFeed {
  private readonly clock: Clock
  private readonly listeners = new Set<(change: SessionChange) => void>()
  private burst: Burst | undefined
  private cancel: (() => void) | undefined
  private isDisposed = false

  constructor(clock: Clock) {
    this.clock = clock
  }

  subscribe(listener: (change: SessionChange) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  changed(group: string, events: readonly TimelineEvent[]): void {
    const burst = this.begin()
    burst.removed.delete(group)
    burst.changed.add(group)
    for (const event of events) burst.events.push({ ...event, group })
  }

  removed(group: string): void {
    const burst = this.begin()
    burst.changed.delete(group)
    burst.removed.add(group)
  }

  /** Something about the session itself changed. */
  poke(): void {
    this.begin()
  }

  dispose(): void {
    this.isDisposed = true
    this.cancel?.()
    this.listeners.clear()
  }

  private begin(): Burst {
    if (this.burst !== undefined || this.isDisposed) return this.burst ?? newBurst()
    this.cancel = this.clock.after(NOTIFY_MS, () => {
      const { burst } = this
      this.burst = undefined
      if (burst === undefined) return
      const told: SessionChange = { changed: [...burst.changed], removed: [...burst.removed], events: burst.events }
      for (const listener of [...this.listeners]) listener(told)
    })
    this.burst = newBurst()
    return this.burst
  }
}

function newBurst(): Burst {
  return { changed: new Set(), removed: new Set(), events: [] }
}
