import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { readLabUp, type LabUpFlags } from './lab-words.ts'
import { renderLabUp } from './render/lab.ts'

const HELP = `
A lab is a deployment of real servers on loopback, in a temporary folder: by default a master, two replicas, a chained
replica and three Sentinels, without persistence. It stays until repliscope lab down, or until this machine restarts.
Every link runs through a relay of the lab, so that repliscope lab fault can break it. Several labs run side by side.

  repliscope lab up --name orders --replicas 3 --aof --down-after 5000
  repliscope lab up --set repl-backlog-size=16kb --set min-replicas-to-write=1 --supervise 2`

export function registerLabUp(lab: Command, context: CliContext): void {
  const each = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    value,
  ]
  lab
    .command('up')
    .description('start real servers to practise on, and leave them running')
    .option('--name <name>', 'what it is called (default: lab, lab-2 and so on)')
    .option('--replicas <n>', 'replicas of the master (default: 2)')
    .option('--chained <n>', 'replicas of the first replica (default: 1)')
    .option('--sentinels <n>', 'Sentinels (default: 3)')
    .option('--server <path>', 'redis-server or valkey-server, or its folder (default: found on PATH)')
    .option('--aof', 'every node writes an append-only file')
    .option('--rdb', 'every node saves snapshots')
    .option('--no-persistence', 'no node keeps anything on disk (default)')
    .option('--set <name=value>', 'a configuration line of every data node; repeatable', each)
    .option('--down-after <ms>', "Sentinel's down-after-milliseconds (default: 3000)")
    .option('--ports <from-to>', 'ports that its processes may take (default: free ones from 20000 on)')
    .option('--supervise [seconds]', 'start a process again when it ends, after so long (default: 2)')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', HELP)
    .action(async (flags: LabUpFlags) => {
      context.exit(await up(flags, context))
    })
}

async function up(flags: LabUpFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const request = readLabUp(flags)
  if (!request.ok) return refuseUsage(terminal, request)
  const [{ checkServer }, { startKeeper }] = await Promise.all([
    import('../../app/start-lab.ts'),
    import('./lab-keeper.ts'),
  ])
  const server = await checkServer(request.value.server)
  if (!server.ok) {
    complain(terminal, server.message)
    return request.value.server === undefined ? EXIT.notConnected : EXIT.usage
  }
  const startedAt = performance.now()
  const kept = await startKeeper(request.value, {
    signal: terminal.stopped,
    onProgress: (what) => (terminal.isTty && flags.json !== true ? complain(terminal, what) : undefined),
  })
  if (!kept.ok) {
    if (terminal.stopped.aborted) return EXIT.interrupted
    if (kept.code === 'internal') throw new Error(kept.message)
    complain(terminal, kept.message)
    return EXIT.refused
  }
  if (flags.json === true) await terminal.out(`${JSON.stringify(kept.report)}\n`)
  else {
    const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
    const lines = renderLabUp(kept.report, (performance.now() - startedAt) / 1000, canvas)
    await terminal.out(`${lines.join('\n')}\n`)
  }
  return EXIT.done
}
