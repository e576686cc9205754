import { Option, type Command } from 'commander'
import type { CliContext } from './context.ts'
import { complain, refuseFailure, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { renderLabs } from './render/lab.ts'

interface Flags {
  readonly name?: string
  readonly all?: boolean
  readonly json?: boolean
}

export function registerLabStatus(lab: Command, context: CliContext): void {
  lab
    .command('status [name]')
    .description('the labs of this user that run on this machine, or one of them')
    .addOption(nameAsOption())
    .option('--json', 'JSON on standard output')
    .action(async (name: string | undefined, flags: Flags) => {
      context.exit(await status(name ?? flags.name, flags, context))
    })
  lab
    .command('down [name]')
    .description('end a lab: its processes and its folder; the name may be left out while there is only one')
    .option('--all', 'end every lab of this user but those of drills and demos under way')
    .addOption(nameAsOption())
    .option('--json', 'JSON on standard output')
    .action(async (name: string | undefined, flags: Flags) => {
      context.exit(await down(name ?? flags.name, flags, context))
    })
}

/** For whoever types what `lab up` takes. */
function nameAsOption(): Option {
  return new Option('--name <name>', 'the same').hideHelp()
}

async function status(name: string | undefined, { json }: Flags, { terminal }: CliContext): Promise<ExitCode> {
  const { localLabs } = await import('../../app/local-labs.ts')
  const labs = await localLabs(name)
  if (!labs.ok) return refuseFailure(terminal, labs.failure)
  if (json === true) await terminal.out(`${JSON.stringify(labs.value)}\n`)
  else {
    const lines = renderLabs(labs.value, { width: terminal.size().columns, hasColour: terminal.hasColour })
    await terminal.out(`${lines.join('\n')}\n`)
  }
  return EXIT.done
}

async function down(name: string | undefined, { all, json }: Flags, { terminal }: CliContext): Promise<ExitCode> {
  if (all === true && name !== undefined)
    return refuseUsage(terminal, { problem: 'a name and --all are given', hint: 'give one of them' })
  const { chooseLab, endAbandonedLabs, endAllLabs, endLab } = await import('../../app/local-labs.ts')
  const tell = async (ended: readonly string[]): Promise<ExitCode> => {
    const words = ended.length === 0 ? 'no lab runs here' : `ended: ${ended.join(', ')}`
    await terminal.out(json === true ? `${JSON.stringify({ schema: 'repliscope/lab-down@1', ended })}\n` : `${words}\n`)
    return EXIT.done
  }
  if (all === true) {
    const ended = await endAllLabs()
    return ended.ok ? tell(ended.value) : refuseFailure(terminal, ended.failure)
  }
  const chosen = chooseLab(name)
  if (!chosen.ok && 'several' in chosen) return refuseUsage(terminal, severalLabs(chosen.several, 'NAME or --all'))
  if (!chosen.ok && name !== undefined) return refuseFailure(terminal, chosen.failure)
  // Nobody else would clean up after a drill that was killed, and nobody knows its lab by name.
  const left = name === undefined ? await endAbandonedLabs() : undefined
  if (left?.ok === false) return refuseFailure(terminal, left.failure)
  // Without a name it says what is to be, and it is so.
  if (!chosen.ok) return tell(left?.value ?? [])
  const ended = await endLab(chosen.value)
  if (ended.ok) return tell([chosen.value.name, ...(left?.value ?? [])])
  complain(terminal, `the lab ${chosen.value.name} is not ended`)
  return refuseFailure(terminal, ended.failure)
}

/** What is said where it is not clear which lab is meant. */
export function severalLabs(names: readonly string[], wanted: string) {
  return { problem: `several labs are meant: ${names.join(', ')}`, hint: `give ${wanted}` }
}
