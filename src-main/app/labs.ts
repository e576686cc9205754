import type { LabStatus } from '../contract/calls.ts'
import { fromNodeId } from '../domain/address.ts'
import { fail, ok } from '../domain/failure.ts'
import type { Result } from '../domain/failure.ts'
import type { LabControl, LabNow } from '../lab/keeper/control.ts'
import type { LabLine } from '../lab/keeper/lab-line.ts'
import type { ServedLab } from '../lab/keeper/serve-lab.ts'
import type { Lab } from '../lab/lab.ts'
import type { LabRecord } from '../lab/record.ts'
import { toLabStatus } from './lab-json.ts'
import type { LabStarting, PracticeLab } from './start-lab.ts'
import { DEFAULT_TIMEOUT_MS } from './targets/model.ts'
import type { ParsedTarget } from './targets/model.ts'

/** What the app needs of the lab; loaded when first asked for, for most hosts never start one. */
export interface LabTools {
  readonly start: (request: PracticeLab, starting: LabStarting) => Promise<Result<Lab>>
  /** All that may be done to a lab that runs here; `down` is how it ends. */
  readonly control: (lab: Lab, down: () => Promise<void>) => Promise<LabControl>
  /** Lets other processes of this user (`repliscope lab fault`) ask for it. */
  readonly serve: (control: LabControl, dir: string) => Promise<Result<ServedLab>>
  /** Labs of this user, whichever process keeps them. */
  readonly recorded: () => Promise<readonly LabRecord[]>
  /** What such a lab is now; by its processes alone where its keeper does not answer. */
  readonly look: (record: LabRecord) => Promise<LabNow>
  readonly line: (record: LabRecord) => Promise<Result<LabLine>>
  readonly end: (record: LabRecord) => Promise<Result<void>>
  /** Fails with what to install when there is no server program. */
  readonly findServer: () => Promise<Result<unknown>>
}

/** A lab that runs on this machine, by its folder. */
export interface RunningLab {
  readonly dir: string
  readonly now: LabNow
}

export interface Labs {
  /** Starts one; without a request the usual one, or that which runs here already. */
  readonly start: (
    request: PracticeLab | undefined,
    onProgress: (what: string) => void,
    signal: AbortSignal,
  ) => Promise<Result<RunningLab>>
  readonly stop: (name: string) => Promise<Result<void>>
  /** Every lab of this user but those of drills that run here. */
  readonly running: () => Promise<readonly RunningLab[]>
  /** The lab in this folder, whoever keeps it. Fails for one that nobody can ask. */
  readonly controlOf: (dir: string) => Promise<Result<LabControl>>
  /** Shows a lab of somebody else's here, to be looked at and not broken, until the returned function is called. */
  readonly show: (lab: Lab, why: string) => Promise<() => void>
  /** Ok: a lab can be started. */
  readonly unavailable: () => Promise<Result<unknown>>
  /** Ends what was started here. */
  readonly dispose: () => Promise<void>
}

interface OwnLab {
  readonly lab: Lab
  readonly control: LabControl
  readonly served: ServedLab | undefined
  readonly isUsual: boolean
}

/** The labs of this host and those that other processes of this user keep. `onDown` is told the folder of one that ends. */
export function createLabs(tools: LabTools, onDown: (dir: string) => Promise<void>): Labs {
  const own = new Map<string, OwnLab>()
  const shown = new Map<string, LabControl>()
  const lines = new Map<string, LabLine>()
  const starting = new Set<Promise<Result<OwnLab>>>()
  let usual: Promise<Result<OwnLab>> | undefined
  const ending = new AbortController()

  const down = async (dir: string): Promise<void> => {
    const known = own.get(dir)
    if (known === undefined || !own.delete(dir)) return
    await onDown(dir)
    await known.lab.down()
    known.served?.dispose()
  }

  const launch = async (
    request: PracticeLab,
    isUsual: boolean,
    onProgress: (what: string) => void,
    signal: AbortSignal,
  ): Promise<Result<OwnLab>> => {
    const started = await tools.start(request, { onProgress, signal: AbortSignal.any([signal, ending.signal]) })
    if (!started.ok) return started
    const lab = started.value
    const control = await tools.control(lab, () => down(lab.dir))
    // A lab that no other process can ask is a lab all the same.
    const served = await tools.serve(control, lab.dir)
    const entry = { lab, control, served: served.ok ? served.value : undefined, isUsual }
    own.set(lab.dir, entry)
    return ok(entry)
  }

  const track = (launched: Promise<Result<OwnLab>>): Promise<Result<OwnLab>> => {
    starting.add(launched)
    return launched.finally(() => starting.delete(launched))
  }

  const startUsual = (onProgress: (what: string) => void, signal: AbortSignal): Promise<Result<OwnLab>> => {
    const running = [...own.values()].find((one) => one.isUsual)
    if (running !== undefined) return Promise.resolve(ok(running))
    // Two pages that ask at once get the same lab; it is the first one's to give up.
    usual ??= track(launch({}, true, onProgress, signal)).finally(() => (usual = undefined))
    return usual
  }

  const recordIn = async (dir: string): Promise<LabRecord | undefined> =>
    (await tools.recorded()).find((record) => record.dir === dir)

  const lineTo = async (dir: string): Promise<Result<LabLine>> => {
    const open = lines.get(dir)
    if (open !== undefined) return ok(open)
    const record = await recordIn(dir)
    if (record === undefined) return fail({ kind: 'not-found', detail: 'this lab has ended', known: [] })
    const line = await tools.line(record)
    if (!line.ok) return line
    const raced = lines.get(dir)
    if (raced !== undefined) {
      line.value.close()
      return ok(raced)
    }
    lines.set(dir, line.value)
    line.value.onClosed(() => lines.delete(dir))
    return line
  }

  return {
    start: async (request, onProgress, signal) => {
      const started = await (request === undefined
        ? startUsual(onProgress, signal)
        : track(launch(request, false, onProgress, signal)))
      if (!started.ok) return started
      const now = await started.value.control.now()
      return now.ok ? ok({ dir: started.value.lab.dir, now: now.value }) : now
    },
    stop: async (name) => {
      const mine = [...own.values()].find((one) => one.lab.name === name)
      if (mine !== undefined) return ok(await down(mine.lab.dir))
      const records = await tools.recorded()
      const record = records.find((one) => one.name === name)
      if (record === undefined)
        return fail({ kind: 'not-found', detail: `no lab named ${name}`, known: records.map((one) => one.name) })
      await onDown(record.dir)
      return tools.end(record)
    },
    running: async () => {
      const mine = [...own.values()].map(async ({ lab, control }) => {
        const now = await control.now()
        return now.ok ? [{ dir: lab.dir, now: now.value }] : []
      })
      const others = (await tools.recorded()).filter(({ dir }) => !own.has(dir) && !shown.has(dir))
      const theirs = others.map(async (record) => [{ dir: record.dir, now: await tools.look(record) }])
      return (await Promise.all([...mine, ...theirs])).flat()
    },
    controlOf: async (dir) => {
      const here = own.get(dir)?.control ?? shown.get(dir)
      return here === undefined ? lineTo(dir) : ok(here)
    },
    show: async (lab, why) => {
      const control = await tools.control(lab, async () => undefined)
      shown.set(lab.dir, toLookAt(control, why))
      return () => void shown.delete(lab.dir)
    },
    unavailable: () => tools.findServer(),
    dispose: async () => {
      ending.abort()
      await Promise.all(starting)
      for (const line of [...lines.values()]) line.close()
      await Promise.all([...own.keys()].map(down))
    },
  }
}

/** A control by which nothing changes; `why` is told instead. */
function toLookAt(control: LabControl, why: string): LabControl {
  const refuse = async () => fail({ kind: 'refused-by-guard', detail: why } as const)
  return {
    ...control,
    faults: async () => {
      const told = await control.faults()
      if (!told.ok) return told
      return ok({ ...told.value, offered: told.value.offered.map((fault) => ({ ...fault, unavailable: why })) })
    },
    break: refuse,
    heal: refuse,
    down: refuse,
  }
}

/** Where a session on a lab begins: its Sentinels, and where there are none its master. */
export function labTarget(lab: Lab): ParsedTarget {
  const sentinels = lab.sentinels.map((node) => node.address)
  const [group] = lab.groups
  return targetOf(sentinels, group === undefined ? [] : [group.master.address])
}

/** The same of a lab that is known by what it is now. */
export function labNowTarget(now: LabNow): ParsedTarget {
  return targetOf(now.sentinels.map(fromNodeId), [fromNodeId(now.master)])
}

function targetOf(sentinels: ParsedTarget['sentinels'], nodes: ParsedTarget['nodes']): ParsedTarget {
  return {
    sentinels,
    nodes: sentinels.length === 0 ? nodes : [],
    undecided: [],
    group: undefined,
    access: { timeoutMs: DEFAULT_TIMEOUT_MS, node: {}, sentinel: {}, nat: [] },
  }
}

/** Labs as pages are told of them. */
export function toStatuses(labs: readonly RunningLab[]): LabStatus[] {
  return labs.map(({ now }) => toLabStatus(now))
}
