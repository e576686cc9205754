import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { registerLabDrills } from './lab-drill.ts'
import { registerLabFaults } from './lab-fault.ts'
import { registerLabKeep } from './lab-keep.ts'
import { registerLabProbe } from './lab-probe.ts'
import { registerLabStatus } from './lab-status.ts'
import { registerLabUp } from './lab-up.ts'

/** `lab`: real servers on this machine, to practise on. */
export function registerLab(program: Command, context: CliContext): void {
  const lab = program
    .command('lab')
    .description('practise on real servers of this machine: start some, break them, rehearse failures')
    .helpCommand(false)
  registerLabUp(lab, context)
  registerLabStatus(lab, context)
  registerLabFaults(lab, context)
  registerLabProbe(lab, context)
  registerLabDrills(lab, context)
  registerLabKeep(lab, context)
}
