import { connect, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Address, formatAddress } from '../../src-main/domain/address.ts'
import type { LabNode } from '../../src-main/lab/lab.ts'
import { liveSession, onlyGroup } from '../support/live-session.ts'
import { infoOf, masterAccordingTo, redisCli } from '../support/lab/redis-cli.ts'
import { labTls, makeTestCa } from '../support/lab/test-ca.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { type TestLab, withLab } from '../support/lab/with-lab.ts'

const ids = (nodes: readonly LabNode[]) => nodes.map((node) => node.id).sort()
const first = (nodes: readonly LabNode[]): LabNode => {
  if (nodes[0] === undefined) throw new Error('the lab has no such node')
  return nodes[0]
}

/** What everybody must see of a lab of one group, whatever the seed. */
async function expectWhole(group: ReturnType<typeof onlyGroup>, lab: TestLab): Promise<void> {
  expect(group.master).toBe(lab.master.id)
  expect(group.masters).toEqual([lab.master.id])
  expect(group.replicas).toEqual(ids([...lab.replicas, ...lab.chained]))
  for (const node of [lab.master, ...lab.replicas, ...lab.chained]) {
    const truth = await infoOf(lab, node, 'replication')
    const shown = group.nodes.get(node.id)
    expect(shown?.reachability).toBe('up')
    expect(shown?.info?.replication.replid).toBe(truth.get('master_replid'))
    expect(shown?.role).toBe(truth.get('role') === 'master' ? 'master' : 'replica')
    const link = group.links.find((one) => one.replica === node.id)
    if (truth.get('role') === 'slave') {
      expect(link?.upstream).toBe(`${truth.get('master_host')}:${truth.get('master_port')}`)
      expect(link?.state).toBe('online')
      expect(link?.byteLag, node.name).toBeDefined()
      expect(link?.coverage?.bytes, node.name).toBeGreaterThanOrEqual(0)
    } else expect(link).toBeUndefined()
  }
  for (const chained of lab.chained) {
    expect(group.links.find((link) => link.replica === chained.id)).toMatchObject({ depth: 2, master: lab.master.id })
  }
}

describe('a real deployment', () => {
  it('is found whole from a Sentinel, the master, a replica and a chained replica', async () => {
    const lab = await withLab()
    const sentinel = first(lab.sentinels)
    const bySentinel = onlyGroup(await liveSession({ sentinels: [sentinel.address] }))
    await expectWhole(bySentinel, lab)
    expect(bySentinel).toMatchObject({ name: lab.group, agreed: true, knownSentinels: 3, quorum: 2 })
    expect(bySentinel.sentinels).toEqual(ids(lab.sentinels))
    for (const seed of [lab.master, first(lab.replicas), first(lab.chained)]) {
      const group = onlyGroup(await liveSession({ nodes: [seed.address] }))
      await expectWhole(group, lab)
      expect(group.name, 'the Sentinels are found through the hello channel').toBe(lab.group)
      expect(group.sentinels).toEqual(ids(lab.sentinels))
    }
  })

  it('is followed through kill -9 of the master and the failover', async () => {
    const lab = await withLab()
    const session = await liveSession({ sentinels: lab.sentinels.map((node) => node.address), intervalMs: 250 })
    await lab.kill(lab.master.id, 'SIGKILL')
    await waitFor(() => onlyGroup(session).nodes.get(lab.master.id)?.reachability === 'unreachable', {
      what: 'the dead master shown as unreachable',
    })
    const changed = await waitFor(() => onlyGroup(session).master !== lab.master.id && onlyGroup(session), {
      what: 'the new master',
    })
    expect(lab.replicas.map((node) => node.id)).toContain(changed.master)
    expect(changed.nodes.get(lab.master.id)?.lastSeenAt).toBeDefined()
    await waitFor(
      async () =>
        (await masterAccordingTo(lab, first(lab.sentinels), lab.group)) === onlyGroup(session).master &&
        onlyGroup(session).agreed &&
        onlyGroup(session).masters.length === 1,
      { what: 'agreement with redis-cli on the master' },
    )
    await lab.restart(lab.master.id)
    await waitFor(() => onlyGroup(session).links.find((link) => link.replica === lab.master.id)?.state === 'online', {
      what: 'the old master as an online replica',
    })
  })

  it('shows a stopped replica as hung, its lag growing, the others fresh', async () => {
    const lab = await withLab()
    const session = await liveSession({ sentinels: [first(lab.sentinels).address], intervalMs: 250, timeoutMs: 500 })
    const stopped = lab.replicas[1]
    if (stopped === undefined) throw new Error('two replicas expected')
    lab.stop(stopped.id)
    await waitFor(() => onlyGroup(session).nodes.get(stopped.id)?.reachability === 'hung', { what: 'hung' })
    for (let i = 0; i < 5; i++) await redisCli(lab, lab.master, 'SET', 'k', 'x'.repeat(1000))
    await waitFor(
      () => (onlyGroup(session).links.find((link) => link.replica === stopped.id)?.byteLag?.high ?? 0) > 5000,
      {
        what: 'a growing lag from the acknowledgements',
      },
    )
    const group = onlyGroup(session)
    for (const node of [lab.master, ...lab.chained]) {
      expect(group.takenAt - (group.nodes.get(node.id)?.sampledAt ?? 0)).toBeLessThan(2000)
      expect(group.nodes.get(node.id)?.reachability).toBe('up')
    }
    lab.cont(stopped.id)
    await waitFor(() => onlyGroup(session).nodes.get(stopped.id)?.reachability === 'up', { what: 'recovery' })
  })

  it('follows a replica re-pointed live, and a detached one with a history of its own', async () => {
    const lab = await withLab({ sentinels: 0 })
    const session = await liveSession({ nodes: [lab.master.address], intervalMs: 250 })
    const [a, b] = lab.replicas
    if (a === undefined || b === undefined) throw new Error('two replicas expected')
    await redisCli(lab, b, 'REPLICAOF', a.address.host, String(a.address.port))
    await waitFor(() => onlyGroup(session).links.find((link) => link.replica === b.id)?.upstream === a.id, {
      what: 'the re-pointed replica below the other',
    })
    await redisCli(lab, b, 'REPLICAOF', 'NO', 'ONE')
    await redisCli(lab, b, 'SET', 'own', 'history')
    await waitFor(() => onlyGroup(session).masters.includes(b.id), { what: 'a second master' })
    const group = onlyGroup(session)
    expect(group.master).toBe(lab.master.id)
    expect(group.links.some((link) => link.replica === b.id)).toBe(false)
    expect(group.nodes.get(b.id)?.info?.replication.replid).not.toBe(
      group.nodes.get(lab.master.id)?.info?.replication.replid,
    )
  })

  it('never compares offsets across histories, and knows a replica that never synced', async () => {
    const lab = await withLab({ replicas: 1, chained: 0, sentinels: 0 })
    const lost = first(lab.replicas)
    await redisCli(lab, lost, 'REPLICAOF', lab.master.address.host, '1')
    await lab.kill(lost.id, 'SIGKILL')
    await lab.restart(lost.id)
    await redisCli(lab, lost, 'REPLICAOF', lab.master.address.host, '1')
    const session = await liveSession({ nodes: [lab.master.address, lost.address], intervalMs: 250 })
    const states = session.state()
    const link = [...states.groups.values()]
      .flatMap((group) => group.snapshot.links)
      .find((one) => one.replica === lost.id)
    expect(link?.byteLag).toBeUndefined()
    expect(['down', 'connecting']).toContain(link?.state)
  })

  it('keeps two groups under one Sentinel set apart', async () => {
    const lab = await withLab({
      groups: [
        { group: 'orders', replicas: 1, chained: 0 },
        { group: 'carts', replicas: 1, chained: 0 },
      ],
    })
    const both = await liveSession({ sentinels: [first(lab.sentinels).address] })
    expect([...both.state().groups.keys()]).toEqual(['carts', 'orders'])
    for (const group of lab.groups) {
      const shown = both.state().groups.get(group.group)?.snapshot
      expect(shown?.master).toBe(group.master.id)
      expect(shown?.replicas).toEqual(ids(group.replicas))
    }
    const one = await liveSession({ sentinels: [first(lab.sentinels).address], groupName: 'carts' })
    expect([...one.state().groups.keys()]).toEqual(['carts'])
  })
})

describe('doors and addresses', () => {
  it('works over TLS with a test CA for nodes and Sentinels, and refuses an unknown CA', async () => {
    const ca = await makeTestCa()
    const lab = await withLab({ tls: await labTls(ca) })
    const tls = { ca: ca.ca, insecure: false }
    const group = onlyGroup(
      await liveSession({ sentinels: [first(lab.sentinels).address], nodeTls: tls, sentinelTls: tls, timeoutMs: 3000 }),
    )
    expect(group.replicas).toEqual(ids([...lab.replicas, ...lab.chained]))
    expect([...group.nodes.values()].every((node) => node.reachability === 'up')).toBe(true)
    expect(group.links.every((link) => link.isTls === true)).toBe(true)
    const other = await makeTestCa('another CA')
    const refused = await liveSession({
      sentinels: [first(lab.sentinels).address],
      nodeTls: { ca: other.ca, insecure: false },
      sentinelTls: { ca: other.ca, insecure: false },
    })
    expect(refused.state().failures).toMatchObject([{ kind: 'unreachable', cause: 'tls' }])
  })

  it('works with passwords, and says so when one is wrong or missing', async () => {
    const lab = await withLab({ auth: { password: 'node-secret' }, sentinelAuth: { password: 'sentinel-secret' } })
    const right = { node: { password: 'node-secret' }, sentinel: { password: 'sentinel-secret' } }
    const sentinels = [first(lab.sentinels).address]
    const group = onlyGroup(await liveSession({ sentinels, ...right }))
    await waitFor(() => [...group.nodes.values()].every((node) => node.reachability === 'up'), { what: 'all up' })
    const wrong = onlyGroup(await liveSession({ sentinels, ...right, node: { password: 'guess' } }))
    expect(wrong.nodes.get(lab.master.id)).toMatchObject({ reachability: 'auth-required', role: 'master' })
    expect(JSON.stringify([...wrong.nodes.values()])).not.toContain('guess')
    const none = await liveSession({ sentinels })
    expect(none.state()).toMatchObject({ phase: 'failed', failures: [{ kind: 'auth' }] })
  })

  it('still draws the topology for a user with only +ping +info +role, and says what is not permitted', async () => {
    const lab = await withLab({ auth: { users: ['watcher on >look +ping +info +role'] } })
    const group = onlyGroup(
      await liveSession({ sentinels: [first(lab.sentinels).address], node: { user: 'watcher', password: 'look' } }),
    )
    const master = group.nodes.get(lab.master.id)
    expect(group.replicas).toEqual(ids([...lab.replicas, ...lab.chained]))
    expect(master?.reachability).toBe('up')
    expect(master?.notPermitted.join(' ')).toMatch(/CONFIG/)
    expect(master?.config).toBeUndefined()
    expect(group.links.every((link) => link.byteLag !== undefined)).toBe(true)
  })

  it('works on IPv6', async () => {
    const lab = await withLab({ host: '::1' })
    const group = onlyGroup(await liveSession({ sentinels: [first(lab.sentinels).address] }))
    expect(group.master).toBe(lab.master.id)
    expect(lab.master.id).toMatch(/^\[::1]:\d+$/)
    expect(group.replicas).toEqual(ids([...lab.replicas, ...lab.chained]))
  })

  it('dials through a NAT map and keeps the announced names', async () => {
    const lab = await withLab({ chained: 0 })
    const relays = await Promise.all([lab.master, ...lab.replicas].map((node) => relay(node.address)))
    const nat = [lab.master, ...lab.replicas].map((node, i) => ({
      from: node.address,
      to: relays[i] ?? node.address,
    }))
    const group = onlyGroup(await liveSession({ sentinels: [first(lab.sentinels).address], nat }))
    expect(group.master).toBe(lab.master.id)
    for (const entry of nat) {
      expect(group.nodes.get(formatAddress(entry.from))?.aliases).toContain(formatAddress(entry.to))
    }
    expect(group.links.every((link) => link.isNatMapped && link.state === 'online')).toBe(true)
  })

  it('leaves no socket, timer or listener behind', async () => {
    const lab = await withLab()
    const count = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).length
    const before = count()
    const session = await liveSession({ sentinels: lab.sentinels.map((node) => node.address), intervalMs: 100 })
    await waitFor(() => (session.state().groups.get(lab.group)?.revision ?? 0) > 5, { what: 'some ticks' })
    expect(count()).toBeGreaterThan(before)
    await session.dispose()
    await waitFor(() => count() <= before, { what: 'everything ended' })
    const clients = await redisCli(lab, lab.master, 'CLIENT', 'LIST')
    expect(clients).not.toMatch(/name=repliscope/)
  })
})

/** A TCP relay in front of a node: what NAT looks like from here. */
async function relay(to: Address): Promise<Address> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(to.port, to.host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => (near.destroy(), far.destroy()))
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return { host: '127.0.0.1', port: bound.port }
}
