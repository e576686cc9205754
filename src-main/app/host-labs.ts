import { ok } from '../domain/failure.ts'
import type { LabTools } from './labs.ts'

/** The lab over real servers, loaded when somebody asks for it. A server program that was found stays found. */
export function hostLabTools(): LabTools {
  const kept = () => import('../lab/keeper/kept-labs.ts')
  let hasServer = false
  return {
    start: async (request, starting) => (await import('./start-lab.ts')).startPracticeLab(request, starting),
    control: async (lab, down) => (await import('../lab/keeper/control-of-lab.ts')).controlOfLab(lab, down),
    serve: async (control, dir) => (await import('../lab/keeper/serve-lab.ts')).serveLab(control, dir),
    recorded: async () => (await import('../lab/record.ts')).recordedLabs(),
    look: async (record) => (await (await kept()).findLab(record)).now,
    line: async (record) => (await kept()).lineToLab(record),
    end: async (record) => (await kept()).endLab(record),
    findServer: async () => {
      if (hasServer) return ok(undefined)
      const found = await (await import('../lab/servers.ts')).findServer()
      hasServer = found.ok
      return found
    },
  }
}
