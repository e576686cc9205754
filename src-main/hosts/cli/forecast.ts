import type { Command } from 'commander'
import { failoverOf, idleSupposition, resyncOf } from '../../app/forecasts.ts'
import type { WhatIf } from '../../app/forecasts.ts'
import { parseAddresses } from '../../app/targets/addresses.ts'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import type { TargetResult } from '../../app/targets/model.ts'
import { accept, quote, refuse } from '../../app/targets/model.ts'
import { withDeployment } from './connected.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { renderFailover, renderResync } from './render/forecast.ts'
import { addTargetOptions } from './target-options.ts'

interface FailoverFlags extends TargetFlags {
  readonly json?: boolean
  readonly without?: readonly string[]
  readonly priority?: readonly string[]
  readonly minReplicas?: string
}

interface ResyncFlags extends TargetFlags {
  readonly json?: boolean
  readonly away?: string
}

export function registerForecast(program: Command, context: CliContext): void {
  const each = (value: string, previous: readonly string[] | undefined): readonly string[] => [
    ...(previous ?? []),
    value,
  ]
  const forecast = program.command('forecast').description('say what would happen: failover, resync').helpCommand(false)
  const failover = forecast
    .command('failover')
    .description('who would be promoted if the master died now, and what would be lost')
    .option('--without <node>', 'what if this replica or Sentinel were gone; repeatable', each)
    .option('--priority <node=n>', 'what if this replica had that priority; repeatable', each)
    .option('--min-replicas <n>', 'what if min-replicas-to-write were n')
    .option('--json', 'JSON on standard output')
  addTargetOptions(failover).action(async (flags: FailoverFlags) => {
    context.exit(await forecastFailover(flags, context))
  })
  const resync = forecast
    .command('resync')
    .description('partial or full resync for a drop, a restart, a crash and a failover')
    .option('--away <seconds>', 'the node comes back only after so long')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', '\nBeside --sentinel, --url or --profile, --node names the node that the forecast is about.')
  addTargetOptions(resync).action(async (flags: ResyncFlags) => {
    context.exit(await forecastResync(flags, context))
  })
}

async function forecastFailover(flags: FailoverFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const whatIf = readWhatIf(flags)
  if (!whatIf.ok) return refuseUsage(terminal, whatIf)
  return withDeployment(flags, { oneShot: true }, context, async (deployment) => {
    await deployment.secondSample()
    const idle = idleSupposition(deployment.session.state(), flags.group, whatIf.value)
    if (idle !== undefined) {
      complain(terminal, idle)
      return EXIT.usage
    }
    const answer = failoverOf(deployment.session.state(), flags.group, whatIf.value)
    if (!answer.ok) {
      complain(terminal, answer.failure.message)
      return EXIT.notConnected
    }
    const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
    const text = flags.json === true ? JSON.stringify(answer.value) : renderFailover(answer.value, canvas).join('\n')
    await terminal.out(`${text}\n`)
    return EXIT.done
  })
}

async function forecastResync(flags: ResyncFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const away = flags.away
  if (away !== undefined && !/^\d{1,9}(\.\d{1,3})?$/.test(away))
    return refuseUsage(terminal, {
      problem: `--away ${quote(away)} is not a duration`,
      hint: 'give seconds, for example --away 30',
    })
  // Where Sentinels, a URL or a profile lead there, --node says whom the question is about.
  const isAbout = (flags.sentinel?.length ?? 0) > 0 || flags.url !== undefined || flags.profile !== undefined
  const about = parseAddresses(isAbout ? (flags.node ?? []) : [])
  if (!about.ok) return refuseUsage(terminal, { ...about, problem: `--node: ${about.problem}` })
  const { node: _, ...others } = flags
  return withDeployment(isAbout ? others : flags, { oneShot: true }, context, async (deployment) => {
    await deployment.secondSample()
    const answer = resyncOf(deployment.session.state(), about.value, away === undefined ? undefined : Number(away))
    if (!answer.ok) {
      complain(terminal, answer.failure.message)
      return EXIT.notConnected
    }
    const canvas = { width: terminal.size().columns, hasColour: terminal.hasColour }
    const text = flags.json === true ? JSON.stringify(answer.value) : renderResync(answer.value, canvas).join('\n')
    await terminal.out(`${text}\n`)
    return EXIT.done
  })
}

function readWhatIf(flags: FailoverFlags): TargetResult<WhatIf> {
  const without = parseAddresses(flags.without ?? [])
  if (!without.ok) return refuse(`--without: ${without.problem}`, without.hint)
  const priorities: { node: (typeof without.value)[number]; priority: number }[] = []
  for (const text of flags.priority ?? []) {
    const equals = text.lastIndexOf('=')
    const node = parseAddresses([text.slice(0, Math.max(0, equals))])
    const priority = text.slice(equals + 1)
    if (equals < 0 || !node.ok || !/^\d{1,9}$/.test(priority) || node.value[0] === undefined)
      return refuse(`--priority ${quote(text)} is not NODE=N`, 'give HOST:PORT=N, for example 10.0.0.6:6379=10')
    priorities.push({ node: node.value[0], priority: Number(priority) })
  }
  const { minReplicas } = flags
  if (minReplicas !== undefined && !/^\d{1,9}$/.test(minReplicas))
    return refuse(`--min-replicas ${quote(minReplicas)} is not a number`, 'give a whole number from 0 on')
  return accept({
    without: without.value,
    priorities,
    minReplicas: minReplicas === undefined ? undefined : Number(minReplicas),
  })
}
