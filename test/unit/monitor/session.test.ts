import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Address } from '../../../src-main/domain/address.ts'
import { RULES } from '../../../src-main/domain/findings/catalogue.ts'
import { createJudge } from '../../../src-main/domain/findings/create-judge.ts'
import { DEFAULT_THRESHOLDS } from '../../../src-main/domain/findings/thresholds.ts'
import type { GroupSnapshot } from '../../../src-main/domain/topology/model.ts'
import { openSession, type SessionOptions } from '../../../src-main/monitor/open-session.ts'
import type { Judge, Session } from '../../../src-main/monitor/session.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeWorld } from '../../support/fake-world.ts'

let clock: FakeClock
let world: FakeWorld
let session: Session | undefined

beforeEach(() => {
  clock = new FakeClock()
  world = new FakeWorld(clock)
})
afterEach(async () => {
  await session?.dispose()
  session = undefined
  await clock.advance(5000)
  expect(clock.pending).toBe(0)
  expect(world.openReaders).toBe(0)
})

const at = (port: number): Address => ({ host: '10.0.0.1', port })
const id = (port: number) => `10.0.0.1:${port}`

function open(target: Partial<SessionOptions['target']>, more: Partial<SessionOptions> = {}): Session {
  session = openSession({
    target: { sentinels: [], nodes: [], group: undefined, ...target },
    connector: world.connector(),
    clock,
    ...more,
  })
  return session
}

async function picture(
  target: Partial<SessionOptions['target']>,
  more: Partial<SessionOptions> = {},
): Promise<Session> {
  const opened = open(target, more)
  let isDone = false
  void opened.firstPicture().then(() => {
    isDone = true
  })
  for (let i = 0; i < 100 && !isDone; i++) await clock.advance(100)
  expect(isDone, 'the first picture stands').toBe(true)
  return opened
}

function only(from: Session): GroupSnapshot {
  const groups = [...from.state().groups.values()]
  expect(groups).toHaveLength(1)
  const [group] = groups
  if (group === undefined) throw new Error('no group')
  return group.snapshot
}

function standard(): void {
  world.server(1)
  world.server(2, 1)
  world.server(3, 1)
  world.server(4, 2)
  for (const port of [11, 12, 13]) world.sentinel(port, { orders: { master: 1, replicas: [2, 3] } })
}

describe('what is asked slowly', () => {
  it('is asked at once when the keys collapse, for it tells whether somebody flushed', async () => {
    standard()
    const [first] = world.servers.values()
    if (first === undefined) throw new Error('no server')
    first.keys = 1000
    await picture({ sentinels: [at(11)] })
    await clock.advance(12_000)
    const before = first.askedSlow
    first.keys = 900
    await clock.advance(7000)
    expect(first.askedSlow).toBe(before)
    first.keys = 0
    await clock.advance(7000)
    expect(first.askedSlow).toBe(before + 1)
  })
})

describe('settings', () => {
  it('are one object for as long as nothing in them changes', async () => {
    standard()
    const server = world.servers.get(id(1))
    if (server === undefined) throw new Error('no server')
    server.config.set('save', '900 1').set('appendonly', 'no')
    const opened = await picture({ sentinels: [at(11)] })
    const config = () => only(opened).nodes.get(id(1))?.config
    const first = config()
    const asked = server.askedSlow
    await clock.advance(32_000)
    expect(server.askedSlow).toBeGreaterThan(asked)
    expect(config()).toBe(first)
    for (const [change, expected] of [
      [() => server.config.set('save', ''), { save: '', appendonly: 'no' }],
      [() => server.config.delete('appendonly'), { save: '' }],
      [() => server.config.set('appendonly', 'yes'), { save: '', appendonly: 'yes' }],
    ] as const) {
      change()
      await clock.advance(32_000)
      expect(Object.fromEntries(config() ?? [])).toEqual(expected)
    }
  })
})

describe('what is asked beside INFO', () => {
  const last = (port: number) => world.servers.get(id(port))?.askedAlso.at(-1)
  const told = (opened: Session, port: number) => only(opened).nodes.get(id(port))

  it('is everything at first, then the clients of who is followed', async () => {
    standard()
    await picture({ sentinels: [at(11)] })
    for (const server of world.servers.values()) expect(server.askedAlso[0]).toEqual(['ROLE', 'CLIENT LIST'])
    await clock.advance(11_000)
    expect([1, 2, 3, 4].map(last)).toEqual([['CLIENT LIST'], ['CLIENT LIST'], [], []])
  })

  it('knows that nobody is attached without asking, and asks as soon as somebody is', async () => {
    standard()
    const opened = await picture({ sentinels: [at(11)] })
    await clock.advance(11_000)
    expect(told(opened, 3)?.replicaClients).toEqual([])
    const chained = world.servers.get(id(4))
    if (chained === undefined) throw new Error('no chained replica')
    chained.follows = id(3)
    await clock.advance(11_000)
    expect([2, 3].map(last)).toEqual([[], ['CLIENT LIST']])
  })

  it('is ROLE while a link is down', async () => {
    standard()
    await picture({ sentinels: [at(11)] })
    await clock.advance(6000)
    const cut = world.servers.get(id(3))
    if (cut === undefined) throw new Error('no replica')
    cut.linkUp = false
    await clock.advance(11_000)
    expect(last(3)).toEqual(['ROLE'])
  })

  it('is asked again where it was refused, and what was refused stays told until it is not', async () => {
    standard()
    const leaf = world.servers.get(id(3))
    if (leaf === undefined) throw new Error('no replica')
    leaf.denies.add('ROLE').add('CLIENT LIST')
    const opened = await picture({ sentinels: [at(11)] })
    await clock.advance(11_000)
    expect(told(opened, 3)?.notPermitted).toEqual(['CLIENT LIST', 'ROLE'])
    expect(told(opened, 3)?.replicaClients).toBeUndefined()
    leaf.denies.clear()
    await clock.advance(11 * 60_000)
    expect(told(opened, 3)?.notPermitted).toEqual([])
    expect(told(opened, 3)?.replicaClients).toEqual([])
  })
})

describe('keys', () => {
  it('are counted anew when a replica begins to be sent everything', async () => {
    standard()
    const [first, second] = world.servers.values()
    if (first === undefined || second === undefined) throw new Error('no servers')
    first.keys = 0
    const opened = await picture({ sentinels: [at(11)] })
    await clock.advance(5000)
    first.keys = 1000
    await clock.advance(1500)
    const counted = () => only(opened).nodes.get(first.id)?.info?.keyspace?.[0]?.keys
    expect(counted()).toBe(0)
    second.isSyncing = true
    await clock.advance(1500)
    expect(counted()).toBe(1000)
  })
})

describe('a session from Sentinels', () => {
  it('finds master, replicas, the chained replica and the other Sentinels from one Sentinel', async () => {
    standard()
    const group = only(await picture({ sentinels: [at(11)] }))
    expect(group).toMatchObject({ name: 'orders', master: id(1), masters: [id(1)], agreed: true, knownSentinels: 3 })
    expect(group.replicas).toEqual([id(2), id(3), id(4)])
    expect(group.sentinels).toEqual([id(11), id(12), id(13)])
    expect(group.links.map((link) => [link.replica, link.upstream, link.master, link.depth])).toEqual([
      [id(2), id(1), id(1), 1],
      [id(3), id(1), id(1), 1],
      [id(4), id(2), id(1), 2],
    ])
  })

  it('closes every sandwich in the first picture, chained replicas included', async () => {
    standard()
    const group = only(await picture({ sentinels: [at(11)] }))
    for (const link of group.links) {
      expect(link.byteLag).toEqual({ low: 0, high: 0 })
      expect(link.upstreamByteLag).toEqual({ low: 0, high: 0 })
    }
  })

  it('shows every group of the Sentinels, or the one asked for', async () => {
    standard()
    world.server(5)
    for (const sentinel of world.sentinels.values()) {
      sentinel.groups.set('carts', { master: id(5), replicas: [], epoch: 1 })
    }
    expect([...(await picture({ sentinels: [at(11)] })).state().groups.keys()]).toEqual(['carts', 'orders'])
    await session?.dispose()
    expect([...(await picture({ sentinels: [at(11)], group: 'carts' })).state().groups.keys()]).toEqual(['carts'])
  })

  it('fails with the known names when the group is not known', async () => {
    standard()
    const { phase, failures } = (await picture({ sentinels: [at(11)], group: 'nope' })).state()
    expect(phase).toBe('failed')
    expect(failures).toMatchObject([{ kind: 'not-found', known: ['orders'] }])
  })

  it('says so when a data node is given as a Sentinel', async () => {
    standard()
    const { phase, failures } = (await picture({ sentinels: [at(1)] })).state()
    expect(phase).toBe('failed')
    expect(failures).toMatchObject([{ kind: 'not-a-sentinel', at: id(1) }])
  })

  it('does not let a hung node delay or blank the others', async () => {
    standard()
    const hung = world.servers.get(id(3))
    if (hung !== undefined) hung.mood = 'hung'
    const live = await picture({ sentinels: [at(11)] })
    await clock.advance(3000)
    const before = only(live)
    expect(before.nodes.get(id(3))?.reachability).toBe('hung')
    for (const port of [1, 2, 4]) {
      expect(clock.now() - (before.nodes.get(id(port))?.sampledAt ?? 0)).toBeLessThan(1300)
    }
    expect(before.links.find((link) => link.replica === id(2))?.byteLag).toBeDefined()
  })

  it('fills a node that cannot be reached from a Sentinel, and never calls it down', async () => {
    standard()
    const far = world.servers.get(id(3))
    if (far !== undefined) far.mood = 'refused'
    const node = only(await picture({ sentinels: [at(11)], nodes: [] })).nodes.get(id(3))
    expect(node).toMatchObject({ reachability: 'unreachable', observedThrough: 'sentinel-cache', role: 'replica' })
    expect(node?.sampledAt).toBeLessThan(clock.now())
  })

  it('keeps the dead master in its place with last-seen, then follows the failover', async () => {
    standard()
    const live = await picture({ sentinels: [at(11)] })
    await clock.advance(2000)
    const master = world.servers.get(id(1))
    if (master === undefined) throw new Error('no master')
    world.kill(master)
    await clock.advance(100)
    const down = only(live)
    expect(down.nodes.get(id(1))).toMatchObject({ role: 'master', reachability: 'unreachable' })
    expect(down.nodes.get(id(1))?.lastSeenAt).toBeLessThan(clock.now())
    expect(down.master).toBe(id(1))
    promote(2, [3])
    for (const sentinel of world.sentinels.values()) {
      sentinel.groups.set('orders', { master: id(2), replicas: [id(1), id(3)], epoch: 2 })
    }
    const first = world.sentinels.get(id(11))
    if (first !== undefined) {
      world.publish(first, {
        channel: '+switch-master',
        payload: 'orders 10.0.0.1 1 10.0.0.1 2',
        group: 'orders',
        switched: { from: at(1), to: at(2) },
      })
    }
    await clock.advance(200)
    const after = only(live)
    expect(after.master).toBe(id(2))
    expect(after.masters).toEqual([id(2)])
    expect(after.nodes.get(id(1))).toMatchObject({ role: 'replica', reachability: 'unreachable' })
    expect(
      live
        .state()
        .groups.get('orders')
        ?.past.events.some((event) => event.what === '+switch-master'),
    ).toBe(true)
  })

  it('keeps two addresses of one process as one node, named as the Sentinels announce it', async () => {
    standard()
    world.sameAs.set('localhost:1', id(1))
    world.sameAs.set('localhost:11', id(11))
    const group = only(
      await picture({ sentinels: [{ host: 'localhost', port: 11 }], nodes: [{ host: 'localhost', port: 1 }] }),
    )
    expect(group.nodes.get(id(1))?.aliases).toEqual(['localhost:1'])
    expect(group.nodes.has('localhost:1')).toBe(false)
    expect(group.sentinels).toEqual([id(11), id(12), id(13)])
    expect(group.nodes.get(id(11))?.aliases).toEqual(['localhost:11'])
  })

  it('keeps two different processes apart although they show one run id', async () => {
    standard()
    const clone = world.servers.get(id(3))
    if (clone !== undefined) clone.runId = world.servers.get(id(2))?.runId ?? ''
    const group = only(await picture({ sentinels: [at(11)] }))
    expect(group.replicas).toEqual([id(2), id(3), id(4)])
  })

  it('dials through the NAT map and keeps the announced names', async () => {
    standard()
    for (const port of [1, 2, 3, 4]) {
      const inner = `172.17.0.2:${port}`
      world.nat.set(inner, id(port))
      const server = world.servers.get(id(port))
      if (server === undefined) continue
      server.announcedAs = inner
      if (server.follows !== undefined) server.follows = id(Number(server.follows.split(':')[1]))
    }
    for (const sentinel of world.sentinels.values()) {
      sentinel.groups.set('orders', { master: '172.17.0.2:1', replicas: ['172.17.0.2:2', '172.17.0.2:3'], epoch: 1 })
    }
    const group = only(await picture({ sentinels: [at(11)] }))
    expect(group.master).toBe('172.17.0.2:1')
    expect(group.replicas).toEqual(['172.17.0.2:2', '172.17.0.2:3', '172.17.0.2:4'])
    expect(group.nodes.get('172.17.0.2:1')?.aliases).toEqual([id(1)])
    expect(group.links.every((link) => link.isNatMapped)).toBe(true)
  })

  it('follows a replica that is re-pointed, one that is added and one that is removed', async () => {
    standard()
    const live = await picture({ sentinels: [at(11)] })
    const moved = world.servers.get(id(4))
    if (moved !== undefined) moved.follows = id(3)
    world.server(6, 1)
    await clock.advance(6000)
    expect(only(live).links.find((link) => link.replica === id(4))?.upstream).toBe(id(3))
    expect(only(live).replicas).toContain(id(6))
    const gone = world.servers.get(id(6))
    if (gone !== undefined) world.kill(gone)
    await clock.advance(3000)
    expect(only(live).nodes.get(id(6))?.reachability).toBe('unreachable')
    await clock.advance(70_000)
    expect(only(live).replicas).not.toContain(id(6))
  })

  it('tells two masters and the Sentinels that disagree', async () => {
    standard()
    promote(2, [])
    const split = world.sentinels.get(id(13))
    split?.groups.set('orders', { master: id(2), replicas: [id(1), id(3)], epoch: 2 })
    const group = only(await picture({ sentinels: [at(11)] }))
    expect(group.agreed).toBe(false)
    expect(group.master).toBe(id(2))
    expect(group.masters).toEqual([id(2), id(1)])
  })
})

describe('a session from data nodes', () => {
  it.each([1, 2, 3, 4])('finds the whole group from node %i', async (port) => {
    standard()
    world.sentinels.clear()
    const group = only(await picture({ nodes: [at(port)] }))
    expect(group).toMatchObject({ name: id(1), isNamedBySentinel: false, master: id(1) })
    expect(group.replicas).toEqual([id(2), id(3), id(4)])
  })

  it('finds the Sentinels through the hello channel and takes their name for the group', async () => {
    standard()
    world.hellos.push({
      sentinel: at(12),
      sentinelId: 'x',
      currentEpoch: 1,
      masterName: 'orders',
      master: at(1),
      masterConfigEpoch: 1,
    })
    const group = only(await picture({ nodes: [at(4)] }))
    expect(group).toMatchObject({ name: 'orders', isNamedBySentinel: true, master: id(1) })
    expect(group.sentinels).toEqual([id(11), id(12), id(13)])
  })

  it('shows a Sentinel that says hello and does not let us in, and what it answers', async () => {
    standard()
    for (const one of world.sentinels.values()) one.mood = 'auth'
    world.hellos.push({
      sentinel: at(12),
      sentinelId: 'x',
      currentEpoch: 1,
      masterName: 'orders',
      master: at(1),
      masterConfigEpoch: 1,
    })
    const live = await picture({ nodes: [at(4)] })
    expect(only(live)).toMatchObject({ name: id(1), isNamedBySentinel: false, sentinels: [id(12)] })
    expect(only(live).nodes.get(id(12))).toMatchObject({ kind: 'sentinel', reachability: 'auth-required' })
    for (const one of world.sentinels.values()) one.mood = 'up'
    await clock.advance(20_000)
    expect(only(live)).toMatchObject({ name: 'orders', sentinels: [id(11), id(12), id(13)] })
  })

  const helloOf = (port: number) => ({
    sentinel: at(port),
    sentinelId: String(port),
    currentEpoch: 1,
    masterName: 'orders',
    master: at(1),
    masterConfigEpoch: 1,
  })

  it('hears every Sentinel that says hello while none lets us in', async () => {
    standard()
    for (const one of world.sentinels.values()) one.mood = 'auth'
    world.hellos.push(helloOf(11), helloOf(12), helloOf(13))
    world.helloGapMs = 900
    expect(only(await picture({ nodes: [at(1)] })).sentinels).toEqual([id(11), id(12), id(13)])
  })

  it('waits for no other hello once a Sentinel answers', async () => {
    standard()
    world.hellos.push(helloOf(11), helloOf(12), helloOf(13))
    world.helloGapMs = 900
    const before = clock.now()
    expect(only(await picture({ nodes: [at(1)] })).sentinels).toEqual([id(11), id(12), id(13)])
    expect(clock.now() - before).toBeLessThan(900)
  })

  it('tells where it may not listen for Sentinels', async () => {
    standard()
    world.sentinels.clear()
    world.isDeaf = true
    const group = only(await picture({ nodes: [at(1)] }))
    expect(group.nodes.get(id(1))?.notPermitted).toEqual(['SUBSCRIBE'])
  })

  it('does not hang on a node that follows itself', async () => {
    world.server(1, 1)
    const group = only(await picture({ nodes: [at(1)] }))
    expect(group.links).toMatchObject([{ replica: id(1), master: undefined }])
    expect(group.links[0]).toMatchObject({ coverage: undefined, upstreamByteLag: undefined })
  })

  it('does not hang on a loop of three', async () => {
    world.server(1, 2)
    world.server(2, 3)
    world.server(3, 1)
    const group = only(await picture({ nodes: [at(2)] }))
    expect([...group.nodes.keys()].sort()).toEqual([id(1), id(2), id(3)])
    expect(group.links.every((link) => link.master === undefined)).toBe(true)
  })

  it('keeps the group when its master dies, without any Sentinel', async () => {
    standard()
    world.sentinels.clear()
    const live = await picture({ nodes: [at(4)] })
    const master = world.servers.get(id(1))
    if (master !== undefined) world.kill(master)
    await clock.advance(4000)
    const group = only(live)
    expect(group.name).toBe(id(1))
    expect(group.master).toBe(id(1))
    expect(group.replicas).toEqual([id(2), id(3), id(4)])
    expect(group.nodes.get(id(1))?.reachability).toBe('unreachable')
  })

  it('fails, with the reason, when the only seed does not answer', async () => {
    const { phase, failures } = (await picture({ nodes: [at(9)] })).state()
    expect(phase).toBe('failed')
    expect(failures).toMatchObject([{ kind: 'unreachable', cause: 'refused' }])
  })

  it('says so when a Sentinel is given as a data node', async () => {
    standard()
    const { failures } = (await picture({ nodes: [at(11)] })).state()
    expect(failures).toMatchObject([{ kind: 'not-a-data-node' }])
  })
})

describe('sampling', () => {
  it('asks no node more than three times a second at the default interval', async () => {
    standard()
    await picture({ sentinels: [at(11)] })
    await clock.advance(2000)
    const before = new Map([...world.servers].map(([node, server]) => [node, server.asked]))
    await clock.advance(30_000)
    for (const [node, server] of world.servers) {
      expect((server.asked - (before.get(node) ?? 0)) / 30, node).toBeLessThanOrEqual(3)
    }
  })

  it('tells a group once a burst, with revisions that only grow', async () => {
    standard()
    const live = await picture({ sentinels: [at(11)] })
    const revisions: number[] = []
    live.subscribe((change) => {
      expect(new Set(change.changed).size).toBe(change.changed.length)
      for (const name of change.changed) revisions.push(live.state().groups.get(name)?.revision ?? -1)
    })
    await clock.advance(10_000)
    expect(revisions.length).toBeGreaterThan(8)
    expect(revisions.length).toBeLessThan(40)
    expect([...revisions].sort((a, b) => a - b)).toEqual(revisions)
  })

  it('measures the write rate of a moving master', async () => {
    standard()
    const live = await picture({ sentinels: [at(11)] })
    for (let i = 0; i < 20; i++) {
      for (const server of world.servers.values()) server.offset += 500
      await clock.advance(500)
    }
    expect(only(live).nodes.get(id(1))?.writeRate?.bytesPerSecond).toBeGreaterThan(900)
    expect(only(live).nodes.get(id(1))?.writeRate?.bytesPerSecond).toBeLessThan(1100)
  })

  it('takes one picture and asks nothing more in one-shot form', async () => {
    standard()
    await picture({ sentinels: [at(11)] }, { oneShot: true })
    const before = [...world.servers.values()].map((server) => server.asked)
    await clock.advance(20_000)
    expect([...world.servers.values()].map((server) => server.asked)).toEqual(before)
  })
})

function promote(port: number, followers: readonly number[]): void {
  const one = world.servers.get(id(port))
  if (one === undefined) throw new Error('no such server')
  one.role = 'master'
  one.follows = undefined
  one.replid = 'b'.repeat(40)
  for (const follower of followers) {
    const replica = world.servers.get(id(follower))
    if (replica !== undefined) Object.assign(replica, { follows: id(port), replid: one.replid })
  }
}

describe('judging where many nodes are watched', () => {
  const SETTINGS = { thresholds: DEFAULT_THRESHOLDS, environment: 'production' } as const
  const GROUPS = 21
  const NODES = 10
  const portOf = (group: number, node: number) => 1000 + group * NODES + node
  /** When each picture of one group was judged, and what was concluded; a finding says when it was judged. */
  function watchJudging() {
    const judged: { readonly group: string; readonly at: number }[] = []
    const judge: Judge = (snapshot, _past, previous) => {
      judged.push({ group: snapshot.name, at: snapshot.takenAt })
      const since = previous?.findings[0]?.since ?? snapshot.takenAt
      const finding = { code: 'x', severity: 'info', subject: { kind: 'group', id: snapshot.name } } as const
      const words = { title: String(snapshot.takenAt), evidence: [], why: '', remedy: [] }
      return {
        exposure: undefined,
        electable: [],
        findings: [{ ...finding, ...words, since, held: true }],
        notJudged: [],
      }
    }
    const timesOf = (group: string) => judged.filter((one) => one.group === group).map((one) => one.at)
    return { judge, timesOf }
  }

  async function many(groups: number, judge?: Judge) {
    const views: Record<string, { master: number; replicas: number[] }> = {}
    for (let g = 0; g < groups; g++) {
      world.server(portOf(g, 0))
      const replicas = Array.from({ length: NODES - 1 }, (_, i) => portOf(g, i + 1))
      for (const port of replicas) world.server(port, portOf(g, 0))
      views[`g${String(g).padStart(2, '0')}`] = { master: portOf(g, 0), replicas }
    }
    world.sentinel(11, views)
    const watch = watchJudging()
    const opened = await picture({ sentinels: [at(11)] }, { judge: judge ?? watch.judge })
    // whatever the first seconds brought has been judged
    await clock.advance(6000)
    const pictures: number[] = []
    opened.subscribe(({ changed }) => {
      const taken = opened.state().groups.get('g00')?.snapshot.takenAt
      if (changed.includes('g00') && taken !== undefined) pictures.push(taken)
    })
    return { opened, pictures, ...watch }
  }

  it('judges every picture of a small deployment', async () => {
    const { timesOf, pictures } = await many(2)
    const before = timesOf('g00').length
    await clock.advance(10_000)
    expect(pictures.length).toBeGreaterThanOrEqual(9)
    expect(timesOf('g00').slice(before)).toEqual(pictures)
  })

  it('lets conclusions stand for a medium tier while nothing happens, and shows every picture', async () => {
    const { opened, timesOf, pictures } = await many(GROUPS)
    const before = timesOf('g00').length
    await clock.advance(12_000)
    expect(pictures.length).toBeGreaterThanOrEqual(11)
    const judged = timesOf('g00').slice(before)
    expect(judged.length).toBeGreaterThanOrEqual(2)
    expect(judged.length).toBeLessThanOrEqual(3)
    for (const [i, at] of judged.entries()) if (i > 0) expect(at - (judged[i - 1] ?? 0)).toBeLessThan(6500)
    const state = opened.state().groups.get('g00')
    expect(state?.findings[0]?.title).toBe(String(timesOf('g00').at(-1)))
    expect(state?.findings[0]?.since).toBe(timesOf('g00')[0])
  })

  it('judges at once what happens, in the group that it concerns', async () => {
    const { opened, timesOf } = await many(GROUPS)
    const replica = world.servers.get(id(portOf(0, 5)))
    if (replica === undefined) throw new Error('no replica')
    const before = clock.now()
    const calm = timesOf('g01').length
    world.kill(replica)
    await clock.advance(100)
    const [judgedAt] = timesOf('g00').filter((at) => at > before)
    expect(judgedAt).toBeDefined()
    expect(timesOf('g01').length).toBe(calm)
    expect(opened.state().groups.get('g00')?.snapshot.nodes.get(replica.id)?.reachability).not.toBe('up')
  })

  it('comes to the same findings as where every picture is judged, with the same beginnings', async () => {
    const foundWith = async (groups: number) => {
      clock = new FakeClock()
      world = new FakeWorld(clock)
      await session?.dispose()
      const begin = clock.now()
      const { opened } = await many(groups, createJudge(RULES, SETTINGS))
      const cut = world.servers.get(id(portOf(0, 3)))
      const dead = world.servers.get(id(portOf(0, 5)))
      if (cut === undefined || dead === undefined) throw new Error('no replicas')
      cut.linkUp = false
      world.kill(dead)
      await clock.advance(40_000)
      return (opened.state().groups.get('g00')?.findings ?? []).map(({ code, subject, severity, held, since }) => {
        return { code, subject, severity, held, since: Math.round((since - begin) / 1000) }
      })
    }
    const all = await foundWith(2)
    expect(all.map(({ code }) => code)).toContain('replica-link-down')
    expect(await foundWith(GROUPS)).toEqual(all)
  })

  it('judges every picture of the group that somebody looks at, and all on a refresh', async () => {
    const { opened, timesOf, pictures } = await many(GROUPS)
    opened.focus(['g00'])
    const before = timesOf('g00').length
    await clock.advance(3000)
    expect(pictures.length).toBeGreaterThanOrEqual(10)
    expect(timesOf('g00').slice(before)).toEqual(pictures)
    const asked = clock.now()
    const refreshed = opened.refresh()
    await clock.advance(1500)
    await refreshed
    for (const name of opened.state().groups.keys())
      expect(timesOf(name).filter((at) => at >= asked).length).toBeGreaterThan(0)
  })
})
