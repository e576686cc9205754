import { Command, CommanderError } from 'commander'
import { openDeployment } from '../../app/open-deployment.ts'
import { APP_VERSION } from '../../app/version.ts'
import { registerAct } from './act.ts'
import { registerAudit } from './audit.ts'
import type { CliContext } from './context.ts'
import { complain, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { registerExposure } from './exposure.ts'
import { registerForecast } from './forecast.ts'
import { secretInArgv } from './guard-argv.ts'
import { registerInspect } from './inspect.ts'
import { registerJournal } from './journal.ts'
import { registerLab } from './lab.ts'
import { registerProfile } from './profile.ts'
import { registerServe } from './serve.ts'
import type { Terminal } from './terminal.ts'
import { registerWaitTest } from './wait-test.ts'

/** Every command that works in this build, in the order of `--help`. */
const COMMANDS: readonly ((program: Command, context: CliContext) => void)[] = [
  registerInspect,
  registerAudit,
  registerForecast,
  registerExposure,
  registerWaitTest,
  registerAct,
  registerJournal,
  registerProfile,
  registerLab,
  registerServe,
]

/** Runs one command line (without the program's name). Expected trouble becomes an exit code; a throw is a bug. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  open: CliContext['open'] = openDeployment,
): Promise<ExitCode> {
  const secret = secretInArgv(args)
  if (secret !== undefined) return refuseUsage(terminal, secret)
  let code: ExitCode = EXIT.done
  let help = ''
  const program = new Command('repliscope')
    .description('Live inspector for Redis and Valkey replication under Sentinel.')
    .version(APP_VERSION, '--version', 'print the version')
    .helpOption('--help', 'show help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
    .showSuggestionAfterError(true)
    .addHelpText('after', EXIT_CODES)
  const exit = (given: ExitCode): void => {
    code = given
  }
  for (const register of COMMANDS) register(program, { terminal, open, exit })
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) await terminal.out(help)
    else complain(terminal, describeUsageError(error, program))
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
  return code
}

const EXIT_CODES = `
Exit codes: 0 done, 1 findings at or above --fail-on, 2 usage, 3 could not connect or target not found,
  4 refused by a guard or not confirmed, 5 an action's verification failed, 6 internal error.`

/** Whether the command that the message names takes a target. */
function asksForTarget(program: Command, message: string): boolean {
  const name = /for '([a-z-]+)'/.exec(message)?.[1]
  const all = program.commands.flatMap((command) => [command, ...command.commands])
  return all.some((one) => one.name() === name && one.options.some((option) => option.long === '--sentinel'))
}

/** Commander's message as one line; the value after "=" of an option it does not know is not repeated. */
function describeUsageError(error: CommanderError, program: Command): string {
  if (error.code === 'commander.help') return 'no command given; repliscope --help lists what there is'
  const [first = '', ...more] = error.message.split('\n').filter((text) => text.trim() !== '')
  const said = first
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace(/('--?[a-z0-9-]{1,40})=.*$/is, "$1'")
  if (error.code === 'commander.excessArguments' && asksForTarget(program, first))
    return `${said}; a target is given with --sentinel HOST:PORT or --node HOST:PORT`
  const suggestion = more.at(-1)?.trim()
  const isSuggestion = suggestion !== undefined && suggestion.startsWith('(Did you mean')
  return isSuggestion ? `${said} ${suggestion}` : `${said}; repliscope --help lists what there is`
}
