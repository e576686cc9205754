import { join } from 'node:path'
import type { Progress } from '../actions/context.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import type { Intent, Plan } from '../domain/plans/model.ts'
import { isPlanned } from '../domain/plans/plan-action.ts'
import type { DrillAction, DrillActionOutcome, DrillTools, DrillWatch } from '../lab/drills/tools.ts'
import { systemClock } from '../monitor/system-clock.ts'
import { createActions, type Reach } from './actions.ts'
import { reachOf } from './actions-host.ts'
import { labTarget } from './labs.ts'
import { openDeployment } from './open-deployment.ts'

/** The product as drills use it: its sessions, and its guarded actions with a journal inside the lab's folder. */
export const drillTools: DrillTools = {
  watch: async (lab, options) => {
    const deployment = await openDeployment(labTarget(lab), options)
    await deployment.firstPicture()
    const [failure] = deployment.session.state().failures
    if (deployment.session.state().groups.size === 0) {
      await deployment.dispose()
      return fail(failure ?? { kind: 'not-found', detail: 'the session sees no group', known: [] })
    }
    return ok({ session: deployment.session, sessionId: null, lab, dispose: () => deployment.dispose() })
  },
  act: actInLab,
}

/** One guarded action on a lab, as a person would confirm it, every warning acknowledged. */
export async function actInLab(
  { lab, session }: Pick<DrillWatch, 'lab' | 'session'>,
  action: DrillAction,
  signal: AbortSignal,
): Promise<Result<DrillActionOutcome>> {
  const [group] = session.state().groups.values()
  if (group === undefined) return fail({ kind: 'not-found', detail: 'the session sees no group', known: [] })
  const { snapshot } = group
  const intent = toIntent(action, snapshot.name)
  if (!intent.ok) return intent
  const actions = createActions({
    dataFolder: join(lab.dir, 'actions'),
    clock: systemClock,
    warn: () => undefined,
    profile: 'none (drill)',
  })
  const target = labTarget(lab)
  const reach: Reach = reachOf(target)
  try {
    const kept = await actions.plan(intent.value, snapshot, reach, null)
    if (!kept.ok) return kept
    const { plan } = kept.value
    const outcome = await actions.run(plan.id, confirm(plan), reach, {
      onProgress: (progress) => tell(action, progress),
      signal,
    })
    if (!outcome.ok) return outcome
    const { state, reason, elapsedMs, verification, advice } = outcome.value
    const verified = verification.map((one) => `${one.what}: ${one.evidence}`)
    return ok({ state, tookMs: elapsedMs, said: [...(reason === undefined ? [] : [reason]), ...verified, ...advice] })
  } finally {
    actions.dispose()
    reach.dialler.dispose()
  }
}

function toIntent({ action, node, to, settings }: DrillAction, group: string): Result<Intent> {
  if (!isPlanned(action)) return fail({ kind: 'not-found', detail: `there is no action ${action}`, known: [] })
  return ok({ action, group, node, to, settings: new Map(Object.entries(settings ?? {})), environment: 'lab' })
}

function confirm(plan: Plan) {
  const acknowledged = plan.preflight.filter((one) => one.status === 'warned').map((one) => one.check)
  return { text: plan.confirm, isArmed: true, acknowledged, note: 'a drill' }
}

function tell({ onProgress }: DrillAction, { phase, title, detail, n }: Progress): void {
  if (phase === 'sending' || phase === 'note' || phase === 'failed' || phase === 'verifying')
    onProgress?.(n > 0 ? `step ${n}: ${title}` : title, detail)
}
