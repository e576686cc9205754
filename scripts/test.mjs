// npm test: sets up, builds, checks, runs every suite. The last line is the sum: `N passed, N failed, N skipped`.
//   --long  repetitions and the full Valkey pass (npm run test:long)
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { describeCheck, runChecks } from './check.mjs'
import { CACHE, ensureNodeModules, ensureServers, ensureSystemPackages, giveUp, ROOT, say } from './setup.mjs'

const unknown = process.argv.slice(2).filter((argument) => argument !== '--long')
if (unknown.length > 0)
  giveUp(`npm test knows --long only, not ${unknown.join(' ')}. One suite: npx vitest run --project NAME`)
const isLong = process.argv.includes('--long')

const startedAt = Date.now()
ensureNodeModules()
const hasBrowserTests = hasTests('e2e')
ensureSystemPackages([
  'redis-tools',
  'openssl',
  'dbus-daemon',
  'gnome-keyring',
  ...(hasBrowserTests ? ['chromium'] : []),
])
const servers = ensureServers({ valkey: true })

const sum = { passed: 0, failed: 0, skipped: 0 }
const lines = []
const failures = []
record('build', ensureBuilt() ? { passed: 1 } : { failed: 1 })
for (const check of await runChecks({ onResult: (result) => say(describeCheck(result)) }))
  record(check.name, check.isOk ? { passed: 1 } : { failed: 1 })

await suite('unit, redis, renderer', { projects: ['unit', 'redis', 'renderer'] })
await suite('integration on Redis', { projects: ['integration'], server: 'redis' })
// Files named *.smoke.test.ts are the set that is repeated on Valkey; the long run repeats all of them.
const onValkey = { projects: ['integration'], server: 'valkey', filter: isLong ? [] : ['.smoke.'] }
if (servers.valkey === undefined) record('integration on Valkey', { skipped: 1 })
else await suite('integration on Valkey', onValkey)
if (hasBrowserTests) await suite('e2e', { projects: ['e2e'] })

if (failures.length > 0) say(`\n${failures.join('\n')}`)
say(`\n${lines.join('\n')}\n\n${((Date.now() - startedAt) / 1000).toFixed(0)} s`)
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = sum.failed === 0 ? 0 : 1

/** Runs some of vitest's projects and adds up what their report says. */
async function suite(name, { projects, server = 'redis', filter = [] }) {
  const report = join(CACHE, 'test-results', `${name.replace(/[^a-z]+/gi, '-').toLowerCase()}.json`)
  mkdirSync(join(CACHE, 'test-results'), { recursive: true })
  rmSync(report, { force: true })
  say(`\n${name}`)
  const code = await vitest(
    [
      ...projects.flatMap((project) => ['--project', project]),
      ...filter,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { REPLISCOPE_SERVER: server, ...(isLong ? { REPLISCOPE_LONG: '1' } : {}) },
  )
  record(name, countIn(report, code))
  failures.push(...failuresIn(report))
}

function vitest(args, env) {
  const program = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, 'run', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, ...env },
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** A file that could not be loaded, or trouble outside any test, counts as one failure. */
function countIn(report, code) {
  if (!existsSync(report)) return { failed: 1 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = numFailedTests + unloaded.length
  return {
    passed: numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  }
}

/** Each failed test or file again, with the start of its message: the end of a long output is what is read. */
function failuresIn(report) {
  if (!existsSync(report)) return []
  return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((file) => {
    const path = relative(ROOT, file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && file.status === 'failed') return [failure(path, file.message)]
    return failed.map((test) => failure(`${path} > ${test.fullName}`, test.failureMessages[0] ?? ''))
  })
}

function failure(what, message) {
  return `FAIL  ${what}\n      ${message.split('\n').slice(0, 12).join('\n      ')}`
}

function record(name, { passed = 0, failed = 0, skipped = 0 }) {
  sum.passed += passed
  sum.failed += failed
  sum.skipped += skipped
  lines.push(`${failed > 0 ? 'FAIL' : 'ok  '}  ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`)
}

function hasTests(folder) {
  const path = join(ROOT, 'test', folder)
  return existsSync(path) && readdirSync(path, { recursive: true }).some((file) => String(file).endsWith('.test.ts'))
}
