// npm run check: everything that can be known without running the program.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CACHE, ensureNodeModules, ROOT, say } from './setup.mjs'

const typeCheck = (tool, name) => [
  tool,
  ...['-p', `tsconfig.${name}.json`, '--noEmit', '--pretty', 'false'],
  ...['--incremental', '--tsBuildInfoFile', join(CACHE, 'tsc', `${name}.tsbuildinfo`)],
]

const CHECKS = {
  'types of tests': typeCheck('vue-tsc', 'test'),
  'types of src-renderer': typeCheck('vue-tsc', 'renderer'),
  'types of src-main': typeCheck('tsc', 'main'),
  'types of domain': typeCheck('tsc', 'domain'),
  lint: ['oxlint', '--deny-warnings', '--format', 'unix'],
  'lint of templates': ['eslint', '--max-warnings', '0', '--no-error-on-unmatched-pattern', 'src-renderer'],
  boundaries: [
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err-long',
    'src-main',
    'src-renderer',
  ],
  'unused code': ['knip', '--treat-config-hints-as-errors', '--no-progress'],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
}

const LINES_SHOWN = 60

/** Runs all checks, as many at a time as there are cores; one result each, in the order above. */
export async function runChecks({ onResult = () => undefined } = {}) {
  mkdirSync(join(CACHE, 'tsc'), { recursive: true })
  const results = []
  const waiting = Object.entries(CHECKS).entries()
  const work = async () => {
    for (const [index, [name, command]] of waiting) {
      results[index] = { name, command: command.join(' '), ...(await runTool(command)) }
      onResult(results[index])
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(4, availableParallelism())) }, work))
  return results
}

/** A line for a check that passed; its own words, cut to a screen or two, for one that did not. */
export function describeCheck({ name, isOk, output, command }) {
  if (isOk) return `  ok    ${name}`
  const lines = output.trim().split('\n')
  const more = lines.length > LINES_SHOWN ? [`... ${lines.length - LINES_SHOWN} more lines: npx ${command}`] : []
  return [`  FAIL  ${name}`, ...[...lines.slice(0, LINES_SHOWN), ...more].map((line) => `        ${line}`)].join('\n')
}

function runTool([tool, ...args]) {
  const program = join(ROOT, 'node_modules', '.bin', tool)
  if (!existsSync(program)) return { isOk: false, output: `${tool} is not installed` }
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('close', (code) => resolve({ isOk: code === 0, output }))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureNodeModules()
  const results = await runChecks({ onResult: (result) => say(describeCheck(result)) })
  const failed = results.filter((result) => !result.isOk)
  say(failed.length === 0 ? 'All checks pass.' : `Failed: ${failed.map((result) => result.name).join(', ')}.`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
