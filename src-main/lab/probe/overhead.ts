import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { ProbeOverhead } from './probe-model.ts'

const STEP_MS = 0.25
const STEPS = 8000

/** Watches what the probe costs and how late it is. The numbers are of its whole life, up to `read`. */
export class Overhead {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 })
  readonly #cpu = process.cpuUsage()
  readonly #startedAt = performance.now()
  /** How many writes were how late, in steps of a quarter of a millisecond; the last step holds the rest. */
  readonly #late = new Float64Array(STEPS)
  #lateTotal = 0
  #latest = 0
  #ownMs = 0
  #connectedMs = 0
  #connectedSince: number | undefined

  constructor() {
    this.#delay.enable()
  }

  /** Runs one of the probe's own pieces and counts its time. */
  own(piece: () => void): void {
    const from = performance.now()
    piece()
    this.#ownMs += performance.now() - from
  }

  late(count: number, ms: number): void {
    const step = Math.min(STEPS - 1, Math.max(0, Math.floor(ms / STEP_MS)))
    this.#late[step] = (this.#late[step] ?? 0) + count
    this.#lateTotal += count
    this.#latest = Math.max(this.#latest, ms)
  }

  connected(is: boolean): void {
    if (is) this.#connectedSince ??= performance.now()
    else if (this.#connectedSince !== undefined) {
      this.#connectedMs += performance.now() - this.#connectedSince
      this.#connectedSince = undefined
    }
  }

  read(sent: number, askedPerSecond: number | undefined): ProbeOverhead {
    const wallMs = Math.max(1, performance.now() - this.#startedAt)
    const open = this.#connectedSince === undefined ? 0 : performance.now() - this.#connectedSince
    const connectedMs = this.#connectedMs + open
    const { user, system } = process.cpuUsage(this.#cpu)
    return {
      askedPerSecond: askedPerSecond ?? null,
      achievedPerSecond: connectedMs < 1 ? 0 : (sent / connectedMs) * 1000,
      lateMs: this.#lateTotal === 0 ? null : { p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: this.#latest },
      eventLoopDelayMs: { p99: this.#delay.percentile(99) / 1e6, max: this.#delay.max / 1e6 },
      ownShare: this.#ownMs / wallMs,
      processCpuShare: (user + system) / 1000 / wallMs,
    }
  }

  end(): void {
    this.#delay.disable()
  }

  /** The upper edge of the step in which it lies. */
  #quantile(part: number): number {
    let seen = 0
    for (let step = 0; step < STEPS; step++) {
      seen += this.#late[step] ?? 0
      if (seen >= this.#lateTotal * part) return Math.min((step + 1) * STEP_MS, this.#latest)
    }
    return this.#latest
  }
}
