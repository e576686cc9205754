import type { Command } from 'commander'
import type { ProbeRequest } from '../../app/probe-lab.ts'
import type { CliContext } from './context.ts'
import { refuseFailure, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { severalLabs } from './lab-status.ts'
import { renderProbe } from './render/lab-probe.ts'

export interface ProbeFlags {
  readonly lab?: string
  readonly rate?: string
  readonly for?: string
  readonly writers?: string
  readonly wait?: string
  readonly waitaof?: string
  readonly waitTimeout?: string
  readonly at?: string
  readonly json?: boolean
}

const HELP = `
An application's client: it asks the Sentinels who is master, writes numbered values, and reconnects. When the time is
over, or at Ctrl-C, it reads what the master has of them. Break something meanwhile, in another terminal. A write is
acknowledged, refused with an error, or unknown when the connection ended before the answer came.

  repliscope lab probe --for 20s --rate 500
  repliscope lab probe --wait 1                      # WAIT for one replica after every write
  repliscope lab probe --at master                   # stays with the old master, whatever the Sentinels say`

export function registerLabProbe(lab: Command, context: CliContext): void {
  lab
    .command('probe')
    .description('write numbered values as an application does, and tell what became of each')
    .option('--lab <name>', 'which lab; may be left out while there is only one')
    .option('--for <time>', 'how long, for example 20s or 2m (default: 10s)')
    .option('--rate <n>', 'writes a second, or max (default: 100)')
    .option('--writers <n>', 'connections that share them (default: 1)')
    .option('--wait <replicas>', 'WAIT for so many replicas after every write')
    .option('--waitaof <replicas>', 'WAITAOF: on the disk of the master and of so many replicas (7.2 and newer)')
    .option('--wait-timeout <ms>', 'how long it waits for them (default: 1000)')
    .option('--at <node>', 'stay with one node instead of following the master')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', HELP)
    .action(async (flags: ProbeFlags) => {
      context.exit(await probe(flags, context))
    })
}

async function probe(flags: ProbeFlags, { terminal }: CliContext): Promise<ExitCode> {
  const request = readProbe(flags)
  if (!request.ok) return refuseUsage(terminal, request)
  const [{ chooseLab }, { probeLab }] = await Promise.all([
    import('../../app/local-labs.ts'),
    import('../../app/probe-lab.ts'),
  ])
  const chosen = chooseLab(flags.lab)
  if (!chosen.ok)
    return 'several' in chosen
      ? refuseUsage(terminal, severalLabs(chosen.several, '--lab NAME'))
      : refuseFailure(terminal, chosen.failure)
  const isJson = flags.json === true
  const probed = await probeLab(chosen.value, request.value, {
    signal: terminal.stopped,
    onChange: (atMs, what) =>
      isJson ? undefined : void terminal.out(`${`+${(atMs / 1000).toFixed(1)} s`.padStart(9)}  ${what}\n`),
  })
  if (!probed.ok) return refuseFailure(terminal, probed.failure)
  const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
  await terminal.out(isJson ? `${JSON.stringify(probed.value)}\n` : `${renderProbe(probed.value, canvas).join('\n')}\n`)
  return EXIT.done
}

type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string; readonly hint: string }

/** The flags as a request, or what is wrong with them. */
export function readProbe(flags: ProbeFlags): Read<ProbeRequest> {
  const perSecond = flags.rate === 'max' ? ('max' as const) : wholeNumber(flags.rate ?? '100', 1, 100_000)
  if (perSecond === undefined)
    return refuse('--rate is no number from 1 to 100000', 'give for example --rate 500, or max')
  const forMs = readTime(flags.for ?? '10s')
  if (forMs === undefined) return refuse('--for is no time from 0.1s to 60m', 'give for example --for 20s')
  const writers = wholeNumber(flags.writers ?? '1', 1, 64)
  if (writers === undefined) return refuse('--writers is no number from 1 to 64', 'give for example --writers 4')
  const wait = readWait(flags)
  if (!wait.ok) return wait
  return { ok: true, value: { perSecond, forMs, writers, wait: wait.value, at: flags.at } }
}

function readWait({ wait, waitaof, waitTimeout }: ProbeFlags): Read<ProbeRequest['wait']> {
  if (wait !== undefined && waitaof !== undefined) return refuse('--wait and --waitaof are given', 'give one of them')
  const given = wait ?? waitaof
  if (given === undefined)
    return waitTimeout === undefined
      ? { ok: true, value: undefined }
      : refuse('--wait-timeout is for --wait and --waitaof', 'leave it out')
  const flag = wait === undefined ? '--waitaof' : '--wait'
  const replicas = wholeNumber(given, wait === undefined ? 0 : 1, 40)
  if (replicas === undefined) return refuse(`${flag} is no number of replicas`, `give for example ${flag} 1`)
  const timeoutMs = wholeNumber(waitTimeout ?? '1000', 1, 60_000)
  if (timeoutMs === undefined)
    return refuse('--wait-timeout is no number of milliseconds from 1 to 60000', 'give for example --wait-timeout 500')
  return { ok: true, value: { replicas, timeoutMs, isOnDisk: wait === undefined } }
}

/** `20`, `20s`, `1.5m`: seconds unless it says otherwise. */
function readTime(text: string): number | undefined {
  const [, digits = '', unit = 's'] = /^(\d{1,5}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(text) ?? []
  const ms = Math.round(Number(digits || Number.NaN) * { ms: 1, s: 1000, m: 60_000 }[unit as 'ms' | 's' | 'm'])
  return ms >= 100 && ms <= 3_600_000 ? ms : undefined
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

function refuse(problem: string, hint: string) {
  return { ok: false as const, problem, hint }
}
