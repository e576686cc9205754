import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startLab } from '../../src-main/lab/lab.ts'
import { findServer } from '../../src-main/lab/servers.ts'
import type { BenchTable } from './bench-table.ts'

const run$ = promisify(execFile)
const RUNS = 11

/** From starting the process to its JSON: `inspect --json` of nine processes, given by their Sentinels. */
export async function run(): Promise<BenchTable> {
  const binary = await findServer({ given: process.env['REPLISCOPE_REDIS'], flavour: 'redis' })
  if (!binary.ok) throw new Error('no redis-server')
  const started = await startLab({ server: binary.value, replicas: 4, chained: 1, sentinels: 3 })
  if (!started.ok) throw new Error('no lab')
  const lab = started.value
  try {
    const seeds = lab.sentinels.flatMap((node) => ['--sentinel', node.id])
    const inspect = () => run$(process.execPath, ['out/cli/index.js', 'inspect', '--json', ...seeds])
    const shown = JSON.parse((await inspect()).stdout) as {
      readonly nodes: readonly { readonly reachability: string }[]
      readonly links: readonly { readonly byteLag: unknown }[]
    }
    if (shown.nodes.length !== 9 || shown.nodes.some((node) => node.reachability !== 'up')) throw new Error('not whole')
    if (shown.links.some((link) => link.byteLag === null)) throw new Error('a lag is missing')
    const times: { readonly [name: string]: number[] } = { inspect: [], help: [], node: [] }
    for (let i = 0; i < RUNS; i++) {
      times['inspect']?.push(await timed(inspect))
      times['help']?.push(await timed(() => run$(process.execPath, ['out/cli/index.js', '--help'])))
      times['node']?.push(await timed(() => run$(process.execPath, ['-e', '0'])))
    }
    const row = (what: string, name: string) => {
      const sorted = [...(times[name] ?? [])].sort((a, b) => a - b)
      return [what, ...[sorted[RUNS >> 1], sorted[0], sorted.at(-1)].map((ms) => Math.round(ms ?? Number.NaN))]
    }
    return {
      title: 'First picture: process start to JSON',
      command: 'npm run bench -- first-picture',
      columns: ['what', 'median ms', 'min ms', 'max ms'],
      rows: [
        row('repliscope inspect --json: six data nodes, three Sentinels', 'inspect'),
        row('repliscope --help', 'help'),
        row('node -e 0', 'node'),
      ],
      notes: ['Every picture is checked to be whole: nine nodes up, every byte lag measured. Target: 500 ms.'],
    }
  } finally {
    await lab.down()
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await work()
  return performance.now() - before
}
