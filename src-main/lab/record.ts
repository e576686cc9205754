import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { fail, ok, type Result } from '../domain/failure.ts'
import type { NodeId } from '../domain/address.ts'
import { unmountDisks } from './disks.ts'
import type { LabPurpose } from './options.ts'
import { endProcesses, isRunning, type ProcessMark } from './processes.ts'

/** `lab.json` in the lab's folder: all that is needed to end it after the process that started it is gone. No secret. */
export interface LabRecord {
  readonly schema: 'repliscope/lab-record@1'
  readonly name: string
  readonly dir: string
  /** Absent: a test's or a demo's. */
  readonly purpose?: LabPurpose
  readonly server: string
  /** Who ends it; undefined for a lab that outlives its parent. */
  readonly owner: ProcessMark | undefined
  readonly nodes: readonly RecordedNode[]
  /** Disks that are mounted in its folder; absent in records of earlier versions. */
  readonly mounts?: readonly string[]
}

export interface RecordedNode {
  readonly id: NodeId
  readonly name: string
  readonly startedAs: 'master' | 'replica' | 'chained' | 'sentinel'
  readonly group: string | undefined
  readonly upstream: NodeId | undefined
  readonly dir: string
  readonly process: ProcessMark | undefined
}

const FILE = 'lab.json'

/** The folder under which labs are made unless told otherwise; only this user may enter it. */
export function defaultLabRoot(): string {
  return join(tmpdir(), `repliscope-labs-${process.getuid?.() ?? 'user'}`)
}

export function makeLabDir(root: string, name: string): string {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  for (;;) {
    const dir = join(root, `${name}-${Math.random().toString(36).slice(2, 8)}`)
    try {
      mkdirSync(dir, { mode: 0o700 })
      return dir
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Written aside and moved into place, so that a crash leaves the old record or the new one. */
export function writeLabRecord(record: LabRecord): void {
  const aside = join(record.dir, `${FILE}.new`)
  writeFileSync(aside, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(aside, join(record.dir, FILE))
}

export function hasRecord(dir: string): boolean {
  return existsSync(join(dir, FILE))
}

export function readLabRecord(dir: string): Result<LabRecord> {
  try {
    const record = JSON.parse(readFileSync(join(dir, FILE), 'utf8')) as LabRecord
    if (record.schema === 'repliscope/lab-record@1' && Array.isArray(record.nodes)) return ok(record)
    return fail({ kind: 'storage', detail: `${join(dir, FILE)} is not a lab's record` })
  } catch (error) {
    return fail({ kind: 'not-found', detail: `no lab in ${dir} (${describe(error)})`, known: [] })
  }
}

/** Every lab recorded under `root`, in the order of their folders' names. */
export function recordedLabs(root: string = defaultLabRoot()): readonly LabRecord[] {
  if (rootProblem(root) !== undefined) return []
  return foldersIn(root).flatMap((folder) => {
    const read = readLabRecord(join(root, folder))
    // A lab ends with its folder, so the folder is where the record was found, whatever is written there.
    return read.ok ? [{ ...read.value, dir: join(root, folder) }] : []
  })
}

/**
 * Why labs are not kept under this folder, in words; undefined when they can be. In a temporary folder that everybody
 * shares, another user may have made it first, and what stands in it then says whom we end and what we remove.
 */
export function rootProblem(root: string): string | undefined {
  const uid = process.getuid?.()
  try {
    const { uid: owner, mode } = lstatSync(root)
    const isOurs = uid === undefined || (owner === uid && (mode & 0o022) === 0)
    return isOurs ? undefined : `${root} is not ours alone: remove it, or give another TMPDIR`
  } catch {
    return undefined
  }
}

/** Ends exactly the processes that the record names and removes the folder. A pid that is another's by now is left alone. */
export async function endRecordedLab(dir: string): Promise<Result<LabRecord>> {
  const read = readLabRecord(dir)
  if (!read.ok) return read
  const owner = ownerOf(dir)
  if (owner !== process.getuid?.())
    return fail({ kind: 'refused-by-guard', detail: `${dir} belongs to user ${owner}, and so does the lab in it` })
  await endProcesses(processesOf(read.value))
  unmountDisks((read.value.mounts ?? []).filter((path) => normalize(path).startsWith(`${normalize(dir)}/`)))
  rmSync(dir, { recursive: true, force: true })
  return read
}

/** Ends labs whose owner died without ending them. */
export async function sweepOrphanedLabs(root: string = defaultLabRoot()): Promise<void> {
  const orphans = recordedLabs(root).filter((lab) => lab.owner !== undefined && !isRunning(lab.owner))
  await Promise.all(orphans.map((lab) => endRecordedLab(join(root, lab.dir.slice(lab.dir.lastIndexOf('/') + 1)))))
}

/** Whether any of it is left: a process, or the program that started it and may be about to start more. */
export function isAlive(lab: LabRecord): boolean {
  return [...processesOf(lab), ...(lab.owner === undefined ? [] : [lab.owner])].some(isRunning)
}

function processesOf(lab: LabRecord): readonly ProcessMark[] {
  return lab.nodes.flatMap((node) => (node.process === undefined ? [] : [node.process]))
}

function ownerOf(dir: string): number | undefined {
  return process.getuid === undefined ? undefined : lstatSync(dir).uid
}

function foldersIn(root: string): readonly string[] {
  try {
    return readdirSync(root).sort()
  } catch {
    return []
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
