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
  const program = await built()
  const child = spawn(process.execPath, [program, lab.sentinels[0]?.id ?? '', lab.group, String(n)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)))
  if (signal !== 'SIGKILL') throw new Error(`it was not killed after step ${n}: ${said}`)
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
