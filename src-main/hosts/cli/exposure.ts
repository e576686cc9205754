import type { Command } from 'commander'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import { exposureReportOf } from '../../app/forecasts.ts'
import { withDeployment } from './connected.ts'
import type { CliContext } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { renderExposure } from './render/exposure.ts'
import { addTargetOptions } from './target-options.ts'

interface ExposureFlags extends TargetFlags {
  readonly json?: boolean
}

export function registerExposure(program: Command, context: CliContext): void {
  const command = program
    .command('exposure')
    .description('what would be lost now: crash of the master, partition, empty restart, power loss')
    .option('--json', 'JSON on standard output')
  addTargetOptions(command).action(async (flags: ExposureFlags) => {
    context.exit(await exposure(flags, context))
  })
}

async function exposure(flags: ExposureFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  return withDeployment(flags, { oneShot: true }, context, async (deployment) => {
    await deployment.secondSample()
    const report = exposureReportOf(deployment.session.state())
    const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
    const text = flags.json === true ? JSON.stringify(report) : renderExposure(report, canvas).join('\n')
    await terminal.out(`${text}\n`)
    return EXIT.done
  })
}
