import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const REGISTER = new URL('./register.mjs', import.meta.url).href

/** What the double reported, oldest first. */
export interface DoubleEvent {
  readonly event: string
  readonly [field: string]: unknown
}

export interface DesktopDouble {
  readonly pid: number
  readonly events: readonly DoubleEvent[]
  readonly stderr: () => string
  /** Runs an expression in the page; resolves with its (awaited) value. */
  readonly evaluate: <T>(expression: string) => Promise<T>
  readonly ask: (op: string, params?: object) => Promise<unknown>
  /** Settles when the process has ended, with its code. */
  readonly ended: Promise<number | null>
  readonly stop: () => Promise<void>
}

/** Starts the built main bundle (`out/main/index.js`) in Node with the double in Electron's place. */
export function startDesktop(args: readonly string[], env: Readonly<Record<string, string>>): DesktopDouble {
  const child: ChildProcess = fork(`${ROOT}out/main/index.js`, [...args], {
    cwd: ROOT,
    execArgv: ['--import', REGISTER],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const events: DoubleEvent[] = []
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let stderr = ''
  let next = 1
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.on('message', (message: DoubleEvent & { id?: number; value?: unknown; error?: string }) => {
    if (message.id === undefined) return void events.push(message)
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) asked?.resolve(message.value)
    else asked?.reject(new Error(message.error))
  })
  const ended = once(child, 'exit').then(([code]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process ended: ${stderr}`))
    return code as number | null
  })
  const ask = (op: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = next++
      waiting.set(id, { resolve, reject })
      child.send({ id, op, ...params })
    })
  return {
    pid: child.pid ?? 0,
    events,
    stderr: () => stderr,
    ask,
    evaluate: <T>(expression: string) => ask('evaluate', { expression }) as Promise<T>,
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
  }
}
