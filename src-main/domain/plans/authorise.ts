import { fail, ok, type Result } from '../failure.ts'
import type { Plan } from './model.ts'

/** What somebody typed to have a plan run. */
export interface Confirmation {
  readonly text: string
  /** The profile is armed, or `--arm` was given. */
  readonly isArmed: boolean
  /** Names of warned checks that were acknowledged, one by one. */
  readonly acknowledged: readonly string[]
  readonly note: string | undefined
}

/** Whether this plan may start now, under this confirmation. The reasons are one line each; the first one counts. */
export function authorise(plan: Plan, confirmation: Confirmation, now: number): Result<void> {
  const refuse = (detail: string) => fail({ kind: 'refused-by-guard' as const, detail })
  if (now >= plan.expiresAt || now < plan.plannedAt)
    return fail({ kind: 'stale-plan', detail: `plan ${plan.id} has expired: plans start within 60 s; make a new one` })
  const failed = plan.preflight.filter((one) => one.status === 'failed')
  if (failed.length > 0)
    return refuse(`refused: ${failed.map((one) => `${one.check}: ${one.evidence}`).join('; ')} (cannot be overridden)`)
  if (!confirmation.isArmed && plan.environment === 'production')
    return refuse('this environment is production: it has to be armed')
  if (confirmation.text !== plan.confirm) return refuse(`not confirmed: type ${JSON.stringify(plan.confirm)} exactly`)
  const warned = plan.preflight.filter((one) => one.status === 'warned')
  const open = warned.filter((one) => !confirmation.acknowledged.includes(one.check))
  if (open.length > 0)
    return refuse(
      `not acknowledged: ${open.map((one) => `${one.check} (${one.evidence})`).join('; ')}; each has to be acknowledged by its name`,
    )
  const unnoted = warned.find((one) => one.needsNote === true)
  if (unnoted !== undefined && (confirmation.note ?? '').trim() === '')
    return refuse(`${unnoted.check} needs a note that says why`)
  return ok(undefined)
}
