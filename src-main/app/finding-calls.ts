import type { CallAnswer } from '../contract/calls.ts'
import type { Handlers } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import type { Result } from '../domain/failure.ts'
import { createAcknowledgements } from '../storage/acknowledgements.ts'
import type { StoredAcknowledgement } from '../storage/acknowledgements.ts'

type Calls = Pick<Handlers, 'findings/acknowledged' | 'findings/acknowledge' | 'findings/unacknowledge'>

/** Serves what people have seen. `deploymentOf` names the deployment of a session the same at every start. */
export function createFindingCalls(options: {
  readonly dataFolder: string
  readonly now: () => number
  readonly warn: (line: string) => void
  readonly deploymentOf: (session: string) => Result<string>
  /** Tells every page that looks at a deployment what is in force there now. */
  readonly tell: (deployment: string, acknowledgements: StoredAcknowledgement[]) => void
}): Calls {
  const { now, deploymentOf, tell } = options
  const known = createAcknowledgements(options.dataFolder, (keptAs) =>
    options.warn(`the list of acknowledged findings was broken and is kept as ${keptAs}`),
  )

  const run = async (
    session: string,
    ask: (deployment: string) => Promise<Result<readonly StoredAcknowledgement[]>>,
  ): Promise<CallAnswer<'findings/acknowledged'>> => {
    const deployment = deploymentOf(session)
    const answer = deployment.ok ? await ask(deployment.value) : deployment
    return answer.ok
      ? { ok: true, value: { acknowledgements: [...answer.value] } }
      : { ok: false, failure: toContractFailure(answer.failure) }
  }

  const change: typeof run = (session, ask) =>
    run(session, async (deployment) => {
      const inForce = await ask(deployment)
      if (inForce.ok) tell(deployment, [...inForce.value])
      return inForce
    })

  return {
    'findings/acknowledged': ({ session }) => run(session, (deployment) => known.list(deployment, now())),
    'findings/acknowledge': ({ session, acknowledgement }) =>
      change(session, (deployment) => {
        const at = now()
        return known.put(deployment, { ...acknowledgement, at: new Date(at).toISOString() }, at)
      }),
    'findings/unacknowledge': ({ session, key }) =>
      change(session, (deployment) => known.remove(deployment, key, now())),
  }
}
