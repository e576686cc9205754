import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { PracticeLab } from '../../app/start-lab.ts'
import type { LabReport } from '../../contract/lab.ts'
import { KEEP_IT, type KeeperSays } from './lab-keep.ts'

export type Kept =
  | { readonly ok: true; readonly report: LabReport }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Ending a half-started lab takes this long at most; then its keeper is killed, and its servers die with it. */
const ENDING_WITHIN_MS = 10_000

/**
 * Starts a process that keeps a lab and outlives this one. It is this same program; what is asked of it goes through a pipe.
 * When this process stops before the lab stands, nothing of it is left.
 */
export async function startKeeper(
  request: PracticeLab,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (what: string) => void },
): Promise<Kept> {
  const program = realpathSync(process.argv[1] ?? '')
  const keeper = spawn(process.execPath, [program, 'lab', 'keep'], {
    cwd: tmpdir(),
    // A session of its own: Ctrl-C in this terminal, or its closing, is not for the lab.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let words = ''
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => (words += text))
  keeper.stdin.on('error', () => undefined)
  const ended = new Promise<Kept>((resolve) => {
    keeper.once('error', (error) => resolve({ ok: false, code: 'storage', message: `no keeper: ${error.message}` }))
    keeper.once('close', () =>
      resolve({
        ok: false,
        code: 'internal',
        message: words.trim().split('\n')[0] ?? 'the keeper ended without a word',
      }),
    )
  })
  const told = listen(keeper.stdout, onProgress)
  const stop = (): void => {
    keeper.kill('SIGTERM')
    setTimeout(() => keeper.kill('SIGKILL'), ENDING_WITHIN_MS).unref()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  keeper.stdin.write(`${JSON.stringify(request)}\n`)
  const outcome = await Promise.race([told, ended])
  signal.removeEventListener('abort', stop)
  if (!outcome.ok || signal.aborted) {
    keeper.stdin.end()
    await ended
    return signal.aborted ? { ok: false, code: 'cancelled', message: 'stopped: nothing is left' } : outcome
  }
  await new Promise<void>((resolve) => keeper.stdin.end(`${KEEP_IT}\n`, resolve))
  keeper.stdout.destroy()
  keeper.stderr.destroy()
  keeper.unref()
  return outcome
}

/** Resolves with the lab, or with why there is none; never when the keeper ends without a word. */
function listen(output: NodeJS.ReadableStream, onProgress: (what: string) => void): Promise<Kept> {
  return new Promise((resolve) => {
    let rest = ''
    output.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const said = JSON.parse(line) as KeeperSays
        if ('progress' in said) onProgress(said.progress)
        else resolve('ready' in said ? { ok: true, report: said.ready } : { ok: false, ...said.failure })
      }
    })
  })
}
