import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { RULES } from '../../src-main/domain/findings/catalogue.ts'
import { createJudge } from '../../src-main/domain/findings/create-judge.ts'
import { DEFAULT_THRESHOLDS } from '../../src-main/domain/findings/thresholds.ts'
import { openSession } from '../../src-main/monitor/open-session.ts'
import { systemClock } from '../../src-main/monitor/system-clock.ts'
import { createConnector } from '../../src-main/redis/connector.ts'
import { startSimulator } from '../support/simulator.ts'
import type { BenchTable } from './bench-table.ts'

const SECONDS = 12
const SIZES = [10, 100, 300, 1000]

/** What a live session costs from 10 to 1,000 simulated nodes at one fast tier a second, in this process alone. */
export async function run(): Promise<BenchTable> {
  const rows: (string | number)[][] = []
  for (const size of SIZES) rows.push(await measure(size))
  return {
    title: 'Scale: a live session on simulated nodes',
    command: 'npm run bench -- scale',
    columns: [
      'data nodes',
      'groups',
      '% of one core',
      'µs a node and second',
      'pictures a second and group',
      'of them judged',
      'RSS MiB',
      'late',
    ],
    rows,
    notes: [
      `Groups of one master and nine replicas under three Sentinels; the simulator answers real RESP over loopback from a process of its own. ${SECONDS} s each after a warm-up of 6 s, default tiers, ${RULES.length} rules. Beyond 200 nodes conclusions stand for up to 5 s where nothing happens (docs/architecture.md).`,
      'Targets at 1,000: 30 % of a core, RSS 300 MiB, no missed tick, cost per node flat.',
      `Open files allowed: ${spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.trim()}.`,
    ],
  }
}

async function measure(size: number): Promise<(string | number)[]> {
  const simulator = await startSimulator({ groups: size / 10, replicas: 9, sentinels: 3 })
  const judge = createJudge(RULES, { thresholds: DEFAULT_THRESHOLDS, environment: 'production' })
  let judged = 0
  const session = openSession({
    target: {
      sentinels: simulator.layout.sentinels.map((port) => ({ host: '127.0.0.1', port })),
      nodes: [],
      group: undefined,
    },
    connector: createConnector({ timeoutMs: 2000, node: {}, sentinel: {}, nat: [], clock: systemClock }),
    clock: systemClock,
    judge: (...picture) => {
      judged += 1
      return judge(...picture)
    },
  })
  try {
    await session.firstPicture()
    await pause(6000)
    globalThis.gc?.()
    let pictures = 0
    judged = 0
    const stop = session.subscribe((change) => {
      pictures += change.changed.length
    })
    let isLate = false
    const watch = setInterval(() => {
      isLate ||= session.state().isSlow
    }, 250)
    const before = process.cpuUsage()
    const from = performance.now()
    await pause(SECONDS * 1000)
    const spent = process.cpuUsage(before)
    const wallMs = performance.now() - from
    clearInterval(watch)
    stop()
    const cpuMs = (spent.user + spent.system) / 1000
    const groups = session.state().groups.size
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
    return [
      size,
      groups,
      Math.round((cpuMs / wallMs) * 1000) / 10,
      Math.round((cpuMs * 1000) / (wallMs / 1000) / size),
      Math.round((pictures / groups / (wallMs / 1000)) * 100) / 100,
      Math.round((judged / groups / (wallMs / 1000)) * 100) / 100,
      Math.round(rss),
      isLate ? 'yes' : 'no',
    ]
  } finally {
    await session.dispose()
    await simulator.close()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
