// npm run bench:drills [-- --runs N] [--remedy-runs N] [--only NAME]... [--jobs N]: runs every drill of the lab again and
// again, each run in a process of its own, and writes test/bench/DRILLS.md. One failing run is listed, not fatal. With
// --only the table goes to standard output.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { CACHE, ensureNodeModules, ensureServers, giveUp, ROOT, say } from './setup.mjs'

const RESULTS = join(ROOT, 'test', 'bench', 'DRILLS.md')
/** A drill takes less than a minute; what takes this long hangs. */
const RUN_LIMIT_MS = 180_000
/** After the polite end of a run that hangs. */
const KILL_AFTER_MS = 10_000

// What is left open in the child must not keep it: its result is on the disk.
const RUNNER = `
  const { runOnce } = await import(process.argv[1])
  await runOnce(process.argv[2], process.argv[3] === 'remedy', process.argv[4], process.argv[5])
  process.exit(0)
`

/** Known reasons for misses, by drill and topic; a miss that is not in it is listed as not explained. */
const CAUSES = JSON.parse(readFileSync(join(ROOT, 'test', 'bench', 'drill-causes.json'), 'utf8'))

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    'remedy-runs': { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '1' },
  },
})
const runs = wholeNumber('runs', values.runs)
const remedyRuns = wholeNumber('remedy-runs', values['remedy-runs'])
const jobs = Math.max(1, wholeNumber('jobs', values.jobs))

ensureNodeModules()
const server = ensureServers().redis
if (!server) giveUp('No server to run drills on.')
const paths = await bundle('bench-drills', { drills: 'test/bench/drills.ts', table: 'test/bench/drills-table.ts' })
const { listDrills } = await import(pathToFileURL(paths.drills).href)
const { drillsMarkdown, totals } = await import(pathToFileURL(paths.table).href)
const drills = listDrills()
const missing = values.only.filter((name) => !drills.some((drill) => drill.name === name))
if (missing.length > 0)
  giveUp(`No drill ${missing.join(', ')}; there are ${drills.map((drill) => drill.name).join(', ')}.`)

const folder = join(CACHE, 'bench-drills-results')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const children = new Set()
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    for (const child of children) child.kill('SIGTERM')
    setTimeout(() => process.exit(130), KILL_AFTER_MS)
  })

const wanted = drills
  .filter((drill) => values.only.length === 0 || values.only.includes(drill.name))
  .flatMap((drill) => [
    ...Array.from({ length: runs }, (_, i) => ({ name: drill.name, withRemedy: false, run: i + 1 })),
    ...Array.from({ length: drill.hasRemedy ? remedyRuns : 0 }, (_, i) => ({
      name: drill.name,
      withRemedy: true,
      run: i + 1,
    })),
  ])
const startedAt = Date.now()
const done = []
let next = 0
await Promise.all(Array.from({ length: jobs }, worker))
done.sort((a, b) => wanted.indexOf(a.wanted) - wanted.indexOf(b.wanted))
const numbered = done.map(({ wanted: one, result }) => ({ ...one, result }))
const text = `${heading()}\n${drillsMarkdown(numbered, CAUSES)}\n`
for (const line of totals(numbered)) say(line)
if (values.only.length > 0) process.stdout.write(text)
else {
  writeFileSync(RESULTS, text)
  spawnSync(join(ROOT, 'node_modules', '.bin', 'prettier'), ['--write', RESULTS], { stdio: 'ignore' })
  say(`Written to ${RESULTS}`)
}
process.exit(0)

async function worker() {
  for (;;) {
    const one = wanted[next++]
    if (one === undefined) return
    const result = await runInChild(one)
    done.push({ wanted: one, result })
    const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1)
    say(
      `${done.length}/${wanted.length} ${one.name}${one.withRemedy ? ' (remedy)' : ''} ${one.run}: ${outcome(result)}  [${minutes} min]`,
    )
  }
}

function runInChild({ name, withRemedy, run }) {
  const file = join(folder, `${name}-${withRemedy ? 'remedy-' : ''}${run}.json`)
  const args = [
    '--input-type=module',
    '-e',
    RUNNER,
    pathToFileURL(paths.drills).href,
    name,
    withRemedy ? 'remedy' : 'plain',
    server,
    file,
  ]
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (chunk) => {
      words = `${words}${chunk}`.slice(-2000)
    })
    children.add(child)
    const limit = setTimeout(() => {
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref()
    }, RUN_LIMIT_MS)
    child.on('close', (code) => {
      clearTimeout(limit)
      children.delete(child)
      if (existsSync(file)) return resolve(JSON.parse(readFileSync(file, 'utf8')))
      const last = words.trim().split('\n').at(-1) ?? ''
      resolve({ state: 'failed', reason: `the process ended with ${code}${last === '' ? '' : `: ${last}`}` })
    })
  })
}

function outcome(result) {
  if (result.state !== 'ran') return `${result.state}: ${result.reason}`
  const words = Object.entries(result.report.verdict)
    .filter(([, verdict]) => verdict !== null)
    .map(([topic, verdict]) => `${topic} ${verdict ? 'ok' : 'WRONG'}`)
  return `${words.join(', ')} (${(result.report.tookMs / 1000).toFixed(1)} s)`
}

function wholeNumber(name, text) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) giveUp(`--${name} ${text}: a whole number from 0 on`)
  return number
}

function heading() {
  const [cpu] = cpus()
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
  return [
    '# Forecasts held against what happened',
    '',
    `Written by \`npm run bench:drills\`: every drill ${runs} times, its remedy ${remedyRuns}, ${jobs === 1 ? 'one at a time' : `${jobs} at a time`}. A forecast is the product's own, from the last picture before the fault; "not certain" and "-" are not counted. Loss is what acknowledged writes that are gone had added to the replication stream.`,
    '',
    `- Date: ${new Date().toISOString().slice(0, 10)}, commit ${commit || 'unknown'}`,
    `- Machine: ${availableParallelism()} cores of ${cpu?.model.trim() ?? 'unknown'}, Linux ${release()}`,
    `- Node ${process.versions.node}, ${server.split('/').at(-1)}`,
    `- Took ${((Date.now() - startedAt) / 60_000).toFixed(0)} min`,
    '',
  ].join('\n')
}
