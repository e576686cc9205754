import type { Terminal } from '../../../src-main/hosts/cli/terminal.ts'

export interface FakeTerminal extends Terminal {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly stop: () => void
  readonly resize: (columns: number, rows: number) => void
}

/** A terminal that remembers what was written. */
export function fakeTerminal(
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly isTty?: boolean
    readonly columns?: number
    readonly onOut?: (text: string) => void
  } = {},
): FakeTerminal {
  let out = ''
  let err = ''
  const stop = new AbortController()
  const resizers = new Set<() => void>()
  let size = { columns: options.columns ?? 120, rows: 30 }
  return {
    out: (text) => {
      out += text
      options.onOut?.(text)
      return Promise.resolve()
    },
    err: (line) => {
      err += `${line}\n`
    },
    env: options.env ?? {},
    isTty: options.isTty ?? false,
    hasColour: false,
    size: () => size,
    onResize: (listener) => {
      resizers.add(listener)
      return () => resizers.delete(listener)
    },
    stopped: stop.signal,
    atExit: () => () => undefined,
    stdout: () => out,
    stderr: () => err,
    stop: () => stop.abort(),
    resize: (columns, rows) => {
      size = { columns, rows }
      for (const listener of resizers) listener()
    },
  }
}
