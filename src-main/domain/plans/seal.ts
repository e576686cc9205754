import { fingerprintOf } from './facts.ts'
import { PLAN_LIFE_MS, type Draft, type Intent, type Plan, type PreflightCheck } from './model.ts'

/** Numbers the steps, takes the fingerprint and sets the time: a draft becomes a plan. `id` is the caller's, unique. */
export function seal(intent: Intent, draft: Draft, id: string, now: number): Plan {
  return {
    id,
    action: intent.action,
    group: intent.group,
    target: draft.target,
    environment: intent.environment,
    steps: draft.steps.map((step, index) => ({ ...step, n: index + 1 })),
    contingencies: draft.contingencies ?? [],
    preflight: draft.preflight,
    blastRadius: draft.blastRadius,
    confirm: draft.confirm,
    confirmsCount: draft.confirmsCount === true,
    relies: draft.relies,
    fingerprint: fingerprintOf(draft.relies),
    plannedAt: now,
    expiresAt: now + PLAN_LIFE_MS,
    particulars: draft.particulars ?? {},
  }
}

/** A check that passed, warns or fails. */
export function check(
  name: string,
  status: PreflightCheck['status'],
  evidence: string,
  needsNote?: boolean,
): PreflightCheck {
  return { check: name, status, evidence, ...(needsNote === true ? { needsNote } : {}) }
}

/** A step with the ordinary choices made: reversible or not by its undo, five seconds, no wait. */
export function step(
  given: Pick<Plan['steps'][number], 'title' | 'node' | 'peer' | 'commands'> & Partial<Plan['steps'][number]>,
): Omit<Plan['steps'][number], 'n'> {
  return {
    isAtomic: given.commands.length > 1,
    undo: undefined,
    isIrreversible: false,
    needsRole: given.peer === 'sentinel' ? 'sentinel' : undefined,
    causes: {},
    wait: undefined,
    timeoutMs: 5000,
    closes: false,
    isMeasured: false,
    isPointOfNoReturn: false,
    endsStage: false,
    withinPause: undefined,
    ...given,
  }
}
