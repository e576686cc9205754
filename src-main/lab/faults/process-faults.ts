import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { LabNode } from '../lab-model.ts'
import type { Inflict } from './ground.ts'

export const kill: Inflict = async ({ target }, { processes }) => {
  if (!processes.isRunning(target)) return notRunning(target)
  await processes.kill(target, 'SIGKILL')
  return ok({ what: `${target.id} was killed`, undo: () => processes.ensure(target) })
}

export const stop: Inflict = async ({ target }, { processes }) => {
  if (!processes.isRunning(target)) return notRunning(target)
  await processes.hold(target)
  return ok({ what: `${target.id} was stopped and stays down`, undo: () => processes.ensure(target) })
}

export const freeze: Inflict = async ({ target }, { processes }) => {
  if (!processes.isRunning(target)) return notRunning(target)
  processes.signal(target, 'SIGSTOP')
  return ok({ what: `${target.id} stands still`, undo: async () => processes.signal(target, 'SIGCONT') })
}

export const start: Inflict = async ({ target }, { processes }) => {
  if (processes.isRunning(target)) return fail({ kind: 'refused-by-guard', detail: `${target.id} runs already` })
  await processes.ensure(target)
  return ok({ what: `${target.id} was started` })
}

export const restartEmpty: Inflict = async ({ target }, { processes }) => {
  await processes.whileDown(target, () => removeData(target))
  return ok({ what: `${target.id} was started again without data` })
}

export function notRunning({ id }: LabNode): Result<never> {
  return fail({ kind: 'refused-by-guard', detail: `${id} is not running` })
}

/** Everything in its data folder that the lab has not put there itself: RDB and AOF files, whole or half written. */
function removeData({ dataDir, dir, configFile, logFile }: LabNode): void {
  const kept = new Set([configFile, logFile, join(dir, 'output.log')])
  for (const name of readdirSync(dataDir)) {
    const path = join(dataDir, name)
    if (!kept.has(path)) rmSync(path, { recursive: true, force: true })
  }
}
