import { fail, ok, type Result } from '../../domain/failure.ts'
import type { CheckedRequest, FaultGround, Inflict, Standing } from './ground.ts'

export const kill: Inflict = async ({ target }, ground) => {
  if (!ground.isRunning(target)) return notRunning(target.id)
  await ground.kill(target)
  return ok({ what: `${target.id} was killed`, undo: () => startIfDown(target, ground) })
}

export const stop: Inflict = async ({ target }, ground) => {
  if (!ground.isRunning(target)) return notRunning(target.id)
  await ground.stop(target)
  return ok({ what: `${target.id} was stopped and stays down`, undo: () => startIfDown(target, ground) })
}

export const freeze: Inflict = async ({ target }, ground) => {
  if (!ground.isRunning(target)) return notRunning(target.id)
  ground.freeze(target)
  return ok({ what: `${target.id} stands still`, undo: async () => ground.thaw(target) })
}

export const start: Inflict = async ({ target }, ground) => {
  if (ground.isRunning(target)) return fail({ kind: 'refused-by-guard', detail: `${target.id} runs already` })
  await ground.start(target)
  return ok({ what: `${target.id} was started` })
}

export function notRunning(id: string): Result<Standing> {
  return fail({ kind: 'refused-by-guard', detail: `${id} is not running` })
}

async function startIfDown(target: CheckedRequest['target'], ground: FaultGround): Promise<void> {
  if (!ground.isRunning(target)) await ground.start(target)
}
