import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { InspectReport } from '../../src-main/contract/inspect.ts'
import { inspectReport } from '../../src-main/contract/inspect.ts'

/** The built program; REPLISCOPE_CLI names another build of it. */
const PROGRAM = process.env['REPLISCOPE_CLI'] ?? fileURLToPath(new URL('../../out/cli/index.js', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<CliResult>
}

type Env = Readonly<Record<string, string | undefined>>

/** Starts the program; it is killed with the test when it still runs then. */
export function startCli(args: readonly string[], env: Env = {}): RunningCli {
  return startProgram(process.execPath, [programPath(), ...args], env)
}

/** The same on a pseudo-terminal of the given width. */
export function startCliOnTerminal(args: readonly string[], columns: number): RunningCli {
  const line = [process.execPath, programPath(), ...args].map((word) => `'${word}'`).join(' ')
  return startProgram('script', ['-qec', `stty cols ${columns} rows 40; exec ${line}`, '/dev/null'], { TERM: 'xterm' })
}

export function runCli(args: readonly string[], env: Env = {}): Promise<CliResult> {
  return startCli(args, env).ended
}

/** Runs `inspect --json` and reads its one object; fails with its words when it did not succeed. */
export async function inspectJson(args: readonly string[], env: Env = {}): Promise<InspectReport> {
  const { code, stdout, stderr } = await runCli(['inspect', '--json', ...args], env)
  if (code !== 0) throw new Error(`inspect ended with ${code}: ${stderr}`)
  return inspectReport.parse(JSON.parse(stdout))
}

function programPath(): string {
  if (!existsSync(PROGRAM)) throw new Error('the command line is not built: npm run build')
  return PROGRAM
}

function startProgram(command: string, args: readonly string[], env: Env): RunningCli {
  const quiet = { NO_COLOR: undefined, FORCE_COLOR: undefined, COLUMNS: undefined }
  const child = spawn(command, args, { env: { ...process.env, ...quiet, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  })
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}
