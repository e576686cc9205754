import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../../src-main/domain/findings/model.ts'
import { TIMELINE_MAX } from '../../../src-main/domain/timeline/add-to-timeline.ts'
import type { TimelineEvent } from '../../../src-main/domain/timeline/model.ts'
import { openSession } from '../../../src-main/monitor/open-session.ts'
import type { Judge, Session, SessionChange } from '../../../src-main/monitor/session.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeWorld } from '../../support/fake-world.ts'

// What a session tells as having happened, and that it tells it once.

let clock: FakeClock
let world: FakeWorld
let session: Session
let told: SessionChange['events'][number][]
let findings: readonly Finding[]

const id = (port: number) => `10.0.0.1:${port}`
const judge: Judge = () => ({ exposure: undefined, electable: [], findings, notJudged: [] })
const finding = (code: string, held = true): Finding => ({
  code,
  severity: 'warning',
  subject: { kind: 'group', id: 'orders' },
  title: code,
  evidence: [],
  why: '',
  remedy: [],
  since: clock.now(),
  held,
})

beforeEach(async () => {
  clock = new FakeClock()
  world = new FakeWorld(clock)
  told = []
  findings = [finding('there-before')]
  world.server(1)
  world.server(2, 1)
  world.server(3, 1)
  for (const port of [11, 12, 13]) world.sentinel(port, { orders: { master: 1, replicas: [2, 3] } })
  session = openSession({
    target: { sentinels: [{ host: '10.0.0.1', port: 11 }], nodes: [], group: undefined },
    connector: world.connector(),
    clock,
    judge,
  })
  session.subscribe((change) => told.push(...change.events))
  await clock.advance(6000)
})
afterEach(async () => {
  await session.dispose()
  await clock.advance(5000)
  expect(clock.pending).toBe(0)
})

const events = (): readonly TimelineEvent[] => session.state().groups.get('orders')?.timeline.events ?? []
const words = (kind: TimelineEvent['kind']) =>
  events()
    .filter((event) => event.kind === kind)
    .map((event) => event.what)

function publish(port: number, channel: string, payload: string): void {
  const sentinel = world.sentinels.get(id(port))
  if (sentinel === undefined) throw new Error('no such Sentinel')
  world.publish(sentinel, { channel, payload, group: 'orders', switched: undefined })
}

describe("a session's timeline", () => {
  it('begins empty: what was there when we came has not just happened', () => {
    expect(events()).toEqual([])
    expect(told).toEqual([])
  })

  it('has one line for what three Sentinels say, told live as each of them joins in', async () => {
    for (const port of [11, 12, 13]) {
      publish(port, '+sdown', 'slave 10.0.0.1:2 10.0.0.1 2 @ orders 10.0.0.1 1')
      await clock.advance(120)
    }
    expect(events()).toMatchObject([{ what: '+sdown', node: id(2), by: [id(11), id(12), id(13)] }])
    expect(told.map((event) => event.id)).toEqual([events()[0]?.id, events()[0]?.id, events()[0]?.id])
    // Rules count Sentinels, and read what each of them said.
    const { events: forRules = [] } = session.state().groups.get('orders')?.past ?? {}
    expect(forRules.filter((event) => event.kind === 'sentinel')).toHaveLength(3)
  })

  it('tells what the servers show: a node that goes and comes back, with its link', async () => {
    const server = world.servers.get(id(3))
    if (server === undefined) throw new Error('no such server')
    world.kill(server)
    await clock.advance(8000)
    server.mood = 'up'
    await clock.advance(8000)
    expect(words('reachability')).toEqual(['up -> unreachable', 'unreachable -> up'])
    const ats = events().map((event) => event.at)
    expect(ats).toEqual(ats.toSorted((a, b) => a - b))
  })

  it('tells findings when they are held, and when they are over', async () => {
    findings = [finding('there-before'), finding('slow', false)]
    await clock.advance(3000)
    expect(words('finding')).toEqual([])
    findings = [finding('there-before'), finding('slow')]
    await clock.advance(3000)
    findings = []
    await clock.advance(3000)
    expect(events().map((event) => [event.what, event.detail])).toEqual([
      ['raised', 'slow: slow'],
      ['cleared', expect.stringContaining('there-before')],
      ['cleared', expect.stringContaining('slow')],
    ])
  })

  it('takes in what was done elsewhere and tells it soon, to everybody', async () => {
    const at = clock.now()
    session.note('orders', [{ at, kind: 'action', node: undefined, what: 'started', detail: 'switchover' }])
    session.note('no-such-group', [{ at, kind: 'action', node: undefined, what: 'started', detail: '' }])
    await clock.advance(50)
    expect(told).toMatchObject([{ group: 'orders', kind: 'action', what: 'started', at }])
    expect(events()).toHaveLength(1)
  })

  it('says of what time it knows nothing, after the machine slept', async () => {
    const before = clock.now()
    clock.sleep(90_000)
    await clock.advance(2000)
    const [gap] = events().filter((event) => event.kind === 'watch')
    expect(gap).toMatchObject({ what: 'not watched', severity: 'warning' })
    expect(gap?.since).toBeLessThanOrEqual(before)
    expect(gap?.at).toBeGreaterThanOrEqual(before + 90_000)
    await clock.advance(60_000)
    expect(words('watch')).toHaveLength(1)
  })

  it('does not grow with uptime: flapping leaves the bound, quiet leaves nothing', async () => {
    await clock.advance(600_000)
    expect(events()).toEqual([])
    for (let i = 0; i < TIMELINE_MAX; i++) {
      publish(11, i % 2 === 0 ? '+sdown' : '-sdown', 'slave 10.0.0.1:2 10.0.0.1 2 @ orders 10.0.0.1 1')
      publish(11, '+slave-reconf-done', `slave 10.0.0.1:3 10.0.0.1 3 @ orders 10.0.0.1 1`)
      await clock.advance(100)
    }
    expect(events()).toHaveLength(TIMELINE_MAX)
  })
})
