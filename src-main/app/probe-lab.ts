import { formatAddress, parseAddress, type Address } from '../domain/address.ts'
import type { LabProbeReport } from '../contract/lab.ts'
import { describeFailure, fail, ok, type Result } from '../domain/failure.ts'
import type { LabNow } from '../lab/keeper/control.ts'
import { findLab } from '../lab/keeper/kept-labs.ts'
import type { ProbeCount, ProbeTally } from '../lab/probe/probe-model.ts'
import { startProbe, type Probe, type ProbeOptions, type ProbeResult } from '../lab/probe/probe.ts'
import type { LabRecord } from '../lab/record.ts'
import { askOnce, isRespError } from '../lab/resp-client.ts'

/** Numbered writes to a lab, as a person asks for them. */
export interface ProbeRequest {
  readonly perSecond: number | 'max'
  readonly forMs: number
  readonly writers: number
  readonly wait: { readonly replicas: number; readonly timeoutMs: number; readonly isOnDisk: boolean } | undefined
  /** A process that the client stays with, by its id or name; else it follows the master. */
  readonly at: string | undefined
}

export interface Probing {
  /** Ends the writing; what was written is counted all the same. */
  readonly signal: AbortSignal
  /** What changed for the client: milliseconds since its start, and one line. */
  readonly onChange: (atMs: number, what: string) => void
}

const LOOK_MS = 50
/** A failover that the last writes met is waited for: who is right in the end is known then. */
const COUNT_WITHIN_MS = 30_000
const COUNT_AGAIN_MS = 250

/** Writes to a lab until the time is over, then reads what of it the master has that the Sentinels name. */
export async function probeLab(
  record: LabRecord,
  request: ProbeRequest,
  { signal, onChange }: Probing,
): Promise<Result<LabProbeReport>> {
  const { now } = await findLab(record)
  if (now.nodes.every((node) => node.pid === null))
    return fail({
      kind: 'refused-by-guard',
      detail: `nothing of the lab ${record.name} runs: there is nobody to write to`,
    })
  const options = toOptions(now, request)
  if (!options.ok) return options
  const unable = await whyNoWaitaof(now, request)
  if (unable !== undefined) return fail({ kind: 'refused-by-guard', detail: unable })
  const probe = startProbe(options.value)
  try {
    await watch(probe, probe.startedAt + request.forMs, { signal, onChange })
    const result = await probe.stop()
    return ok(toReport(record.name, request, probe, result, await countAtMaster(probe, record)))
  } finally {
    await probe.stop()
  }
}

function toOptions(now: LabNow, { perSecond, writers, wait, at }: ProbeRequest): Result<ProbeOptions> {
  const named = at === undefined ? undefined : now.nodes.find(({ id, name }) => id === at || name === at)
  if (at !== undefined && (named === undefined || named.startedAs === 'sentinel')) {
    const known = now.nodes.filter((node) => node.startedAs !== 'sentinel').map(({ id, name }) => `${name} (${id})`)
    return fail({ kind: 'not-found', detail: `no data node ${at} in the lab ${now.name}`, known })
  }
  // Without Sentinels nobody says who is master.
  const pinned = named?.id ?? (now.sentinels.length === 0 ? now.master : undefined)
  const { replicas = 0, timeoutMs = 0, isOnDisk = false } = wait ?? {}
  return ok({
    sentinels: now.sentinels.flatMap(addressOf),
    group: now.group,
    perSecond,
    writers,
    ...(pinned === undefined ? {} : { pinnedTo: addressOf(pinned)[0] as Address }),
    ...(wait === undefined
      ? {}
      : isOnDisk
        ? { waitaof: { local: 1, replicas, timeoutMs } }
        : { wait: { replicas, timeoutMs } }),
  })
}

/** Its error, where the server does not know it or keeps no append-only file: it would confirm nothing, for ever. */
async function whyNoWaitaof(now: LabNow, { wait }: ProbeRequest): Promise<string | undefined> {
  const [master] = addressOf(now.master)
  if (wait?.isOnDisk !== true || master === undefined) return undefined
  const reply = await askOnce(master, {}, 'WAITAOF', '1', '0', '1').catch(() => undefined)
  return isRespError(reply) ? `${now.master} answers WAITAOF with: ${reply.error}` : undefined
}

function addressOf(id: string): readonly Address[] {
  const address = parseAddress(id)
  return address.ok ? [address.value] : []
}

async function watch(probe: Probe, until: number, { signal, onChange }: Probing): Promise<void> {
  let before: ProbeTally | undefined
  for (;;) {
    const tally = probe.tally()
    for (const what of changes(before, tally)) onChange(Date.now() - probe.startedAt, what)
    before = tally
    if (signal.aborted || Date.now() >= until || tally.isExhausted) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function changes(before: ProbeTally | undefined, now: ProbeTally): readonly string[] {
  const masterOf = (tally: ProbeTally | undefined) => (tally?.master == null ? undefined : formatAddress(tally.master))
  const master = masterOf(now)
  const refusals = Object.keys(now.refusals).filter((kind) => !(kind in (before?.refusals ?? {})))
  const isBack = before !== undefined && before.trouble !== null && before.master !== null && now.trouble === null
  return [
    ...(master !== undefined && master !== masterOf(before) ? [`${master} takes the writes`] : []),
    ...refusals.map((kind) => `refused for the first time: ${kind}`),
    ...(now.trouble !== null && before !== undefined && before.trouble === null ? [now.trouble] : []),
    ...(isBack && master === masterOf(before) ? ['connected again'] : []),
  ]
}

/** Asks the Sentinels anew before each try: the master may be dead, and its successor not yet named. */
async function countAtMaster(probe: Probe, record: LabRecord): Promise<Result<ProbeCount>> {
  const until = Date.now() + COUNT_WITHIN_MS
  for (;;) {
    const { now } = await findLab(record)
    const [master] = addressOf(now.master)
    const isMaster = now.nodes.some((node) => node.id === now.master && node.role === 'master')
    const counted =
      isMaster && master !== undefined
        ? await probe.count(master)
        : fail({
            kind: 'not-found',
            detail: `${now.master} is named as the master, and does not say so itself`,
            known: [],
          } as const)
    if (counted.ok || Date.now() >= until) return counted
    await new Promise((resolve) => setTimeout(resolve, COUNT_AGAIN_MS))
  }
}

function toReport(
  lab: string,
  { perSecond, writers, wait }: ProbeRequest,
  probe: Probe,
  { tally, startedAt, stoppedAt, gap, overhead }: ProbeResult,
  counted: Result<ProbeCount>,
): LabProbeReport {
  const count = counted.ok ? counted.value : undefined
  const keyOfFirst = probe.keyOf(0)
  return {
    schema: 'repliscope/lab-probe@1',
    lab,
    startedAt: new Date(startedAt).toISOString(),
    stoppedAt: new Date(stoppedAt).toISOString(),
    keys: `${keyOfFirst.slice(0, keyOfFirst.lastIndexOf(':') + 1)}*`,
    asked: { perSecond: perSecond === 'max' ? null : perSecond, writers, wait: wait ?? null },
    sent: tally.sent,
    acknowledged: tally.acknowledged,
    refused: tally.refused,
    refusals: { ...tally.refusals },
    unknown: tally.unknown,
    heldBack: tally.heldBack,
    confirmed: wait === undefined ? null : tally.confirmed,
    countedOn: count === undefined ? null : formatAddress(count.at),
    reason: counted.ok ? null : describeFailure(counted.failure),
    kept: count?.ackedKept ?? null,
    lost: count?.ackedLost ?? null,
    unknownKept: count?.unknownKept ?? null,
    unknownLost: count?.unknownLost ?? null,
    confirmedLost: wait === undefined ? null : (count?.confirmedLost ?? null),
    lostBytes: count?.lostBytes ?? null,
    lostNumbers: count === undefined ? null : count.lostNumbers.map(([first, last]) => [first, last]),
    writeGapMs: gap?.ms ?? null,
    keptGapMs: count === undefined ? null : probe.since(startedAt).longestKeptGapMs,
    overhead: {
      achievedPerSecond: overhead.achievedPerSecond,
      lateP50Ms: overhead.lateMs?.p50 ?? null,
      lateP99Ms: overhead.lateMs?.p99 ?? null,
      lateMaxMs: overhead.lateMs?.max ?? null,
      ownShare: overhead.ownShare,
      processCpuShare: overhead.processCpuShare,
    },
  }
}
