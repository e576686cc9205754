import type { ActiveFault } from '../drills/faults.ts'
import type { TimelineNote } from './model.ts'

/** Faults of a lab that began or ended between two lists of those in force. */
export function diffFaults(
  before: readonly ActiveFault[],
  after: readonly ActiveFault[],
  at: number,
): readonly TimelineNote[] {
  const note = (fault: ActiveFault, what: string, when: number): TimelineNote => ({
    at: when,
    kind: 'fault',
    node: fault.node,
    what,
    detail: fault.what,
    severity: what === 'begun' ? 'warning' : 'info',
  })
  const known = new Set(before.map((fault) => fault.id))
  const left = new Set(after.map((fault) => fault.id))
  return [
    ...after.filter((fault) => !known.has(fault.id)).map((fault) => note(fault, 'begun', fault.at)),
    ...before.filter((fault) => !left.has(fault.id)).map((fault) => note(fault, 'ended', at)),
  ]
}
