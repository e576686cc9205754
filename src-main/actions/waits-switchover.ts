import { formatAddress } from '../domain/address.ts'
import type { PlanStep } from '../domain/plans/model.ts'
import { CLOSED_FENCE } from '../domain/plans/switchover.ts'
import type { RunContext, WaitResult } from './context.ts'
import { noteLevel, referee } from './contest.ts'
import { toWriteMark } from './missing-bytes.ts'
import { never, notYet, poll, reached } from './poll.ts'
import { configNow, infoNow, roleNow, sentinelMasterNow } from './read-now.ts'

type Params = Readonly<Record<string, string>>

/** Of the pause: before this much of it is over the fence is raised, should nobody be master yet. */
const RAISE_AT = 0.7
/** How it is called that the pause was used up before the failover was ordered: nothing was sent. */
export const TOO_LATE = 'too little of the pause is left'
/** How soon a Sentinel that begins a failover shows it. */
const FAILOVER_SHOWS_MS = 3000

/** When the pause was answered, by our clock: it ends no earlier than `pauseMs` after it was sent. */
export const PAUSE_SENT_AT = 'pause sent at'
/** What the paused master showed of its writes at the offset that every replica that could win then had. */
export const LEVEL_MARK = 'level write mark'
/** When the new master was first seen to take writes. */
export const WRITABLE_AT = 'writable at'

/**
 * Every replica that could win holds all that the paused master has. Their own offsets are asked, for the master's view of
 * them is up to a second old. Gives up when less of the pause is left than the promotion needs.
 */
export async function waitLevel(
  params: Params,
  step: PlanStep,
  context: RunContext,
  signal: AbortSignal | undefined,
): Promise<WaitResult> {
  const { clock } = context.deps
  const pauseMs = Number(params['pauseMs'])
  const sentAt = Number(context.memory.get(PAUSE_SENT_AT) ?? clock.now())
  const leaveMs = Number(params['leaveMs'])
  const timeoutMs = Math.max(0, sentAt + pauseMs - leaveMs - clock.now())
  // This machine, its disk or the master took the time, and not a replica that is behind.
  const isHeldUp = timeoutMs < (pauseMs - leaveMs) / 2
  const master = await infoNow(context, step.node)
  const M = master?.replication.offset
  const replid = master?.replication.replid
  if (master === undefined || M === undefined || replid === undefined)
    return { ok: false, detail: `the offset of ${step.node} cannot be read` }
  context.memory.set(LEVEL_MARK, JSON.stringify(toWriteMark(master)))
  const candidates = (params['candidates'] ?? '').split(' ')
  const level = await poll(context, { timeoutMs, everyMs: 3, signal }, async () => {
    const infos = await Promise.all(candidates.map((node) => infoNow(context, node)))
    const behind = candidates.flatMap((node, i) => {
      const own = infos[i]?.replication
      const R = own?.appliedOffset
      if (own?.role === 'replica' && own.replid === replid && R !== undefined && R >= M) return []
      return [
        `${node} ${R === undefined ? 'does not answer' : own?.replid === replid ? `lacks ${M - R} bytes` : 'has another history'}`,
      ]
    })
    if (behind.length > 0) return notYet(behind.join(', '))
    for (const [i, node] of candidates.entries())
      if (infos[i] !== undefined) noteLevel(context, node, toWriteMark(infos[i]))
    return sentAt + pauseMs - leaveMs >= clock.now()
      ? reached(`level at ${M}: ${candidates.join(', ')}`)
      : never(TOO_LATE)
  })
  return level.ok || level.isCancelled === true || !isHeldUp
    ? level
    : { ok: false, detail: `${TOO_LATE}: ${level.detail}` }
}

/**
 * Waits until one of the candidates says itself that it is master. While nobody does, the old master must not take a
 * write: before the pause ends, the fence is raised.
 */
export async function waitPromoted(params: Params, step: PlanStep, context: RunContext): Promise<WaitResult> {
  const { clock, timeoutMs } = context.deps
  const candidates = (params['candidates'] ?? '').split(' ')
  const oldMaster = params['master'] ?? ''
  const sentinel = params['sentinel'] ?? ''
  const pauseEndsAt = Number(context.memory.get(PAUSE_SENT_AT) ?? clock.now()) + Number(params['pauseMs'])
  const raiseAt = pauseEndsAt - (1 - RAISE_AT) * Number(params['pauseMs'])
  const begunAt = clock.now()
  const state = {
    raising: undefined as Promise<unknown> | undefined,
    quietSince: undefined as number | undefined,
    lookedAt: begunAt,
  }

  const raise = (): void => {
    state.raising = context.extra('contingency', 'raise the fence: nobody is master yet and the pause ends', {
      node: oldMaster,
      peer: 'server',
      needsRole: 'master',
      commands: [['CONFIG', 'SET', 'min-replicas-to-write', CLOSED_FENCE]],
      isAtomic: false,
      timeoutMs,
    })
  }

  // By the clock, not by the polling: a candidate that hangs holds a poll up.
  const cancelRaise =
    params['pauseMs'] === undefined ? () => undefined : clock.after(Math.max(0, raiseAt - clock.now()), raise)
  const result = await poll(context, { timeoutMs: step.timeoutMs, everyMs: 5, signal: undefined }, async () => {
    // A node that hangs must not keep the others from being heard.
    const first = await firstMaster(context, candidates)
    if (first !== undefined) {
      // Not waited for: the old master is to be demoted at once.
      const noted = noteWritable(context, first)
      // Two Sentinels at it at once may promote two: then the first to say so need not be the one that stays.
      const contest = await referee(context)
      if (contest.state === 'open' && contest.winner === undefined)
        return notYet(`${contest.detail}: which one stays is not known yet`)
      const winner = contest.winner ?? first
      context.memory.set('winner', winner)
      // It was closed again meanwhile, or another one is to stay: looked at anew by the verification.
      if (contest.state !== 'none') void noted.then(() => context.memory.delete(WRITABLE_AT))
      return reached(`${winner} is master`)
    }
    if (clock.now() - state.lookedAt >= 500) {
      state.lookedAt = clock.now()
      const isQuiet = await isNobodyAtIt(context, sentinel, oldMaster, params)
      state.quietSince = isQuiet ? (state.quietSince ?? clock.now()) : undefined
      if (state.quietSince !== undefined && clock.now() - state.quietSince >= FAILOVER_SHOWS_MS)
        return never(`${sentinel} gave the failover up: ${oldMaster} is still its master`)
    }
    return notYet('no replica is master yet')
  })
  cancelRaise()
  // The demotion, or the undo, restores the fence: never before it was raised.
  await state.raising
  return result
}

/** The Sentinel that was asked has nothing under way, and none of the others has begun by itself. */
async function isNobodyAtIt(
  context: RunContext,
  sentinel: string,
  oldMaster: string,
  params: Params,
): Promise<boolean> {
  const { sentinels } = context.deps.scope
  const views = await Promise.all(sentinels.map((node) => sentinelMasterNow(context, node)))
  const own = views[sentinels.indexOf(sentinel)]
  if (own === undefined || views.some((view) => view?.flags.has('failover_in_progress') === true)) return false
  return views.every((view) => view === undefined || isAt(view, oldMaster, params))
}

function isAt(
  entry: { readonly host: string | undefined; readonly port: number | undefined },
  node: string,
  params: Params,
): boolean {
  if (entry.host === undefined || entry.port === undefined) return false
  const said = formatAddress({ host: entry.host, port: entry.port })
  return said === node || said === params['masterAddress']
}

/** Notes, once, that the new master takes writes now: it may need replicas for that. */
export async function noteWritable(context: RunContext, winner: string): Promise<void> {
  if (context.memory.has(WRITABLE_AT)) return
  const [info, needed] = await Promise.all([
    infoNow(context, winner),
    configNow(context, winner, 'min-replicas-to-write'),
  ])
  const { role, goodReplicas } = info?.replication ?? {}
  const isWritable = role === 'master' && needed !== undefined && (goodReplicas ?? 0) >= Number(needed)
  if (isWritable && !context.memory.has(WRITABLE_AT)) context.memory.set(WRITABLE_AT, String(context.deps.clock.now()))
}

async function firstMaster(context: RunContext, candidates: readonly string[]): Promise<string | undefined> {
  const asked = candidates.map(async (node) => ((await roleNow(context, node))?.role === 'master' ? node : undefined))
  const all = Promise.all(asked)
  return new Promise((resolve) => {
    for (const one of asked) void one.then((node) => node !== undefined && resolve(node))
    void all.then(() => resolve(undefined))
  })
}
