import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs'
import type { ServerBinary } from './servers.ts'

/** A process as the lab remembers it: a pid alone may be another program's by now. */
export interface ProcessMark {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat; undefined where the system has no /proc. */
  readonly startTicks: number | undefined
}

const SETPRIV = '/usr/bin/setpriv'

/**
 * Starts one server in a session of its own, so that Ctrl-C in our terminal reaches only us and the lab is ended in
 * order. Unless it is to outlive us, the kernel ends it when we are killed (setpriv, Linux).
 */
export function spawnServer(
  binary: ServerBinary,
  options: {
    readonly configFile: string
    readonly asSentinel: boolean
    readonly dir: string
    readonly outputFile: string
    readonly outlivesParent: boolean
  },
): ChildProcess {
  const args = [options.configFile, ...(options.asSentinel ? ['--sentinel'] : [])]
  const command =
    !options.outlivesParent && existsSync(SETPRIV)
      ? [SETPRIV, '--pdeathsig', 'KILL', binary.path, ...args]
      : [binary.path, ...args]
  const output = openSync(options.outputFile, 'a')
  try {
    const child = spawn(command[0] ?? binary.path, command.slice(1), {
      cwd: options.dir,
      detached: true,
      stdio: ['ignore', output, output],
      // Nothing of our environment is the server's business, least of all a password in it.
      env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TZ: 'UTC' },
    })
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}

/** The mark of a live process; undefined when there is none. */
export function markOf(pid: number): ProcessMark | undefined {
  if (!existsSync('/proc/self/stat')) return isAlive(pid) ? { pid, startTicks: undefined } : undefined
  const startTicks = startTicksOf(pid)
  return startTicks === undefined ? undefined : { pid, startTicks }
}

/** Whether exactly this process still runs (a zombie does not). */
export function isRunning(mark: ProcessMark): boolean {
  const now = markOf(mark.pid)
  return now !== undefined && now.startTicks === mark.startTicks
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): boolean {
  if (!isRunning(mark)) return false
  try {
    return process.kill(mark.pid, signal)
  } catch {
    return false
  }
}

/** Ends processes: SIGCONT and SIGTERM, then SIGKILL for what is left after `graceMs`; resolves when all are gone. */
export async function endProcesses(marks: readonly ProcessMark[], graceMs = 1500): Promise<void> {
  for (const mark of marks) signalProcess(mark, 'SIGTERM')
  for (const mark of marks) signalProcess(mark, 'SIGCONT')
  if (await allGone(marks, graceMs)) return
  for (const mark of marks) signalProcess(mark, 'SIGKILL')
  if (!(await allGone(marks, 5000))) {
    const left = marks.filter(isRunning).map((mark) => mark.pid)
    throw new Error(`processes ${left.join(', ')} survived SIGKILL`)
  }
}

async function allGone(marks: readonly ProcessMark[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (marks.some(isRunning)) {
    if (performance.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}

/** Field 22, counted after the command name, which is in brackets and may hold anything. */
function startTicksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19])
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
