import type { PlanStep, Verified } from '../domain/plans/model.ts'
import { wordsAsText } from '../domain/plans/command-words.ts'
import { sleep, type RunContext } from './context.ts'
import { contestAdvice } from './contest.ts'
import { switchoverGuide } from './guide-switchover.ts'
import type { Guide } from './guide.ts'
import { notedOf, noteOf } from './noted.ts'
import { infoNow, roleNow, sentinelMasterNow } from './read-now.ts'
import { RESTARTING, upstreamOf } from './waits-restart.ts'
import { PAUSE_SENT_AT } from './waits-switchover.ts'

/** Sentinel ends a failover when it has told every replica. */
const FAILOVER_ENDS_MS = 60_000
const HANDED_OVER = 'handed over'

const isShutdown = (step: PlanStep): boolean => step.commands[0]?.[0] === 'SHUTDOWN'
const isRestart = (step: PlanStep): boolean => step.wait?.kind === 'caught-up'

/** Restarts: SHUTDOWN is sent once and its closed connection is its answer; a new run id is the proof. */
export const restartGuide: Guide = {
  ...(switchoverGuide.commandsOf === undefined ? {} : { commandsOf: switchoverGuide.commandsOf }),
  learn: (step, answer, context) => {
    if (isShutdown(step)) context.memory.set(RESTARTING, String(step.n))
    else switchoverGuide.learn?.(step, answer, context)
  },
  remedy: async (step, trouble, context, attempts) => {
    if (!isShutdown(step)) return switchoverGuide.remedy?.(step, trouble, context, attempts)
    // Refused, or never sent: it goes on as before. No answer: its run id will tell.
    if (trouble.kind !== 'unknown') return 'compensate'
    context.memory.set(RESTARTING, String(step.n))
    return 'go-on'
  },
  ...(switchoverGuide.handOver === undefined ? {} : { handOver: switchoverGuide.handOver }),
  ...(switchoverGuide.rewind === undefined ? {} : { rewind: switchoverGuide.rewind }),
  ...(switchoverGuide.standing === undefined ? {} : { standing: switchoverGuide.standing }),
  checkpoint: async (step, context) => {
    if (!isRestart(step)) return handedOver(context)
    const seen = await restarted(step, context)
    if (seen.every((one) => one.isSo === true)) {
      context.memory.delete(RESTARTING)
      context.memory.set(`restarted ${step.node}`, 'yes')
    }
    return seen
  },
  verify: async (context) => {
    const open = openRestart(context)
    if (open !== undefined) return restarted(open, context)
    if (context.memory.has(PAUSE_SENT_AT) && !context.memory.has(HANDED_OVER)) return switchoverGuide.verify(context)
    return [await oneMaster(context)]
  },
  advise,
}

/** The last step of the stage in which a SHUTDOWN was sent and not seen to the end. */
function openRestart({ plan, memory }: RunContext): PlanStep | undefined {
  const n = memory.get(RESTARTING)
  return n === undefined ? undefined : plan.steps.find((step) => step.n > Number(n) && isRestart(step))
}

async function handedOver(context: RunContext): Promise<readonly Verified[]> {
  const seen = await switchoverGuide.verify(context)
  if (seen.some((one) => one.isSo !== true)) return seen
  context.memory.set(HANDED_OVER, 'yes')
  const { clock, scope } = context.deps
  const until = clock.now() + FAILOVER_ENDS_MS
  for (;;) {
    const views = await Promise.all(scope.sentinels.map((node) => sentinelMasterNow(context, node)))
    const busy = scope.sentinels.filter((_, i) => views[i]?.flags.has('failover_in_progress') === true)
    if (busy.length === 0 || clock.now() >= until)
      return [
        ...seen,
        {
          what: 'the failover is over',
          isSo: busy.length === 0,
          evidence: busy.length === 0 ? 'no Sentinel is at it' : `${busy.join(', ')} is still at it`,
        },
      ]
    await sleep(clock, 200)
  }
}

async function restarted(step: PlanStep, context: RunContext): Promise<readonly Verified[]> {
  const { node } = step
  const upstream = upstreamOf(step.wait?.params ?? {}, context)
  const [now, info, above] = [
    await noteOf(node, context),
    await infoNow(context, node),
    await noteOf(upstream, context),
  ]
  const before = notedOf(node, context)
  const { role, masterLink } = info?.replication ?? {}
  return [
    {
      what: `${node} came back as another process`,
      isSo: now?.runId !== undefined && now.runId !== before.runId,
      evidence:
        now === undefined
          ? 'it does not answer: nobody has started it yet'
          : now.runId === before.runId
            ? `it never went away (run id ${now.runId ?? 'unknown'})`
            : `run id ${before.runId ?? 'unknown'} -> ${now.runId ?? 'unknown'}; keys ${before.keys ?? 'unknown'} -> ${now.keys ?? 'unknown'}`,
    },
    {
      what: `${node} follows ${upstream}, linked`,
      isSo: role === undefined ? undefined : role === 'replica' && masterLink === 'up',
      evidence: `role:${role ?? 'unknown'}, link ${masterLink ?? 'unknown'}`,
    },
    resynced(node, upstream, step.wait?.params['forecast'], notedOf(upstream, context), above),
  ]
}

type Counters = Partial<NonNullable<Awaited<ReturnType<typeof noteOf>>>>

/** By the upstream's counters: better than the forecast is fine, worse is not. */
function resynced(
  node: string,
  upstream: string,
  forecast: string | undefined,
  before: Counters,
  now: Counters | undefined,
): Verified {
  const what = forecast === 'partial' ? `${node} resynced partially, as forecast` : `${node} resynced`
  const delta = (key: 'syncFull' | 'syncPartialOk'): number | undefined => {
    const [was, is] = [before[key], now?.[key]]
    // A counter of another process begins anew.
    return was === undefined || is === undefined || before.runId !== now?.runId ? undefined : is - was
  }
  const [full, partial] = [delta('syncFull'), delta('syncPartialOk')]
  const evidence = `${upstream}: sync_partial_ok +${partial ?? 'unknown'}, sync_full +${full ?? 'unknown'}`
  if (full === undefined || partial === undefined) return { what, isSo: undefined, evidence }
  const isSo = forecast === 'partial' ? partial > 0 && full === 0 : partial + full > 0
  return { what, isSo, evidence }
}

async function oneMaster(context: RunContext): Promise<Verified> {
  const { servers } = context.deps.scope
  const roles = await Promise.all(servers.map((node) => roleNow(context, node)))
  const masters = servers.filter((_, i) => roles[i]?.role === 'master')
  const silent = servers.filter((_, i) => roles[i] === undefined)
  return {
    what: 'the group has one master and every node answers',
    isSo: masters.length === 1 && silent.length === 0,
    evidence: `master ${masters.join(', ') || 'none'}${silent.length === 0 ? '' : `; silent: ${silent.join(', ')}`}`,
  }
}

async function advise(context: RunContext): Promise<readonly string[]> {
  const open = openRestart(context)
  const { plan, deps } = context
  const lines: string[] = [...contestAdvice(context)]
  if (open !== undefined && (await infoNow(context, open.node)) === undefined)
    lines.push(`${open.node} has to be started: it finds what it follows in its configuration file`)
  const isRolling = plan.action === 'rolling-restart'
  const restarts = (plan.particulars['restarts'] ?? '').split(' ')
  const isAll = open === undefined && restarts.every((node) => context.memory.has(`restarted ${node}`))
  if (isRolling && !isAll)
    lines.push(
      `to go on from here: ${wordsAsText(['repliscope', 'act', 'rolling-restart', '--set', `resume=${context.journal}`, '--group', deps.scope.group])} and the target as before`,
    )
  return lines
}
