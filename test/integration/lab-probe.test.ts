import { expect, onTestFinished, test } from 'vitest'
import type { LabNode } from '../../src-main/lab/lab-model.ts'
import type { Probe, ProbeCount, ProbeOptions } from '../../src-main/lab/probe/probe-model.ts'
import { startProbe } from '../../src-main/lab/probe/probe.ts'
import { openRespClient, respText } from '../../src-main/lab/resp-client.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'

function probeOf(lab: TestLab, options: Partial<ProbeOptions> = {}): Probe {
  const probe = startProbe({
    sentinels: lab.sentinels.map((node) => node.address),
    group: lab.group,
    access: lab.access(lab.master),
    ...options,
  })
  onTestFinished(async () => void (await probe.stop()))
  return probe
}

async function counted(probe: Probe, node: LabNode): Promise<ProbeCount> {
  const count = await probe.count(node.address)
  if (!count.ok) throw new Error(JSON.stringify(count.failure))
  return count.value
}

/** Every key of the probe on a server, read with SCAN: another way than the probe's own. */
async function keysOf(lab: TestLab, node: LabNode, probe: Probe): Promise<ReadonlySet<string>> {
  const client = await openRespClient(node.address, { ...lab.access(node), timeoutMs: 20_000 })
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const reply = await client.ask('SCAN', cursor, 'COUNT', '5000')
    if (!Array.isArray(reply)) throw new Error(respText(reply))
    cursor = respText(reply[0])
    for (const key of reply[1] as readonly string[]) if (key.includes(probe.run)) keys.add(key)
  } while (cursor !== '0')
  client.close()
  return keys
}

/** The probe's story number by number, held against a full read. */
function byHand(probe: Probe, keys: ReadonlySet<string>) {
  const totals = { ackedKept: 0, ackedLost: 0, unknownKept: 0, unknownLost: 0, refusedKept: 0 }
  for (let number = 0; number < probe.tally().sent; number++) {
    const isKept = keys.has(probe.keyOf(number))
    const outcome = probe.write(number)?.outcome
    if (outcome === 'acknowledged') totals[isKept ? 'ackedKept' : 'ackedLost'] += 1
    else if (outcome === 'unknown') totals[isKept ? 'unknownKept' : 'unknownLost'] += 1
    else if (isKept) totals.refusedKept += 1
  }
  return totals
}

const offsetOf = async (lab: TestLab, node: LabNode) => {
  const info = respText(await lab.ask(node, 'INFO', 'replication'))
  return Number(/master_repl_offset:(\d+)/.exec(info)?.[1])
}

test('kill -9 of the master under load: every number is accounted for, and a full read agrees', async () => {
  const lab = await withLab({ replicas: 2, sentinels: 3 })
  const probe = probeOf(lab, { perSecond: 'max', writers: 2 })
  await waitFor(() => probe.tally().acknowledged > 20_000, { what: 'acknowledged writes' })
  const killedAt = Date.now()
  await lab.kill(lab.master, 'SIGKILL')
  await waitFor(() => probe.since(killedAt).firstAcceptedMs, { what: 'a write after the kill', deadlineMs: 60_000 })
  const { tally, gap } = await probe.stop()

  expect(tally.acknowledged + tally.refused + tally.unknown).toBe(tally.sent)
  expect(tally.pending).toBe(0)
  const winner = lab.replicas.find((node) => node.address.port === tally.master?.port)
  if (winner === undefined) throw new Error(`${JSON.stringify(tally.master)} is no replica`)
  const count = await counted(probe, winner)
  const keys = await keysOf(lab, winner, probe)
  const { ackedKept, ackedLost, unknownKept, unknownLost, refusedKept } = count
  expect({ ackedKept, ackedLost, unknownKept, unknownLost, refusedKept }).toEqual(byHand(probe, keys))
  expect(refusedKept).toBe(0)
  expect(ackedKept + unknownKept).toBe(keys.size)
  expect(ackedKept + ackedLost).toBe(tally.acknowledged)
  expect(count.lostNumbers.reduce((sum, [first, last]) => sum + last - first + 1, 0)).toBe(ackedLost)
  expect(probe.since(killedAt).firstKeptMs).not.toBeNull()
  expect(gap?.to).toBeGreaterThan(killedAt)
  expect(gap?.ms).toBe(probe.since(killedAt).longestGapMs)
})

test('a write adds exactly its own length to the replication stream, and SELECT comes once', async () => {
  // One Sentinel would publish its hellos in between: a probe that is pinned needs none.
  const lab = await withLab({ replicas: 1, sentinels: 0, set: { 'repl-ping-replica-period': '3600' } })
  const offset = async () => {
    const [before, after] = [await offsetOf(lab, lab.master), await offsetOf(lab, lab.master)]
    expect(after).toBe(before)
    return after
  }
  const grownBy = async (writes: number, valueBytes: number) => {
    const before = await offset()
    const probe = probeOf(lab, { pinnedTo: lab.master.address, perSecond: 'max', maxNumbers: writes, valueBytes })
    await waitFor(() => probe.tally().acknowledged === writes, { what: 'the writes' })
    const { streamBytesPerWrite } = await probe.stop()
    return { grown: (await offset()) - before, perWrite: streamBytesPerWrite }
  }
  const first = await grownBy(1, 32)
  // The first write since the replica attached: *2 $6 SELECT $1 0 stands before it.
  expect(first.grown).toBe(first.perWrite + 23)
  const second = await grownBy(1, 32)
  expect(second.grown).toBe(second.perWrite)
  const many = await grownBy(3000, 500)
  expect(many.grown).toBe(3000 * many.perWrite)
})

test('the writes of a client left alone with the old master are lost, and confirmed by nobody', async () => {
  const lab = await withLab({ replicas: 1, sentinels: 0 })
  const [replica] = lab.replicas
  if (replica === undefined) throw new Error('no replica')
  const wait = { replicas: 1, timeoutMs: 100, every: 5 }
  const probe = probeOf(lab, { pinnedTo: lab.master.address, perSecond: 200, wait })
  await waitFor(() => probe.tally().confirmed > 20, { what: 'confirmed writes' })
  lab.stop(replica)
  const before = probe.tally().sent
  await waitFor(() => probe.tally().acknowledged > before + 50, { what: 'writes without the replica' })
  await probe.stop()
  await lab.kill(lab.master, 'SIGKILL')
  await lab.kill(replica, 'SIGKILL')
  await lab.restart(lab.master)
  const count = await counted(probe, lab.master)
  // Without persistence it comes back empty: what was confirmed is gone as well.
  expect(count).toMatchObject({ ackedKept: 0, ackedLost: probe.tally().acknowledged })
  expect(count.confirmedLost).toBe(probe.tally().confirmed)
  expect(probe.tally().confirmed).toBeLessThan(probe.tally().acknowledged)
})

test('20,000 writes a second for a while are all there, and it says what it cost', async () => {
  const lab = await withLab({ replicas: 1, sentinels: 1 })
  const probe = probeOf(lab, { perSecond: 20_000, writers: 4, inFlight: 2000, timeoutMs: 20_000 })
  await waitFor(() => probe.tally().acknowledged > 60_000, { what: 'the writes', deadlineMs: 50_000 })
  const { tally, overhead } = await probe.stop()
  expect(await counted(probe, lab.master)).toMatchObject({ ackedKept: tally.acknowledged, ackedLost: 0 })
  expect(tally.unknown + tally.refused).toBe(0)
  expect(overhead.achievedPerSecond).toBeGreaterThan(0)
  expect(overhead.ownShare).toBeGreaterThan(0)
  expect(overhead.eventLoopDelayMs.max).toBeGreaterThan(0)
})
