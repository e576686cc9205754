import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import type { Environment } from '../domain/findings/rule.ts'
import type { Thresholds } from '../domain/findings/thresholds.ts'
import type { DrillWatch, WatchOptions } from '../lab/drills/tools.ts'
import type { Lab } from '../lab/lab.ts'
import type { Session } from '../monitor/session.ts'
import type { LabCalls } from './lab-calls.ts'
import { labTarget } from './labs.ts'
import type { Labs } from './labs.ts'
import type { Sessions } from './sessions.ts'
import type { ParsedTarget } from './targets/model.ts'

interface Surroundings {
  readonly open: (
    target: ParsedTarget,
    signal: AbortSignal,
    environment: Environment,
    thresholds: Partial<Thresholds>,
    intervalMs: number,
  ) => Promise<Result<Session>>
  readonly sessions: Sessions
  readonly labs: Labs
  readonly labCalls: LabCalls
  readonly ending: AbortController
}

/**
 * The session by which a drill measures, and by which pages see its lab live. It is judged as the drill wants it, and shown
 * as a lab. Nobody else breaks that lab: what is measured would be somebody else's doing.
 */
export async function watchDrill(
  { open, sessions, labs, labCalls, ending }: Surroundings,
  run: string,
  name: string,
  lab: Lab,
  { environment, intervalMs }: WatchOptions,
): Promise<Result<DrillWatch>> {
  const opened = await open(labTarget(lab), ending.signal, environment, {}, intervalMs)
  if (!opened.ok) return opened
  const session = opened.value
  await session.firstPicture()
  if (session.state().groups.size === 0) {
    const [failure] = session.state().failures
    await session.dispose()
    return fail(failure ?? { kind: 'not-found', detail: "the drill's lab shows no group", known: [] })
  }
  const hide = await labs.show(lab, `the drill ${name} runs on this lab, and breaks it itself`)
  const facts = { label: `drill ${name}`, environment: 'lab', deployment: run, intervalMs, insecureTls: false } as const
  const held = sessions.add(`drill ${run}`, session, facts, 'drill')
  labCalls.note(held, lab.dir)
  return ok({
    session,
    sessionId: held.id,
    lab,
    dispose: async () => {
      await labCalls.labEnded(lab.dir)
      hide()
      await sessions.end(held)
    },
  })
}
