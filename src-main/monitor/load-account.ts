import type { InspectorLoad, Timing } from './ports.ts'
import type { NodeId } from '../domain/address.ts'
import type { CommandStats } from '../domain/replies/info-reply.ts'

/** Commands that sampling sends; their server time is what the account shows (other clients' use of them is included). */
const OURS = ['info', 'role', 'client|list', 'config|get', 'acl|whoami', 'ping']
const WINDOW_MS = 30_000

/** Counts what sampling costs one node, over a sliding half minute. Constant memory. */
export class LoadAccount {
  private windowStart: number
  private commands = 0
  private bytes = 0
  private lastCommandsPerSecond: number | undefined
  private lastBytesPerSecond: number | undefined
  private usec: { readonly at: number; readonly total: number } | undefined
  private usecPerSecond: number | undefined

  constructor(now: number) {
    this.windowStart = now
  }

  record(timing: Timing): void {
    const elapsed = timing.receivedAt - this.windowStart
    if (elapsed > WINDOW_MS) {
      this.lastCommandsPerSecond = (this.commands / elapsed) * 1000
      this.lastBytesPerSecond = (this.bytes / elapsed) * 1000
      this.windowStart = timing.receivedAt
      this.commands = 0
      this.bytes = 0
    }
    this.commands += timing.commands
    this.bytes += timing.bytes
  }

  /** Takes the server's own account of the time spent; a restart or CONFIG RESETSTAT starts anew. */
  recordServerTime(stats: ReadonlyMap<string, CommandStats> | undefined, at: number): void {
    if (stats === undefined) return
    let total = 0
    for (const name of OURS) total += stats.get(name)?.usec ?? 0
    const before = this.usec
    this.usec = { at, total }
    if (before !== undefined && at > before.at && total >= before.total) {
      this.usecPerSecond = ((total - before.total) / (at - before.at)) * 1000
    }
  }

  load(node: NodeId, now: number): InspectorLoad {
    const elapsed = Math.max(1000, now - this.windowStart)
    return {
      node,
      commandsPerSecond: this.lastCommandsPerSecond ?? (this.commands / elapsed) * 1000,
      bytesPerSecond: this.lastBytesPerSecond ?? (this.bytes / elapsed) * 1000,
      serverUsecPerSecond: this.usecPerSecond,
    }
  }
}
