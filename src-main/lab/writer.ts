import type { Address } from '../domain/address.ts'
import { findMaster } from './probe/find-master.ts'
import { isRespError, openRespClient, type RespClientOptions } from './resp-client.ts'

export interface WriterOptions {
  readonly sentinels: readonly Address[]
  readonly group: string
  readonly access?: RespClientOptions
  readonly sentinelAccess?: RespClientOptions
  readonly perSecond?: number
  readonly valueBytes?: number
  /** Keys are reused in a circle, so the data set stays small. */
  readonly keys?: number
}

export interface WriterTally {
  readonly acknowledged: number
  readonly failed: number
  /** Where the last acknowledged write went. */
  readonly master: Address | undefined
}

export interface Writer {
  readonly tally: () => WriterTally
  /** Ends its connections; resolves when nothing is under way. Idempotent. */
  readonly stop: () => Promise<WriterTally>
}

const RETRY_MS = 250

/** Writes small keys to a lab's master, wherever its Sentinels say that is, until it is stopped. */
export function startWriter(options: WriterOptions): Writer {
  const stopping = new AbortController()
  const everyMs = 1000 / (options.perSecond ?? 20)
  const value = 'x'.repeat(options.valueBytes ?? 32)
  let tally: WriterTally = { acknowledged: 0, failed: 0, master: undefined }

  async function writeUntilTrouble(): Promise<void> {
    const master = await findMaster(options)
    const client = await openRespClient(master, { timeoutMs: 1000, ...options.access })
    const closeNow = () => client.close()
    stopping.signal.addEventListener('abort', closeNow)
    try {
      while (!stopping.signal.aborted) {
        const key = `repliscope:lab:${tally.acknowledged % (options.keys ?? 1000)}`
        const reply = await client.ask('SET', key, value)
        if (isRespError(reply)) throw new Error(reply.error)
        tally = { ...tally, acknowledged: tally.acknowledged + 1, master }
        await pause(everyMs, stopping.signal)
      }
    } finally {
      stopping.signal.removeEventListener('abort', closeNow)
      client.close()
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await writeUntilTrouble()
      } catch {
        // A lab's master goes away on purpose: count it, ask the Sentinels again.
        if (stopping.signal.aborted) return
        tally = { ...tally, failed: tally.failed + 1 }
        await pause(RETRY_MS, stopping.signal)
      }
    }
  }

  const done = run()
  return {
    tally: () => tally,
    stop: async () => {
      stopping.abort()
      await done
      return tally
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
