import { formatAddress } from '../domain/address.ts'
import type { Environment } from '../domain/findings/rule.ts'
import type { LabRecord } from '../lab/record.ts'
import type { ParsedTarget } from './targets/model.ts'

/** The labs that this user's processes recorded; the lab's modules are loaded when they are asked for. */
export async function recordedLabs(): Promise<readonly LabRecord[]> {
  return (await import('../lab/record.ts')).recordedLabs()
}

/** A lab counts while any of its servers runs: some of them are killed for practice. */
async function isAlive({ nodes }: LabRecord): Promise<boolean> {
  const { isRunning } = await import('../lab/processes.ts')
  return nodes.some(({ process: mark }) => mark !== undefined && isRunning(mark))
}

/**
 * How careful to be with a target: as its profile says; else `lab` when every address of it belongs to one lab that runs
 * now; else production, where the guards are at their hardest. What a lab left behind counts for nothing: its ports may
 * be another's by now.
 */
export async function environmentOf(
  target: ParsedTarget,
  tag?: Environment | null,
  recorded: () => Promise<readonly LabRecord[]> = recordedLabs,
): Promise<Environment> {
  if (tag !== null && tag !== undefined) return tag
  const ids = [...target.sentinels, ...target.nodes, ...target.undecided].map(formatAddress)
  for (const lab of await recorded()) {
    const members = new Set(lab.nodes.map(({ id }) => id))
    if (ids.length > 0 && ids.every((id) => members.has(id)) && (await isAlive(lab))) return 'lab'
  }
  return 'production'
}
