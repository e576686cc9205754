import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { get } from 'node:http'
import { promisify } from 'node:util'
import { toGroupSlice } from '../../src-main/contract/to-inspect.ts'
import { RULES } from '../../src-main/domain/findings/catalogue.ts'
import { createJudge } from '../../src-main/domain/findings/create-judge.ts'
import { DEFAULT_THRESHOLDS } from '../../src-main/domain/findings/thresholds.ts'
import { startLab } from '../../src-main/lab/lab.ts'
import { findServer } from '../../src-main/lab/servers.ts'
import { openSession } from '../../src-main/monitor/open-session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { createConnector } from '../../src-main/redis/connector.ts'
import type { Address } from '../../src-main/domain/address.ts'
import type { BenchTable } from './bench-table.ts'

const ROUNDS = 9
const CYCLES = 120
const run$ = promisify(execFile)

/**
 * One sampling cycle of six real nodes: every node's fast and medium tier, parse, snapshot, every finding, and the slice
 * that would travel to the page. Beside it the plainest ways to get at the same replies. All take turns in every round.
 */
export async function run(): Promise<BenchTable> {
  const binary = await findServer({ given: process.env['REPLISCOPE_REDIS'], flavour: 'redis' })
  if (!binary.ok) throw new Error('no redis-server')
  const started = await startLab({ server: binary.value, replicas: 4, chained: 1, sentinels: 0 })
  if (!started.ok) throw new Error('no lab')
  const lab = started.value
  const session = openSession({
    target: { sentinels: [], nodes: lab.nodes.map((node) => node.address), group: undefined },
    connector: createConnector({ timeoutMs: 2000, node: {}, sentinel: {}, nat: [], clock: systemClock }),
    clock: systemClock,
    intervalMs: 3_600_000,
    oneShot: true,
    judge: createJudge(RULES, { thresholds: DEFAULT_THRESHOLDS, environment: 'production' }),
  })
  const raw = await RawSockets.open(lab.nodes.map((node) => node.address))
  const exporter = await Exporter.start(lab.nodes.map((node) => node.address))
  try {
    await session.firstPicture()
    const ours = async () => {
      await session.refresh()
      for (const group of session.state().groups.values()) JSON.stringify(toGroupSlice(group))
    }
    const shell = () => shellLoop(lab.nodes.map((node) => node.address))
    for (let i = 0; i < 200; i++) await ours()
    for (let i = 0; i < 200; i++) await raw.cycle()
    const wall: Record<string, number[]> = { ours: [], raw: [], ordered: [], exporter: [], shell: [] }
    const cpu: Record<string, number[]> = { ours: [], raw: [], ordered: [] }
    const note = (name: string, ms: number) => wall[name]?.push(ms)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, cycle] of [
        ['ours', ours],
        ['raw', () => raw.cycle()],
        ['ordered', () => raw.inOrder()],
      ] as const) {
        const before = process.cpuUsage()
        note(name, await timed(cycle, CYCLES))
        const spent = process.cpuUsage(before)
        cpu[name]?.push((spent.user + spent.system) / 1000 / CYCLES)
      }
      if (exporter !== undefined) note('exporter', await timed(() => exporter.cycle(), 5))
      note('shell', await timed(shell, 2))
    }
    const med = (name: string) => median(wall[name] ?? [])
    const row = (label: string, name: string) => [
      label,
      ...(wall[name]?.length === 0
        ? ['not run', '', '']
        : [round3(med(name)), round3(Math.min(...(wall[name] ?? []))), round2(med('ours') / med(name))]),
      cpu[name] === undefined ? '' : round3(median(cpu[name])),
    ]
    return {
      title: 'Sampling cycle of six real nodes',
      command: 'npm run bench -- sampling-cycle',
      columns: ['what', 'median ms', 'min ms', 'Repliscope / this', 'own CPU ms'],
      rows: [
        row(
          'Repliscope: ask in order (master, replicas, chained, master again), parse, picture, findings, JSON',
          'ours',
        ),
        row('(a) INFO on six bare sockets at once, bytes thrown away', 'raw'),
        row('(a*) the same eight INFO in the same order on bare sockets, bytes thrown away', 'ordered'),
        row('(b) prometheus-redis-exporter, one scrape a node', 'exporter'),
        row('(c) shell loop of redis-cli INFO and grep', 'shell'),
      ],
      notes: [
        `One master, four replicas, one chained replica (${binary.value.version}); medians of ${ROUNDS} rounds of ${CYCLES} cycles (5 scrapes, 2 shell loops), taking turns.`,
        `Repliscope sends ${lab.nodes.length} INFO + CLIENT LIST, then two INFO more to close the sandwich, in four dependent round trips; (a) sends ${lab.nodes.length} INFO in one.`,
        `${RULES.length} rules are judged in each cycle.`,
      ],
    }
  } finally {
    exporter?.end()
    raw.end()
    await session.dispose()
    await lab.down()
  }
}

/** Sends INFO on every socket, waits until every bulk reply is whole. */
class RawSockets {
  private readonly sockets: readonly Socket[]
  private constructor(sockets: readonly Socket[]) {
    this.sockets = sockets
  }
  static async open(addresses: readonly Address[]): Promise<RawSockets> {
    const sockets = addresses.map((address) => connect(address.port, address.host).setNoDelay(true))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    return new RawSockets(sockets)
  }
  async cycle(): Promise<void> {
    await Promise.all(this.sockets.map((socket) => info(socket)))
  }
  /** The order of a sandwich: the master, its replicas, the chained one, and both upstreams once more. */
  async inOrder(): Promise<void> {
    const [master, first, ...others] = this.sockets
    const chained = others.pop()
    if (master === undefined || first === undefined || chained === undefined) return
    await info(master)
    await Promise.all([first, ...others].map((socket) => info(socket)))
    await info(chained)
    await Promise.all([master, first].map((socket) => info(socket)))
  }
  end(): void {
    for (const socket of this.sockets) socket.destroy()
  }
}

function info(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    let needed = -1
    let got = 0
    const onData = (chunk: Buffer) => {
      if (needed < 0) {
        const end = chunk.indexOf('\r\n')
        needed = end + 2 + Number(chunk.toString('latin1', 1, end)) + 2
      }
      got += chunk.length
      if (got < needed) return
      socket.off('data', onData)
      resolve()
    }
    socket.on('data', onData)
    socket.write('*1\r\n$4\r\nINFO\r\n')
  })
}

class Exporter {
  private readonly child: ReturnType<typeof spawn>
  private readonly port: number
  private readonly addresses: readonly Address[]
  private constructor(child: ReturnType<typeof spawn>, port: number, addresses: readonly Address[]) {
    this.child = child
    this.port = port
    this.addresses = addresses
  }
  static async start(addresses: readonly Address[]): Promise<Exporter | undefined> {
    const program = process.env['REPLISCOPE_EXPORTER']
    if (program === undefined) return undefined
    const port = 20_000 + Math.floor(Math.random() * 20_000)
    const child = spawn(program, [`-web.listen-address=127.0.0.1:${port}`, '-redis.addr='], { stdio: 'ignore' })
    const exporter = new Exporter(child, port, addresses)
    for (let i = 0; i < 100; i++) {
      try {
        await exporter.cycle()
        return exporter
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    exporter.end()
    return undefined
  }
  async cycle(): Promise<void> {
    await Promise.all(
      this.addresses.map(({ host, port }) => fetchAll(this.port, `/scrape?target=redis://${host}:${port}`)),
    )
  }
  end(): void {
    this.child.kill('SIGKILL')
  }
}

function fetchAll(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (answer) => {
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve()
        else reject(new Error(`status ${answer.statusCode ?? ''}`))
      })
      answer.resume()
    }).on('error', reject)
  })
}

async function shellLoop(addresses: readonly Address[]): Promise<void> {
  const words = addresses.map(({ host, port }) => `redis-cli -h ${host} -p ${port} INFO | grep -E 'offset|lag|role'`)
  await run$('sh', ['-c', words.join('; ')])
}

async function timed(cycle: () => Promise<void>, times: number): Promise<number> {
  const before = performance.now()
  for (let i = 0; i < times; i++) await cycle()
  return (performance.now() - before) / times
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const round3 = (value: number) => Math.round(value * 1000) / 1000
const round2 = (value: number) => Math.round(value * 100) / 100
