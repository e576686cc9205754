import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { testConnection } from '../../../src-main/app/connection-test/run.ts'
import type { TestStep } from '../../../src-main/app/connection-test/outcome.ts'
import type { ParsedTarget, TargetTls } from '../../../src-main/app/targets/model.ts'
import type { Address } from '../../../src-main/domain/address.ts'
import { createConnector } from '../../../src-main/redis/connector.ts'
import { systemClock } from '../../../src-main/monitor/system-clock.ts'
import { capturedBytes } from '../../support/captured-replies.ts'
import { error, startFakeServer } from '../../support/fake-resp-server.ts'
import type { FakeAnswer, FakeOptions, FakeServer } from '../../support/fake-resp-server.ts'
import { makeTestCa } from '../../support/lab/test-ca.ts'

const SECRET = 'hunter2-very-secret'
const servers: FakeServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const reply = (name: string): Buffer => Buffer.from(capturedBytes('redis-7.2.6', name), 'latin1')

async function serve(answers: Record<string, FakeAnswer>, options: FakeOptions = {}): Promise<FakeServer> {
  const server = await startFakeServer({ ...options, answers })
  servers.push(server)
  return server
}

const asMaster = (): Record<string, FakeAnswer> => ({
  INFO: reply('info.master'),
  ROLE: reply('role.master'),
  'CLIENT LIST': reply('client-list-replica.master'),
  'CONFIG GET': error("NOPERM User default has no permissions to run the 'config|get' command"),
  'ACL WHOAMI': '$7\r\ndefault\r\n',
})

function target(of: Partial<ParsedTarget>, access: Partial<ParsedTarget['access']> = {}): ParsedTarget {
  return {
    sentinels: [],
    nodes: [],
    undecided: [],
    group: undefined,
    access: { timeoutMs: 1000, node: {}, sentinel: {}, nat: [], ...access },
    ...of,
  }
}

async function run(of: ParsedTarget, signal: AbortSignal = new AbortController().signal) {
  const told: TestStep[] = []
  const connector = createConnector({ ...of.access, clock: systemClock })
  try {
    const steps = await testConnection({
      target: of,
      connector,
      now: systemClock.now,
      signal,
      onStep: (step) => told.push(step),
    })
    return { steps, told }
  } finally {
    await connector.dispose()
  }
}

const short = (steps: readonly TestStep[]) => steps.map(({ step, status }) => `${step} ${status}`)
const find = (steps: readonly TestStep[], name: string) => steps.find(({ step }) => step === name)

it('passes step by step on a master, and gives the ACL line for what it may not ask', async () => {
  const { address } = await serve(asMaster())
  const { steps, told } = await run(target({ undecided: [address] }))
  expect(short(steps)).toEqual([
    'address passed',
    'dns skipped',
    'tcp passed',
    'tls skipped',
    'auth passed',
    'identity passed',
    'permissions warned',
  ])
  expect(find(steps, 'identity')?.detail).toMatch(/^Redis 7\.2\.6 master, \d+ replicas?$/)
  expect(find(steps, 'permissions')).toMatchObject({
    detail: expect.stringContaining('CONFIG GET'),
    hint: 'ACL SETUSER <user> +config|get',
  })
  expect(told.filter(({ status }) => status === 'running').map(({ step }) => step)).toContain('tcp')
  expect(told.at(-1)).toEqual(steps.at(-1))
})

it('says that nothing listens, and skips the rest', async () => {
  const { steps } = await run(target({ nodes: [await closedPort()] }))
  expect(short(steps)).toEqual([
    'address passed',
    'dns skipped',
    'tcp failed',
    'tls skipped',
    'auth skipped',
    'identity skipped',
    'permissions skipped',
  ])
  expect(find(steps, 'tcp')?.hint).toContain('bind')
})

it('says that a name does not resolve here', async () => {
  const { steps } = await run(target({ nodes: [{ host: 'nowhere.invalid', port: 6379 }] }))
  expect(find(steps, 'dns')).toMatchObject({ status: 'failed', hint: expect.stringContaining('NAT') })
})

it('tells a missing password from a wrong one, and whose it is', async () => {
  const { address } = await serve({
    AUTH: error('WRONGPASS invalid username-password pair or user is disabled.'),
    INFO: error('NOAUTH Authentication required.'),
    ROLE: error('NOAUTH Authentication required.'),
    SENTINEL: error('NOAUTH Authentication required.'),
  })
  const missing = await run(target({ sentinels: [address] }))
  expect(find(missing.steps, 'auth')).toMatchObject({
    status: 'failed',
    hint: expect.stringContaining('give the Sentinel'),
  })
  const wrong = await run(target({ nodes: [address] }, { node: { user: 'me', password: SECRET } }))
  expect(find(wrong.steps, 'auth')).toMatchObject({ status: 'failed', hint: expect.stringContaining('check user') })
  expect(JSON.stringify(wrong)).not.toContain(SECRET)
})

it('says that the port does not speak Redis', async () => {
  const server = await serve({}, { raw: (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') })
  const { steps } = await run(target({ nodes: [server.address] }))
  expect(steps.find(({ status }) => status === 'failed')).toMatchObject({
    step: 'auth',
    hint: expect.stringContaining('TLS'),
  })
})

it('reports each address on its own', async () => {
  const good = await serve(asMaster())
  const { steps } = await run(target({ nodes: [await closedPort(), good.address] }))
  expect(steps).toHaveLength(14)
  expect(find(steps.slice(7), 'identity')).toMatchObject({ status: 'passed' })
})

const insecure = (more: Partial<TargetTls> = {}): TargetTls => ({ insecure: false, ...more })

it('says that a port speaks no TLS', async () => {
  const server = await serve(asMaster())
  const { steps } = await run(target({ nodes: [server.address] }, { nodeTls: insecure() }))
  expect(find(steps, 'tls')).toMatchObject({ status: 'failed', hint: expect.stringContaining('switch TLS off') })
})

it('wants the CA of a certificate that nobody here knows, the right name, and passes with both', async () => {
  const ca = await makeTestCa()
  const server = await serve(asMaster(), { tls: await ca.issue(['localhost']) })
  const tlsStep = async (tls: TargetTls) =>
    find((await run(target({ nodes: [server.address] }, { nodeTls: tls }))).steps, 'tls')
  expect(await tlsStep(insecure())).toMatchObject({ status: 'failed', hint: expect.stringContaining('CA') })
  expect(await tlsStep(insecure({ ca: ca.ca, serverName: 'other.example' }))).toMatchObject({
    status: 'failed',
    hint: expect.stringContaining('server name'),
  })
  expect(await tlsStep(insecure({ ca: ca.ca, serverName: 'localhost' }))).toMatchObject({ status: 'passed' })
  expect(await tlsStep({ insecure: true })).toMatchObject({
    status: 'warned',
    detail: expect.stringContaining('not verified'),
  })
})

it('goes on in plain text with an address of unknown kind where only the other kind uses TLS', async () => {
  const server = await serve(asMaster())
  const { steps } = await run(target({ undecided: [server.address] }, { sentinelTls: insecure(), timeoutMs: 300 }))
  expect(short(steps).slice(2, 6)).toEqual(['tcp passed', 'tls warned', 'auth passed', 'identity passed'])
})

it('stops where it is when it is no longer wanted', async () => {
  const stop = new AbortController()
  const server = await serve({ INFO: 'HANG', ROLE: 'HANG' })
  const running = run(target({ nodes: [server.address] }, { timeoutMs: 60_000 }), stop.signal)
  await server.until(() => server.commands.length > 0)
  stop.abort()
  server.drop()
  const { told } = await running
  expect(told.at(-1)).toMatchObject({ step: 'auth', status: 'running' })
})

async function closedPort(): Promise<Address> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { host: '127.0.0.1', port }
}
