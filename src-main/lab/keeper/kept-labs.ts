import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActiveFault } from '../../domain/drills/faults.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { LabPurpose } from '../options.ts'
import { endProcesses, isRunning, markOf, type ProcessMark } from '../processes.ts'
import { endRecordedLab, type LabRecord } from '../record.ts'
import type { LabNow } from './control.ts'
import { type LabLine, openLabLine } from './lab-line.ts'
import { recordedNow } from './lab-now.ts'

/** A lab of this user, whoever keeps it. */
export interface FoundLab {
  readonly now: LabNow
  /** Undefined: a test's or a demo's. */
  readonly purpose: LabPurpose | undefined
  /**
   * `answers`: faults can be asked of it. `silent`: the process lives and does not answer, or keeps it without a socket.
   * `gone`: it has ended, and the lab is to be ended.
   */
  readonly keeper: 'answers' | 'silent' | 'gone'
  /** Undefined: nobody tells. */
  readonly faults: readonly ActiveFault[] | undefined
}

/** In the folder of a lab that a process keeps for nothing else: that process may be ended with the lab. */
const FILE = 'keeper.json'

/** Notes that this process keeps the lab and does nothing else. */
export function noteKeeper(dir: string): void {
  writeFileSync(join(dir, FILE), `${JSON.stringify(markOf(process.pid))}\n`, { mode: 0o600 })
}

/** Looks at a recorded lab: through its keeper, else by its processes. */
export async function findLab(record: LabRecord): Promise<FoundLab> {
  const line = await openLabLine(record)
  if (!line.ok) return unheard(record, hasOwner(record) ? 'silent' : 'gone')
  try {
    const [now, faults] = await Promise.all([line.value.now(), line.value.faults()])
    if (!now.ok || !faults.ok) return unheard(record, 'silent')
    return { now: now.value, purpose: record.purpose, keeper: 'answers', faults: faults.value.active }
  } finally {
    line.value.close()
  }
}

function unheard(record: LabRecord, keeper: 'silent' | 'gone'): FoundLab {
  return { now: recordedNow(record), purpose: record.purpose, keeper, faults: undefined }
}

/** A line to the keeper, for faults; says what to do where there is none. */
export async function lineToLab(record: LabRecord): Promise<Result<LabLine>> {
  const line = await openLabLine(record)
  if (line.ok || line.failure.kind !== 'not-found') return line
  const { name } = record
  const detail = hasOwner(record)
    ? record.purpose === 'drill'
      ? `the lab ${name} belongs to a drill that is under way, which breaks it by its own script`
      : `the process that started the lab ${name} lets nobody break it: only labs of repliscope lab up or of its page can be`
    : `the keeper of the lab ${name} has ended: repliscope lab down ${name} cleans up, repliscope lab up starts another`
  return fail({ kind: 'refused-by-guard', detail })
}

/**
 * Ends a lab: its keeper does it where it answers; else the keeper that does nothing else is ended first, and then
 * exactly the processes that the record names. Resolves when none of them is left.
 */
export async function endLab(record: LabRecord): Promise<Result<void>> {
  const keeper = readKeeper(record.dir)
  const line = await openLabLine(record)
  if (line.ok) {
    const ended = await line.value.down()
    line.value.close()
    if (ended.ok) return ok(await gone(keeper))
  }
  if (keeper !== undefined) await endProcesses([keeper])
  const ended = await endRecordedLab(record.dir)
  // The keeper may have ended it after all, while it was being ended itself.
  return ended.ok || ended.failure.kind === 'not-found' ? ok(undefined) : ended
}

/** Waits for a keeper that was told to end; one that lingers is ended. */
async function gone(keeper: ProcessMark | undefined): Promise<void> {
  const until = performance.now() + 3000
  while (keeper !== undefined && isRunning(keeper)) {
    if (performance.now() > until) return endProcesses([keeper])
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function hasOwner({ owner }: LabRecord): boolean {
  return owner !== undefined && isRunning(owner)
}

function readKeeper(dir: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, FILE), 'utf8')) as ProcessMark
  } catch {
    return undefined
  }
}
