import type { ActiveFaultView, FaultView } from '../contract/lab.ts'
import type { LabStatus } from '../contract/calls.ts'
import type { ActiveFault } from '../domain/drills/faults.ts'
import type { LabNow } from '../lab/keeper/control.ts'
import type { AvailableFault } from '../lab/lab-model.ts'

/** A lab as pages are told of it. */
export function toLabStatus({ name, dir, group, master, replicas, chained, sentinels, up }: LabNow): LabStatus {
  return {
    name,
    dir,
    group,
    master,
    replicas: [...replicas],
    chained: [...chained],
    sentinels: [...sentinels],
    up,
  }
}

export function activeFaultView({ id, kind, node, peer, direction, amount, at, what }: ActiveFault): ActiveFaultView {
  return {
    id,
    kind,
    node,
    at,
    what,
    ...(peer === undefined ? {} : { peer }),
    ...(direction === undefined ? {} : { direction }),
    ...(amount === undefined ? {} : { amount }),
  }
}

export function faultView({ amount, ...fault }: AvailableFault): FaultView {
  return { ...fault, ...(amount === undefined ? {} : { amount: { ...amount } }) }
}
