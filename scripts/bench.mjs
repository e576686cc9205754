// npm run bench [-- NAME..]: runs test/bench/*.ts, each in a process of its own, and writes test/bench/RESULTS.md when
// all of them ran. A benchmark exports `run(): Promise<BenchTable>` (test/bench/bench-table.ts).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { bundle } from './bundle.mjs'
import {
  CACHE,
  ensureNodeModules,
  ensureServers,
  ensureSystemPackages,
  ensureUnpacked,
  giveUp,
  ROOT,
  say,
} from './setup.mjs'

const FOLDER = join(ROOT, 'test', 'bench')
const RESULTS = join(FOLDER, 'RESULTS.md')

// In the benchmark's process: run it when it is one, and leave its table in a file.
const RUNNER = `
  const { run } = await import(process.argv[1])
  if (run === undefined) process.exit(0)
  const table = await run()
  ;(await import('node:fs')).writeFileSync(process.argv[2], JSON.stringify(table))
`

ensureNodeModules()
ensureSystemPackages(['redis-tools'])
const servers = ensureServers()
const exporter = ensureUnpacked('prometheus-redis-exporter', 'prometheus-redis-exporter')
if (!ensureBuilt()) giveUp('The build failed; its words are above.')

const names = readdirSync(FOLDER)
  .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -3))
const wanted = process.argv.slice(2)
const missing = wanted.filter((name) => !names.includes(name))
if (missing.length > 0) giveUp(`No benchmark ${missing.join(', ')}; there are ${names.join(', ')}.`)

const paths = await bundle('bench', Object.fromEntries(names.map((name) => [name, `test/bench/${name}.ts`])))
const tables = []
const failed = []
for (const name of wanted.length > 0 ? wanted : names) {
  const table = measure(name, paths[name])
  if (table === undefined) continue
  tables.push(table)
  process.stdout.write(`${toMarkdown(table)}\n`)
}
if (failed.length > 0) giveUp(`Failed: ${failed.join(', ')}.`)
if (wanted.length === 0) {
  writeFileSync(RESULTS, [heading(), ...tables.map(toMarkdown)].join('\n'))
  spawnSync(join(ROOT, 'node_modules', '.bin', 'prettier'), ['--write', RESULTS], { stdio: 'ignore' })
  say(`Written to ${RESULTS}`)
}

function measure(name, path) {
  const result = join(CACHE, 'bench-results', `${name}.json`)
  mkdirSync(join(CACHE, 'bench-results'), { recursive: true })
  rmSync(result, { force: true })
  say(`\n${name}`)
  const env = {
    ...process.env,
    REPLISCOPE_REDIS: servers.redis,
    ...(exporter ? { REPLISCOPE_EXPORTER: exporter } : {}),
  }
  const args = ['--expose-gc', '--input-type=module', '-e', RUNNER, path, result]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2], env })
  if (status !== 0) failed.push(name)
  return status === 0 && existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : undefined
}

function heading() {
  const [cpu] = cpus()
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`. Ratios are taken side by side in one run; figures are medians.',
    '',
    `- Date: ${new Date().toISOString().slice(0, 10)}, commit ${commit || 'unknown'}`,
    `- Machine: ${availableParallelism()} cores of ${cpu?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}`,
    `- Node ${process.versions.node}, ${servers.redis?.split('/').at(-1) ?? 'no server'}`,
    '',
  ].join('\n')
}

function toMarkdown({ title, command, columns, rows, notes = [] }) {
  const line = (cells) => `| ${cells.map((cell) => String(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`
  const cellsOf = (row) => (Array.isArray(row) ? row : columns.map((column) => row[column]))
  return [
    `## ${title}`,
    '',
    `\`${command}\``,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(cellsOf(row))),
    '',
    ...[notes].flat().map((note) => `- ${note}`),
    '',
  ].join('\n')
}
