import { formatAddress, parseAddress } from '../domain/address.ts'
import type { CommandWords, PlanStep, Verified } from '../domain/plans/model.ts'
import { entryAddress } from '../domain/plans/switchover.ts'
import { parseInfo } from '../domain/replies/info.ts'
import { parseRole } from '../domain/replies/role.ts'
import { sleep, type RunContext, type StepAnswer } from './context.ts'
import { addressOfMember, contestAdvice, contestMs, contestVerified, referee } from './contest.ts'
import type { Guide, Standing } from './guide.ts'
import { textOf } from './lines.ts'
import { judgeMissing, toWriteMark, type WriteMark } from './missing-bytes.ts'
import { configNow, infoNow, roleNow, sentinelMasterNow, within } from './read-now.ts'
import { LEVEL_MARK, noteWritable, PAUSE_SENT_AT, TOO_LATE, WRITABLE_AT } from './waits-switchover.ts'

/** The last offset that the old master had as a master. */
const LAST_OFFSET = 'last offset'
/** What it showed of its writes then. */
const LAST_MARK = 'last write mark'
const FENCE_UNDO = 'restore the fence'
const SETTLED_FENCE = `settled ${FENCE_UNDO}`
const CLIENTS_MOVED_AT = 'clients moved at'
const VERIFY_MS = 30_000
/** Who does not answer within this is not waited for: the pause goes on meanwhile. */
const STANDING_MS = 700

/** Writes go on for so long, and Sentinels' questions are answered, before they are held up once more. */
const BREATH_MS = 1000
const MAX_PAUSES = 3
const PAUSES = 'pauses'

const isPause = (step: PlanStep): boolean => step.commands[0]?.[1] === 'PAUSE'
const isFailover = (step: PlanStep): boolean => step.commands[0]?.[1] === 'FAILOVER'
const isDemotion = (step: PlanStep): boolean =>
  step.commands[0]?.[0] === 'ROLE' && step.commands.some((command) => command[0] === 'REPLICAOF')
const isPromotion = (step: PlanStep): boolean => step.wait?.kind === 'promoted'
const isUnpause = (step: PlanStep): boolean => step.commands[0]?.[1] === 'UNPAUSE'

/** What a switchover knows beyond its steps: who really won, when to take back, and when only to go on. */
export const switchoverGuide: Guide = {
  commandsOf: (step, context) => {
    const winner = context.memory.get('winner')
    if (!isDemotion(step) || winner === undefined || winner === context.plan.particulars['expected'])
      return step.commands
    // Another one than expected won: the old master follows that one, as its peers name it.
    const address = parseAddress(addressOfMember(context, winner) ?? winner)
    if (!address.ok) return step.commands
    const follow: CommandWords = ['REPLICAOF', address.value.host, String(address.value.port)]
    return step.commands.map((command) => (command[0] === 'REPLICAOF' ? follow : command))
  },
  learn,
  remedy: async (step, trouble, context) => {
    if (trouble.detail.startsWith(TOO_LATE)) return 'again'
    if (isFailover(step)) {
      // INPROG: Sentinel is at it by itself, and a demotion is needed all the same.
      if (trouble.kind === 'unknown' || / INPROG /.test(trouble.detail)) return 'go-on'
      return 'compensate'
    }
    if (isPromotion(step)) return (await isStillMaster(context)) ? 'compensate' : 'hold'
    if (isDemotion(step)) return afterFailedDemotion(context)
    // The pause ends by itself.
    if (isUnpause(step)) return 'go-on'
    return undefined
  },
  rewind,
  standing,
  handOver: ({ memory }) => {
    const pausedAt = memory.get(PAUSE_SENT_AT)
    if (pausedAt === undefined || !memory.has('winner')) return undefined
    const since = (key: string): number | undefined => {
      const at = memory.get(key)
      return at === undefined ? undefined : Math.max(0, Number(at) - Number(pausedAt))
    }
    return { writableMs: since(WRITABLE_AT), clientsMovedMs: since(CLIENTS_MOVED_AT) }
  },
  advise: (context) => Promise.resolve(contestAdvice(context)),
  verify,
}

function learn(step: PlanStep, answer: StepAnswer, context: RunContext): void {
  if (isPause(step)) context.memory.set(PAUSE_SENT_AT, String(answer.sentAt))
  if (isUnpause(step)) context.memory.set('settled let writes go on', 'by its step')
  if (!isDemotion(step)) return
  context.memory.set(CLIENTS_MOVED_AT, String(answer.receivedAt))
  context.memory.set(SETTLED_FENCE, 'by the demotion')
  context.memory.set('settled let writes go on', 'by the demotion')
  const reply = answer.replies[0]
  const role = reply !== undefined && 'value' in reply ? parseRole(reply.value) : undefined
  if (role?.ok === true && role.value.role === 'master' && role.value.offset !== undefined)
    context.memory.set(LAST_OFFSET, String(role.value.offset))
  const info = textOf(answer.replies[step.commands.findIndex((command) => command[0] === 'INFO')])
  if (info !== undefined) context.memory.set(LAST_MARK, JSON.stringify(toWriteMark(parseInfo(info))))
}

/**
 * Whether the hand-over can be taken back. To let writes go on at the old master while another one is promoted, by whomever,
 * would lose them: that is done only when the master says that it is one, nobody else does, and no Sentinel is at work.
 */
async function standing(context: RunContext): Promise<Standing> {
  const { master = '', candidates = '' } = context.plan.particulars
  const others = candidates.split(' ').filter((node) => node !== '')
  const soon = <T>(answer: Promise<T | undefined>) => within(context, STANDING_MS, answer)
  const [own, roles, views] = await Promise.all([
    soon(roleNow(context, master)),
    Promise.all(others.map((node) => soon(roleNow(context, node)))),
    Promise.all(context.deps.scope.sentinels.map((node) => soon(sentinelMasterNow(context, node)))),
  ])
  const promoted = others.find((_, i) => roles[i]?.role === 'master')
  if (promoted !== undefined) return { state: 'overtaken', detail: `${promoted} says that it is master` }
  const busy = context.deps.scope.sentinels.find((_, i) => views[i]?.flags.has('failover_in_progress') === true)
  if (busy !== undefined) return { state: 'overtaken', detail: `Sentinel ${busy} is failing over` }
  if (own?.role === 'replica') return { state: 'overtaken', detail: `${master} was made a replica` }
  if (own === undefined) return { state: 'unclear', detail: `${master} does not answer, another one may be promoted` }
  return views.some((view) => view !== undefined)
    ? { state: 'as-before', detail: `${master} is the master, and no Sentinel is failing over` }
    : { state: 'unclear', detail: 'no Sentinel answers, one may be failing over' }
}

/** On a machine that is busy the pause may be over too soon, with nothing sent: writes go on for a while, then once more. */
async function rewind(step: PlanStep, context: RunContext): Promise<number | undefined> {
  const pause = context.plan.steps.find((one) => isPause(one) && one.n < step.n)
  const pauses = Number(context.memory.get(PAUSES) ?? 1)
  const { clock, signal, timeoutMs } = context.deps
  if (pause?.undo === undefined || pauses >= MAX_PAUSES || signal.aborted) return undefined
  if (!(await isStillMaster(context))) return undefined
  const { title, node, commands } = pause.undo
  const order = { node, peer: 'server', needsRole: 'master', commands, isAtomic: false, timeoutMs } as const
  if ((await context.extra('undo', title, order)) !== undefined) return undefined
  context.memory.set(PAUSES, String(pauses + 1))
  await sleep(clock, BREATH_MS, signal)
  return pause.n
}

/** True only when everybody says so: nobody else is master, and no Sentinel is failing over. */
async function isStillMaster(context: RunContext): Promise<boolean> {
  return (await standing(context)).state === 'as-before'
}

async function afterFailedDemotion(context: RunContext) {
  const { master = '' } = context.plan.particulars
  await sleep(context.deps.clock, 50)
  const role = await roleNow(context, master)
  // Sentinel, or the command whose answer was lost, has done it; the settings are looked at by the verification.
  if (role?.role === 'replica') {
    await restoreFence(context)
    return 'go-on'
  }
  if (role?.role === 'master') return 'redo'
  // A bad master that does not answer is demoted by Sentinel when it comes back.
  return context.plan.action === 'forced-failover' ? 'go-on' : 'hold'
}

/** Sentinel demoted it with our fence still up, and has put that into its file. */
async function restoreFence(context: RunContext): Promise<void> {
  const undo = context.plan.steps.find((step) => step.undo?.title === FENCE_UNDO)?.undo
  if (undo === undefined || context.memory.has(SETTLED_FENCE)) return
  const trouble = await context.extra('undo', undo.title, {
    node: undo.node,
    peer: 'server',
    needsRole: 'replica',
    commands: [...undo.commands, ['CONFIG', 'REWRITE']],
    isAtomic: false,
    timeoutMs: context.deps.timeoutMs,
  })
  if (trouble === undefined || trouble.kind === 'refused') context.memory.set(SETTLED_FENCE, 'after Sentinel')
}

async function verify(context: RunContext): Promise<readonly Verified[]> {
  const { clock } = context.deps
  const begunAt = clock.now()
  for (;;) {
    // Somebody may have told another Sentinel to fail over since: until all agree that is looked out for.
    const contest = await referee(context)
    const until = begunAt + Math.max(VERIFY_MS, contestMs(context))
    const winner = context.memory.get('winner')
    if (winner !== undefined) await noteWritable(context, winner)
    const seen = await look(context)
    // What is lost stays lost: waiting changes nothing of it, but the rest is to be told as it comes to stand.
    const isSettled = seen.every((one) => one.isSo === true || (one.what === LOST && one.isSo === false))
    if ((isSettled && contest.state !== 'open') || clock.now() >= until) return seen
    await sleep(clock, context.memory.has(WRITABLE_AT) ? 200 : 20)
  }
}

const LOST = 'no write of the old master is missing'

async function look(context: RunContext): Promise<readonly Verified[]> {
  const { master = '', expected = '', wanted = '', candidates = '', oldMin = '' } = context.plan.particulars
  const winner = context.memory.get('winner') ?? expected
  const isForced = context.plan.action === 'forced-failover'
  const { scope } = context.deps
  const nodes = [...new Set([winner, master, ...candidates.split(' ')])]
  const [infos, views] = await Promise.all([
    Promise.all(nodes.map((node) => infoNow(context, node))),
    Promise.all(scope.sentinels.map((node) => sentinelMasterNow(context, node))),
  ])
  const at = new Map(nodes.map((node, i) => [node, infos[i]?.replication]))
  const names = views.flatMap((view) => (view === undefined ? [] : [entryAddress(view) ?? '']))
  const winnerNames = new Set([winner, ...namesOf(winner, context)])
  // A master that was forced out because it is bad need not come back.
  const followers = nodes.filter(
    (node) => node !== winner && !(isForced && node === master && at.get(node) === undefined),
  )
  const strays = followers.filter((node) => {
    const own = at.get(node)
    const { masterHost: host, masterPort: port } = own ?? {}
    const follows = host === undefined || port === undefined ? '' : formatAddress({ host, port })
    return own?.role !== 'replica' || own.masterLink !== 'up' || !winnerNames.has(follows)
  })
  const restored = await configNow(context, master, 'min-replicas-to-write')
  return [
    {
      what: `${winner} is master`,
      isSo: at.get(winner)?.role === undefined ? undefined : at.get(winner)?.role === 'master',
      evidence: `role:${at.get(winner)?.role ?? 'unknown'}`,
    },
    ...(wanted === ''
      ? []
      : [{ what: `the wanted replica ${wanted} won`, isSo: winner === wanted, evidence: `${winner} won` }]),
    {
      what: 'every Sentinel that answers names it',
      isSo: names.length === 0 ? undefined : names.every((name) => winnerNames.has(name)),
      evidence: `${names.filter((name) => winnerNames.has(name)).length} of ${names.length}`,
    },
    {
      what: 'the others follow it, linked',
      isSo: strays.length === 0,
      evidence: strays.length === 0 ? followers.join(', ') : `not yet: ${strays.join(', ')}`,
    },
    ...(isForced
      ? []
      : [
          {
            what: 'the temporary settings are gone',
            isSo: restored === undefined ? undefined : restored === oldMin,
            evidence: `min-replicas-to-write on ${master} is ${restored ?? 'unknown'}, was ${oldMin}`,
          },
        ]),
    isForced ? lostAnyway(context, at.get(winner)?.secondOffset) : lost(context, at.get(winner)?.secondOffset),
    ...contestVerified(context),
  ]
}

/** A forced failover may lose writes: how many is told, and is no failure. */
function lostAnyway(context: RunContext, secondOffset: number | undefined): Verified {
  const seen = lost(context, secondOffset)
  return {
    what: 'what was lost is told',
    isSo: true,
    evidence: seen.isSo === undefined ? 'not known: the old master did not answer' : seen.evidence,
  }
}

function lost(context: RunContext, secondOffset: number | undefined): Verified {
  const last = context.memory.get(LAST_OFFSET)
  if (last === undefined || secondOffset === undefined)
    return { what: LOST, isSo: undefined, evidence: 'its last offset, or where the new master left it, was not seen' }
  const markIn = (key: string): WriteMark | undefined => {
    const text = context.memory.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as WriteMark)
  }
  const bytes = Math.max(0, Number(last) - (secondOffset - 1))
  const { hasWrites, because } = judgeMissing(bytes, secondOffset - 1, markIn(LEVEL_MARK), markIn(LAST_MARK))
  return {
    what: LOST,
    isSo: hasWrites === 'no',
    evidence: `it ended at ${last}, the new master left it at ${secondOffset - 1}: ${bytes} bytes ${hasWrites === 'no' ? 'missing' : 'lost'}; ${because}`,
  }
}

/** The addresses under which Sentinels listed the winner: of its entry, or from the plan's own demotion. */
function namesOf(winner: string, context: RunContext): readonly string[] {
  const listed = addressOfMember(context, winner)
  if (listed !== undefined) return [listed]
  const demotion = context.plan.steps.find(isDemotion)?.commands.find((command) => command[0] === 'REPLICAOF')
  return demotion !== undefined && winner === context.plan.particulars['expected']
    ? [formatAddress({ host: demotion[1] ?? '', port: Number(demotion[2]) })]
    : []
}
