import type { Deployment } from '../../app/open-deployment.ts'
import type { DeploymentOptions } from '../../app/open-deployment.ts'
import type { ParsedTarget } from '../../app/targets/model.ts'
import { toContractFailure } from '../../contract/to-failure.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'
import { clean } from './render/text.ts'
import type { Terminal } from './terminal.ts'

/** What a command is given. */
export interface CliContext {
  readonly terminal: Terminal
  /** How the process is to end; the last word counts. */
  readonly exit: (code: ExitCode) => void
  readonly open: (target: ParsedTarget, options: DeploymentOptions) => Promise<Deployment>
}

/** One line for people on standard error. */
export function complain(terminal: Terminal, text: string): void {
  terminal.err(`repliscope: ${clean(text)}`)
}

/** Says what is wrong with what was typed, and what to type instead. */
export function refuseUsage(
  terminal: Terminal,
  problem: { readonly problem: string; readonly hint: string },
): typeof EXIT.usage {
  complain(terminal, `${problem.problem}; ${problem.hint}`)
  return EXIT.usage
}

/** Says what stood in the way before anything was sent: 3 for what is not there, 4 for the rest. */
export function refuseFailure(terminal: Terminal, failure: Parameters<typeof toContractFailure>[0]): ExitCode {
  const { code, message } = toContractFailure(failure)
  complain(terminal, message)
  return code === 'not-found' ? EXIT.notConnected : EXIT.refused
}
