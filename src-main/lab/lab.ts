import { fail, ok, type Result } from '../domain/failure.ts'
import { Deployment } from './deployment.ts'
import type { Lab } from './lab-model.ts'
import { type LabOptions, problemWith, problemWithServer } from './options.ts'
import { withNameLock } from './name-lock.ts'
import { NotReady } from './patience.ts'
import { PortsExhausted } from './ports.ts'
import { defaultLabRoot, isAlive, recordedLabs, rootProblem, sweepOrphanedLabs } from './record.ts'
import { findServer, type ServerBinary } from './servers.ts'

export type { Lab, LabGroup, LabNode } from './lab-model.ts'

/**
 * Starts a deployment and resolves when every link is up and every Sentinel sees all of it. Whatever goes wrong,
 * nothing is left behind. A port that another program took in between starts it anew on other ports.
 */
export async function startLab(options: LabOptions = {}): Promise<Result<Lab>> {
  const root = options.root ?? defaultLabRoot()
  const problem = problemWith(options) ?? rootProblem(root)
  if (problem !== undefined) return refuse(problem)
  const found = options.server === undefined ? await findServer() : ok(options.server)
  if (!found.ok) return found
  const unfit = problemWithServer(found.value)
  if (unfit !== undefined) return refuse(unfit)
  await sweepOrphanedLabs(root)
  for (let attempt = 1; ; attempt++) {
    const begun = await begin(options, found.value, root)
    if (!begun.ok) return begun
    const deployment = begun.value
    try {
      await deployment.start()
      return ok(deployment.lab)
    } catch (error) {
      await deployment.down(false)
      if (options.signal?.aborted === true) return fail({ kind: 'cancelled' })
      if (error instanceof PortsExhausted) return refuse(error.message)
      if (!(error instanceof NotReady)) throw error
      if (error.isPortTaken && attempt < 4) continue
      // It is a server of ours that is not there: no target was mistyped, and why is all that there is to say.
      return refuse(error.message)
    }
  }
}

/** The lab's folder and record are there when this resolves, so that whoever comes next sees the name taken. */
async function begin(options: LabOptions, server: ServerBinary, root: string): Promise<Result<Deployment>> {
  const { name = 'lab', uniqueName } = options
  if (uniqueName === undefined) return ok(new Deployment(options, server, root))
  return withNameLock(root, () => {
    if (uniqueName === 'count-on') return ok(new Deployment({ ...options, name: freeName(name, root) }, server, root))
    const same = recordedLabs(root).find((lab) => lab.name === name && isAlive(lab))
    if (same !== undefined) return refuse(`a lab named ${name} runs already, in ${same.dir}`)
    return ok(new Deployment(options, server, root))
  })
}

/** The name itself, or with `-2` and so on where that is taken. */
function freeName(name: string, root: string): string {
  const taken = new Set(recordedLabs(root).map((lab) => lab.name))
  for (let n = 1; ; n++) {
    const numbered = n === 1 ? name : `${name}-${n}`
    if (!taken.has(numbered)) return numbered
  }
}

function refuse(why: string): Result<never> {
  return fail({ kind: 'refused-by-guard', detail: `no lab started: ${why}` })
}
