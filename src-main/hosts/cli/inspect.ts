import type { Command } from 'commander'
import type { Deployment } from '../../app/open-deployment.ts'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import type { InspectReport } from '../../contract/inspect.ts'
import { withDeployment } from './connected.ts'
import type { CliContext } from './context.ts'
import { refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { hasAtLeast, readFailOn } from './fail-on.ts'
import { readInterval } from './interval.ts'
import { renderInspect } from './render/inspect.ts'
import { addTargetOptions } from './target-options.ts'
import type { Terminal } from './terminal.ts'
import { watch } from './watch.ts'

interface InspectFlags extends TargetFlags {
  readonly json?: boolean
  readonly watch?: boolean
  readonly interval: string
  readonly failOn?: string
}

export function registerInspect(program: Command, context: CliContext): void {
  const command = program
    .command('inspect')
    .description('show the topology, lag, backlog margins and persistence, once or live')
    .option('--json', 'JSON on standard output; with --watch one object a line')
    .option('--watch', 'go on until Ctrl-C')
    .option('--interval <time>', 'sampling interval of --watch: 250ms to 60m', '1s')
    .option('--fail-on <severity>', 'exit with 1 for a finding of info, warning or critical (default: off)')
  addTargetOptions(command).action(async (flags: InspectFlags) => {
    context.exit(await inspect(flags, context))
  })
}

async function inspect(flags: InspectFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const intervalMs = readInterval(flags.interval)
  if (intervalMs === undefined)
    return refuseUsage(terminal, {
      problem: `--interval "${flags.interval}" is not an interval`,
      hint: 'give a number with its unit from 250ms to 60m, for example --interval 1s',
    })
  const failOn = flags.failOn === undefined ? undefined : readFailOn(flags.failOn)
  if (failOn?.ok === false) return refuseUsage(terminal, failOn)
  const isJson = flags.json === true
  if (flags.watch === true) {
    if (failOn !== undefined)
      return refuseUsage(terminal, {
        problem: '--fail-on has no end to judge with --watch',
        hint: 'leave one of them out',
      })
    const code = await withDeployment(flags, { intervalMs }, context, async (deployment) => {
      await watch(deployment, terminal, { intervalMs, isJson })
      return EXIT.done
    })
    // Ctrl-C is how a watch ends, whenever it comes.
    return code === EXIT.interrupted ? EXIT.done : code
  }
  return withDeployment(flags, { oneShot: true }, context, async (deployment) => {
    const report = await once(deployment, terminal, isJson)
    return failOn !== undefined && hasAtLeast(report.findings, failOn.value) ? EXIT.findings : EXIT.done
  })
}

async function once(deployment: Deployment, terminal: Terminal, isJson: boolean): Promise<InspectReport> {
  // People read seconds left, which need a write rate, which needs a second look.
  if (!isJson) await deployment.secondSample()
  const report = deployment.report()
  await terminal.out(isJson ? `${JSON.stringify(report)}\n` : `${picture(report, terminal).join('\n')}\n`)
  return report
}

/** The report as lines for this terminal. */
export function picture(report: InspectReport, terminal: Terminal): string[] {
  return renderInspect(report, { width: terminal.size().columns, hasColour: terminal.hasColour })
}
