import type { AcknowledgementKey } from '../contract/acknowledgement.ts'
import type { CallAnswer } from '../contract/calls.ts'
import type { Handlers } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import type { Result } from '../domain/failure.ts'
import type { Acknowledged } from '../domain/findings/acknowledged.ts'
import type { TimelineNote } from '../domain/timeline/model.ts'
import { createAcknowledgements } from '../storage/acknowledgements.ts'
import { brokenWords } from './acknowledged.ts'

type Calls = Pick<Handlers, 'findings/acknowledged' | 'findings/acknowledge' | 'findings/unacknowledge'>

/** Serves what people have seen. `deploymentOf` names the deployment of a session the same at every start. */
export function createFindingCalls(options: {
  readonly dataFolder: string
  readonly now: () => number
  readonly warn: (line: string) => void
  readonly deploymentOf: (session: string) => Result<string>
  /** Tells every page that looks at a deployment what is in force there now. */
  readonly tell: (deployment: string, acknowledgements: Acknowledged[]) => void
  /** Puts into a group's timeline what somebody said of a finding. */
  readonly note: (deployment: string, group: string, note: TimelineNote) => void
}): Calls {
  const { now, deploymentOf, tell, note } = options
  const known = createAcknowledgements(options.dataFolder, (keptAs) => options.warn(brokenWords(keptAs)))

  const run = async (
    session: string,
    ask: (deployment: string) => Promise<Result<readonly Acknowledged[]>>,
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
      change(session, async (deployment) => {
        const at = now()
        const done = await known.put(deployment, { ...acknowledgement, at: new Date(at).toISOString() }, at)
        const { group, severity, note: words } = acknowledgement
        if (done.ok) note(deployment, group, { ...said(acknowledgement, 'acknowledged', words, at), severity })
        return done
      }),
    'findings/unacknowledge': ({ session, key }) =>
      change(session, async (deployment) => {
        const at = now()
        const done = await known.remove(deployment, key, at)
        if (done.ok) note(deployment, key.group, said(key, 'acknowledgement withdrawn', '', at))
        return done
      }),
  }
}

function said({ code, subject }: AcknowledgementKey, what: string, words: string, at: number): TimelineNote {
  return {
    at,
    kind: 'finding',
    node: subject.kind === 'node' || subject.kind === 'link' ? subject.id : undefined,
    what,
    detail: words === '' ? code : `${code}: ${words}`,
    about: { kind: 'finding', code, subject },
  }
}
