import type { Command } from 'commander'
import { toContractFailure } from '../../contract/to-failure.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { renderDrillResult, renderDrills, renderStory } from './render/drill.ts'

interface DrillFlags {
  readonly remedy?: boolean
  readonly server?: string
  readonly json?: boolean
}

const HELP = `
A drill starts a lab of its own, takes the forecast, breaks something, measures what became of every write, and ends the
lab. Its exit code is 0 whatever the verdict on the forecast; 5 when it could not be carried out or measured.

  repliscope lab drills
  repliscope lab drill primary-crash-idle
  repliscope lab drill partition-split-brain --remedy --json`

export function registerLabDrills(lab: Command, context: CliContext): void {
  lab
    .command('drills')
    .description('the rehearsals that there are')
    .option('--json', 'JSON on standard output')
    .action(async (flags: DrillFlags) => {
      context.exit(await list(flags, context))
    })
  lab
    .command('drill <name>')
    .description('rehearse a failure, and hold the forecast against what happens')
    .option('--remedy', 'with the setting in place that would have changed the outcome')
    .option('--server <path>', 'redis-server or valkey-server, or its folder (default: found on PATH)')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', HELP)
    .action(async (name: string, flags: DrillFlags) => {
      context.exit(await drill(name, flags, context))
    })
}

async function list({ json }: DrillFlags, { terminal }: CliContext): Promise<ExitCode> {
  const { listDrills } = await import('../../app/run-drill.ts')
  const drills = await listDrills()
  const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
  await terminal.out(json === true ? `${JSON.stringify(drills)}\n` : `${renderDrills(drills, canvas).join('\n')}\n`)
  return EXIT.done
}

async function drill(name: string, flags: DrillFlags, { terminal }: CliContext): Promise<ExitCode> {
  const { DRILL_NAMES, findDrill, runDrillHere } = await import('../../app/run-drill.ts')
  const found = findDrill(name)
  if (found === undefined)
    return refuseUsage(terminal, {
      problem: `there is no drill ${name}`,
      hint: `give one of ${DRILL_NAMES.join(', ')}`,
    })
  if (flags.remedy === true && found.remedy === null)
    return refuseUsage(terminal, { problem: `${name} has no remedy`, hint: 'leave --remedy out' })
  const isJson = flags.json === true
  const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
  const show = (lines: readonly string[]): Promise<void> => terminal.out(`${lines.join('\n')}\n`)
  if (!isJson) await show(renderStory(found, flags.remedy === true, canvas))
  const ran = await runDrillHere(name, {
    withRemedy: flags.remedy === true,
    server: flags.server,
    signal: terminal.stopped,
    onDoing: (what) => (isJson ? complain(terminal, what) : undefined),
    onMoment: ({ at, lane, words }) =>
      isJson ? undefined : void show([`${at.padStart(8)}  ${lane.padEnd(8)}  ${words}`]),
  })
  if (!ran.ok) {
    if (terminal.stopped.aborted) return EXIT.interrupted
    const { about, failure } = ran.failure
    complain(terminal, toContractFailure(failure).message)
    if (about === 'server') return flags.server === undefined ? EXIT.notConnected : EXIT.usage
    return failure.kind === 'refused-by-guard' ? EXIT.refused : EXIT.unverified
  }
  await (isJson ? terminal.out(`${JSON.stringify(ran.value.report)}\n`) : show(renderDrillResult(ran.value, canvas)))
  return EXIT.done
}
