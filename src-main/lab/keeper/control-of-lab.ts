import { ok } from '../../domain/failure.ts'
import type { Lab } from '../lab-model.ts'
import type { LabControl } from './control.ts'
import { labNow } from './lab-now.ts'

/** The control of a lab that this process started itself. */
export function controlOfLab(lab: Lab, down: () => Promise<void> = () => lab.down()): LabControl {
  return {
    now: async () => ok(await labNow(lab)),
    faults: async () => ok({ offered: lab.faultCatalogue(), active: lab.faults() }),
    break: (fault) => lab.break(fault),
    heal: (id) => lab.heal(id),
    onFaults: (listener) => lab.onFaults(listener),
    down: async () => {
      await down()
      return ok(undefined)
    },
  }
}
