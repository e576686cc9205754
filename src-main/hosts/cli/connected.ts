import type { Deployment, DeploymentOptions } from '../../app/open-deployment.ts'
import type { Connection, ConnectionFlags, ConnectionResult } from '../../app/connection.ts'
import type { CliContext } from './context.ts'
import { complain, refuseFailure, refuseUsage } from './context.ts'
import type { ExitCode } from './exit-codes.ts'
import { EXIT } from './exit-codes.ts'

/**
 * Runs `work` on the deployment that the flags name, once its first picture stands, and ends it afterwards. Exit code 2 for
 * flags that cannot be used, 3 when nothing can be shown; trouble with some of the addresses only is told and goes on.
 */
export async function withDeployment(
  flags: ConnectionFlags,
  options: DeploymentOptions,
  context: CliContext,
  work: (deployment: Deployment, connection: Connection) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { terminal } = context
  const { connectionFromFlags } = await import('../../app/connection.ts')
  const connection = await connectionFromFlags(flags, terminal.env)
  if (!connection.ok) return refuseConnection(terminal, connection)
  const { target, environment, thresholds } = connection.value
  const deployment = await context.open(target, { environment, thresholds, ...options })
  try {
    if (deployment.isInsecure)
      complain(terminal, 'TLS certificates are not verified: anyone in between can read and change what is sent')
    await Promise.race([deployment.firstPicture(), whenStopped(terminal.stopped)])
    if (terminal.stopped.aborted) return EXIT.interrupted
    const failures = deployment.failures()
    for (const failure of failures) complain(terminal, failure.message)
    if (deployment.phase() === 'failed') {
      if (failures.length === 0) complain(terminal, 'nothing to show: no data node and no group was found there')
      return EXIT.notConnected
    }
    return await work(deployment, connection.value)
  } finally {
    await deployment.dispose()
  }
}

/** Says why there is no connection to make: 2 for flags, 3 for a profile that is not there, 4 for one that is not to be used. */
export function refuseConnection(
  terminal: CliContext['terminal'],
  refused: Extract<ConnectionResult, { readonly ok: false }>,
): ExitCode {
  return 'problem' in refused ? refuseUsage(terminal, refused.problem) : refuseFailure(terminal, refused.failure)
}

/** Settles when the command is to stop. */
export function whenStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Settles after `ms`, or as soon as the command is to stop. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.max(0, ms))
    signal.addEventListener('abort', done, { once: true })
  })
}
