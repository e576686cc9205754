import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Ports on 127.0.0.1, by role as of the answer. */
export interface SimulatedLayout {
  readonly sentinels: readonly number[]
  readonly groups: readonly { readonly name: string; readonly master: number; readonly replicas: readonly number[] }[]
}

export interface SimulatorOptions {
  readonly groups?: number
  readonly replicas?: number
  readonly sentinels?: number
  readonly writeBytesPerSecond?: number
  readonly version?: string
  readonly downAfterMs?: number
}

/** One order; ports name nodes and Sentinels alike. */
export type SimulatorOrder =
  | { readonly kill: number }
  | { readonly hang: number }
  | { readonly start: number }
  | { readonly failover: string }
  | { readonly layout: true }

export interface Simulator {
  readonly layout: SimulatedLayout
  /** Carries out an order; the layout afterwards. Throws when the simulator refuses. */
  readonly order: (order: SimulatorOrder) => Promise<SimulatedLayout>
  readonly close: () => Promise<void>
}

/** Starts simulated groups and Sentinels in a process of their own. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const main = fileURLToPath(new URL('../../test/support/resp-simulator/main.mjs', import.meta.url))
  const child = spawn(process.execPath, [main, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<SimulatedLayout> => {
    const line = await lines.next()
    if (line.done === true) throw new Error('the simulator has ended')
    const said = JSON.parse(line.value) as SimulatedLayout | { readonly error: string }
    if ('error' in said) throw new Error(said.error)
    return said
  }
  const layout = await answer()
  return {
    layout,
    order: (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      return answer()
    },
    close: () => {
      child.stdin.end()
      return exited
    },
  }
}
