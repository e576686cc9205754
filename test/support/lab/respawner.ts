import type { Lab, LabNode } from '../../../src-main/lab/lab.ts'

export interface Respawner {
  /** How often each node was started again, by id. */
  readonly starts: ReadonlyMap<string, number>
  readonly stop: () => Promise<void>
}

/** A small supervisor: whenever one of these processes has ended, it is started again from its file, at once. */
export function startRespawner(lab: Lab, nodes: readonly LabNode[], pauseMs = 0): Respawner {
  const starts = new Map<string, number>()
  const stopping = new AbortController()
  const watch = async (node: LabNode): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (!lab.isRunning(node)) {
        await sleep(pauseMs)
        await lab.restart(node)
        starts.set(node.id, (starts.get(node.id) ?? 0) + 1)
      }
      await sleep(20)
    }
  }
  const done = Promise.all(nodes.map(watch))
  return {
    starts,
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
