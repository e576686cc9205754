import type { CallName } from '../contract/calls.ts'
import type { Handlers } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { ok } from '../domain/failure.ts'

type LabCall = Extract<CallName, 'lab/open' | 'lab/faults' | 'lab/break' | 'lab/heal' | `drills/${string}`>

/** The calls of labs' faults and of drills. */
export function createLabCalls(): Pick<Handlers, LabCall> {
  const none = async () => ({
    ok: false as const,
    failure: toContractFailure({ kind: 'not-found', detail: 'this build has no drills yet', known: [] }),
  })
  return {
    'lab/open': none,
    'lab/faults': none,
    'lab/break': none,
    'lab/heal': none,
    'drills/list': async () => ok({ drills: [] }),
    'drills/start': none,
    'drills/cancel': none,
    'drills/runs': async () => ok({ runs: [] }),
    'drills/report': none,
  }
}
