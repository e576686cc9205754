import { writeFileSync } from 'node:fs'
import { drillTools } from '../../src-main/app/drill-tools.ts'
import type { DrillReport } from '../../src-main/domain/drills/model.ts'
import { describeFailure } from '../../src-main/domain/failure.ts'
import { DRILLS } from '../../src-main/lab/drills/catalogue.ts'
import { runDrill } from '../../src-main/lab/drills/run-drill.ts'
import { whyNot } from '../../src-main/lab/drills/why-not.ts'
import { findServer } from '../../src-main/lab/servers.ts'

/** What one run leaves in a file for scripts/bench-drills.mjs. */
export type DrillRunResult =
  | { readonly state: 'ran'; readonly report: DrillReport }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'unavailable'; readonly reason: string }

/** Names of the catalogue, and which of them have a remedy. */
export function listDrills(): readonly {
  readonly name: string
  readonly title: string
  readonly hasRemedy: boolean
}[] {
  return DRILLS.map(({ name, title, remedy }) => ({ name, title, hasRemedy: remedy !== undefined }))
}

/** One run of one drill; its result is in `file` when this resolves. */
export async function runOnce(name: string, withRemedy: boolean, serverPath: string, file: string): Promise<void> {
  writeFileSync(file, JSON.stringify(await attempt(name, withRemedy, serverPath)))
}

async function attempt(name: string, withRemedy: boolean, serverPath: string): Promise<DrillRunResult> {
  const server = await findServer({ given: serverPath })
  if (!server.ok) return { state: 'failed', reason: describeFailure(server.failure) }
  const drill = DRILLS.find((one) => one.name === name)
  const reason = drill === undefined ? null : whyNot(drill, server.value)
  if (reason !== null) return { state: 'unavailable', reason }
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort())
  process.once('SIGINT', () => stop.abort())
  const done = await runDrill(name, { withRemedy, tools: drillTools, server: server.value, signal: stop.signal })
  return done.ok ? { state: 'ran', report: done.value } : { state: 'failed', reason: describeFailure(done.failure) }
}
