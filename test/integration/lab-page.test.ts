import { mkdtempSync, readdirSync, existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { App } from '../../src-main/app/app.ts'
import { createHostApp } from '../../src-main/app/host-app.ts'
import { calls, type CallName, type CallResult } from '../../src-main/contract/calls.ts'
import { labReport } from '../../src-main/contract/lab.ts'
import { chosenServer } from '../support/lab/server-choice.ts'
import { waitFor } from '../support/lab/wait-for.ts'
import { contextOf, testPage, type TestPage } from '../unit/app/support/doubles.ts'
import { runCli } from './cli-program.ts'

/** A host's app over real servers, in a temporary folder of its own, and a page of it. */
async function host() {
  const folder = mkdtempSync(join(tmpdir(), 'rp-'))
  const before = { TMPDIR: process.env['TMPDIR'], PATH: process.env['PATH'], home: process.env['REPLISCOPE_HOME'] }
  const server = await chosenServer()
  process.env['TMPDIR'] = folder
  process.env['REPLISCOPE_HOME'] = join(folder, 'home')
  process.env['PATH'] = `${dirname(server.path)}:${before.PATH ?? ''}`
  const warnings: string[] = []
  const app = createHostApp('serve', (line) => warnings.push(line), undefined)
  onTestFinished(async () => {
    await app.dispose()
    for (const [name, value] of [
      ['TMPDIR', before.TMPDIR],
      ['PATH', before.PATH],
      ['REPLISCOPE_HOME', before.home],
    ] as const) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    rmSync(folder, { recursive: true, force: true })
  })
  const root = join(folder, `repliscope-labs-${process.getuid?.() ?? 'user'}`)
  return { app, page: testPage(), warnings, left: () => (existsSync(root) ? readdirSync(root) : []) }
}

async function call<N extends CallName>(app: App, page: TestPage, name: N, params: object): Promise<CallResult<N>> {
  const answer = await app.handlers[name](params as never, contextOf(page))
  if (!answer.ok) throw new Error(answer.failure.message)
  return calls[name].result.parse(answer.value) as CallResult<N>
}

describe('a lab of a page', () => {
  it('is broken by the page, by the command line and by another page, and each is told of it', async () => {
    const { app, page, left } = await host()
    const { lab, session } = await call(app, page, 'lab/start', {})
    await waitFor(async () => (await call(app, page, 'deployment/state', { session })).head.phase === 'live', {
      what: 'the session to be live',
    })
    expect((await call(app, page, 'lab/faults', { session })).faults.every(({ title }) => title !== '')).toBe(true)
    const fault = { kind: 'delay', node: lab.replicas[0], peer: lab.master, amount: 20 }
    expect((await call(app, page, 'lab/break', { session, fault })).active).toMatchObject([fault])

    // The same lab, from another process of this user: over its socket.
    const seen = await runCli(['lab', 'status', '--json'])
    const [told] = labReport.array().parse(JSON.parse(seen.stdout))
    expect([told?.name, told?.keeper, told?.faults?.length]).toEqual([lab.name, 'answers', 1])
    expect((await runCli(['lab', 'fault', 'freeze', 'sentinel-1'])).code).toBe(0)
    await waitFor(() => page.told.some(([name, payload]) => name === 'lab/faults' && activeOf(payload) === 2), {
      what: 'the page to be told of two faults',
    })

    // The same servers opened by their addresses are recognised by what their processes say of themselves.
    const target = {
      addresses: lab.sentinels.join(','),
      kind: 'sentinel',
      group: null,
      node: { user: null, password: null },
      sentinel: { user: null, password: null },
      nodeTls: NO_TLS,
      sentinelTls: NO_TLS,
      nat: '',
      timeoutMs: 2000,
    }
    const other = testPage()
    const opened = await call(app, other, 'deployment/open', { target })
    const healed = await waitFor(() => call(app, other, 'lab/heal', { session: opened.session, fault: null }), {
      what: 'the deployment to be known as the lab',
    })
    expect(healed.active).toEqual([])

    expect((await runCli(['lab', 'down', lab.name])).code).toBe(0)
    await waitFor(
      () => page.told.some(([name, p]) => name === 'deployment/head' && 'phase' in p && p.phase === 'ended'),
      {
        what: 'the session to end with its lab',
      },
    )
    expect(left()).toEqual([])
  }, 120_000)

  it('ends with the host, a drill that goes on as well', async () => {
    const { app, page, left } = await host()
    await call(app, page, 'lab/start', { name: 'beside', replicas: 1, chained: 0, sentinels: 1 })
    await call(app, page, 'drills/start', { name: 'primary-crash-idle', withRemedy: false })
    await waitFor(async () => (await call(app, page, 'drills/runs', {})).runs[0]?.session ?? undefined, {
      what: 'the drill to be shown',
    })
    await app.dispose()
    expect(left()).toEqual([])
  }, 120_000)
})

describe('a drill of a page', () => {
  it('is told live with a session of its lab, and gives a report', async () => {
    const { app, page, warnings, left } = await host()
    const { run } = await call(app, page, 'drills/start', { name: 'primary-crash-idle', withRemedy: false })
    const live = await waitFor(
      async () => {
        const [now] = (await call(app, page, 'drills/runs', {})).runs
        return now?.session === null ? undefined : now?.session
      },
      { what: 'the session of the drill' },
    )
    const shown = await call(app, page, 'deployment/state', { session: live })
    expect(shown.head).toMatchObject({ environment: 'lab', label: 'drill primary-crash-idle' })
    const ended = await waitFor(
      async () => {
        const [now] = (await call(app, page, 'drills/runs', {})).runs
        return now?.state === 'running' || now?.state === 'starting' ? undefined : now
      },
      { what: 'the end of the drill', deadlineMs: 100_000 },
    )
    expect([ended.state, ended.failure, ended.session]).toEqual(['ended', null, null])
    expect(ended.report?.measured.acknowledged).toBeGreaterThan(0)
    for (const format of ['html', 'markdown', 'json'] as const) {
      const report = await call(app, page, 'drills/report', { run, beside: null, format })
      expect(report.text.includes(ended.report?.title ?? '?')).toBe(true)
    }
    expect([warnings, left()]).toEqual([[], []])
  }, 150_000)
})

const NO_TLS = { enabled: false, ca: null, cert: null, key: null, serverName: null, insecure: false }

function activeOf(payload: object): number {
  return 'active' in payload && Array.isArray(payload.active) ? payload.active.length : 0
}
