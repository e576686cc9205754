import { formatAddress } from '../domain/address.ts'
import type { PlanStep } from '../domain/plans/model.ts'
import { WINNER } from '../domain/plans/restart-node.ts'
import { describeFailure } from '../domain/failure.ts'
import { parseInfo } from '../domain/replies/info.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import { sleep, type RunContext, type WaitResult } from './context.ts'
import { textOf } from './lines.ts'
import { notedOf, noteNodes } from './noted.ts'
import { notYet, poll, reached, type Seen } from './poll.ts'
import { configNow, infoNow, sentinelReplicasNow } from './read-now.ts'

type Params = Readonly<Record<string, string>>

/** Long enough for a rate that means something. */
const RATE_SAMPLE_MS = 500

/** The node under restart: from its SHUTDOWN until it holds all again. */
export const RESTARTING = 'restarting'

/** Whom the node of a step follows: as planned, or whoever won the hand-over before. */
export function upstreamOf(params: Params, context: RunContext): string {
  const { upstream = '' } = params
  return upstream === WINNER ? (context.memory.get('winner') ?? context.plan.particulars['expected'] ?? '') : upstream
}

/** Level with its upstream right now, and the master can spare it. Notes the counters that the verification compares. */
export async function waitReady(params: Params, step: PlanStep, context: RunContext): Promise<WaitResult> {
  const upstream = upstreamOf(params, context)
  const { signal } = context.deps
  const level = await poll(context, { timeoutMs: step.timeoutMs, everyMs: 100, signal }, async () => {
    const missing = await missingBytes(step.node, upstream, context)
    return missing === 'none' ? sparable(upstream, context) : notYet(missing)
  })
  if (!level.ok) return level
  if (params['needsCoverage'] === 'yes') {
    const covered = await measureCoverage(upstream, Number(params['absenceSeconds']), context)
    if (!covered.ok) return covered
    context.note(covered.detail)
  }
  const noted = await noteNodes([step.node, upstream], context)
  if (!noted.ok) return noted
  // Without it nobody could tell the old process from the new one.
  return notedOf(step.node, context).runId === undefined
    ? { ok: false, detail: `the run id of ${step.node} cannot be read` }
    : level
}

/** Whether the backlog of the upstream outlasts the absence at the rate that is written now. */
async function measureCoverage(upstream: string, absenceSeconds: number, context: RunContext): Promise<WaitResult> {
  const { clock, signal } = context.deps
  const before = (await infoNow(context, upstream))?.replication
  const begunAt = clock.now()
  await sleep(clock, RATE_SAMPLE_MS, signal)
  const now = (await infoNow(context, upstream))?.replication
  const seconds = (clock.now() - begunAt) / 1000
  if (before?.offset === undefined || now?.offset === undefined || now.backlogSizeBytes === undefined)
    return { ok: false, detail: `how much ${upstream} writes cannot be read` }
  const rate = Math.max(0, now.offset - before.offset) / Math.max(0.001, seconds)
  const lasts = rate === 0 ? Number.POSITIVE_INFINITY : now.backlogSizeBytes / rate
  const words = `the backlog of ${upstream} (${now.backlogSizeBytes} bytes) lasts ${Number.isFinite(lasts) ? `${Math.floor(lasts)} s at ${Math.round(rate)} B/s` : 'as long as nothing is written'}`
  return lasts >= absenceSeconds
    ? { ok: true, detail: words }
    : {
        ok: false,
        detail: `${words}, and the absence is expected to take ${absenceSeconds} s: it would resync in full; enlarge repl-backlog-size, or accept that (full=yes)`,
      }
}

/** `none`, or what is missing in words. Its offset is asked after its upstream's, so at least as much as that had then. */
async function missingBytes(node: string, upstream: string, context: RunContext): Promise<string> {
  const M = (await infoNow(context, upstream))?.replication
  const R = (await infoNow(context, node))?.replication
  if (M?.offset === undefined) return `${upstream} does not answer`
  if (R === undefined) return `${node} does not answer`
  if (R.role !== 'replica') return `${node} is a ${R.role ?? 'node of unknown role'}`
  if (R.masterLink !== 'up')
    return `${node} has no link to its master${R.syncInProgress === true ? ' yet: it syncs' : ''}`
  if (R.appliedOffset === undefined) return `the offset of ${node} cannot be read`
  return R.appliedOffset >= M.offset ? 'none' : `${node} lacks ${M.offset - R.appliedOffset} bytes`
}

async function sparable(upstream: string, context: RunContext): Promise<Seen> {
  const info = await infoNow(context, upstream)
  // Only a master counts its good replicas.
  if (info?.replication.role !== 'master') return reached(`level with ${upstream}`)
  const needed = Number((await configNow(context, upstream, 'min-replicas-to-write')) ?? 0)
  const good = info.replication.goodReplicas
  if (needed > 0 && good !== undefined && good - 1 < needed)
    return notYet(`${upstream} has ${good} good replicas and needs ${needed} to take writes`)
  return reached(`level with ${upstream}`)
}

/** Another process answers at the same address, and has loaded. Says what it waits for; can be cancelled, for it only reads. */
export async function waitRestarted(step: PlanStep, context: RunContext): Promise<WaitResult> {
  const before = notedOf(step.node, context).runId
  const state = { said: '' }
  const say = (detail: string): Seen => {
    if (detail !== state.said) context.note(detail)
    state.said = detail
    return notYet(detail)
  }
  return poll(context, { timeoutMs: step.timeoutMs, everyMs: 200, signal: context.deps.signal }, async () => {
    const sent = await context.lines.read(step.node, 'server', [['INFO']], context.deps.timeoutMs)
    if (sent.state !== 'answered')
      return say(`${step.node} is gone; waiting for somebody to start it (${describeFailure(sent.failure)})`)
    const text = textOf(sent.replies[0])
    if (text === undefined) return say(`${step.node} answers, but not INFO yet`)
    return judgeProcess(step.node, before, parseInfo(text), say)
  })
}

function judgeProcess(node: string, before: string | undefined, info: InfoReply, say: (detail: string) => Seen): Seen {
  const { runId, shutdownInMs } = info.server
  if (runId === undefined) return say(`${node} does not show its run id`)
  if (runId === before)
    return say(
      shutdownInMs === undefined
        ? `${node} is still the same process`
        : `${node} is still the same process: its SHUTDOWN waits up to ${shutdownInMs} ms for its replicas`,
    )
  if (info.persistence.loading === true)
    return say(`${node} is loading its data: ${info.persistence.loadingPercent ?? '?'} %`)
  return reached(`${node} is another process (run id ${runId.slice(0, 8)}, was ${before?.slice(0, 8) ?? 'unknown'})`)
}

/** It follows, linked, holds what its upstream had after the link was up; so do its own replicas, and Sentinel sees it. */
export async function waitCaughtUp(params: Params, step: PlanStep, context: RunContext): Promise<WaitResult> {
  const upstream = upstreamOf(params, context)
  const children = (params['children'] ?? '').split(' ').filter((node) => node !== '')
  return poll(context, { timeoutMs: step.timeoutMs, everyMs: 100, signal: context.deps.signal }, async () => {
    const missing = await missingBytes(step.node, upstream, context)
    if (missing !== 'none') return notYet(missing)
    for (const child of children) {
      const link = (await infoNow(context, child))?.replication.masterLink
      if (link !== 'up') return notYet(`${child}, which follows ${step.node}, has no link yet`)
    }
    // After a full resync the append-only file is written anew.
    if ((await infoNow(context, step.node))?.persistence.aofRewriteInProgress === true)
      return notYet(`${step.node} is rewriting its append-only file`)
    const blind = await sentinelsThatSeeItDown(step.node, context)
    return blind.length === 0
      ? reached(`${step.node} holds all that ${upstream} has`)
      : notYet(`Sentinel ${blind.join(', ')} still sees ${step.node} as down`)
  })
}

async function sentinelsThatSeeItDown(node: string, context: RunContext): Promise<readonly string[]> {
  const { sentinels } = context.deps.scope
  const views = await Promise.all(sentinels.map((sentinel) => sentinelReplicasNow(context, sentinel)))
  return sentinels.filter((_, i) =>
    views[i]?.some(
      (entry) =>
        entry.host !== undefined &&
        entry.port !== undefined &&
        formatAddress({ host: entry.host, port: entry.port }) === node &&
        (entry.flags.has('s_down') || entry.flags.has('disconnected')),
    ),
  )
}
