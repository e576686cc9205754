import type { WriteStream } from 'node:tty'

/** The process's surroundings as a command sees them. */
export interface Terminal {
  /** Standard output: results only. Settles when the text is handed over, so that a slow reader slows us down. */
  readonly out: (text: string) => Promise<void>
  /** Standard error: one line. */
  readonly err: (line: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTty: boolean
  readonly hasColour: boolean
  readonly size: () => { readonly columns: number; readonly rows: number }
  readonly onResize: (listener: () => void) => () => void
  /** Aborted by Ctrl-C, SIGTERM, SIGHUP, and when nobody reads standard output any more. */
  readonly stopped: AbortSignal
  /** What is to be written at the very end, however the process ends; returns its canceller. */
  readonly atExit: (text: string) => () => void
}

/** Columns where nobody says how wide it is: a pipe or a file. */
const DEFAULT_COLUMNS = 120

/** NO_COLOR and FORCE_COLOR as their conventions say; colour by itself only on a terminal. */
export function decideColour(env: Terminal['env'], isTty: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTty && env['TERM'] !== 'dumb'
}

/** A positive whole number of columns or rows from the environment. */
export function readSize(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined
}

/** The real one. Standard output that nobody reads any more (EPIPE) stops the command; it is no error. */
export function createTerminal(process: NodeJS.Process): Terminal {
  const stdout = process.stdout as WriteStream
  const stop = new AbortController()
  const endings = new Set<string>()
  let isPipeBroken = false
  const isTty = stdout.isTTY === true
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    isPipeBroken = true
    stop.abort()
  })
  process.stderr.on('error', () => {
    // Nobody reads it: there is nowhere left to say so.
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // The second one means it.
      if (stop.signal.aborted) process.exit(130)
      stop.abort()
    })
  process.on('exit', () => {
    for (const text of endings) if (!isPipeBroken) stdout.write(text)
  })
  return {
    out: async (text) => {
      if (isPipeBroken) return
      await new Promise<void>((resolve) => stdout.write(text, () => resolve()))
    },
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    isTty,
    hasColour: decideColour(process.env, isTty),
    size: () => ({
      columns: (isTty ? stdout.columns : undefined) ?? readSize(process.env['COLUMNS']) ?? DEFAULT_COLUMNS,
      rows: (isTty ? stdout.rows : undefined) ?? readSize(process.env['LINES']) ?? 40,
    }),
    onResize: (listener) => {
      stdout.on('resize', listener)
      return () => stdout.off('resize', listener)
    },
    stopped: stop.signal,
    atExit: (text) => {
      endings.add(text)
      return () => endings.delete(text)
    },
  }
}
