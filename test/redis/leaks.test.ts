import { describe, expect, it } from 'vitest'
import { array, bulk, integer } from '../support/fake-resp-server.ts'
import { connector, endAfterEach, fake, handClock, valueOf } from './adapter.ts'
import { eventually } from '../support/eventually.ts'

endAfterEach()

const INFO = bulk('# Server\r\nredis_version:7.0.15\r\n')
const SUBSCRIBED = array(bulk('psubscribe'), bulk('*'), integer(1))

/** Waits until nothing is open that was not before; the test runner's own timers come and go. */
async function settled(before: Readonly<Record<string, number>>): Promise<void> {
  await eventually(() => {
    for (const [kind, count] of Object.entries(resources())) expect(count, kind).toBeLessThanOrEqual(before[kind] ?? 0)
  })
}

/** Open things of this process by kind, sockets of the fake servers included. */
function resources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo())
    if (/TCP|TLS|Timeout|Immediate/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

describe('a connector', () => {
  it('leaves no socket, timer or listener when it is disposed of', async () => {
    const servers = await Promise.all(
      Array.from({ length: 8 }, () => fake({ answers: { INFO, SENTINEL: '*0\r\n', PSUBSCRIBE: SUBSCRIBED } })),
    )
    const hung = await fake({ answers: { INFO: 'HANG' } })
    const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)])
    const before = resources()
    const made = connector({ timeoutMs: 60_000 })
    const open: Promise<unknown>[] = []
    for (const server of servers) {
      valueOf(await made.dataNode(server.address).replication(false))
      await made.sentinel(server.address).overview()
      made.sentinel(server.address).events(() => {})
      open.push(made.dataNode(server.address).listenHello(() => {}, new AbortController().signal))
    }
    open.push(made.dataNode(hung.address).replication(false))
    await hung.until(() => hung.commands.length === 2)
    await made.dispose()
    await made.dispose()
    await Promise.all(open)
    for (const server of [...servers, hung]) await server.until(() => server.connectionsOpen() === 0)
    await settled(before)
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(listeners)
  })

  it('answers cancelled and dials nobody when it is used after that', async () => {
    const server = await fake({ answers: { INFO } })
    const made = connector()
    const early = made.dataNode(server.address)
    await made.dispose()
    expect(await early.replication(false)).toEqual({ ok: false, failure: { kind: 'cancelled' } })
    expect(await made.dataNode(server.address).replication(false)).toEqual({
      ok: false,
      failure: { kind: 'cancelled' },
    })
    made.sentinel(server.address).events(() => {})
    expect(server.connectionsTotal()).toBe(0)
  })

  it('collects no listeners, sockets or timers over a thousand reconnects', async () => {
    const server = await fake({ answers: { INFO: (_, peer) => (peer.number % 2 === 0 ? 'CLOSE' : INFO) } })
    const warnings: Error[] = []
    const warn = (warning: Error): void => {
      warnings.push(warning)
    }
    process.on('warning', warn)
    const clock = handClock()
    const reader = connector({ clock }).dataNode(server.address)
    let lostTotal = 0
    reader.onLost(() => {
      lostTotal += 1
    })
    await reader.replication(false)
    const before = resources()
    for (let i = 1; i < 1000; i++) {
      server.drop()
      await server.until(() => server.connectionsOpen() === 0)
      while (server.connectionsTotal() === i) {
        clock.move(10_000)
        await reader.replication(false)
      }
      if (i % 2 === 1) server.drop()
    }
    clock.move(10_000)
    while (!(await reader.replication(false)).ok) clock.move(10_000)
    expect(server.connectionsTotal()).toBeGreaterThanOrEqual(1000)
    expect(lostTotal).toBeGreaterThanOrEqual(999)
    expect(server.connectionsOpen()).toBe(1)
    await settled(before)
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })
})
