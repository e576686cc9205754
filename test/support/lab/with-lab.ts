import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Lab, type LabGroup, startLab } from '../../../src-main/lab/lab.ts'
import type { LabOptions } from '../../../src-main/lab/options.ts'
import { describeFailure } from '../../../src-main/domain/failure.ts'
import { chosenServer } from './server-choice.ts'

/** A lab and, for the common case of one group, its nodes at hand. */
export interface TestLab extends Lab, Omit<LabGroup, 'group'> {
  readonly group: string
}

const KEPT = fileURLToPath(new URL('../../../.cache/failed-labs', import.meta.url))

/**
 * Starts a lab on the chosen server. Called inside a test, the lab ends with that test, and when the test failed its
 * logs are kept in `.cache/failed-labs`. Called in `beforeAll` (where there is no test), call `down` in `afterAll`.
 */
export async function withLab(options: LabOptions = {}): Promise<TestLab> {
  // A root of its own: the labs of other runs on this machine are none of our business.
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'repliscope-test-'))
  const started = await startLab({ server: options.server ?? (await chosenServer()), ...options, root })
  if (!started.ok) {
    rmSync(root, { recursive: true, force: true })
    throw new Error(describeFailure(started.failure))
  }
  const lab = started.value
  const down = async (how?: { readonly keepFolder?: boolean }) => {
    await lab.down(how)
    if (options.root === undefined && how?.keepFolder !== true) rmSync(root, { recursive: true, force: true })
  }
  endWithTest(lab, down)
  const [first] = lab.groups
  if (first === undefined) throw new Error('a lab without a group')
  const { group, master, replicas, chained } = first
  return Object.create(lab, {
    down: { value: down, enumerable: true },
    group: { value: group, enumerable: true },
    master: { value: master, enumerable: true },
    replicas: { value: replicas, enumerable: true },
    chained: { value: chained, enumerable: true },
  }) as TestLab
}

function endWithTest(lab: Lab, down: (how?: { readonly keepFolder?: boolean }) => Promise<void>): void {
  try {
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') keepLogs(lab, task.name)
      await down()
    })
  } catch {
    // Not inside a test: the caller ends it.
  }
}

function keepLogs(lab: Lab, test: string): void {
  const into = join(KEPT, `${test.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 80)}-${process.pid}`)
  mkdirSync(into, { recursive: true })
  for (const node of lab.nodes) {
    cpSync(node.dir, join(into, node.name.replace('/', '-')), {
      recursive: true,
      filter: (file) => !/\.(rdb|aof)$/.test(file),
    })
  }
}
