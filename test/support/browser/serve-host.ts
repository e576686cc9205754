import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from './root.ts'

const CLI = join(ROOT, 'out', 'cli', 'index.js')

/** The built browser host as a process of its own, with a data folder of its own. */
export interface ServeHost {
  /** With the token in its fragment: what it printed first. */
  readonly url: string
  readonly origin: string
  readonly port: number
  readonly pid: number
  /** Its data folder. */
  readonly home: string
  /** All that it printed so far, on both streams. */
  readonly output: () => string
  /** Ends it with SIGTERM; resolves when it is gone. Idempotent. The data folder goes too, unless it was given. */
  readonly stop: () => Promise<void>
}

export interface ServeHostOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A data folder that outlives the host. */
  readonly home?: string
}

/** `repliscope serve --no-open ARGS`; rejects with its words when it ends before it printed its address. */
export async function startServeHost(args: readonly string[] = [], options: ServeHostOptions = {}): Promise<ServeHost> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'repliscope-page-'))
  const child = spawn(process.execPath, [CLI, 'serve', '--no-open', ...args], {
    env: { ...process.env, REPLISCOPE_HOME: home, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = once(child, 'exit')
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => (output += `${line}\n`))
  const clean = () => {
    if (options.home === undefined) rmSync(home, { recursive: true, force: true })
  }
  const url = await Promise.race([once(lines, 'line').then(([line]) => String(line)), ended.then(() => undefined)])
  if (url === undefined) {
    clean()
    throw new Error(`the host ended: ${output}`)
  }
  const { origin, port } = new URL(url)
  return {
    url,
    origin,
    port: Number(port),
    pid: child.pid ?? 0,
    home,
    output: () => output,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await (child.exitCode === null && child.signalCode === null ? ended : undefined)
      clearTimeout(timer)
      clean()
    },
  }
}
