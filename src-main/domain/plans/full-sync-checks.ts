import type { NodeId } from '../address.ts'
import { describeBytes, describeSeconds } from '../units.ts'
import { configFlag, outputBufferLimit } from '../replies/config-get.ts'
import { isAtLeast } from '../replies/version.ts'
import type { PreflightCheck } from './model.ts'
import { forkHeadroom } from './nodes.ts'
import type { ObservedServer } from './observed.ts'
import { check } from './seal.ts'
import type { PlanInput } from './switchover.ts'

/** One full resync that an action will, or may, cause. */
export interface FullSync {
  readonly source: NodeId
  readonly replica: NodeId
}

/** An RDB is written, sent and loaded at no less than this, where no save of that node tells more. */
const BYTES_PER_SECOND = 100 * 1024 * 1024
/** What is written at the present rate, with something to spare. */
const SPARE_FACTOR = 1.5

type Verdict = readonly [status: 'passed' | 'warned', words: string]

/**
 * Whether full resyncs can finish, and what they ask of both sides: a child that copies memory, buffers that hold what is
 * written meanwhile, the replica's own memory. No checks when there is none to come.
 */
export function fullSyncChecks(syncs: readonly FullSync[], input: PlanInput): readonly PreflightCheck[] {
  if (syncs.length === 0) return []
  const sources = [...new Set(syncs.map((one) => one.source))].flatMap((node) => serverOf(node, input) ?? [])
  return [
    together('full-sync-headroom', sources, headroom),
    together('full-sync-child', sources, child),
    together('full-sync-buffer', sources, (server) => buffer(server, input)),
    together('full-sync-memory', syncs, (sync) => memory(sync, input)),
  ].flatMap((one) => one ?? [])
}

function together<T>(
  name: string,
  all: readonly T[],
  judge: (one: T) => Verdict | undefined,
): PreflightCheck | undefined {
  const verdicts = all.flatMap((one) => {
    const verdict = judge(one)
    return verdict === undefined ? [] : [verdict]
  })
  if (verdicts.length === 0) return undefined
  const status = verdicts.some(([own]) => own === 'warned') ? 'warned' : 'passed'
  return check(name, status, [...new Set(verdicts.map(([, words]) => words))].join('; '))
}

function serverOf(node: NodeId, { observed }: PlanInput): ObservedServer | undefined {
  const server = observed.servers.get(node)
  return server?.info === undefined ? undefined : server
}

function headroom({ node, info }: ObservedServer): Verdict | undefined {
  if (info === undefined) return undefined
  const { status, evidence } = forkHeadroom(info, node)
  return [status === 'warned' ? 'warned' : 'passed', evidence]
}

/** With a diskless resync the child writes to the replicas; else to a file first, which needs room on that disk. */
function child({ node, info, config }: ObservedServer): Verdict | undefined {
  if (info === undefined) return undefined
  const { bgsaveInProgress, aofRewriteInProgress } = info.persistence
  if (bgsaveInProgress === true || aofRewriteInProgress === true)
    return [
      'warned',
      `${node} has a child at work (${bgsaveInProgress === true ? 'a save' : 'a rewrite of its append-only file'}): the resync begins when that is done`,
    ]
  const isDiskless = config === undefined ? undefined : configFlag(config, 'repl-diskless-sync')
  const bytes = info.memory.usedBytes
  const size = bytes === undefined ? 'an RDB of unknown size' : `an RDB of up to about ${describeBytes(bytes)}`
  if (isDiskless === undefined)
    return ['passed', `no child runs on ${node}; whether it sends without its disk is not shown`]
  return isDiskless
    ? ['passed', `no child runs on ${node}; it sends to the replicas without its disk (repl-diskless-sync yes)`]
    : ['passed', `no child runs on ${node}; it writes ${size} to its disk first (repl-diskless-sync no)`]
}

/** All that is written from the fork to the end of the transfer waits in the output buffer of the replica's connection. */
function buffer({ node, info, config }: ObservedServer, { snapshot }: PlanInput): Verdict | undefined {
  if (info === undefined) return undefined
  if (config?.get('dual-channel-replication-enabled') === 'yes' || config?.get('repl-rdb-channel') === 'yes')
    return ['passed', `${node} sends what is written meanwhile on a channel of its own`]
  const limit = config === undefined ? undefined : outputBufferLimit(config, 'replica')
  if (limit === undefined)
    return ['warned', `client-output-buffer-limit of ${node} cannot be read: a replica may be cut off in the middle`]
  const seconds = syncSeconds(info)
  const master = snapshot.master === undefined ? undefined : snapshot.nodes.get(snapshot.master)
  const rate = Math.max(master?.writeRate?.bytesPerSecond ?? 0, master?.writeRate?.peakBytesPerSecond ?? 0)
  const isKnown = master?.writeRate?.bytesPerSecond !== undefined
  // From 7.0 on the hard limit is never below the backlog.
  const isShared = isAtLeast(info.server, { redis: '7.0.0', valkey: '7.2.0' }) === true
  const hard =
    limit.hardBytes === 0
      ? Infinity
      : Math.max(limit.hardBytes, isShared ? (info.replication.backlogSizeBytes ?? 0) : 0)
  const needed = rate * seconds * SPARE_FACTOR
  const isSoftTight = limit.softBytes > 0 && needed > limit.softBytes && seconds > limit.softSeconds
  const words = `a resync from ${node} takes about ${describeSeconds(seconds)}; ${isKnown ? `${describeBytes(needed)} may be written meanwhile` : 'what is written meanwhile was not measured'}; the limits are ${describeLimit(limit.hardBytes)}, and ${describeLimit(limit.softBytes)} for ${limit.softSeconds} s`
  return needed > hard || isSoftTight
    ? ['warned', `${words}: the replica would be cut off and begin again`]
    : ['passed', words]
}

function describeLimit(bytes: number): string {
  return bytes === 0 ? 'none' : describeBytes(bytes)
}

/** As long as its last save at least, for a resync is a save that is sent and loaded. */
function syncSeconds(info: NonNullable<ObservedServer['info']>): number {
  const bytes = info.memory.usedBytes ?? 0
  return Math.max(1, info.persistence.lastBgsaveSeconds ?? 0, (2 * bytes) / BYTES_PER_SECOND)
}

/** The replica holds what its source holds; with `swapdb` both the old and the new data set for a while. */
function memory({ source, replica }: FullSync, input: PlanInput): Verdict | undefined {
  const [from, to] = [serverOf(source, input), serverOf(replica, input)]
  const bytes = from?.info?.memory.usedBytes
  const own = to?.info?.memory
  if (bytes === undefined || own?.totalSystemBytes === undefined || own.totalSystemBytes === 0) return undefined
  const isTwice = to?.config?.get('repl-diskless-load') === 'swapdb'
  const needed = bytes + (isTwice ? (own.usedBytes ?? 0) : 0)
  const words = `${replica} will hold about ${describeBytes(needed)}${isTwice ? ' while it swaps the data sets' : ''}, its machine has ${describeBytes(own.totalSystemBytes)}`
  return [needed > 0.8 * own.totalSystemBytes ? 'warned' : 'passed', words]
}
