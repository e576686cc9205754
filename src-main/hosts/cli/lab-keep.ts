import type { Command } from 'commander'
import type { LabReport } from '../../contract/lab.ts'
import { toContractFailure } from '../../contract/to-failure.ts'
import type { CliContext } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'

/** What the keeper says to whoever started it, one JSON object a line, until it is told to keep the lab. */
export type KeeperSays =
  | { readonly progress: string }
  | { readonly ready: LabReport }
  | { readonly failure: { readonly code: string; readonly message: string } }

/** What the keeper is told when its lab was heard of: without it the lab ends with the process that wanted it. */
export const KEEP_IT = 'keep'

/** `lab keep`, not in any help: the process behind `lab up`. Its request comes on standard input. */
export function registerLabKeep(lab: Command, context: CliContext): void {
  lab.command('keep', { hidden: true }).action(async () => {
    context.exit(await keep(context))
  })
}

async function keep({ terminal }: CliContext): Promise<ExitCode> {
  const { keepLab, practiceLab } = await import('../../app/keep-lab.ts')
  const lines = readLines(process.stdin)
  const first = await lines.next()
  const request = practiceLab.safeParse(first === undefined ? undefined : readJson(first))
  if (!request.success) return EXIT.usage
  let hasParent = true
  const say = async (said: KeeperSays): Promise<void> => {
    if (hasParent) await terminal.out(`${JSON.stringify(said)}\n`)
  }
  // The process that wants the lab is gone before it had it.
  const abandoned = new AbortController()
  void lines.ended.then(() => {
    if (hasParent) abandoned.abort()
  })
  const kept = await keepLab(request.data, {
    onProgress: (progress) => void say({ progress }),
    signal: AbortSignal.any([terminal.stopped, abandoned.signal]),
    onReady: async (ready) => {
      await say({ ready })
      const isKept = (await lines.next()) === KEEP_IT
      if (isKept) hasParent = false
      return isKept
    },
  })
  if (kept.ok) return EXIT.done
  await say({ failure: toContractFailure(kept.failure) })
  return EXIT.refused
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Lines as they come; undefined after the last. */
function readLines(input: NodeJS.ReadStream): {
  readonly next: () => Promise<string | undefined>
  readonly ended: Promise<void>
} {
  const waiting: ((line: string | undefined) => void)[] = []
  const unread: string[] = []
  let rest = ''
  let hasEnded = false
  const take = (line: string): void => {
    const reader = waiting.shift()
    if (reader === undefined) unread.push(line)
    else reader(line)
  }
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      hasEnded = true
      for (const reader of waiting.splice(0)) reader(undefined)
      resolve()
    }
    input.once('end', end)
    input.once('error', end)
  })
  input.setEncoding('utf8').on('data', (chunk: string) => {
    const [first = '', ...more] = `${rest}${chunk}`.split('\n')
    const parts = [first, ...more]
    rest = parts.pop() ?? ''
    for (const line of parts) take(line)
  })
  return {
    next: () => {
      const line = unread.shift()
      if (line !== undefined || hasEnded) return Promise.resolve(line)
      return new Promise((resolve) => waiting.push(resolve))
    },
    ended,
  }
}
