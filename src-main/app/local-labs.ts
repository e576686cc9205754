import { basename } from 'node:path'
import type { FaultListReport, LabFaultsReport, LabReport } from '../contract/lab.ts'
import { fail, ok, type Result } from '../domain/failure.ts'
import { FAULTS } from '../domain/drills/faults.ts'
import type { ActiveFault, FaultRequest } from '../domain/drills/faults.ts'
import type { LabNow } from '../lab/keeper/control.ts'
import { whyNoDisks } from '../lab/disks.ts'
import { foreignLabs } from '../lab/keeper/foreign-labs.ts'
import { endLab, findLab, lineToLab, type FoundLab } from '../lab/keeper/kept-labs.ts'
import type { LabLine } from '../lab/keeper/lab-line.ts'
import { isRunning } from '../lab/processes.ts'
import { recordedLabs, type LabRecord } from '../lab/record.ts'
import { activeFaultView, faultView } from './lab-json.ts'

/** Every lab of this user, whichever process keeps it, in the order of their names; or those of one name. */
export async function localLabs(name?: string): Promise<Result<readonly LabReport[]>> {
  const all = recordedLabs()
  const named = name === undefined ? all : all.filter((lab) => isCalled(lab, name))
  if (name !== undefined && named.length === 0)
    return noSuchLab(
      name,
      all.map((lab) => lab.name),
    )
  const found = await Promise.all(named.map(findLab))
  const reports = found.map(toLabReport).toSorted((a, b) => a.name.localeCompare(b.name))
  return ok(reports)
}

function isCalled(lab: LabRecord, name: string): boolean {
  return lab.name === name || basename(lab.dir) === name
}

export function toLabReport({ now, purpose, keeper, faults }: FoundLab): LabReport {
  const { name, dir, server, group, master, replicas, chained, sentinels, nodes, up } = now
  return {
    schema: 'repliscope/lab@1',
    name,
    dir,
    server,
    group,
    master,
    replicas: [...replicas],
    chained: [...chained],
    sentinels: [...sentinels],
    pids: Object.fromEntries(nodes.map((node) => [node.id, node.pid])),
    up,
    purpose: purpose ?? null,
    keeper,
    nodes: nodes.map(({ id, name: called, role, follows }) => ({ id, name: called, role, follows })),
    faults: faults?.map(toldFault) ?? null,
  }
}

/**
 * The recorded lab of that name (or of that folder's name); without a name the only one that somebody practises on, for
 * nobody means the lab of a drill, a demo or a test by it. What is wrong is told with what to type: `several` when it is
 * not clear which one is meant.
 */
export function chooseLab(
  name: string | undefined,
): Result<LabRecord> | { readonly ok: false; readonly several: readonly string[] } {
  const all = recordedLabs()
  const named = all.filter((lab) => (name === undefined ? lab.purpose === 'practice' : isCalled(lab, name)))
  const [first, ...others] = named
  if (first !== undefined && others.length === 0) return ok(first)
  if (first !== undefined) {
    const names = named.map((lab) => lab.name)
    return { ok: false, several: new Set(names).size === names.length ? names : named.map((lab) => basename(lab.dir)) }
  }
  if (name === undefined) return noPracticeLab(all)
  return noSuchLab(
    name,
    all.map((lab) => lab.name),
  )
}

function noPracticeLab(others: readonly LabRecord[]): Result<never> {
  const beside = others.map((lab) => `${lab.name} is ${lab.purpose === 'drill' ? 'of a drill' : 'of a demo or a test'}`)
  const detail = ['no lab runs here: repliscope lab up starts one', ...beside].join('; ')
  return fail({ kind: 'not-found', detail, known: [] })
}

function noSuchLab(name: string, known: readonly string[]): Result<never> {
  const foreign = foreignLabs()
  const theirs = foreign.find((one) => one.names?.includes(name) === true)
  if (theirs !== undefined)
    return fail({
      kind: 'refused-by-guard',
      detail: `the lab ${name} belongs to the user ${theirs.owner}, who alone ends it: sudo -u '${theirs.owner}' repliscope lab down ${name}`,
    })
  const closed = foreign.filter((one) => one.names === undefined).map((one) => one.owner)
  const beside = closed.length === 0 ? '' : `; ${closed.join(' and ')} may have labs here, which only they can end`
  return fail({ kind: 'not-found', detail: `no lab named ${name} of yours${beside}`, known: [...new Set(known)] })
}

/**
 * Ends every lab that somebody practises on, and what drills, demos and tests left behind; those that are under way end
 * their own. Gives the names. One that cannot be ended does not keep the others.
 */
export function endAllLabs(): Promise<Result<readonly string[]>> {
  return endThese(recordedLabs().filter((lab) => lab.purpose === 'practice' || isAbandoned(lab)))
}

/** Ends what drills, demos and tests left behind when they were killed; gives the names. */
export function endAbandonedLabs(): Promise<Result<readonly string[]>> {
  return endThese(recordedLabs().filter((lab) => lab.purpose !== 'practice' && isAbandoned(lab)))
}

function isAbandoned({ owner }: LabRecord): boolean {
  return owner !== undefined && !isRunning(owner)
}

async function endThese(records: readonly LabRecord[]): Promise<Result<readonly string[]>> {
  const ended = await Promise.all(records.map(endLab))
  const trouble = ended.find((one) => !one.ok)
  return trouble?.ok === false ? trouble : ok(records.map((record) => record.name))
}

export { endLab }

/** What may be broken in a lab, asked of its keeper; without a lab, what any lab knows of. */
export async function faultList(record: LabRecord | undefined): Promise<Result<FaultListReport>> {
  if (record === undefined) {
    const faults = FAULTS.map((fault) =>
      faultView({ ...fault, unavailable: fault.kind === 'disk-full' ? (whyNoDisks() ?? null) : null }),
    )
    return ok({ schema: 'repliscope/faults@1', lab: null, faults, active: [] })
  }
  return onLab(record, async (line) => {
    const told = await line.faults()
    if (!told.ok) return told
    const { offered, active } = told.value
    const faults = offered.map(faultView)
    return ok({ schema: 'repliscope/faults@1', lab: record.name, faults, active: active.map(toldFault) })
  })
}

/** Breaks something in a lab; its processes may be named as the lab names them. `words` say what was done. */
export async function breakLab(
  record: LabRecord,
  fault: FaultRequest,
): Promise<Result<{ readonly report: LabFaultsReport; readonly words: string }>> {
  return onLab(record, async (line) => {
    const now = await line.now()
    if (!now.ok) return now
    const node = nodeNamed(now.value, fault.node)
    if (!node.ok) return node
    const peer = fault.peer === undefined ? undefined : peerNamed(now.value, fault.peer)
    const broken = await line.break({ ...fault, node: node.value, ...(peer === undefined ? {} : { peer }) })
    if (!broken.ok) return broken
    const report = await faultsReport(record, line)
    return report.ok ? ok({ report: report.value, words: `${broken.value.id}  ${broken.value.what}` }) : report
  })
}

/** What is left after healing, or, where it is not clear which fault is meant, the ids of those there are. */
export type Healed =
  | { readonly report: LabFaultsReport; readonly ended: LabFaultsReport['active'] }
  | { readonly several: readonly string[] }

/** Ends one fault of a lab by its id, all of them, or the only one there is. */
export async function healLab(record: LabRecord, id: string | undefined): Promise<Result<Healed>> {
  return onLab<Healed>(record, async (line) => {
    const before = await faultsReport(record, line)
    if (!before.ok) return before
    const known = before.value.active.map((one) => one.id)
    if (id === undefined && known.length > 1) return ok({ several: known })
    if (id !== undefined && id !== EVERY_FAULT && !known.includes(id))
      return fail({ kind: 'not-found', detail: `no fault ${id} is in force in the lab ${record.name}`, known })
    if (known.length === 0) return ok({ report: before.value, ended: [] })
    const healed = await line.heal(id === EVERY_FAULT ? undefined : (id ?? known[0]))
    if (!healed.ok) return healed
    const after = await faultsReport(record, line)
    if (!after.ok) return after
    const left = new Set(after.value.active.map((one) => one.id))
    return ok({ report: after.value, ended: before.value.active.filter((one) => !left.has(one.id)) })
  })
}

/** Stands for all of them; no fault is called so. */
export const EVERY_FAULT = '*'

async function faultsReport(record: LabRecord, line: LabLine): Promise<Result<LabFaultsReport>> {
  const told = await line.faults()
  if (!told.ok) return told
  return ok({ schema: 'repliscope/lab-faults@1', lab: record.name, active: told.value.active.map(toldFault) })
}

function toldFault(fault: ActiveFault): LabFaultsReport['active'][number] {
  return { ...activeFaultView(fault), at: new Date(fault.at).toISOString() }
}

async function onLab<T>(record: LabRecord, work: (line: LabLine) => Promise<Result<T>>): Promise<Result<T>> {
  const line = await lineToLab(record)
  if (!line.ok) return line
  try {
    return await work(line.value)
  } finally {
    line.value.close()
  }
}

function nodeNamed(now: LabNow, text: string): Result<string> {
  const node = now.nodes.find(({ id, name }) => id === text || name === text)
  if (node !== undefined) return ok(node.id)
  const known = now.nodes.map(({ id, name }) => `${name} (${id})`)
  return fail({ kind: 'not-found', detail: `no process ${text} in the lab ${now.name}`, known })
}

/** A name becomes its id; `clients`, `everyone` and the address of a client stay what they are. */
function peerNamed(now: LabNow, text: string): string {
  return now.nodes.find(({ name }) => name === text)?.id ?? text
}
