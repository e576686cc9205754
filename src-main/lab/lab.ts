import { fail, ok, type Result } from '../domain/failure.ts'
import { Deployment } from './deployment.ts'
import type { Lab } from './lab-model.ts'
import { type LabOptions, problemWith } from './options.ts'
import { NotReady } from './patience.ts'
import { defaultLabRoot, sweepOrphanedLabs } from './record.ts'
import { findServer } from './servers.ts'

export type { Lab, LabGroup, LabNode } from './lab-model.ts'

/**
 * Starts a deployment and resolves when every link is up and every Sentinel sees all of it. Whatever goes wrong,
 * nothing is left behind. A port that another program took in between starts it anew on other ports.
 */
export async function startLab(options: LabOptions = {}): Promise<Result<Lab>> {
  const problem = problemWith(options)
  if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: `no lab started: ${problem}` })
  const found = options.server === undefined ? await findServer() : ok(options.server)
  if (!found.ok) return found
  const root = options.root ?? defaultLabRoot()
  await sweepOrphanedLabs(root)
  for (let attempt = 1; ; attempt++) {
    const deployment = new Deployment(options, found.value, root)
    try {
      await deployment.start()
      return ok(deployment.lab)
    } catch (error) {
      await deployment.down(false)
      if (options.signal?.aborted === true) return fail({ kind: 'cancelled' })
      if (!(error instanceof NotReady)) throw error
      if (error.isPortTaken && attempt < 4) continue
      return fail({ kind: 'unreachable', at: error.at, cause: 'timeout', stage: 'connect', detail: error.message })
    }
  }
}
