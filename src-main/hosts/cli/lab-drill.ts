import type { Command } from 'commander'
import type * as RunDrillModule from '../../app/run-drill.ts'
import type { DrillResult } from '../../app/run-drill.ts'
import type { DrillView } from '../../contract/lab.ts'
import { toContractFailure } from '../../contract/to-failure.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { renderDrillResult, renderDrills, renderSideBySide, renderStory } from './render/drill.ts'
import { obstacleTo, writeReport } from './report-file.ts'

interface DrillFlags {
  readonly remedy?: boolean
  readonly compare?: boolean
  readonly server?: string
  readonly json?: boolean
  /** True: on standard output. */
  readonly markdown?: boolean | string
  readonly html?: string
  readonly force?: boolean
}

const HELP = `
A drill starts a lab of its own, takes the forecast, breaks something, measures what became of every write, and ends the
lab. Its exit code is 0 whatever the verdict on the forecast; 5 when it could not be carried out or measured. --compare
runs it twice; with --json that is two reports, a line each.

  repliscope lab drills
  repliscope lab drill primary-crash-idle
  repliscope lab drill partition-split-brain --remedy --json
  repliscope lab drill partition-split-brain --compare --html split-brain.html`

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
    .option('--compare', 'without the remedy, then with it, side by side')
    .option('--server <path>', 'redis-server or valkey-server, or its folder (default: found on PATH)')
    .option('--json', 'JSON on standard output')
    .option('--markdown [file]', 'Markdown, on standard output or into a file')
    .option('--html <file>', 'one self-contained, printable file')
    .option('--force', 'replace files that are there')
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

type Drills = typeof RunDrillModule

async function drill(name: string, flags: DrillFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const drills = await import('../../app/run-drill.ts')
  const found = drills.findDrill(name)
  if (found === undefined)
    return refuseUsage(terminal, {
      problem: `there is no drill ${name}`,
      hint: `give one of ${drills.DRILL_NAMES.join(', ')}`,
    })
  const problem = problemWith(flags, found)
  if (problem !== undefined) return refuseUsage(terminal, problem)
  // Before servers are broken for half a minute.
  for (const file of filesOf(flags)) {
    const obstacle = await obstacleTo(file, flags.force === true)
    if (obstacle === undefined) continue
    complain(terminal, obstacle)
    return EXIT.usage
  }
  const results: DrillResult[] = []
  for (const withRemedy of flags.compare === true ? [false, true] : [flags.remedy === true]) {
    const ran = await runOne(found, withRemedy, flags, drills, context)
    if (typeof ran === 'number') return ran
    results.push(ran)
  }
  return tell(results, flags, drills, context)
}

function problemWith(flags: DrillFlags, { name, remedy }: DrillView) {
  const asked = flags.remedy === true ? '--remedy' : flags.compare === true ? '--compare' : undefined
  if (asked !== undefined && remedy === null) return { problem: `${name} has no remedy`, hint: `leave ${asked} out` }
  if (flags.remedy === true && flags.compare === true)
    return { problem: '--compare runs it with the remedy as well', hint: 'leave --remedy out' }
  if (flags.json === true && flags.markdown === true)
    return {
      problem: '--json and --markdown both go to standard output',
      hint: 'give --markdown a file, or one of the two',
    }
  return undefined
}

/** One run, told as it goes on; an exit code when there is no result. */
async function runOne(
  found: DrillView,
  withRemedy: boolean,
  flags: DrillFlags,
  { runDrillHere }: Drills,
  { terminal }: CliContext,
): Promise<DrillResult | ExitCode> {
  const isQuiet = flags.json === true || flags.markdown === true
  const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
  const show = (lines: readonly string[]): Promise<void> => terminal.out(`${lines.join('\n')}\n`)
  let isStoryTold = false
  const ran = await runDrillHere(found.name, {
    withRemedy,
    server: flags.server,
    signal: terminal.stopped,
    onDoing: (what) => {
      if (isQuiet) return complain(terminal, what)
      // Only of a drill that can be run here.
      if (!isStoryTold) void show(renderStory(found, withRemedy, canvas))
      isStoryTold = true
    },
    onMoment: ({ at, lane, words }) =>
      isQuiet ? undefined : void show([`${at.padStart(8)}  ${lane.padEnd(8)}  ${words}`]),
  })
  if (!ran.ok) {
    if (terminal.stopped.aborted) return EXIT.interrupted
    const { about, failure } = ran.failure
    complain(terminal, toContractFailure(failure).message)
    if (about === 'server') return flags.server === undefined ? EXIT.notConnected : EXIT.usage
    return failure.kind === 'refused-by-guard' ? EXIT.refused : EXIT.unverified
  }
  if (!isQuiet) await show(renderDrillResult(ran.value, canvas))
  return ran.value
}

async function tell(
  [one, other]: readonly DrillResult[],
  flags: DrillFlags,
  { drillText, sideBySide }: Drills,
  { terminal }: CliContext,
): Promise<ExitCode> {
  if (one === undefined) return EXIT.internal
  const files = [['html', flags.html] as const, ['markdown', flags.markdown] as const]
  for (const [format, file] of files) {
    if (typeof file !== 'string') continue
    const trouble = await writeReport(file, await drillText(format, one, other), flags.force === true)
    complain(terminal, trouble ?? `report written to ${file}`)
    if (trouble !== undefined) return EXIT.usage
  }
  const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
  if (flags.json === true)
    for (const result of [one, other]) {
      if (result !== undefined) await terminal.out(`${JSON.stringify(result.report)}\n`)
    }
  else if (flags.markdown === true) await terminal.out(await drillText('markdown', one, other))
  else if (other !== undefined) await terminal.out(`${renderSideBySide(sideBySide(one, other), canvas).join('\n')}\n`)
  return EXIT.done
}

function filesOf({ html, markdown }: DrillFlags): readonly string[] {
  return [html, markdown].flatMap((file) => (typeof file === 'string' ? file : []))
}
