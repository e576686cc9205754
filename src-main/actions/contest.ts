import { formatAddress, parseAddress, type NodeId } from '../domain/address.ts'
import type { CommandWords, Undo, Verified } from '../domain/plans/model.ts'
import { CLOSED_FENCE, entryAddress, type Member } from '../domain/plans/switchover.ts'
import type { SentinelMaster } from '../domain/replies/reply-types.ts'
import type { RunContext } from './context.ts'
import { judgeWritten, toWriteMark, type WriteMark } from './missing-bytes.ts'
import { infoNow, roleNow, sentinelMasterNow, sentinelNamesNow, sentinelReplicasNow, within } from './read-now.ts'

/** Who does not answer within this is not waited for: writes are held up meanwhile. */
const LOOK_MS = 500
/** A node that answers so often to being closed, or told to follow, with anything but OK is left alone. */
const MAX_TRIES = 3
const DEFAULT_MAX_LAG = '10'
/** A promotion, and until it is seen. */
const TIE_AGAIN_MS = 5000

/** Who fails over besides the Sentinel that was asked; absent: nobody was seen to. */
const RIVALS = 'contested by'
const OVER = 'contest over'
const WAS_MASTER = 'was master'
const TIE_BROKEN_AT = 'tie broken at'
const levelKey = (node: NodeId): string => `level write mark ${node}`
const closedKey = (node: NodeId): string => `closed write mark ${node}`
const fenceTitle = (node: NodeId): string => `restore the fence of ${node}`

/** How two failovers of one master at once stand. `none`: there is one at most. */
interface Contest {
  readonly state: 'none' | 'open' | 'over'
  /** Whom everybody is to follow: it says that it is master, or a Sentinel says so; undefined: that cannot be told yet. */
  readonly winner: NodeId | undefined
  readonly detail: string
}

/** What a hand-over tells its referee. */
interface HandOver {
  readonly master: NodeId
  readonly masterAddress: string
  readonly sentinel: NodeId
  readonly members: readonly Member[]
  /** The old master with its settings. */
  readonly old: Member
}

/** Keeps what a replica showed of its writes when all was level: what it adds later, it took in as a master. */
export function noteLevel({ memory }: RunContext, node: NodeId, mark: WriteMark): void {
  memory.set(levelKey(node), JSON.stringify(mark))
}

/** Milliseconds within which Sentinels that disagree come to agree by themselves; 0: nobody contests. */
export function contestMs(context: RunContext): number {
  return context.memory.has(RIVALS) ? Number(paramsOf(context)['healMs'] ?? 0) : 0
}

/**
 * A second Sentinel that fails over the same master, told to by somebody or by itself, may promote another replica at the
 * same epoch: clients are sent to either, one of the two is made to follow the other, and what it acknowledged is gone. So
 * as soon as two are seen at it, every replica that could win is closed to writes; the one that our Sentinel promoted (or
 * that a Sentinel names already) stays, others are made to follow it before their Sentinel has seen them as masters; and
 * when all Sentinels name it, it is opened again. Should both have been named at one epoch, neither Sentinel gives way and
 * each has the other's master follow its own: a third one is told to fail over, for its epoch is above theirs.
 */
export async function referee(context: RunContext): Promise<Contest> {
  const handOver = handOverOf(context)
  if (handOver === undefined) return { state: 'none', winner: undefined, detail: '' }
  if (context.memory.has(OVER)) return { state: 'over', winner: context.memory.get('winner'), detail: '' }
  const seen = await look(context, handOver)
  for (const node of seen.masters) noteMaster(context, node)
  if (!context.memory.has(RIVALS)) {
    const rivals = rivalsIn(seen, handOver)
    if (rivals === undefined) return { state: 'none', winner: undefined, detail: '' }
    context.memory.set(RIVALS, rivals)
    context.note(`${rivals}: every replica that could win is closed to writes until the Sentinels agree`)
  }
  await close(context, handOver.members)
  const chosen = await choose(context, handOver, seen)
  const isMaster = chosen !== undefined && seen.masters.includes(chosen)
  if (isMaster) {
    context.memory.set('winner', chosen)
    await subdue(context, handOver, seen, chosen)
  }
  await breakTie(context, handOver, seen)
  const rivals = context.memory.get(RIVALS) ?? ''
  if (chosen === undefined || !isMaster || !isAgreed(seen, chosen)) {
    const isNamed = [...seen.named.values()].some((node) => node === chosen)
    return { state: 'open', winner: isMaster || isNamed ? chosen : undefined, detail: rivals }
  }
  context.memory.set(OVER, chosen)
  await open(context, handOver)
  return { state: 'over', winner: chosen, detail: rivals }
}

/** What the verification says of a contest; nothing where there was none. */
export function contestVerified(context: RunContext): readonly Verified[] {
  const handOver = handOverOf(context)
  const rivals = context.memory.get(RIVALS)
  if (handOver === undefined || rivals === undefined) return []
  const winner = context.memory.get('winner')
  const closed = closedOf(context, handOver)
  const others = mastersNoted(context).filter((node) => node !== winner && node !== handOver.master)
  return [
    {
      what: 'no replica is closed to writes any more',
      isSo: closed.length === 0,
      evidence: closed.length === 0 ? `${rivals}; opened when all agreed` : `still closed: ${closed.join(', ')}`,
    },
    ...others.map((node) => written(context, node)),
  ]
}

/** How a replica that stays closed is opened, for people. */
export function contestAdvice(context: RunContext): readonly string[] {
  const handOver = handOverOf(context)
  const closed = handOver === undefined ? [] : closedOf(context, handOver)
  if (closed.length === 0) return []
  return [
    `${closed.join(', ')} refuse${closed.length === 1 ? 's' : ''} writes (min-replicas-to-write ${CLOSED_FENCE}): when the Sentinels name one master and it says so itself, open with repliscope act --undo ${context.journal}`,
  ]
}

function paramsOf({ plan }: RunContext): Readonly<Record<string, string>> {
  return plan.steps.find((step) => step.wait?.kind === 'promoted')?.wait?.params ?? {}
}

function handOverOf(context: RunContext): HandOver | undefined {
  const { master, masterAddress = master, sentinel, members, oldMaster } = paramsOf(context)
  if (master === undefined || masterAddress === undefined || sentinel === undefined) return undefined
  if (members === undefined || oldMaster === undefined) return undefined
  return {
    ...{ master, masterAddress, sentinel },
    members: JSON.parse(members) as readonly Member[],
    old: JSON.parse(oldMaster) as Member,
  }
}

interface Seen {
  /** Of the candidates, those that say so themselves. */
  readonly masters: readonly NodeId[]
  /** Candidates that say that they are replicas. */
  readonly replicas: readonly NodeId[]
  readonly views: ReadonlyMap<NodeId, SentinelMaster>
  /** Whom each Sentinel that answers sends clients to; a node of ours, or an address that is none. */
  readonly named: ReadonlyMap<NodeId, NodeId>
  /** Sentinels that fail over the old master. */
  readonly busy: readonly NodeId[]
}

async function look(context: RunContext, handOver: HandOver): Promise<Seen> {
  const { sentinels } = context.deps.scope
  const soon = <T>(answer: Promise<T | undefined>) => within(context, LOOK_MS, answer)
  const nodes = [handOver.master, ...handOver.members.map((one) => one.node)]
  const [roles, views, names] = await Promise.all([
    Promise.all(nodes.map((node) => soon(roleNow(context, node)))),
    Promise.all(sentinels.map((node) => soon(sentinelMasterNow(context, node)))),
    Promise.all(sentinels.map((node) => soon(sentinelNamesNow(context, node)))),
  ])
  const isOf = (node: NodeId, address: string | undefined) =>
    address !== undefined && nodeAt(handOver, address) === node
  const inRole = (role: string) => nodes.filter((node, i) => node !== handOver.master && roles[i]?.role === role)
  const isOldDemoted = roles[0]?.role === 'replica'
  // Made master anew by a later election, after it had been demoted.
  const isOldBack = roles[0]?.role === 'master' && context.memory.has(OLD_DEMOTED)
  if (isOldDemoted) context.memory.set(OLD_DEMOTED, 'yes')
  return {
    masters: [...inRole('master'), ...(isOldBack ? [handOver.master] : [])],
    replicas: [...inRole('replica'), ...(isOldDemoted ? [handOver.master] : [])],
    views: new Map(sentinels.flatMap((node, i) => (views[i] === undefined ? [] : [[node, views[i]] as const]))),
    named: new Map(
      sentinels.flatMap((node, i) => {
        const address = names[i] ?? (views[i] === undefined ? undefined : entryAddress(views[i]))
        return address === undefined ? [] : [[node, nodeAt(handOver, address)] as const]
      }),
    ),
    busy: sentinels.filter((_, i) => {
      const view = views[i]
      return view?.flags.has('failover_in_progress') === true && isOf(handOver.master, entryAddress(view))
    }),
  }
}

const OLD_DEMOTED = 'old master was seen as a replica'

function nodeAt({ master, masterAddress, members }: HandOver, address: string): NodeId {
  if (address === masterAddress) return master
  return members.find((one) => one.address === address || one.node === address)?.node ?? address
}

/** In words, who contests; undefined: one Sentinel at most is at it, and one replica at most was promoted. */
function rivalsIn({ busy, masters, named }: Seen, { sentinel, master }: HandOver): string | undefined {
  const others = busy.filter((node) => node !== sentinel)
  const asked = named.get(sentinel)
  const isOursAtIt = busy.includes(sentinel) || (asked !== undefined && asked !== master)
  if (others.length > 1 || (others.length === 1 && isOursAtIt))
    return `${others.join(' and ')} fail${others.length === 1 ? 's' : ''} over ${master} at the same time`
  return masters.length > 1 ? `${masters.join(' and ')} were both promoted` : undefined
}

/** Once each: refuses writes from then on, whoever promotes it. */
async function close(context: RunContext, members: readonly Member[]): Promise<void> {
  await Promise.all(
    members.map(async ({ node, minReplicas, maxLag }) => {
      if (minReplicas === undefined || context.memory.has(closedKey(node)) || !mayTry(context, `close ${node}`)) return
      const set: CommandWords = ['CONFIG', 'SET', 'min-replicas-to-write', CLOSED_FENCE]
      const undo: Undo = {
        title: fenceTitle(node),
        node,
        commands: [
          ['CONFIG', 'SET', 'min-replicas-to-write', minReplicas],
          ...(maxLag === '0' ? [['CONFIG', 'SET', 'min-replicas-max-lag', '0'] as const] : []),
        ],
      }
      const closing = context.extra(
        'contingency',
        `close ${node} to writes until the Sentinels agree`,
        {
          node,
          peer: 'server',
          needsRole: undefined,
          commands: maxLag === '0' ? [['CONFIG', 'SET', 'min-replicas-max-lag', DEFAULT_MAX_LAG], set] : [set],
          isAtomic: false,
          timeoutMs: context.deps.timeoutMs,
        },
        undo,
      )
      const trouble = await within(
        context,
        LOOK_MS,
        closing.then((one) => one ?? 'done'),
      )
      if (trouble !== 'done') return
      // From here on it takes nothing in: what it shows now is all that it acknowledged as a master.
      const info = await within(context, LOOK_MS, infoNow(context, node))
      context.memory.set(closedKey(node), JSON.stringify(info === undefined ? {} : toWriteMark(info)))
    }),
  )
}

/** The one that Sentinels send clients to already, of several that of the newest epoch; else the one that ours promotes. */
async function choose(
  context: RunContext,
  handOver: HandOver,
  { named, views, busy, masters }: Seen,
): Promise<NodeId | undefined> {
  const { sentinel, master } = handOver
  const isKnown = (node: NodeId) => node !== master || masters.includes(master)
  const epochOf = (one: NodeId) => views.get(one)?.configEpoch ?? 0
  const [best] = [...named]
    .filter(([, node]) => isKnown(node))
    .sort(([a], [b]) => epochOf(b) - epochOf(a) || Number(b === sentinel) - Number(a === sentinel))
  if (best !== undefined) return best[1]
  const leader = busy.includes(sentinel) ? sentinel : busy[0]
  if (leader === undefined) return masters.length === 1 ? masters[0] : undefined
  const entries = await within(context, LOOK_MS, sentinelReplicasNow(context, leader))
  const promoted = entries?.find((entry) => entry.flags.has('promoted'))
  const address = promoted === undefined ? undefined : entryAddress(promoted)
  return address === undefined ? undefined : nodeAt(handOver, address)
}

/**
 * Others that were promoted follow the one that stays: their Sentinel then never sees them as masters, and names none of
 * them. As soon as one is named, Sentinels re-point the rest themselves.
 */
async function subdue(context: RunContext, { members, master }: HandOver, { masters, named }: Seen, chosen: NodeId) {
  const address = parseAddress(members.find((one) => one.node === chosen)?.address ?? chosen)
  if (!address.ok || [...named.values()].some((node) => node !== master)) return
  await Promise.all(
    masters
      .filter((node) => node !== chosen && node !== master && mayTry(context, `subdue ${node}`))
      .map((node) =>
        within(
          context,
          LOOK_MS,
          context.extra('contingency', `have ${node} follow ${chosen}: both were promoted`, {
            node,
            peer: 'server',
            needsRole: 'master',
            commands: [
              ['REPLICAOF', address.value.host, String(address.value.port)],
              ['CONFIG', 'REWRITE'],
              ['CLIENT', 'KILL', 'TYPE', 'normal'],
              ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
            ],
            isAtomic: false,
            timeoutMs: context.deps.timeoutMs,
          }),
        ),
      ),
  )
}

/** One that is at no failover itself; everybody is closed before, so that whoever it promotes has all there is. */
async function breakTie(context: RunContext, { members, old, master, sentinel }: HandOver, { named, views }: Seen) {
  const epochs = [...named].flatMap(([one, node]) =>
    node === master ? [] : [{ node, epoch: views.get(one)?.configEpoch ?? 0 }],
  )
  const newest = Math.max(...epochs.map((one) => one.epoch))
  if (new Set(epochs.flatMap((one) => (one.epoch === newest ? [one.node] : []))).size < 2) return
  // Its demotion would open it again.
  if (!context.memory.has(OLD_DEMOTED)) return
  const idle = [...views.keys()].filter((one) => views.get(one)?.flags.has('failover_in_progress') !== true)
  const third = idle.includes(sentinel) ? sentinel : idle[0]
  const { clock, scope, timeoutMs } = context.deps
  const triedAt = context.memory.get(TIE_BROKEN_AT)
  if (third === undefined || (triedAt !== undefined && clock.now() - Number(triedAt) < TIE_AGAIN_MS)) return
  if (!mayTry(context, 'tie')) return
  await close(context, [old])
  if ([...members, old].some((one) => !context.memory.has(closedKey(one.node)))) return
  context.memory.set(TIE_BROKEN_AT, String(clock.now()))
  await within(
    context,
    LOOK_MS,
    context.extra('contingency', `have Sentinel ${third} fail over: two masters are named at one epoch`, {
      node: third,
      peer: 'sentinel',
      needsRole: 'sentinel',
      commands: [['SENTINEL', 'FAILOVER', scope.group]],
      isAtomic: false,
      timeoutMs,
    }),
  )
}

/** Every Sentinel that answers sends clients to it, and nobody else is master. */
function isAgreed({ named, masters }: Seen, chosen: NodeId): boolean {
  return named.size > 0 && [...named.values()].every((node) => node === chosen) && masters.length === 1
}

/** The fences come down, in the file too: a Sentinel that re-pointed the node has written them there. */
async function open(context: RunContext, handOver: HandOver): Promise<void> {
  await Promise.all(
    closedOf(context, handOver).map(async (node) => {
      const { minReplicas = '0', maxLag } = [...handOver.members, handOver.old].find((one) => one.node === node) ?? {}
      const trouble = await context.extra('undo', fenceTitle(node), {
        node,
        peer: 'server',
        needsRole: undefined,
        commands: [
          ['CONFIG', 'SET', 'min-replicas-to-write', minReplicas],
          ...(maxLag === '0' ? [['CONFIG', 'SET', 'min-replicas-max-lag', '0'] as const] : []),
          ['CONFIG', 'REWRITE'],
        ],
        isAtomic: false,
        timeoutMs: context.deps.timeoutMs,
      })
      // Without a configuration file the rewriting is refused, and there is nothing to keep.
      if (trouble === undefined || trouble.kind === 'refused')
        context.memory.set(`settled ${fenceTitle(node)}`, 'when all agreed')
    }),
  )
}

function closedOf({ memory }: RunContext, { members, old }: HandOver): readonly NodeId[] {
  return [...members, old]
    .map((one) => one.node)
    .filter((node) => memory.has(`tried close ${node}`) && !memory.has(`settled ${fenceTitle(node)}`))
}

function mayTry({ memory }: RunContext, what: string): boolean {
  const tries = Number(memory.get(`tried ${what}`) ?? 0)
  if (tries < MAX_TRIES) memory.set(`tried ${what}`, String(tries + 1))
  return tries < MAX_TRIES
}

function noteMaster({ memory }: RunContext, node: NodeId): void {
  const known = new Set(memory.get(WAS_MASTER)?.split(' '))
  memory.set(WAS_MASTER, [...known.add(node)].join(' '))
}

function mastersNoted({ memory }: RunContext): readonly NodeId[] {
  return memory.get(WAS_MASTER)?.split(' ') ?? []
}

/** Whether one that was a master in between, and is none any more, acknowledged writes: they are gone. */
function written({ memory }: RunContext, node: NodeId): Verified {
  const markIn = (key: string): WriteMark | undefined => {
    const text = memory.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as WriteMark)
  }
  const { hasWrites, because } = judgeWritten(markIn(levelKey(node)), markIn(closedKey(node)))
  return {
    what: `${node}, which was a master in between, took no write`,
    isSo: hasWrites === 'unknown' ? undefined : hasWrites === 'no',
    evidence: hasWrites === 'yes' ? `what it acknowledged is lost: ${because}` : because,
  }
}

/** For those who only know its address. */
export function addressOfMember(context: RunContext, node: NodeId): string | undefined {
  const member = handOverOf(context)?.members.find((one) => one.node === node)
  const parsed = parseAddress(member?.address ?? '')
  return parsed.ok ? formatAddress(parsed.value) : undefined
}
