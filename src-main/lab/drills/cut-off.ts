import type { ActiveFault } from '../../domain/drills/faults.ts'
import type { LabNode } from '../lab-model.ts'
import type { Stage } from './stage.ts'

/**
 * Breaks a replica's link for good: nothing passes, and the node it follows drops it at once, as it does after
 * repl-timeout. Until then it would keep what the replica lacks, however small its backlog is. Drops all replicas of that
 * node; the others come back by themselves.
 */
export async function cutOff(stage: Stage, replica: LabNode, upstream: LabNode): Promise<ActiveFault> {
  const cut = await stage.break({ kind: 'partition', node: replica.id, peer: upstream.id })
  await stage.ask(upstream, 'CLIENT', 'KILL', 'TYPE', 'replica')
  return cut
}

/** Whether a finding came up in time; what does not come is told by the verdict, not by an end of the drill. */
export async function comesUp(stage: Stage, code: string, withinMs: number): Promise<boolean> {
  const until = stage.now() + withinMs
  while (stage.now() < until) {
    if (stage.picture().findings.some((one) => one.code === code && one.held)) return true
    await stage.pass(50)
  }
  return false
}

/** A number of INFO; 0 where the server does not have it. */
export async function numberOf(stage: Stage, node: LabNode, section: string, field: string): Promise<number> {
  return Number((await stage.info(node, section)).get(field) ?? 0)
}

/** Waits until the session remembers so many keys on every node: its memory is sampled every few seconds. */
export async function remembered(stage: Stage, keys: number): Promise<void> {
  const { master, replicas } = stage.group
  stage.say('the dataset is there for a while')
  await stage.until('memory of the dataset', async () => {
    const { past } = await stage.freshPicture()
    return [master, ...replicas].every((node) => past.samples.get(node.id)?.some((one) => (one.keys ?? 0) >= keys))
  })
}
