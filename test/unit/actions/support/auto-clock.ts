import type { Clock } from '../../../../src-main/monitor/ports.ts'

/** A clock that jumps to its next timer as soon as nothing else can happen: waiting costs no time. */
export class AutoClock implements Clock {
  private time = 1_750_000_000_000
  private timers: { readonly at: number; readonly order: number; readonly callback: () => void }[] = []
  private order = 0
  private isPumping = false

  readonly now = (): number => this.time
  readonly random = (): number => 0.5
  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, callback }
    this.timers.push(timer)
    this.pump()
    return () => {
      this.timers = this.timers.filter((one) => one !== timer)
    }
  }

  /** Lets time pass without anybody waiting for it. */
  jump(ms: number): void {
    this.time += ms
  }

  private pump(): void {
    if (this.isPumping) return
    this.isPumping = true
    setImmediate(() => {
      this.isPumping = false
      const next = [...this.timers].sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (next === undefined) return
      this.timers = this.timers.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.callback()
      this.pump()
    })
  }
}
