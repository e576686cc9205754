import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../src-main/app/app.ts'
import type { App, AppOptions } from '../../../src-main/app/app.ts'
import type { PracticeLab } from '../../../src-main/app/start-lab.ts'
import type { ParsedTarget } from '../../../src-main/app/targets/model.ts'
import { calls, events, type CallName } from '../../../src-main/contract/calls.ts'
import { ok } from '../../../src-main/domain/failure.ts'
import type { LabNow } from '../../../src-main/lab/keeper/control.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { groupSnapshot, nodeSnapshot } from '../../support/facts.ts'
import { contextOf, groupState, testPage, testSession } from './support/doubles.ts'
import type { TestPage, TestSession } from './support/doubles.ts'
import {
  drillTools,
  fakeControl,
  fakeLab,
  fakeLine,
  labNow,
  labTools,
  recordOf,
  runIdOf,
} from './support/lab-doubles.ts'
import type { FakeControl } from './support/lab-doubles.ts'

let folder: string
let opened: { target: ParsedTarget; session: TestSession }[]
let app: App
let page: TestPage

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-labs-'))
  opened = []
  page = testPage()
  app = make()
})
afterEach(async () => {
  await app.dispose()
  rmSync(folder, { recursive: true })
})

function make(labs: Partial<AppOptions['labs']> = {}): App {
  return createApp({
    version: '1',
    host: 'serve',
    platform: 'linux x64',
    dataFolder: folder,
    clock: new FakeClock(),
    intervalMs: 1000,
    open: async (target) => {
      const session = testSession()
      opened.push({ target, session })
      return ok(session)
    },
    connect: () => expect.unreachable('no connection test is meant here'),
    labs: labTools(labs),
    drills: drillTools(),
    warn: (line) => expect.unreachable(line),
  })
}

/** A call that succeeds, its result as the contract says. */
async function call<N extends CallName>(name: N, params: object, on = page): Promise<Record<string, unknown>> {
  const answer = await app.handlers[name](params as never, contextOf(on))
  if (!answer.ok) throw new Error(answer.failure.message)
  return calls[name].result.parse(answer.value) as Record<string, unknown>
}

async function failureOf(name: CallName, params: object): Promise<{ code: string; message: string }> {
  const answer = await app.handlers[name](params as never, contextOf(page))
  if (answer.ok) throw new Error('it succeeded')
  return answer.failure
}

/** Starts fake labs, named as asked; each with its own ports. */
function starter() {
  const asked: PracticeLab[] = []
  const labs: ReturnType<typeof fakeLab>[] = []
  const controls: FakeControl[] = []
  const downs: (() => Promise<void>)[] = []
  const served: string[] = []
  const tools: Partial<AppOptions['labs']> = {
    findServer: async () => ok(undefined),
    start: async (request, { onProgress }) => {
      onProgress('starting servers')
      asked.push(request)
      const at = labs.length
      const lab = fakeLab(request.name ?? 'lab', labNow(request.name ?? 'lab', [10 + at, 20 + at, 30 + at]))
      labs.push(lab)
      return ok(lab)
    },
    control: async (lab, down) => {
      const at = labs.findIndex((one) => one.dir === lab.dir)
      downs.push(down)
      return (controls[at] ??= fakeControl(labNow(lab.name, [10 + at, 20 + at, 30 + at])))
    },
    serve: async (_control, dir) => {
      served.push(dir)
      return ok({ dispose: () => void served.splice(served.indexOf(dir), 1) })
    },
  }
  return { tools, asked, labs, controls, downs, served }
}

describe('the practice lab', () => {
  it('is started with word of its progress, opened as an environment of its own, and ended with its session', async () => {
    const { tools, labs } = starter()
    app = make(tools)
    const { session, lab } = await call('lab/start', {})
    expect(page.told).toEqual([['lab/progress', { text: 'starting servers', ratio: null }]])
    expect(lab).toMatchObject({ name: 'lab', master: '127.0.0.1:10', up: true })
    expect(opened[0]?.target.sentinels).toEqual([{ host: '127.0.0.1', port: 30 }])
    const state = await call('deployment/state', { session })
    expect(state).toMatchObject({ head: { environment: 'lab', label: 'practice lab' } })
    expect(await call('app/info', {})).toMatchObject({ labUnavailable: null })
    await call('lab/stop', { name: 'lab' })
    expect([labs[0]?.downs, opened[0]?.session.isDisposed()]).toEqual([1, true])
    expect(page.told.at(-1)).toMatchObject(['deployment/head', { phase: 'ended' }])
  })

  it('is one for all pages that ask for the usual one, also at once', async () => {
    const { tools, asked } = starter()
    app = make(tools)
    const [one, two] = await Promise.all([call('lab/start', {}), call('lab/start', {}, testPage())])
    const three = await call('lab/start', {})
    expect(new Set([one.session, two.session, three.session]).size).toBe(1)
    expect(asked).toEqual([{}])
  })

  it('runs beside others when it is asked for with wishes', async () => {
    const { tools, asked, labs } = starter()
    app = make(tools)
    const usual = await call('lab/start', {})
    const other = await call('lab/start', { name: 'orders', replicas: 3, persistence: 'aof', supervised: true })
    expect(asked[1]).toEqual({ name: 'orders', replicas: 3, persistence: 'aof', superviseMs: 2000 })
    expect(other.session).not.toBe(usual.session)
    const listed = (await call('lab/list', {})).labs as { name: string }[]
    expect(listed.map(({ name }) => name)).toEqual(['lab', 'orders'])
    await call('lab/stop', { name: 'orders' })
    expect(labs.map((lab) => lab.downs)).toEqual([0, 1])
  })

  it('ends with the app, as does its socket', async () => {
    const { tools, labs, served } = starter()
    app = make(tools)
    await call('lab/start', {})
    expect(served).toEqual(['/labs/lab'])
    await app.dispose()
    expect([labs[0]?.downs, served]).toEqual([1, []])
  })

  it('ends its session when another process ends it over its socket', async () => {
    const { tools, labs, downs } = starter()
    app = make(tools)
    await call('lab/start', {})
    await downs[0]?.()
    expect([labs[0]?.downs, opened[0]?.session.isDisposed()]).toEqual([1, true])
    expect((await call('lab/list', {})).labs).toEqual([])
  })

  it('says what to install where there is no server', async () => {
    expect(await failureOf('lab/start', {})).toMatchObject({ code: 'not-found' })
    expect(await call('app/info', {})).toMatchObject({ labUnavailable: expect.stringContaining('install redis-tools') })
  })
})

describe('a lab of another process', () => {
  const LEFT = labNow('left', [1, 2, 9])

  function recorded(now: LabNow = LEFT, overrides: Partial<AppOptions['labs']> = {}) {
    const ended: string[] = []
    app = make({
      recorded: async () => [recordOf(now)],
      look: async () => now,
      end: async (record) => {
        ended.push(record.dir)
        return ok(undefined)
      },
      ...overrides,
    })
    return ended
  }

  it('is listed, and ended with the sessions that look at it', async () => {
    const ended = recorded()
    expect((await call('lab/list', {})).labs).toMatchObject([{ name: 'left', up: true }])
    await call('lab/open', { name: 'left' })
    await call('lab/stop', { name: 'left' })
    expect([ended, opened[0]?.session.isDisposed()]).toEqual([['/labs/left'], true])
    expect(await failureOf('lab/stop', { name: 'x' })).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('left'),
    })
  })

  it('is opened as a lab, once for all who open it', async () => {
    recorded()
    const { session } = await call('lab/open', { name: 'left' })
    expect((await call('lab/open', { name: 'left' }, testPage())).session).toBe(session)
    expect(opened).toHaveLength(1)
    expect(await call('deployment/state', { session })).toMatchObject({
      head: { environment: 'lab', label: 'practice lab left' },
    })
    expect(await failureOf('lab/open', { name: 'x' })).toMatchObject({ code: 'not-found' })
  })

  it('is not opened when nothing of it runs any more', async () => {
    recorded({ ...LEFT, up: false, nodes: LEFT.nodes.map((node) => ({ ...node, pid: null, runId: null })) })
    expect(await failureOf('lab/open', { name: 'left' })).toMatchObject({ code: 'refused-by-guard' })
  })

  it('is broken over a line to its keeper, which stays for what is asked next and ends with the app', async () => {
    const control = fakeControl(LEFT)
    const lines: ReturnType<typeof fakeLine>[] = []
    recorded(LEFT, {
      line: async () => {
        const line = fakeLine(control)
        lines.push(line)
        return ok(line)
      },
    })
    const { session } = await call('lab/open', { name: 'left' })
    await call('lab/break', { session, fault: { kind: 'freeze', node: '127.0.0.1:2' } })
    await call('lab/heal', { session, fault: null })
    expect(lines).toHaveLength(1)
    expect(control.asked).toEqual([{ kind: 'freeze', node: '127.0.0.1:2' }])
    await app.dispose()
    expect([lines[0]?.isClosed(), control.isDown()]).toEqual([true, false])
  })

  it('is followed from its opening on, also over another line when the first was lost', async () => {
    const control = fakeControl(LEFT)
    const lines: ReturnType<typeof fakeLine>[] = []
    recorded(LEFT, {
      line: async () => {
        const line = fakeLine(control)
        lines.push(line)
        return ok(line)
      },
    })
    const { session } = await call('lab/open', { name: 'left' })
    await expect.poll(() => control.isFollowed()).toBe(true)
    await control.break({ kind: 'kill', node: '127.0.0.1:2' })
    expect(page.told.at(-1)).toMatchObject(['lab/faults', { session, active: [{ kind: 'kill' }] }])
    lines[0]?.close()
    await call('lab/faults', { session })
    expect(lines).toHaveLength(2)
    const before = page.told.length
    await control.heal(undefined)
    expect(page.told.slice(before)).toEqual([['lab/faults', { session, active: [] }]])
  })

  it('cannot be broken once its keeper has ended', async () => {
    recorded()
    const { session } = await call('lab/open', { name: 'left' })
    expect(await failureOf('lab/faults', { session })).toMatchObject({ message: expect.stringContaining('keeper') })
  })
})

describe('faults', () => {
  it('are told, made and healed; every page that looks is told of them', async () => {
    const { tools } = starter()
    app = make(tools)
    const { session } = await call('lab/start', {})
    const beside = testPage()
    await call('deployment/state', { session }, beside)
    const before = (await call('lab/faults', { session })) as { faults: unknown[]; active: unknown[] }
    expect(before.active).toEqual([])
    expect(before.faults.length).toBeGreaterThan(10)
    const fault = { kind: 'partition', node: '127.0.0.1:10', peer: 'clients', direction: 'to-node' }
    expect(await call('lab/break', { session, fault })).toMatchObject({ active: [{ id: 'f1', ...fault }] })
    const told = beside.told.find(([name]) => name === 'lab/faults')
    expect(events['lab/faults'].parse(told?.[1])).toMatchObject({ session, active: [{ id: 'f1' }] })
    expect(await call('lab/heal', { session, fault: 'f1' })).toEqual({ active: [] })
    expect(beside.told.at(-1)).toEqual(['lab/faults', { session, active: [] }])
  })

  it("go into the timeline of the group whose node they are about, and nobody else's", async () => {
    const { tools } = starter()
    app = make(tools)
    const { session } = await call('lab/start', {})
    const snapshot = groupSnapshot({ name: 'mine', nodes: [nodeSnapshot({ id: '127.0.0.1:10', role: 'master' })] })
    const groups = new Map([
      ['mine', { ...groupState(1), snapshot }],
      ['other', groupState(1)],
    ])
    opened[0]?.session.change({}, { groups })
    await call('lab/break', { session, fault: { kind: 'freeze', node: '127.0.0.1:10' } })
    await call('lab/heal', { session, fault: 'f1' })
    expect(opened[0]?.session.noted).toMatchObject([
      { group: 'mine', kind: 'fault', what: 'begun', node: '127.0.0.1:10', detail: 'freeze 127.0.0.1:10' },
      { group: 'mine', kind: 'fault', what: 'ended', node: '127.0.0.1:10' },
    ])
  })

  it('are refused by a lab that has no such process', async () => {
    const { tools, controls } = starter()
    app = make(tools)
    const { session } = await call('lab/start', {})
    const fault = { kind: 'kill', node: '10.0.0.5:6379' }
    expect(await failureOf('lab/break', { session, fault })).toMatchObject({ code: 'not-found' })
    expect(controls[0]?.asked).toEqual([])
  })

  it('are no longer followed when the session has ended', async () => {
    const { tools, controls } = starter()
    app = make(tools)
    const { session } = await call('lab/start', {})
    await call('lab/faults', { session })
    expect(controls[0]?.isFollowed()).toBe(true)
    await call('lab/stop', { name: 'lab' })
    expect(controls[0]?.isFollowed()).toBe(false)
  })

  const target = {
    addresses: '127.0.0.1:9',
    kind: 'sentinel' as const,
    group: null,
    node: { user: null, password: null },
    sentinel: { user: null, password: null },
    nodeTls: { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false },
    sentinelTls: { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false },
    nat: '',
    timeoutMs: 2000,
  }

  /** A lab at the very addresses of a deployment that was opened by them; its processes gave themselves these ids. */
  async function openedByAddress(runIds: readonly [string | undefined, string | undefined]): Promise<unknown> {
    const now = labNow('lab', [1, 2, 9])
    app = make({
      recorded: async () => [recordOf(now)],
      look: async () => now,
      line: async () => ok(fakeLine(fakeControl(now))),
    })
    const { session } = await call('deployment/open', { target })
    const snapshot = groupSnapshot({
      name: 'g',
      master: '127.0.0.1:1',
      nodes: [
        nodeSnapshot({ id: '127.0.0.1:1', role: 'master', runId: runIds[0] }),
        nodeSnapshot({ id: '127.0.0.1:2', role: 'replica', runId: runIds[1] }),
      ],
    })
    opened[0]?.session.change({ changed: ['g'] }, { groups: new Map([['g', { ...groupState(2), snapshot }]]) })
    return session
  }

  it('can be had where every process seen is one of a lab, however it was opened', async () => {
    const session = await openedByAddress([runIdOf(1), runIdOf(2)])
    expect(await call('lab/faults', { session })).toMatchObject({ lab: { name: 'lab' } })
  })

  it.each([
    ['another process stands at one of the addresses', [runIdOf(1), 'f'.repeat(40)]],
    ['no process was seen yet', [undefined, undefined]],
  ] as const)('are refused where %s', async (_case, runIds) => {
    const session = await openedByAddress(runIds)
    expect(await failureOf('lab/faults', { session })).toMatchObject({ code: 'refused-by-guard' })
    const fault = { kind: 'kill', node: '127.0.0.1:1' }
    expect(await failureOf('lab/break', { session, fault })).toMatchObject({ code: 'refused-by-guard' })
  })

  it('are refused for a deployment that is no lab', async () => {
    const { session } = await call('deployment/open', { target: { ...target, addresses: '10.0.0.5:26379' } })
    expect(await failureOf('lab/faults', { session })).toMatchObject({
      code: 'refused-by-guard',
      message: expect.stringContaining('no practice lab'),
    })
    expect(await failureOf('lab/heal', { session, fault: null })).toMatchObject({ code: 'refused-by-guard' })
  })
})
