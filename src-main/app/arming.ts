import type { Environment } from '../domain/plans/model.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import type { Clock } from '../monitor/ports.ts'
import type { HeldSession } from './held-session.ts'

/** The longest time that production is armed for. */
export const PRODUCTION_MINUTES = 5
/** What has to be typed to arm production. */
export const PRODUCTION_WORD = 'production'

/** Which sessions may change something, and until when. Nothing is armed at first, and nothing stays so. */
export interface Arming {
  /** Answers until when, epoch ms. Arming again counts from now. */
  readonly arm: (held: HeldSession, minutes: number, confirmation: string | null) => Result<number>
  readonly disarm: (held: HeldSession) => void
  readonly isArmed: (held: HeldSession) => boolean
  /** After an action: production asks again for the next. */
  readonly actionEnded: (held: HeldSession) => void
  readonly dispose: () => void
}

export function createArming(clock: Clock): Arming {
  const armed = new Map<HeldSession, { readonly until: number; readonly cancel: () => void }>()

  const disarm = (held: HeldSession): void => {
    armed.get(held)?.cancel()
    if (armed.delete(held)) held.setArmed(null)
  }

  return {
    arm: (held, minutes, confirmation) => {
      const problem = refusalOf(held.facts.environment, minutes, confirmation)
      if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: problem })
      armed.get(held)?.cancel()
      const forMs = minutes * 60_000
      const until = Math.floor(clock.now()) + forMs
      armed.set(held, { until, cancel: clock.after(forMs, () => disarm(held)) })
      held.setArmed(new Date(until).toISOString())
      return ok(until)
    },
    disarm,
    isArmed: (held) => clock.now() < (armed.get(held)?.until ?? 0),
    actionEnded: (held) => {
      if (held.facts.environment === 'production') disarm(held)
    },
    dispose: () => {
      for (const { cancel } of armed.values()) cancel()
      armed.clear()
    },
  }
}

function refusalOf(environment: Environment, minutes: number, confirmation: string | null): string | undefined {
  if (environment !== 'production') return undefined
  if (minutes > PRODUCTION_MINUTES) return `production is armed for ${PRODUCTION_MINUTES} minutes at most`
  if (confirmation !== PRODUCTION_WORD) return `this is production: type ${PRODUCTION_WORD} to arm it`
  return undefined
}
