import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TestLab } from '../support/lab/with-lab.ts'
import { runCli } from './cli-program.ts'

export interface PlanJson {
  readonly id: string
  readonly confirm: string
  readonly steps: readonly {
    readonly step: number
    readonly node: string
    readonly command: readonly string[]
    readonly undo: { readonly commands: readonly (readonly string[])[] } | null
    readonly irreversible: boolean
  }[]
  readonly preflight: readonly { readonly check: string; readonly status: string; readonly evidence: string }[]
  readonly blastRadius: readonly string[]
}

export interface OutcomeJson {
  readonly state: string
  readonly reason: string | null
  readonly journal: string
  readonly steps: readonly {
    readonly n: number
    readonly title: string
    readonly state: string
    readonly detail: string
  }[]
  readonly verification: readonly { readonly what: string; readonly so: boolean | null; readonly evidence: string }[]
  readonly pending: readonly { readonly node: string; readonly commands: readonly (readonly string[])[] }[]
  readonly advice: readonly string[]
}

/** A data folder of the test's own, as environment. */
export function ownHome(): { readonly REPLISCOPE_HOME: string } {
  const path = mkdtempSync(join(tmpdir(), 'repliscope-home-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return { REPLISCOPE_HOME: path }
}

/** How the command line reaches a lab: one Sentinel, or the master where there is none. */
export function targetOf(lab: TestLab): readonly string[] {
  const sentinel = lab.sentinels[0]
  return sentinel === undefined ? ['--node', lab.master.id] : ['--sentinel', sentinel.id, '--group', lab.group]
}

/** Plans by `act ... --plan-only --json`; fails with its words when that did not succeed. */
export async function planAct(
  lab: TestLab,
  env: Record<string, string>,
  ...words: readonly string[]
): Promise<PlanJson> {
  const { code, stdout, stderr } = await runCli(['act', ...words, ...targetOf(lab), '--plan-only', '--json'], env)
  if (code !== 0) throw new Error(`act ${words.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as PlanJson
}

/** Every check that warns, as flags that acknowledge it. */
export function acknowledgeAll(plan: PlanJson): readonly string[] {
  return plan.preflight.filter((one) => one.status === 'warned').flatMap((one) => ['--ack', one.check])
}

/** Runs a kept plan with everything typed that it asks for, unless `text` is something else. */
export async function runAct(
  plan: PlanJson,
  env: Record<string, string>,
  options: { readonly text?: string; readonly note?: string; readonly more?: readonly string[] } = {},
) {
  const { code, stdout, stderr } = await runCli(
    [
      ...['act', '--plan', plan.id, '--arm', '--confirm', options.text ?? plan.confirm, '--json'],
      ...acknowledgeAll(plan),
      ...(options.note === undefined ? [] : ['--note', options.note]),
      ...(options.more ?? []),
    ],
    env,
  )
  return { code, stderr, outcome: stdout === '' ? undefined : (JSON.parse(stdout) as OutcomeJson) }
}
