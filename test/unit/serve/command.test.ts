import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { CliContext } from '../../../src-main/hosts/cli/context.ts'
import { registerServe } from '../../../src-main/hosts/cli/serve.ts'
import { makeTestCa } from '../../support/lab/test-ca.ts'
import { get } from './support.ts'
import { eventually } from '../../support/eventually.ts'

let dir: string
const file = (name: string) => join(dir, name)
const stops: AbortController[] = []

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'serve-'))
  const ca = await makeTestCa()
  const pair = await ca.issue(['localhost'])
  writeFileSync(file('ok.crt'), pair.cert)
  writeFileSync(file('ok.key'), pair.key)
  writeFileSync(file('other.key'), (await ca.issue(['other'])).key)
  writeFileSync(file('text'), 'not PEM')
})
afterAll(() => rmSync(dir, { recursive: true }))
afterEach(() => stops.splice(0).forEach((stop) => stop.abort()))

function start(args: readonly string[], env: Record<string, string> = {}) {
  const stop = new AbortController()
  stops.push(stop)
  const out: string[] = []
  const err: string[] = []
  const codes: number[] = []
  const context: CliContext = {
    exit: (code) => codes.push(code),
    open: () => expect.unreachable('serve opens deployments through the app'),
    terminal: {
      out: async (text) => void out.push(text),
      err: (line) => err.push(line),
      env: { REPLISCOPE_HOME: dir, ...env },
      isTty: false,
      hasColour: false,
      size: () => ({ columns: 80, rows: 24 }),
      onResize: () => () => undefined,
      stopped: stop.signal,
      atExit: () => () => undefined,
    },
  }
  const program = new Command()
  registerServe(program, context)
  const ended = program.parseAsync(['serve', ...args], { from: 'user' })
  return { out, err, codes, ended, stop: () => stop.abort() }
}

async function refused(args: readonly string[], env: Record<string, string> = {}) {
  const run = start(args, env)
  await run.ended
  expect([run.codes, run.out]).toEqual([[2], []])
  expect(run.err).toHaveLength(1)
  return run.err[0] ?? ''
}

it('refuses another address than loopback without TLS, and says why and what else to do', async () => {
  const said = await refused(['--host', '0.0.0.0'])
  for (const part of ['other machines', 'can be read on the way', '--serve-cert', 'ssh -L'])
    expect(said).toContain(part)
})

it.each([
  [['--port', '70000'], '--port'],
  [['--port', 'x'], '--port'],
  [['--serve-cert', 'x'], 'only one is given'],
  [['--sentinel', 'nonsense'], '--sentinel'],
  [['--token-env', 'UNSET_VARIABLE'], 'UNSET_VARIABLE'],
])('refuses %j in one line', async (args, part) => {
  expect(await refused(args)).toContain(part)
})

it('refuses TLS files that are not there, not PEM, or not a pair', async () => {
  const pair = (cert: string, key: string) => [
    '--host',
    '0.0.0.0',
    '--serve-cert',
    file(cert),
    '--serve-key',
    file(key),
  ]
  expect(await refused(pair('nowhere', 'ok.key'))).toContain('no such file')
  expect(await refused(pair('text', 'ok.key'))).toContain('PEM')
  expect(await refused(pair('ok.crt', 'other.key'))).toContain('do not belong together')
})

it('refuses a weak token without repeating it, or the name of a variable that may be one', async () => {
  expect(await refused(['--token-env', 'T'], { T: 'hunter2' })).not.toContain('hunter2')
  expect(await refused(['--token-env', 'hunter2-very-secret'])).not.toContain('hunter2')
})

it('says that the port is in use', async () => {
  vi.spyOn(await import('../../../src-main/hosts/serve/static-page.ts'), 'findBuiltPage').mockReturnValue(dir)
  const first = start([])
  await vi.waitFor(() => expect(first.out).toHaveLength(1), { timeout: 20_000 })
  const { port } = new URL(first.out[0] ?? '')
  expect(await refused(['--port', port])).toContain(`127.0.0.1:${port} is in use`)
})

it('prints its address first, alone on its line, serves until it is told to stop, and ends with 0', async () => {
  vi.spyOn(await import('../../../src-main/hosts/serve/static-page.ts'), 'findBuiltPage').mockReturnValue(dir)
  const run = start(['--no-open', '--token-env', 'T'], { T: 'a-token-chosen-by-a-person+' })
  await eventually(() => expect(run.out).toHaveLength(1))
  expect(run.out[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=a-token-chosen-by-a-person%2B\n$/)
  const port = Number(new URL(run.out[0] ?? '').port)
  expect(await get(port, '/text')).toMatchObject({ status: 200, body: 'not PEM' })
  run.stop()
  await run.ended
  expect(run.codes).toEqual([0])
  await expect(get(port, '/')).rejects.toThrow('ECONNREFUSED')
})
