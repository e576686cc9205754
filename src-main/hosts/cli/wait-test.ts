import type { Command } from 'commander'
import type * as ActionsHost from '../../app/actions-host.ts'
import type { TargetFlags } from '../../app/targets/from-flags.ts'
import { withDeployment } from './connected.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { printProgress } from './render/act.ts'
import { clean } from './render/text.ts'
import { addTargetOptions, keptFlags } from './target-options.ts'

interface WaitFlags extends TargetFlags {
  readonly replicas?: string
  readonly count: string
  readonly batch: string
  readonly confirm?: string
  readonly environment?: string
  readonly json?: boolean
}

const HELP = `
--timeout is WAIT's own, in milliseconds (default: 1000); 0 would wait for ever and is refused. The test writes one
probe key (repliscope:probe:...), which expires after 60 s, and removes it. Fewer confirmations than asked for are a
result, told with the reason; the exit code is 0.`

export function registerWaitTest(program: Command, context: CliContext): void {
  const command = program
    .command('wait-test')
    .description('how long until N replicas confirm a write (writes a probe key; needs --confirm GROUP)')
    .option('--replicas <n>', 'replicas that are to confirm')
    .option('--count <k>', 'rounds', '20')
    .option('--batch <b>', 'writes a round, for one WAIT', '1')
    .option('--confirm <name>', "the group's name, typed")
    .option('--environment <name>', 'production (default), staging, development or lab')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', HELP)
  addTargetOptions(command).action(async (flags: WaitFlags) => {
    context.exit(await waitTest(flags, context))
  })
}

async function waitTest(flags: WaitFlags, context: CliContext): Promise<ExitCode> {
  const { terminal } = context
  const { timeout = '1000', ...others } = flags
  const problem = problemWith(flags, timeout)
  if (problem !== undefined) return refuseUsage(terminal, problem)
  const host = await import('../../app/actions-host.ts')
  return withDeployment(others, { oneShot: true }, context, async (deployment, { target, environment, profile }) => {
    const group = host.groupOf(deployment.session.state(), flags.group)
    if (!group.ok) {
      complain(terminal, host.describeRefusal(group.failure))
      return EXIT.notConnected
    }
    const { name } = group.value
    if (flags.confirm !== name) {
      complain(terminal, `not confirmed: it writes a probe key; run it with --confirm ${JSON.stringify(name)}`)
      return EXIT.refused
    }
    const numbers = { replicas: flags.replicas ?? '1', timeout, count: flags.count, batch: flags.batch }
    const intent = host.waitTestIntent(name, numbers, environment)
    const actions = host.createHostActions((line) => complain(terminal, line))
    const reach = host.reachOf(target)
    try {
      const kept = await actions.plan(intent, group.value, reach, keptFlags(others))
      if (!kept.ok) {
        complain(terminal, host.describeRefusal(kept.failure))
        return EXIT.refused
      }
      const outcome = await actions.run(
        kept.value.plan.id,
        // --confirm arms this one test by itself: all that it changes is a key of its own.
        { text: flags.confirm, isArmed: true, acknowledged: [], note: undefined },
        reach,
        {
          onProgress: (progress) => printProgress(progress, terminal),
          signal: terminal.stopped,
          ...(profile === undefined ? {} : { profile: profile.name }),
        },
      )
      if (!outcome.ok) {
        complain(terminal, host.describeRefusal(outcome.failure))
        return EXIT.refused
      }
      const { measured, state, reason } = outcome.value
      if (measured !== undefined) await print(host.toWaitReport(name, measured), flags.json === true, context)
      if (state === 'succeeded') return EXIT.done
      complain(terminal, `${state}: ${reason ?? 'no round was answered'}`)
      return state === 'stopped' ? EXIT.refused : EXIT.unverified
    } finally {
      reach.dialler.dispose()
      actions.dispose()
    }
  })
}

function problemWith(flags: WaitFlags, timeout: string) {
  const whole = (text: string | undefined, most: number): boolean =>
    text !== undefined && /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most
  if (!whole(flags.replicas, 1000))
    return { problem: '--replicas is missing or no number from 1 to 1000', hint: 'give for example --replicas 1' }
  if (!whole(timeout, 60_000))
    return {
      problem: '--timeout is no number of milliseconds from 1 to 60000',
      hint: 'WAIT with 0 waits for ever: give for example --timeout 1000',
    }
  if (!whole(flags.count, 100_000))
    return { problem: '--count is no number from 1 to 100000', hint: 'give for example --count 20' }
  if (!whole(flags.batch, 10_000))
    return { problem: '--batch is no number from 1 to 10000', hint: 'give for example --batch 1' }
  return undefined
}

type Host = typeof ActionsHost

async function print(
  report: ReturnType<Host['toWaitReport']>,
  isJson: boolean,
  { terminal }: CliContext,
): Promise<void> {
  if (isJson) return terminal.out(`${JSON.stringify(report)}\n`)
  const ms = (value: number | null): string => (value === null ? 'unknown' : `${value} ms`)
  const most = Math.max(1, ...report.histogram.map((bucket) => bucket.count))
  const lines = [
    `${report.rounds.length} rounds on ${report.master}: ${report.asked} replicas asked for, ${report.short} rounds fell short`,
    `p50 ${ms(report.p50Ms)}, p95 ${ms(report.p95Ms)}, p99 ${ms(report.p99Ms)}, longest ${ms(report.maxMs)}, ${ms(report.perWriteMs)} a write`,
    ...report.histogram
      .filter((bucket) => bucket.count > 0)
      .map(
        (bucket) =>
          `  ${(bucket.upToMs === null ? 'longer' : `<= ${bucket.upToMs} ms`).padStart(10)}  ${'#'.repeat(Math.ceil((bucket.count / most) * 40))} ${bucket.count}`,
      ),
    ...(report.reason === null ? [] : [report.reason]),
  ]
  await terminal.out(`${lines.map(clean).join('\n')}\n`)
}
