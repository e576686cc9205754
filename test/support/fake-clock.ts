import type { Clock } from '../../src-main/monitor/ports.ts'

/** A clock that moves only when told. Timers run in order; promises settle between them. */
export class FakeClock implements Clock {
  private time = 1_750_000_000_000
  private timers: { readonly at: number; readonly order: number; readonly callback: () => void }[] = []
  private order = 0

  readonly now = (): number => this.time
  readonly random = (): number => 0.5
  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, callback }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((one) => one !== timer)
    }
  }

  /** Timers not yet run or cancelled. */
  get pending(): number {
    return this.timers.length
  }

  /** The machine sleeps: time goes on, and nothing runs. */
  sleep(ms: number): void {
    this.time += ms
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms
    await settle()
    for (;;) {
      const next = [...this.timers].sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (next === undefined || next.at > end) break
      this.timers = this.timers.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.callback()
      await settle()
    }
    this.time = end
  }
}

/** Lets every promise that can settle do so. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
