import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { TestLab } from './lab/with-lab.ts'
import { waitFor } from './lab/wait-for.ts'

const WORKER = fileURLToPath(new URL('./write-probe-worker.mjs', import.meta.url))

export interface ProbeReport {
  /** Writes that a server answered with OK. */
  readonly acknowledged: number
  readonly refused: number
  /** Writes whose answer never came: they may be there or not. */
  readonly unknown: number
  /** The longest time between two acknowledgements, over all writers. */
  readonly longestGapMs: number
}

export interface ProbeCount extends ProbeReport {
  /** Acknowledged writes that the master does not hold. */
  readonly lost: number
  readonly examples: readonly string[]
}

export interface WriteProbe {
  readonly report: () => Promise<ProbeReport>
  readonly stop: () => Promise<ProbeReport>
  /** After `stop`: how many acknowledged writes are missing on the master that Sentinel names. */
  readonly count: () => Promise<ProbeCount>
}

/** Writes numbered keys to whoever Sentinel names as master, from a process of its own; ends with the test. */
export async function startWriteProbe(lab: TestLab, writers = 2): Promise<WriteProbe> {
  const { user, password } = lab.access(lab.master)
  const sentinels = lab.sentinels.map((node) => node.address)
  const child = fork(WORKER, [JSON.stringify({ sentinels, group: lab.group, writers, user, password })], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let id = 0
  const ask = <T>(what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const own = ++id
      const hear = (message: unknown): void => {
        const answer = message as { re?: number; error?: string }
        if (answer.re !== own) return
        child.off('message', hear)
        if (answer.error === undefined) resolve(answer as T)
        else reject(new Error(answer.error))
      }
      child.on('message', hear)
      child.send({ do: what, id: own })
    })
  const report = () => ask<ProbeReport>('report')
  await waitFor(async () => (await report()).acknowledged > 200, { what: 'acknowledged writes' })
  return { report, stop: () => ask<ProbeReport>('stop'), count: () => ask<ProbeCount>('count') }
}
