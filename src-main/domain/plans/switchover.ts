import { formatAddress, parseAddress, type NodeId } from '../address.ts'
import { compareCandidates, isChained, sentinelCandidates, type Candidate } from '../failover/candidates.ts'
import { quorumForecast } from '../failover/works.ts'
import { isAtLeast } from '../replies/version.ts'
import { counted } from '../text.ts'
import type { GroupSnapshot, SentinelView } from '../topology/model.ts'
import { idOf } from './nodes.ts'
import type { CommandWords, Contingency, Draft, Facts, Intent, Plan, PreflightCheck, Undo } from './model.ts'
import { factsAbout, factsOf, type Observed, type ObservedSentinel } from './observed.ts'
import { check, step } from './seal.ts'

/** A longer pause makes Sentinel see the master as down. */
const LONGEST_PAUSE_MS = 5000
/** A promotion takes Sentinel up to three of its rounds of 50 to 100 ms. */
const PROMOTION_MS = 350
/** A refusal of all writes, whatever the number of replicas. */
export const CLOSED_FENCE = '999'
const RIVAL = 'another Sentinel fails over at the same time'
/** Two Sentinels that left different masters see after down-after and this that theirs is none, and elect one. */
const ROLE_MISMATCH_MS = 40_000
const LEAST_HEAL_MS = 60_000
/** Replicas further behind than this are not asked to catch up within a pause. */
const LAG_GATE_BYTES = 16 * 1024 * 1024
const MAX_ACK_AGE_SECONDS = 2
const DEFAULT_MAX_LAG = '10'
const ACTION_CLIENT = /^repliscope-act-/

/** What the planner is given besides the intent. */
export interface PlanInput {
  readonly snapshot: GroupSnapshot
  /** Read on the planner's own connections just now. */
  readonly observed: Observed
  /** When the last action that moved the master of this group ended here, epoch ms; undefined: none known. */
  readonly lastMovedAt: number | undefined
  /** The plan of an earlier run that is to be taken up; absent: none. */
  readonly resumed?: Plan | undefined
}

/** Everything that a hand-over rests on, gathered once. */
export interface Setting {
  readonly master: NodeId
  /** The Sentinel to ask: of those that answer, the one with the smallest id. */
  readonly sentinel: ObservedSentinel | undefined
  /** Who could be promoted, best first. */
  readonly candidates: readonly Candidate[]
  /**
   * Whoever Sentinel could pick by the time it is asked: the candidates, and direct replicas that answer although it sees
   * them as down now (it may see them again a moment later). Never empty where there is a candidate.
   */
  readonly couldWin: readonly NodeId[]
  readonly wanted: NodeId | undefined
  readonly expected: NodeId | undefined
  readonly pauseMs: number
  readonly leaveMs: number
  /** Within this Sentinels that disagree come to agree by themselves. */
  readonly healMs: number
  readonly fence: number
  readonly oldMin: string | undefined
  readonly oldLag: string | undefined
  /** The temporary priority of the wanted replica; undefined: it wins as it is. */
  readonly prefer: { readonly priority: number; readonly was: number } | undefined
}

/**
 * A hand-over under Sentinel that loses no acknowledged write: fence, bounded pause, level by the replicas' own offsets,
 * one Sentinel, demotion in one transaction. The order is what was measured; nothing in it is for taste.
 */
export function planSwitchover(intent: Intent, input: PlanInput): Draft {
  const setting = settle(intent, input)
  const preflight = checks(intent, input, setting)
  return {
    target: `${intent.group}: ${setting.master} -> ${setting.expected ?? 'nobody'}`,
    steps: stepsOf(intent, setting, input),
    contingencies: contingencies(intent, setting, input),
    preflight,
    blastRadius: blastRadius(input, setting),
    confirm: intent.group,
    relies: relied(input, setting),
    particulars: {
      master: setting.master,
      expected: setting.expected ?? '',
      wanted: setting.wanted ?? '',
      sentinel: setting.sentinel?.node ?? '',
      candidates: setting.couldWin.join(' '),
      oldMin: setting.oldMin ?? '',
      pauseMs: String(setting.pauseMs),
    },
  }
}

/** Gathers it. */
export function settle(intent: Intent, { snapshot, observed }: PlanInput): Setting {
  const master = snapshot.master ?? ''
  const sentinel = chosenSentinel(observed)
  const view = viewOf(snapshot, sentinel)
  const all = view === undefined ? [] : sentinelCandidates(snapshot, view, {})
  const candidates = all.filter((one) => one.rejectedBecause === undefined).sort(compareCandidates)
  const direct = snapshot.links
    .filter((link) => link.upstream === master)
    .map((link) => link.replica)
    .filter((node) => {
      const own = observed.servers.get(node)
      return own?.role?.role === 'replica' && own.info?.replication.priority !== 0
    })
  const wanted = intent.to === undefined || intent.to === 'no-one' ? undefined : idOf(snapshot, intent.to)
  const downAfterMs = Math.min(
    ...[...observed.sentinels.values()].flatMap((one) => one.master?.downAfterMs ?? []),
    Number.MAX_SAFE_INTEGER,
  )
  const pauseMs = Math.floor(Math.min(LONGEST_PAUSE_MS, downAfterMs / 2))
  const config = observed.servers.get(master)?.config
  const oldMin = config?.get('min-replicas-to-write') ?? config?.get('min-slaves-to-write')
  return {
    master,
    sentinel,
    candidates,
    couldWin: [...new Set([...candidates.map((one) => one.node), ...direct])],
    wanted,
    expected: wanted ?? candidates[0]?.node,
    pauseMs,
    leaveMs: Math.max(Math.ceil(pauseMs / 2), Math.min(PROMOTION_MS, Math.floor(pauseMs * 0.7))),
    healMs: Math.max(LEAST_HEAL_MS, Math.min(downAfterMs, 600_000) + ROLE_MISMATCH_MS),
    fence: Math.max(Number(oldMin ?? 0), onlineReplicas(observed, master)),
    oldMin,
    oldLag: config?.get('min-replicas-max-lag') ?? config?.get('min-slaves-max-lag'),
    prefer: wanted === undefined ? undefined : preference(candidates, wanted),
  }
}

/** Two Sentinels asked at once left different masters at one epoch: always the same one is asked. */
/** What that Sentinel believes, as read just now where the picture does not have it yet. */
function viewOf(snapshot: GroupSnapshot, sentinel: ObservedSentinel | undefined): SentinelView | undefined {
  if (sentinel === undefined) return undefined
  const known = snapshot.views.find((one) => one.sentinel === sentinel.node)
  if (known?.replicas !== undefined) return known
  const { node, myId, master, replicas, peers, quorumCheck } = sentinel
  const named = master === undefined ? undefined : entryAddress(master)
  const withNode = <T extends Parameters<typeof entryAddress>[0]>(entries: readonly T[] | undefined) =>
    entries?.flatMap((entry) => {
      const address = entryAddress(entry)
      return address === undefined ? [] : [{ ...entry, node: idOf(snapshot, address) ?? address }]
    })
  return {
    sentinel: node,
    sentinelId: myId,
    isReachable: true,
    at: undefined,
    master: named === undefined ? undefined : (idOf(snapshot, named) ?? named),
    facts: master,
    replicas: withNode(replicas),
    peers: withNode(peers),
    quorumCheck,
  }
}

function chosenSentinel(observed: Observed): ObservedSentinel | undefined {
  return [...observed.sentinels.values()]
    .filter((one) => one.failure === undefined && one.master !== undefined && one.myId !== undefined)
    .sort((a, b) => ((a.myId ?? '') < (b.myId ?? '') ? -1 : 1))[0]
}

function onlineReplicas(observed: Observed, master: NodeId): number {
  const lines = observed.servers.get(master)?.info?.replication.replicas ?? []
  return lines.filter((line) => line.state === 'online' && line.port !== 0).length
}

/** A priority below everybody else's, when the wanted one would not win by its own; undefined: no need, or no room below. */
function preference(candidates: readonly Candidate[], wanted: NodeId): Setting['prefer'] {
  const own = candidates.find((one) => one.node === wanted)
  const others = candidates.filter((one) => one.node !== wanted)
  if (own === undefined || others.length === 0) return undefined
  const best = Math.min(...others.map((one) => one.priority))
  if (own.priority < best || best <= 1) return undefined
  return { priority: Math.max(1, Math.floor(best / 2)), was: own.priority }
}

function stepsOf(intent: Intent, setting: Setting, input: PlanInput): Draft['steps'] {
  const { snapshot } = input
  const { master, sentinel, couldWin, expected, pauseMs, leaveMs, prefer } = setting
  if (sentinel === undefined || expected === undefined) return []
  const names = couldWin.join(' ')
  const priorityKey = `server:${expected}:config:replica-priority`
  const address = addressOf(snapshot, sentinel.node, expected)
  const unfence = restoreFence(setting)
  return [
    ...(prefer === undefined
      ? []
      : [
          step({
            title: `prefer ${expected}`,
            node: expected,
            peer: 'server',
            commands: [['CONFIG', 'SET', 'replica-priority', String(prefer.priority)]],
            undo: {
              title: `restore the priority of ${expected}`,
              node: expected,
              commands: [['CONFIG', 'SET', 'replica-priority', String(prefer.was)]],
            },
            needsRole: 'replica',
            causes: { [priorityKey]: String(prefer.priority) },
            wait: {
              kind: 'sentinel-sees-priority',
              params: { sentinel: sentinel.node, address: address.text, priority: String(prefer.priority) },
            },
            timeoutMs: 20_000,
          }),
        ]),
    step({
      title: 'fence: without its replicas the master refuses writes',
      node: master,
      peer: 'server',
      commands: fenceCommands(setting),
      undo: { title: 'restore the fence', node: master, commands: unfence },
      needsRole: 'master',
      causes: {
        [`server:${master}:config:min-replicas-to-write`]: String(setting.fence),
        ...(setting.oldLag === '0' ? { [`server:${master}:config:min-replicas-max-lag`]: DEFAULT_MAX_LAG } : {}),
      },
    }),
    step({
      title: `pause writes for at most ${pauseMs} ms`,
      node: master,
      peer: 'server',
      commands: [['CLIENT', 'PAUSE', String(pauseMs), 'WRITE']],
      undo: { title: 'let writes go on', node: master, commands: [['CLIENT', 'UNPAUSE']] },
      needsRole: 'master',
    }),
    step({
      title: 'every replica that could win has all the master has',
      node: master,
      peer: 'server',
      commands: [],
      wait: { kind: 'level', params: { candidates: names, pauseMs: String(pauseMs), leaveMs: String(leaveMs) } },
      timeoutMs: pauseMs,
    }),
    step({
      title: `have Sentinel ${sentinel.node} fail over`,
      node: sentinel.node,
      peer: 'sentinel',
      commands: [['SENTINEL', 'FAILOVER', intent.group]],
      isIrreversible: true,
      isPointOfNoReturn: true,
      withinPause: { pauseMs, leaveMs },
    }),
    step({
      title: 'a replica says that it is master',
      node: expected,
      peer: 'server',
      commands: [],
      wait: {
        kind: 'promoted',
        params: {
          candidates: names,
          pauseMs: String(pauseMs),
          master,
          sentinel: sentinel.node,
          masterAddress: (sentinel.master === undefined ? undefined : entryAddress(sentinel.master)) ?? master,
          members: JSON.stringify(membersOf(couldWin, input, sentinel.node)),
          oldMaster: JSON.stringify(membersOf([master], input, sentinel.node)[0]),
          healMs: String(setting.healMs),
        },
      },
      timeoutMs: Math.min(60_000, sentinel.master?.failoverTimeoutMs ?? 60_000) + 10_000,
    }),
    step({
      title: 'demote the old master: follow the new one, restore the fence, keep it in the file, move its clients',
      node: master,
      peer: 'server',
      commands: [
        ['ROLE'],
        // With the offset of ROLE its changes counter: hellos of Sentinels move the one, writes both.
        ['INFO', 'persistence'],
        ['REPLICAOF', address.host, address.port],
        ...unfence,
        ['CONFIG', 'REWRITE'],
        ['CLIENT', 'KILL', 'TYPE', 'normal'],
        ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
      ],
      isAtomic: true,
      isIrreversible: true,
      needsRole: 'master',
    }),
    step({
      title: 'end the pause',
      node: master,
      peer: 'server',
      commands: [['CLIENT', 'UNPAUSE']],
      needsRole: 'replica',
    }),
    ...(prefer === undefined
      ? []
      : [
          step({
            title: `restore the priority of ${expected}`,
            node: expected,
            peer: 'server',
            commands: [
              ['CONFIG', 'SET', 'replica-priority', String(prefer.was)],
              // Sentinel's own CONFIG REWRITE has put the temporary one into the file.
              ['CONFIG', 'REWRITE'],
            ],
          }),
        ]),
  ]
}

/** One that could win, or the old master, and what a fence on it is taken back to. */
export interface Member {
  readonly node: NodeId
  /** As its peers name it, `host:port`. */
  readonly address: string
  /** Undefined: not readable, so that it could not be restored either. */
  readonly minReplicas: string | undefined
  readonly maxLag: string | undefined
}

function membersOf(nodes: readonly NodeId[], { snapshot, observed }: PlanInput, sentinel: NodeId): readonly Member[] {
  return nodes.map((node) => {
    const config = observed.servers.get(node)?.config
    return {
      node,
      address: addressOf(snapshot, sentinel, node).text,
      minReplicas: config?.get('min-replicas-to-write') ?? config?.get('min-slaves-to-write'),
      maxLag: config?.get('min-replicas-max-lag') ?? config?.get('min-slaves-max-lag'),
    }
  })
}

/** A person, or a Sentinel by itself, may begin a failover right after ours, and then two replicas can be promoted. */
function contingencies(intent: Intent, setting: Setting, input: PlanInput): readonly Contingency[] {
  const { master, sentinel, couldWin, expected } = setting
  const close: CommandWords = ['CONFIG', 'SET', 'min-replicas-to-write', CLOSED_FENCE]
  if (sentinel === undefined || expected === undefined) return []
  const members = membersOf(couldWin, input, sentinel.node)
  return [
    { when: 'nobody is master yet when the pause nears its end', node: master, command: close },
    ...couldWin.map((node) => ({ when: `${RIVAL}, until all Sentinels agree`, node, command: close })),
    ...couldWin.flatMap((node) => {
      const other = node === expected ? couldWin.find((one) => one !== node) : expected
      const address = parseAddress(members.find((one) => one.node === other)?.address ?? '')
      if (!address.ok) return []
      const { host, port } = address.value
      const command: CommandWords = ['REPLICAOF', host, String(port)]
      return [{ when: `${RIVAL} and promotes it besides ${other ?? ''}`, node, command }]
    }),
    ...[...input.observed.sentinels.keys()]
      .filter((node) => node !== sentinel.node)
      .map((node) => ({
        when: 'two Sentinels name different masters at one epoch, which only a third one can end',
        node,
        peer: 'sentinel' as const,
        command: ['SENTINEL', 'FAILOVER', intent.group] as const,
      })),
  ]
}

function fenceCommands({ fence, oldLag }: Setting): readonly CommandWords[] {
  const set: CommandWords = ['CONFIG', 'SET', 'min-replicas-to-write', String(fence)]
  return oldLag === '0' ? [['CONFIG', 'SET', 'min-replicas-max-lag', DEFAULT_MAX_LAG], set] : [set]
}

function restoreFence({ oldMin = '0', oldLag }: Setting): Undo['commands'] {
  const set: CommandWords = ['CONFIG', 'SET', 'min-replicas-to-write', oldMin]
  return oldLag === '0' ? [set, ['CONFIG', 'SET', 'min-replicas-max-lag', '0']] : [set]
}

/** How its peers name a node: never by an address that only we can reach. */
export function addressOf(snapshot: GroupSnapshot, sentinel: NodeId, node: NodeId) {
  const entry = snapshot.views.find((view) => view.sentinel === sentinel)?.replicas?.find((one) => one.node === node)
  const parsed = parseAddress(node)
  const host = entry?.host ?? (parsed.ok ? parsed.value.host : node)
  const port = String(entry?.port ?? (parsed.ok ? parsed.value.port : 0))
  return { host, port, text: `${host}:${port}` }
}

/** The facts that a hand-over relies on. */
export function relied({ snapshot, observed }: PlanInput, { master, candidates }: Setting): Facts {
  const facts = factsOf(observed)
  const direct = snapshot.links.filter((link) => link.upstream === master).map((link) => link.replica)
  const members = [...new Set([...candidates.map((one) => one.node), ...direct])]
  return factsAbout(facts, [
    `server:${master}:run-id`,
    `server:${master}:role`,
    `server:${master}:replid`,
    `server:${master}:config:min-`,
    ...members.flatMap((node) =>
      ['run-id', 'role', 'follows', 'link', 'config:replica-priority'].map((key) => `server:${node}:${key}`),
    ),
    ...[...observed.sentinels.keys()].map((node) => `sentinel:${node}:`),
  ])
}

function checks(intent: Intent, input: PlanInput, setting: Setting): readonly PreflightCheck[] {
  const { snapshot, observed } = input
  const { master, sentinel, wanted } = setting
  if (snapshot.master === undefined || !snapshot.isNamedBySentinel || sentinel === undefined)
    return [
      check(
        'sentinel',
        'failed',
        snapshot.master === undefined
          ? 'no master is agreed on'
          : !snapshot.isNamedBySentinel
            ? 'no Sentinel monitors this group'
            : 'no Sentinel that tells its id (6.2 and later) answers from here',
      ),
    ]
  const sentinels = [...observed.sentinels.values()]
  const silent = sentinels.filter((one) => one.failure !== undefined).map((one) => one.node)
  const underWay = sentinels.filter((one) => one.master?.flags.has('failover_in_progress') === true)
  const disagreeing = snapshot.views.filter((view) => view.isReachable && view.master !== master)
  const quorum = quorumForecast(snapshot, {})
  const noQuorum = sentinels.filter((one) => one.quorumCheck?.isReachable === false).map((one) => one.node)
  return [
    snapshot.masters.length === 1 && disagreeing.length === 0
      ? check('one-master', 'passed', `${master}, by itself and by every Sentinel that answers`)
      : check(
          'one-master',
          'failed',
          `masters by their own word: ${snapshot.masters.join(', ')}; Sentinels that name another: ${disagreeing.map((view) => view.sentinel).join(', ') || 'none'}`,
        ),
    quorum.ok && noQuorum.length === 0
      ? check(
          'quorum',
          'passed',
          `${counted(quorum.reachable, 'Sentinel')} can vote, ${quorum.majorityNeeded ?? '?'} are needed`,
        )
      : check(
          'quorum',
          'failed',
          `${counted(quorum.reachable, 'Sentinel')} can vote, ${quorum.majorityNeeded ?? '?'} are needed${noQuorum.length > 0 ? `; no quorum by ${noQuorum.join(', ')}` : ''}`,
        ),
    silent.length === 0
      ? check('sentinels-answer', 'passed', `${sentinels.length} of ${sentinels.length} answer`)
      : check(
          'sentinels-answer',
          'warned',
          `${silent.join(', ')} cannot be asked from here: a failover of theirs would not be seen`,
        ),
    underWay.length === 0
      ? check('no-failover', 'passed', 'no Sentinel is failing over')
      : check('no-failover', 'failed', `a failover is under way by ${underWay.map((one) => one.node).join(', ')}`),
    rivals(observed, master),
    versions(observed, master),
    settings(observed, setting),
    pauseBound(setting),
    ...candidateChecks(input, setting, intent),
    ...lagChecks(input, setting),
    configFile(observed, master),
    ...afterwards(input, setting),
    ...chains(snapshot, setting),
    coolDown(input),
    ...(wanted !== undefined && setting.prefer !== undefined
      ? [
          check(
            'priority-set-for-it',
            'passed',
            `${wanted} gets priority ${setting.prefer.priority} for the time (it has ${setting.prefer.was}), restored afterwards; Sentinel reads it within 10 s`,
          ),
        ]
      : []),
  ]
}

/** No other action is connected to the master. */
export function rivals(observed: Observed, master: NodeId): PreflightCheck {
  const names = observed.servers.get(master)?.clientNames
  if (names === undefined)
    return check('no-other-action', 'warned', `CLIENT LIST is not permitted on ${master}: other actions cannot be seen`)
  const others = names.filter((name) => ACTION_CLIENT.test(name))
  return others.length === 0
    ? check('no-other-action', 'passed', `none of ${names.length} clients of ${master} is an action`)
    : check('no-other-action', 'failed', `another action is connected to ${master}: ${others.join(', ')}`)
}

function versions(observed: Observed, master: NodeId): PreflightCheck {
  const server = observed.servers.get(master)?.info?.server
  const canPause = server === undefined ? undefined : isAtLeast(server, { redis: '6.2.0', valkey: '7.2.0' })
  const words = `${server?.flavour ?? 'unknown'} ${server?.version ?? ''}`.trim()
  return canPause === true
    ? check('can-pause', 'passed', `${master} is ${words}`)
    : check(
        'can-pause',
        'failed',
        `${master} is ${words}: before 6.2 a pause cannot be ended, and holds up what ends the hand-over too. Closing the master to writes instead needs a second process that opens it again should this one die; this build has none`,
      )
}

function settings(observed: Observed, { master, oldMin, oldLag, fence }: Setting): PreflightCheck {
  if (oldMin === undefined || oldLag === undefined)
    return check('fence', 'failed', `min-replicas-to-write of ${master} cannot be read, so it could not be restored`)
  const online = onlineReplicas(observed, master)
  return online === 0
    ? check('fence', 'failed', `${master} has no replica online`)
    : check(
        'fence',
        'passed',
        `min-replicas-to-write ${oldMin} -> ${fence} (${counted(online, 'replica')} online), restored afterwards`,
      )
}

function pauseBound({ pauseMs }: Setting): PreflightCheck {
  return pauseMs >= 400
    ? check(
        'pause',
        'passed',
        `at most ${pauseMs} ms: half of the smallest down-after-milliseconds, never more than 5 s`,
      )
    : check(
        'pause',
        'failed',
        `half of the smallest down-after-milliseconds is ${pauseMs} ms: too short for a promotion`,
      )
}

/** The wanted one would win. */
export function candidateChecks({ snapshot }: PlanInput, setting: Setting, intent: Intent): readonly PreflightCheck[] {
  const { candidates, wanted, expected, prefer, master } = setting
  if (intent.to !== undefined && wanted === undefined)
    return [check('winner', 'failed', `${intent.to} is not a node of this group`)]
  if (wanted === master) return [check('winner', 'failed', `${master} is the master already`)]
  if (expected === undefined) return [check('winner', 'failed', 'no replica can be promoted')]
  if (wanted === undefined)
    return [
      check('winner', 'passed', `${candidates.map((one) => one.node).join(' or ')}: all of them are brought level`),
    ]
  const own = candidates.find((one) => one.node === wanted)
  if (own === undefined) {
    const why = isChained(snapshot, wanted) ? 'it follows another replica' : 'Sentinel would not take it'
    return [check('winner', 'failed', `${wanted} cannot be promoted: ${why}`)]
  }
  const better = candidates.filter((one) => one.node !== wanted && one.priority <= own.priority)
  if (better.length === 0 || prefer !== undefined) return [check('winner', 'passed', wanted)]
  return [
    check(
      'winner',
      'failed',
      `Sentinel would pick ${better[0]?.node ?? ''} (priority ${better[0]?.priority ?? '?'}) before ${wanted} (priority ${own.priority}): raise its replica-priority first`,
    ),
  ]
}

/** Everybody who could win must be able to catch up within the pause; a stalled one with a better priority would win empty-handed. */
export function lagChecks(
  { snapshot, observed }: PlanInput,
  { candidates, master }: Setting,
): readonly PreflightCheck[] {
  const direct = snapshot.links.filter((link) => link.upstream === master)
  const watched = [...new Set([...candidates.map((one) => one.node), ...direct.map((link) => link.replica)])]
  const bad = watched.flatMap((node) => {
    const link = direct.find((one) => one.replica === node)
    const server = observed.servers.get(node)
    if (server?.failure !== undefined || server?.info === undefined) return [`${node} does not answer`]
    if (server.info.replication.masterLink !== 'up') return [`${node} has no link to its master`]
    if ((link?.ackAgeSeconds ?? 0) > MAX_ACK_AGE_SECONDS)
      return [`${node} last acknowledged ${link?.ackAgeSeconds ?? '?'} s ago`]
    const lag = link?.byteLag?.high
    return lag !== undefined && lag > LAG_GATE_BYTES
      ? [`${node} lacks up to ${lag} bytes (gate ${LAG_GATE_BYTES})`]
      : []
  })
  return [
    bad.length === 0
      ? check('replicas-keep-up', 'passed', watched.map((node) => `${node} answers, linked`).join(', '))
      : check('replicas-keep-up', 'failed', bad.join('; ')),
  ]
}

function configFile(observed: Observed, master: NodeId): PreflightCheck {
  const file = observed.servers.get(master)?.info?.server.configFile
  if (file === undefined)
    return check('config-file', 'warned', `whether ${master} has a configuration file is not shown`)
  return file === ''
    ? check(
        'config-file',
        'warned',
        `${master} was started without a file: restarted, it comes back as a master until Sentinel demotes it`,
      )
    : check('config-file', 'passed', `${file} keeps what it follows`)
}

/** Where min-replicas equals all replicas the new master takes writes only when a second one is back. */
function afterwards({ observed }: PlanInput, { candidates, expected }: Setting): readonly PreflightCheck[] {
  const required = Number(observed.servers.get(expected ?? '')?.config?.get('min-replicas-to-write') ?? 0)
  if (!(required > 0)) return []
  const left = candidates.length - 1
  return required <= left
    ? []
    : [
        check(
          'writes-afterwards',
          'warned',
          `${expected ?? ''} needs ${required} replicas to take writes and ${left} follow at once: writes wait until the old master is back (about 1 s)`,
        ),
      ]
}

/** What follows a replica that could be promoted. */
export function chains(snapshot: GroupSnapshot, { candidates, wanted, master }: Setting): readonly PreflightCheck[] {
  const possible = (wanted === undefined ? candidates.map((one) => one.node) : [wanted]).filter(
    (node) => node !== master,
  )
  const children = snapshot.links.filter((link) => link.upstream !== undefined && possible.includes(link.upstream))
  if (children.length === 0) return []
  const words = children.map(
    (link) =>
      `${link.replica} follows ${link.upstream ?? ''} (priority ${snapshot.nodes.get(link.replica)?.info?.replication.priority ?? 'unknown'})`,
  )
  return [
    check(
      'chained-replica',
      'warned',
      `${words.join('; ')}: promoting its upstream makes it known to Sentinel and electable; chaining it again is undone by Sentinel`,
    ),
  ]
}

/** Sentinels do not fail over again within twice the failover time-out of the last one: nor should a person, without a reason. */
export function coolDown({ snapshot, observed, lastMovedAt }: PlanInput): PreflightCheck {
  const views = [...observed.sentinels.values()].flatMap((one) => one.master ?? [])
  const waitMs = 2 * Math.max(0, ...views.map((one) => one.failoverTimeoutMs ?? 0))
  const hasMoved = Math.max(0, ...views.map((one) => one.configEpoch ?? 0)) > 0
  const sinceSwitch = hasMoved ? Math.max(0, ...views.map((one) => one.roleReportedMs ?? 0)) : undefined
  const sinceOurs = lastMovedAt === undefined ? undefined : observed.at - lastMovedAt
  const known = [sinceSwitch, sinceOurs].flatMap((one) => one ?? [])
  const since = known.length === 0 ? undefined : Math.min(...known)
  if (since === undefined || since >= waitMs)
    return check(
      'cool-down',
      'passed',
      `no failover of ${snapshot.name} within the last ${Math.round(waitMs / 1000)} s`,
    )
  return check(
    'cool-down',
    'warned',
    `the last failover was about ${Math.round(since / 1000)} s ago; twice failover-timeout is ${Math.round(waitMs / 1000)} s`,
    true,
  )
}

/** What the shorter way would do instead; the numbers are of one run, with two busy writers. */
export const FAILOVER_ALONE =
  'beside it: SENTINEL FAILOVER alone neither pauses nor waits, and clients write to the old master until it is demoted, 8 to 20 s later; measured on 7.0.15 it lost 181,674 of 354,216 acknowledged writes'

function blastRadius({ snapshot, observed }: PlanInput, setting: Setting): readonly string[] {
  const { master, expected, candidates, pauseMs, wanted } = setting
  const clients = observed.servers.get(master)?.info?.clients
  return [
    `writes to ${master} wait for up to ${pauseMs} ms (as a rule 0.3 s), up to 3 times where the machine that this runs on is too busy; reads go on`,
    `${clients?.connected ?? 'an unknown number of'} clients of ${master} are cut off and have to ask Sentinel again; ${clients?.blocked ?? 'an unknown number'} of them are blocked in a command`,
    wanted === undefined
      ? `${candidates.map((one) => one.node).join(' or ') || 'nobody'} becomes master`
      : `${expected ?? 'nobody'} becomes master`,
    `${snapshot.replicas.length} replicas are re-pointed; ${master} becomes a replica`,
    'no acknowledged write is lost, even when this program dies in the middle; only if a second Sentinel is told to fail over within the same second and this program dies just then, a few can be',
    FAILOVER_ALONE,
  ]
}

/** `host:port` of a Sentinel's entry. */
export function entryAddress(entry: {
  readonly host: string | undefined
  readonly port: number | undefined
}): string | undefined {
  return entry.host === undefined || entry.port === undefined
    ? undefined
    : formatAddress({ host: entry.host, port: entry.port })
}
