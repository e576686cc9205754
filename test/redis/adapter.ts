import { afterEach, beforeEach, expect } from 'vitest'
import type { Failure, Result } from '../../src-main/domain/failure.ts'
import type { Clock, Connector } from '../../src-main/monitor/ports.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { createConnector, type ConnectorOptions } from '../../src-main/redis/connector.ts'
import { startFakeServer, type FakeOptions, type FakeServer } from '../support/fake-resp-server.ts'

/** Short, because hung peers are waited for; long enough for a busy machine to answer in. */
export const TIMEOUT_MS = 400

const servers: FakeServer[] = []
const connectors: Connector[] = []

/** Ends what a test started, and fails it when an error reached nobody. */
export function endAfterEach(): void {
  const complaints: unknown[] = []
  const complain = (reason: unknown): void => {
    complaints.push(reason)
  }
  beforeEach(() => {
    complaints.length = 0
    process.on('uncaughtException', complain)
    process.on('unhandledRejection', complain)
  })
  afterEach(async () => {
    for (const connector of connectors.splice(0)) await connector.dispose()
    for (const server of servers.splice(0)) await server.close()
    process.off('uncaughtException', complain)
    process.off('unhandledRejection', complain)
    expect(complaints).toEqual([])
  })
}

export async function fake(options: FakeOptions = {}): Promise<FakeServer> {
  const server = await startFakeServer(options)
  servers.push(server)
  return server
}

export function connector(options: Partial<ConnectorOptions> = {}): Connector {
  const made = createConnector({
    timeoutMs: TIMEOUT_MS,
    node: {},
    sentinel: {},
    nat: [],
    clock: systemClock,
    ...options,
  })
  connectors.push(made)
  return made
}

export function failureOf(result: Result<unknown>): Failure {
  if (result.ok) throw new Error('expected a failure')
  return result.failure
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`unexpected failure: ${JSON.stringify(result.failure)}`)
  return result.value
}

/** Moves time by hand; timers are real unless `ms` is at least a second, which fire at once when time moves past them. */
export function handClock(): Clock & { readonly move: (ms: number) => void } {
  let skew = 0
  const parked = new Set<{ readonly at: number; readonly callback: () => void }>()
  const now = (): number => systemClock.now() + skew
  return {
    now,
    random: () => 0.5,
    after: (ms, callback) => {
      if (ms < 1000) return systemClock.after(ms, callback)
      const entry = { at: now() + ms, callback }
      parked.add(entry)
      return () => {
        parked.delete(entry)
      }
    },
    move: (ms) => {
      skew += ms
      for (const entry of [...parked]) {
        if (entry.at > now()) continue
        parked.delete(entry)
        entry.callback()
      }
    },
  }
}
