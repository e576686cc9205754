import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { onTestFinished } from 'vitest'
import type { TestLab } from '../support/lab/with-lab.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../support/act-program.ts', import.meta.url))

/** Runs a switchover in a process that kills itself after step `n`; fails when it ended in any other way. */
export async function dieAfter(lab: TestLab, env: Readonly<Record<string, string>>, n: number): Promise<void> {
  const { signal, said } = await runProgram(lab, env, n)
  if (signal !== 'SIGKILL') throw new Error(`it was not killed after step ${n}: ${said}`)
}

/** What a switchover came to in whose middle somebody else did something. */
export interface Contested {
  readonly state: 'succeeded' | 'failed' | 'stopped'
  readonly reason?: string
  readonly steps: readonly { readonly n: number; readonly state: string; readonly detail: string }[]
  readonly pending: readonly { readonly title: string }[]
  readonly journal: string
}

/** Runs a switchover that stands still after step `n` until `interference` (a program and its arguments) has ended. */
export async function interruptAfter(
  lab: TestLab,
  env: Readonly<Record<string, string>>,
  n: number,
  interference: readonly string[],
): Promise<Contested> {
  const { told, said } = await runProgram(lab, env, n, interference)
  if (told === '') throw new Error(`it ended without an outcome: ${said}`)
  const result = JSON.parse(told) as { readonly ok: boolean; readonly value: Contested }
  if (!result.ok) throw new Error(told)
  return result.value
}

async function runProgram(
  lab: TestLab,
  env: Readonly<Record<string, string>>,
  n: number,
  interference: readonly string[] = [],
): Promise<{ readonly signal: NodeJS.Signals | null; readonly told: string; readonly said: string }> {
  const program = await built()
  const child = spawn(process.execPath, [program, lab.sentinels[0]?.id ?? '', lab.group, String(n), ...interference], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, by) => resolve(by)))
  return { signal, told, said }
}

/** Node does not run TypeScript: the program is bundled, packages left outside. */
async function built(): Promise<string> {
  const outDir = mkdtempSync(join(ROOT, '.cache', 'act-program-'))
  onTestFinished(() => rmSync(outDir, { recursive: true, force: true }))
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20',
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        input: PROGRAM,
        output: { entryFileNames: 'act.mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  })
  return join(outDir, 'act.mjs')
}
