import type { LabStatus } from '../contract/calls.ts'
import { formatAddress } from '../domain/address.ts'
import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import type { Lab } from '../lab/lab.ts'
import type { LabRecord } from '../lab/record.ts'
import { DEFAULT_TIMEOUT_MS } from './targets/model.ts'
import type { ParsedTarget } from './targets/model.ts'

/** What the app needs of the lab; loaded when first asked for, for most hosts never start one. */
export interface LabTools {
  readonly start: (options: {
    readonly onProgress: (what: string) => void
    readonly signal: AbortSignal
  }) => Promise<Result<Lab>>
  /** Labs that other processes of this user left running (`repliscope lab up`). */
  readonly recorded: () => Promise<readonly LabRecord[]>
  readonly endRecorded: (dir: string) => Promise<Result<unknown>>
  readonly isRunning: (record: LabRecord) => Promise<boolean>
  /** Fails with what to install when there is no server program. */
  readonly findServer: () => Promise<Result<unknown>>
}

export interface Labs {
  /** Starts one, or gives the one that runs here already. */
  readonly start: (onProgress: (what: string) => void, signal: AbortSignal) => Promise<Result<Lab>>
  readonly stop: (name: string) => Promise<Result<void>>
  readonly list: () => Promise<readonly LabStatus[]>
  /** Undefined: a lab can be started. */
  readonly unavailable: () => Promise<Result<unknown>>
  /** Ends what was started here. */
  readonly dispose: () => Promise<void>
}

/** The labs of this host and, to be seen and ended, those that were left running. */
export function createLabs(tools: LabTools, onDown: (lab: Lab) => Promise<void>): Labs {
  const own = new Map<string, Lab>()
  let starting: Promise<Result<Lab>> | undefined
  const ending = new AbortController()

  const down = async (lab: Lab): Promise<void> => {
    own.delete(lab.name)
    await onDown(lab)
    await lab.down()
  }

  return {
    start: async (onProgress, signal) => {
      const [running] = own.values()
      if (running !== undefined) return ok(running)
      // Two pages that ask at once get the same lab; it is the first one's to give up.
      starting ??= tools.start({ onProgress, signal: AbortSignal.any([signal, ending.signal]) })
      const started = await starting
      starting = undefined
      if (started.ok) own.set(started.value.name, started.value)
      return started
    },
    stop: async (name) => {
      const lab = own.get(name)
      if (lab !== undefined) {
        await down(lab)
        return ok(undefined)
      }
      const records = await tools.recorded()
      const record = records.find((one) => one.name === name)
      if (record === undefined)
        return fail({ kind: 'not-found', detail: `no lab named ${name}`, known: records.map((one) => one.name) })
      const ended = await tools.endRecorded(record.dir)
      return ended.ok ? ok(undefined) : ended
    },
    list: async () => {
      const mine = [...own.values()].map(statusOf)
      const dirs = new Set(mine.map((lab) => lab.dir))
      const others = (await tools.recorded()).filter((record) => !dirs.has(record.dir))
      const left = others.map(async (record) => statusOfRecord(record, await tools.isRunning(record)))
      return [...mine, ...(await Promise.all(left))]
    },
    unavailable: () => tools.findServer(),
    dispose: async () => {
      ending.abort()
      await starting?.then((started) => (started.ok ? started.value.down() : undefined))
      await Promise.all([...own.values()].map(down))
    },
  }
}

/** Where a session on a lab begins. */
export function labTarget(lab: Lab): ParsedTarget {
  return {
    sentinels: lab.sentinels.map((node) => node.address),
    nodes: [],
    undecided: [],
    group: undefined,
    access: { timeoutMs: DEFAULT_TIMEOUT_MS, node: {}, sentinel: {}, nat: [] },
  }
}

/** A lab as the contract tells it; of several groups the first. */
export function statusOf(lab: Lab): LabStatus {
  const [group] = lab.groups
  return {
    name: lab.name,
    dir: lab.dir,
    group: group?.group ?? '',
    master: group === undefined ? '' : formatAddress(group.master.address),
    replicas: group?.replicas.map((node) => node.id) ?? [],
    chained: group?.chained.map((node) => node.id) ?? [],
    sentinels: lab.sentinels.map((node) => node.id),
    up: lab.nodes.every((node) => lab.isRunning(node)),
  }
}

function statusOfRecord(record: LabRecord, up: boolean): LabStatus {
  const idsOf = (startedAs: string): string[] =>
    record.nodes.filter((node) => node.startedAs === startedAs).map((node) => node.id)
  return {
    name: record.name,
    dir: record.dir,
    group: record.nodes.find((node) => node.group !== undefined)?.group ?? '',
    master: idsOf('master')[0] ?? '',
    replicas: idsOf('replica'),
    chained: idsOf('chained'),
    sentinels: idsOf('sentinel'),
    up,
  }
}
