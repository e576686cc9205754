import type { NodeId } from '../address.ts'
import type { SentinelMaster } from '../replies/reply-types.ts'
import type { Draft, Intent, PreflightCheck } from './model.ts'
import { factsAbout, factsOf, type Observed, type ObservedSentinel } from './observed.ts'
import { check, step } from './seal.ts'
import { entryAddress, type PlanInput } from './switchover.ts'

/** What SENTINEL SET may change from here, and how its present value is read. */
const SETTABLE: ReadonlyMap<string, (master: SentinelMaster) => number | undefined> = new Map([
  ['quorum', (master) => master.quorum],
  ['down-after-milliseconds', (master) => master.downAfterMs],
  ['failover-timeout', (master) => master.failoverTimeoutMs],
  ['parallel-syncs', (master) => master.parallelSyncs],
])

const RELEARN_MS = 30_000

/** Asks every Sentinel whether it could have a leader elected. Changes nothing. */
export function planCkquorum(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  return {
    target: intent.group,
    steps: [...observed.sentinels.keys()].map((node) =>
      step({ title: `ask ${node}`, node, peer: 'sentinel', commands: [['SENTINEL', 'CKQUORUM', intent.group]] }),
    ),
    preflight: [named(snapshot.isNamedBySentinel, observed)],
    blastRadius: ['nothing is changed'],
    confirm: intent.group,
    relies: {},
  }
}

/** Sets the group's parameters on every Sentinel: each keeps its own. */
export function planSentinelSet(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  const sentinels = [...observed.sentinels.values()]
  const settings = [...intent.settings]
  const bad = settings.filter(([key, value]) => !SETTABLE.has(key) || !/^[1-9]\d{0,9}$/.test(value))
  const changes = sentinels.flatMap((sentinel) =>
    settings.flatMap(([key, value]) => {
      const was = sentinel.master === undefined ? undefined : SETTABLE.get(key)?.(sentinel.master)
      return was === undefined || String(was) === value ? [] : [{ node: sentinel.node, key, value, was: String(was) }]
    }),
  )
  const quorum = Number(intent.settings.get('quorum') ?? 0)
  return {
    target: `${sentinels.length} Sentinels: ${settings.map(([key]) => key).join(', ')}`,
    steps: changes.map(({ node, key, value, was }) =>
      step({
        title: `set ${key} on ${node}`,
        node,
        peer: 'sentinel',
        commands: [['SENTINEL', 'SET', intent.group, key, value]],
        undo: {
          title: `restore ${key} on ${node}`,
          node,
          peer: 'sentinel',
          commands: [['SENTINEL', 'SET', intent.group, key, was]],
        },
        wait: { kind: 'sentinel-reads', params: { key, value } },
      }),
    ),
    preflight: [
      named(snapshot.isNamedBySentinel, observed),
      settings.length === 0 || bad.length > 0
        ? check(
            'settings',
            'failed',
            bad.length > 0
              ? `${bad.map(([key]) => key).join(', ')}: one of ${[...SETTABLE.keys()].join(', ')}, a whole number`
              : 'no setting is given: NAME=VALUE',
          )
        : check('settings', 'passed', settings.map(([key, value]) => `${key} ${value}`).join(', ')),
      silent(sentinels),
      noFailover(sentinels),
      ...(quorum > sentinels.length
        ? [check('quorum', 'failed', `a quorum of ${quorum} can never be reached by ${sentinels.length} Sentinels`)]
        : []),
      changes.length === 0
        ? check('changes', 'failed', 'it is so already on every Sentinel')
        : check('changes', 'passed', changes.length === 1 ? '1 value changes' : `${changes.length} values change`),
    ],
    blastRadius: changes.map(({ node, key, was, value }) => `${node}: ${key} ${was} -> ${value}, kept in its file`),
    confirm: intent.group,
    relies: factsAbout(factsOf(observed), ['sentinel:']),
    particulars: { settings: JSON.stringify(settings) },
  }
}

/** Makes Sentinels forget entries that are gone for good, one Sentinel at a time, the live ones back before the next. */
export function planSentinelReset(intent: Intent, { snapshot, observed }: PlanInput): Draft {
  const sentinels = [...observed.sentinels.values()]
  const master = snapshot.master
  const isMasterUp = master !== undefined && observed.servers.get(master)?.role?.role === 'master'
  const gone = goneEntries(sentinels, observed)
  const live = [...observed.servers.values()].filter(
    (one) => one.failure === undefined && one.node !== master && isDirect(one.node, snapshot),
  )
  return {
    target: `${intent.group} on ${sentinels.length} Sentinels`,
    steps: sentinels.map(({ node }) =>
      step({
        title: `reset ${intent.group} on ${node}, then wait until it knows all live nodes again`,
        node,
        peer: 'sentinel',
        commands: [['SENTINEL', 'RESET', intent.group]],
        isIrreversible: true,
        wait: {
          kind: 'sentinel-relearnt',
          params: {
            replicas: live.map((one) => one.node).join(' '),
            sentinels: String(sentinels.filter((one) => one.failure === undefined).length - 1),
            leastMs: String(RELEARN_MS),
          },
        },
        timeoutMs: 120_000,
      }),
    ),
    preflight: [
      named(snapshot.isNamedBySentinel, observed),
      isMasterUp
        ? check('master-answers', 'passed', `${master} says that it is master: what is forgotten comes back from it`)
        : check(
            'master-answers',
            'failed',
            'the master does not answer: everything forgotten would stay forgotten, and no failover be possible',
          ),
      silent(sentinels),
      noFailover(sentinels),
      ...sentinels.flatMap((one) =>
        one.quorumCheck?.isReachable === false
          ? [check('quorum', 'failed', `${one.node}: ${one.quorumCheck.text}`)]
          : [],
      ),
      ...gone.map((entry) =>
        check(
          `gone-for-good@${entry}`,
          'warned',
          `${entry} does not answer and will be forgotten: if it comes back it is nobody's replica, and may be a second master`,
        ),
      ),
    ],
    blastRadius: [
      `for up to ${RELEARN_MS / 1000} s each Sentinel in turn knows neither replicas nor peers and can neither vote nor fail over`,
      gone.length === 0 ? 'no entry will vanish: everything known answers' : `will vanish: ${gone.join(', ')}`,
    ],
    confirm: intent.group,
    relies: factsAbout(factsOf(observed), ['sentinel:']),
  }
}

function isDirect(node: NodeId, snapshot: PlanInput['snapshot']): boolean {
  return snapshot.links.some((link) => link.replica === node && link.upstream === snapshot.master)
}

/** Entries that a Sentinel holds for down, or that answer nobody. */
function goneEntries(sentinels: readonly ObservedSentinel[], observed: Observed): readonly string[] {
  const entries = sentinels.flatMap((one) => [...(one.replicas ?? []), ...(one.peers ?? [])])
  const names = entries.flatMap((entry) => {
    const address = entryAddress(entry)
    const isSilent = address !== undefined && observed.servers.get(address)?.failure !== undefined
    return address !== undefined && (entry.flags.has('s_down') || entry.flags.has('disconnected') || isSilent)
      ? [address]
      : []
  })
  return [...new Set(names)].sort()
}

function named(isNamed: boolean, observed: Observed): PreflightCheck {
  return isNamed && observed.sentinels.size > 0
    ? check('sentinel', 'passed', `${observed.sentinels.size} Sentinels monitor the group`)
    : check('sentinel', 'failed', 'no Sentinel monitors this group')
}

function silent(sentinels: readonly ObservedSentinel[]): PreflightCheck {
  const none = sentinels.filter((one) => one.failure !== undefined || one.master === undefined)
  return none.length === 0
    ? check('sentinels-answer', 'passed', `${sentinels.length} of ${sentinels.length} answer`)
    : check(
        'sentinels-answer',
        'failed',
        `${none.map((one) => one.node).join(', ')} cannot be asked from here: it would keep the old`,
      )
}

function noFailover(sentinels: readonly ObservedSentinel[]): PreflightCheck {
  const busy = sentinels.filter((one) => one.master?.flags.has('failover_in_progress') === true)
  return busy.length === 0
    ? check('no-failover', 'passed', 'no Sentinel is failing over')
    : check('no-failover', 'failed', `a failover is under way by ${busy.map((one) => one.node).join(', ')}`)
}
