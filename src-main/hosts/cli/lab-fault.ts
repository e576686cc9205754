import type { Command } from 'commander'
import type * as LocalLabsModule from '../../app/local-labs.ts'
import type { CliContext } from './context.ts'
import { refuseFailure, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { severalLabs } from './lab-status.ts'
import { renderFaultList, renderHealed } from './render/lab.ts'

interface FaultFlags {
  readonly amount?: string
  readonly direction?: string
  readonly lab?: string
  readonly list?: boolean
  readonly all?: boolean
  readonly json?: boolean
}

const HELP = `
NODE is a process of the lab: host:port, or its name (master, replica-1, chained-1, sentinel-2; names stay with their
process when roles change). PEER is the other end of a link: another process, "processes" (all others of the lab),
"clients" (whoever is none of them), the IP address that a client calls from, or "everyone" (the default). Only
processes that the lab itself started can be broken.

  repliscope lab fault --list                                  # what can be broken, and what its amount means
  repliscope lab fault kill master
  repliscope lab fault partition master replica-1
  repliscope lab fault delay replica-2 --amount 300ms
  repliscope lab heal --all`

export function registerLabFaults(lab: Command, context: CliContext): void {
  lab
    .command('fault [kind] [node] [peer]')
    .description('break something in a lab, or list what can be broken')
    .option('--amount <n>', 'how much, in the unit that --list gives, or with one: 100kb, 1.5s')
    .option('--direction <way>', 'of a link, seen from NODE: both (default), to-node or from-node')
    .option('--lab <name>', 'which lab; may be left out while there is only one')
    .option('--list', 'what can be broken, and what is')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', HELP)
    .action(async (kind: string | undefined, node: string | undefined, peer: string | undefined, flags: FaultFlags) => {
      context.exit(
        flags.list === true ? await list(kind, flags, context) : await breakIt({ kind, node, peer }, flags, context),
      )
    })
  lab
    .command('heal [id]')
    .description('end a fault; the id may be left out while there is only one')
    .option('--all', 'end every fault of the lab')
    .option('--lab <name>', 'which lab; may be left out while there is only one')
    .option('--json', 'JSON on standard output')
    .action(async (id: string | undefined, flags: FaultFlags) => {
      context.exit(await heal(id, flags, context))
    })
}

type LocalLabs = typeof LocalLabsModule
type Chosen = Extract<ReturnType<LocalLabs['chooseLab']>, { readonly ok: true }>['value']

/** Runs `work` on the lab that is meant. */
async function onLab(
  { lab }: FaultFlags,
  { terminal }: CliContext,
  work: (record: Chosen, labs: LocalLabs) => Promise<ExitCode>,
): Promise<ExitCode> {
  const labs = await import('../../app/local-labs.ts')
  const chosen = labs.chooseLab(lab)
  if (chosen.ok) return work(chosen.value, labs)
  if ('several' in chosen) return refuseUsage(terminal, severalLabs(chosen.several, '--lab NAME'))
  return refuseFailure(terminal, chosen.failure)
}

async function list(kind: string | undefined, flags: FaultFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  if (kind !== undefined)
    return refuseUsage(terminal, { problem: `--list takes no kind`, hint: 'repliscope lab fault --list tells all' })
  const print = async (record: Chosen | undefined, labs: LocalLabs): Promise<ExitCode> => {
    const told = await labs.faultList(record)
    if (!told.ok) return refuseFailure(terminal, told.failure)
    const lines = renderFaultList(told.value, { width: terminal.size().columns, hasColour: terminal.hasColour })
    await terminal.out(flags.json === true ? `${JSON.stringify(told.value)}\n` : `${lines.join('\n')}\n`)
    return EXIT.done
  }
  const labs = await import('../../app/local-labs.ts')
  // What there is can be read before there is a lab.
  const chosen = labs.chooseLab(flags.lab)
  const hasNone = flags.lab === undefined && !chosen.ok && !('several' in chosen)
  return hasNone ? print(undefined, labs) : onLab(flags, context, print)
}

interface FaultWords {
  readonly kind: string | undefined
  readonly node: string | undefined
  readonly peer: string | undefined
}

async function breakIt(words: FaultWords, flags: FaultFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const { readFault } = await import('../../app/fault-words.ts')
  const fault = readFault({ ...words, direction: flags.direction, amount: flags.amount })
  if (!fault.ok) return refuseUsage(terminal, fault)
  return onLab(flags, context, async (record, labs) => {
    const broken = await labs.breakLab(record, fault.value)
    if (!broken.ok) return refuseFailure(terminal, broken.failure)
    const { report, words: said } = broken.value
    if (flags.json === true) await terminal.out(`${JSON.stringify(report)}\n`)
    else await terminal.out(`${said}\n`)
    return EXIT.done
  })
}

async function heal(id: string | undefined, flags: FaultFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  if (flags.all === true && id !== undefined)
    return refuseUsage(terminal, { problem: 'an id and --all are given', hint: 'give one of them' })
  return onLab(flags, context, async (record, labs) => {
    const healed = await labs.healLab(record, flags.all === true ? labs.EVERY_FAULT : id)
    if (!healed.ok) return refuseFailure(terminal, healed.failure)
    if ('several' in healed.value) {
      const problem = `several faults are in force: ${healed.value.several.join(', ')}`
      return refuseUsage(terminal, { problem, hint: 'give the id of one, or --all' })
    }
    const { report, ended } = healed.value
    const lines = renderHealed(ended, report, { width: terminal.size().columns, hasColour: terminal.hasColour })
    await terminal.out(flags.json === true ? `${JSON.stringify(report)}\n` : `${lines.join('\n')}\n`)
    return EXIT.done
  })
}
