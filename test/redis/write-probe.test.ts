import { afterEach, describe, expect, test } from 'vitest'
import { type Address, formatAddress } from '../../src-main/domain/address.ts'
import type { Probe, ProbeOptions, ProbeTally } from '../../src-main/lab/probe/probe-model.ts'
import { startProbe } from '../../src-main/lab/probe/probe.ts'
import {
  array,
  bulk,
  bulks,
  startFakeServer,
  error,
  type FakeAnswer,
  type FakePeer,
  type FakeServer,
  integer,
  status,
} from '../support/fake-resp-server.ts'
import { waitFor } from '../support/lab/wait-for.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A data node in memory. */
interface FakeNode extends FakeServer {
  readonly keys: Set<string>
  /** How often each key was written. */
  readonly executed: Map<string, number>
  role: 'master' | 'slave'
}

/** How the n-th write (from 1) is treated: keep, lose, twice, keep-and-close, close, half, or an answer as it is. */
type Manners = (nth: number) => FakeAnswer

async function fakeNode(manners: Manners = () => 'keep', pieceBytes?: number): Promise<FakeNode> {
  const keys = new Set<string>()
  const executed = new Map<string, number>()
  let writes = 0
  const keep = (key: string) => {
    keys.add(key)
    executed.set(key, (executed.get(key) ?? 0) + 1)
  }
  const set = (command: readonly string[], peer: FakePeer): FakeAnswer => {
    const key = command[1] ?? ''
    writes += 1
    const how = manners(writes)
    if (how === 'lose') return status('OK')
    if (how === 'close') return 'CLOSE'
    if (how === 'keep' || how === 'twice' || how === 'keep-and-close' || how === 'half') keep(key)
    else return how
    if (how === 'twice') keep(key)
    if (how === 'keep-and-close') return 'CLOSE'
    if (how !== 'half') return status('OK')
    peer.socket.end('+O')
    return ''
  }
  const server = await startFakeServer({
    ...(pieceBytes === undefined ? {} : { pieceBytes }),
    answers: {
      ROLE: () => array(bulk(node.role), integer(0), array()),
      SET: set,
      EXISTS: (command) => integer(command.slice(1).filter((key) => keys.has(key)).length),
      WAIT: integer(2),
    },
  })
  const node: FakeNode = Object.assign(server, { keys, executed, role: 'master' as const })
  ends.push(() => server.close())
  return node
}

/** A Sentinel that names whoever it is told. */
async function fakeSentinel(master: Address): Promise<{ readonly address: Address; name: (other: Address) => void }> {
  let named = master
  const server = await startFakeServer({
    answers: { 'SENTINEL GET-MASTER-ADDR-BY-NAME': () => bulks(named.host, String(named.port)) },
  })
  ends.push(() => server.close())
  return { address: server.address, name: (other) => (named = other) }
}

function probeOf(sentinel: { readonly address: Address }, options: Partial<ProbeOptions> = {}): Probe {
  const probe = startProbe({ sentinels: [sentinel.address], group: 'g', perSecond: 'max', timeoutMs: 300, ...options })
  ends.push(() => probe.stop())
  return probe
}

function addsUp(tally: ProbeTally): void {
  expect(tally.acknowledged + tally.refused + tally.unknown + tally.pending).toBe(tally.sent)
}

/** What the tally says, number by number. */
function byNumber(probe: Probe): Record<string, number> {
  const totals: Record<string, number> = {}
  for (let number = 0; number < probe.tally().sent; number++) {
    const outcome = probe.write(number)?.outcome ?? 'none'
    totals[outcome] = (totals[outcome] ?? 0) + 1
  }
  return totals
}

const until = (what: string, condition: () => boolean) => waitFor(condition, { what, everyMs: 5 })

describe('a write probe', () => {
  test('counts every number once, at a server that keeps them all', async () => {
    const node = await fakeNode()
    const probe = probeOf(await fakeSentinel(node.address), { writers: 3 })
    await until('writes', () => probe.tally().acknowledged > 5000)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(tally).toMatchObject({ refused: 0, pending: 0, unknown: 0, master: node.address })
    expect(node.keys.size).toBe(tally.acknowledged)
    expect(await probe.count(node.address)).toMatchObject({
      ok: true,
      value: { ackedKept: tally.sent, ackedLost: 0, unknownKept: 0, lostNumbers: [], lostBytes: 0 },
    })
  })

  test('finds every write that a server acknowledged and lost, and what it weighs', async () => {
    const node = await fakeNode((nth) => (nth > 1000 && nth <= 1700 ? 'lose' : nth === 42 ? 'lose' : 'keep'))
    const probe = probeOf(await fakeSentinel(node.address))
    await until('writes', () => probe.tally().acknowledged > 3000)
    const { tally, streamBytesPerWrite } = await probe.stop()
    const counted = await probe.count(node.address)
    expect(counted).toMatchObject({
      ok: true,
      value: {
        ackedKept: tally.acknowledged - 701,
        ackedLost: 701,
        lostNumbers: [
          [41, 41],
          [1000, 1699],
        ],
        lostBytes: 701 * streamBytesPerWrite,
      },
    })
    const lost = probe.spans(probe.startedAt).filter((span) => span.state === 'lost')
    expect(lost.reduce((sum, span) => sum + span.writes, 0)).toBe(701)
  })

  test('counts no write twice that a server executes twice', async () => {
    const node = await fakeNode((nth) => (nth % 3 === 0 ? 'twice' : 'keep'))
    const probe = probeOf(await fakeSentinel(node.address))
    await until('writes', () => probe.tally().acknowledged > 1000)
    const { tally } = await probe.stop()
    expect([...node.executed.values()].some((times) => times === 2)).toBe(true)
    expect(await probe.count(node.address)).toMatchObject({
      ok: true,
      value: { ackedKept: tally.acknowledged, ackedLost: 0, refusedKept: 0 },
    })
    expect(tally.acknowledged).toBe(node.keys.size)
  })

  test('calls a write unknown whose connection closed, kept or not, and never sends it again', async () => {
    const node = await fakeNode((nth) =>
      nth % 400 === 0 ? 'keep-and-close' : nth % 400 === 150 ? 'close' : nth % 400 === 300 ? 'half' : 'keep',
    )
    const probe = probeOf(await fakeSentinel(node.address), { writers: 2 })
    await until('closed connections', () => node.connectionsTotal() > 25 && probe.tally().acknowledged > 500)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(tally.unknown).toBeGreaterThan(0)
    expect([...node.executed.values()].every((times) => times === 1)).toBe(true)
    const counted = await probe.count(node.address)
    if (!counted.ok) throw new Error('no count')
    const { ackedKept, ackedLost, unknownKept, unknownLost } = counted.value
    expect(ackedLost).toBe(0)
    expect(ackedKept).toBe(tally.acknowledged)
    expect(unknownKept).toBeGreaterThan(0)
    expect(unknownLost).toBeGreaterThan(0)
    expect(unknownKept + unknownLost).toBe(tally.unknown)
    expect(ackedKept + unknownKept).toBe(node.keys.size)
    expect(byNumber(probe)).toEqual({ acknowledged: tally.acknowledged, unknown: tally.unknown })
  })

  test('tells refusals by their kind and stays, but asks Sentinel anew when it is told READONLY', async () => {
    const words = ['NOREPLICAS x', 'MISCONF x', 'OOM x', 'LOADING x', 'MASTERDOWN x', 'ERR x']
    const old = await fakeNode((nth) =>
      nth <= 600 ? error(words[nth % 6] ?? '') : nth <= 800 ? 'keep' : error('READONLY x'),
    )
    const next = await fakeNode()
    const sentinel = await fakeSentinel(old.address)
    const probe = probeOf(sentinel)
    await until('refusals', () => (probe.tally().refusals.READONLY ?? 0) > 0)
    expect(old.commands.filter(([word]) => word === 'ROLE')).toHaveLength(1)
    const mark = Date.now()
    sentinel.name(next.address)
    old.role = 'slave'
    await until('writes at the next', () => next.keys.size > 500)
    const { tally } = await probe.stop()
    addsUp(tally)
    const { READONLY, ...others } = tally.refusals
    expect(others).toEqual({ NOREPLICAS: 100, MISCONF: 100, OOM: 100, LOADING: 100, MASTERDOWN: 100, other: 100 })
    expect(READONLY).toBe(tally.refused - 600)
    expect(tally.master).toEqual(next.address)
    expect(old.keys.size + next.keys.size).toBe(tally.acknowledged)
    expect(await probe.count(next.address)).toMatchObject({
      ok: true,
      value: { ackedLost: 200, lostNumbers: [[600, 799]], refusedKept: 0 },
    })
    expect(probe.since(mark).firstKeptMs).not.toBeNull()
  })

  test('gives a silent server up, and calls unknown what it was asked', async () => {
    const node = await fakeNode((nth) => (nth > 500 ? 'HANG' : 'keep'))
    const next = await fakeNode()
    const sentinel = await fakeSentinel(node.address)
    const probe = probeOf(sentinel)
    await until('writes', () => probe.tally().acknowledged === 500)
    node.role = 'slave'
    sentinel.name(next.address)
    await until('writes at the next', () => next.keys.size > 0)
    const { tally, gap } = await probe.stop()
    addsUp(tally)
    expect(tally.unknown).toBeGreaterThan(0)
    expect(tally.unknown).toBeLessThanOrEqual(256)
    expect(gap?.ms).toBeGreaterThan(250)
    expect(probe.write(500)).toMatchObject({ outcome: 'unknown', server: node.address })
  })

  test('reads answers that come in pieces', async () => {
    const node = await fakeNode((nth) => (nth % 7 === 0 ? error('NOREPLICAS x') : 'keep'), 3)
    const probe = probeOf(await fakeSentinel(node.address))
    await until('writes', () => probe.tally().sent > 1000)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(tally.unknown).toBe(0)
    expect(tally.acknowledged).toBe(node.keys.size)
  })

  test('trusts no answer after one too many', async () => {
    const node = await fakeNode((nth) => (nth === 1 ? `${status('OK')}${status('OK')}` : 'keep'))
    const probe = probeOf(await fakeSentinel(node.address), { inFlight: 1, maxNumbers: 50 })
    await until('all writes', () => probe.tally().isExhausted && probe.tally().pending === 0)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(node.connectionsTotal()).toBeGreaterThan(2)
  })

  test('takes an answer that is none for no answer', async () => {
    const node = await fakeNode((nth) => (nth % 100 === 50 ? integer(1) : nth % 100 === 0 ? '?\r\n' : 'keep'))
    const probe = probeOf(await fakeSentinel(node.address), { inFlight: 1 })
    await until('writes', () => probe.tally().unknown >= 4)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(tally.refused).toBe(0)
    expect(tally.acknowledged).toBe(node.keys.size)
  })

  test('keeps to its rate, and holds back what nobody takes', async () => {
    const node = await fakeNode()
    const sentinel = await fakeSentinel(node.address)
    const probe = probeOf(sentinel, { perSecond: 2000, writers: 2 })
    await until('writes', () => probe.tally().acknowledged >= 1000)
    await node.close()
    await until('held back', () => probe.tally().heldBack > 100)
    expect(probe.tally().trouble).toContain(formatAddress(node.address).split(':')[0])
    const { tally, startedAt, stoppedAt, overhead } = await probe.stop()
    addsUp(tally)
    const due = Math.floor(((stoppedAt - startedAt) / 1000) * 2000)
    expect(tally.sent + tally.heldBack).toBeLessThanOrEqual(due + 1)
    expect(overhead.askedPerSecond).toBe(2000)
    expect(overhead.lateMs?.p50).toBeGreaterThan(0)
    expect(overhead.ownShare).toBeGreaterThan(0)
    expect(overhead.ownShare).toBeLessThan(1)
  })

  test('stays with the server it is pinned to, whatever that answers', async () => {
    const node = await fakeNode((nth) => (nth % 2 === 0 ? error('READONLY x') : 'keep'))
    node.role = 'slave'
    const probe = probeOf({ address: node.address }, { pinnedTo: node.address, localAddress: '127.0.0.200' })
    await until('writes', () => probe.tally().acknowledged > 500)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(Math.abs(tally.refused - tally.acknowledged)).toBeLessThanOrEqual(1)
    expect(node.connectionsTotal()).toBe(1)
    expect(node.commands.some(([word]) => word === 'ROLE')).toBe(false)
  })

  test('asks WAIT after so many writes of a connection, with a bounded time-out', async () => {
    const node = await fakeNode()
    const probe = probeOf(await fakeSentinel(node.address), { wait: { replicas: 2, timeoutMs: 0, every: 10 } })
    await until('writes', () => probe.tally().confirmed > 300)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(tally.confirmed).toBe(tally.acknowledged)
    expect(probe.write(3)).toMatchObject({ waited: 2, isConfirmed: true })
    const waits = node.commands.filter(([word]) => word === 'WAIT')
    expect(waits[0]).toEqual(['WAIT', '2', '1'])
    expect(waits).toHaveLength(Math.ceil(tally.sent / 10))
  })

  test('confirms nothing where too few replicas have it', async () => {
    const node = await fakeNode()
    node.answer('WAIT', integer(1))
    const probe = probeOf(await fakeSentinel(node.address), { wait: { replicas: 2, timeoutMs: 50 } })
    await until('writes', () => probe.tally().acknowledged > 100)
    const { tally } = await probe.stop()
    expect(tally.confirmed).toBe(0)
    expect(probe.write(0)).toMatchObject({ waited: 1, isConfirmed: false })
  })

  test('waits for nobody who never answers, when it is stopped', async () => {
    const node = await fakeNode(() => 'HANG')
    const probe = probeOf(await fakeSentinel(node.address))
    await until('writes', () => probe.tally().pending > 0)
    const { tally } = await probe.stop()
    addsUp(tally)
    expect(tally).toMatchObject({ pending: 0, acknowledged: 0, unknown: tally.sent })
    expect(node.connectionsOpen()).toBe(0)
  })

  test('says in one line that it cannot count', async () => {
    const node = await fakeNode()
    const probe = probeOf(await fakeSentinel(node.address))
    await until('writes', () => probe.tally().acknowledged > 10)
    await probe.stop()
    node.answer('EXISTS', error('LOADING Redis is loading the dataset in memory'))
    expect(await probe.count(node.address)).toMatchObject({ ok: false })
    await node.close()
    expect(await probe.count(node.address)).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  })
})
