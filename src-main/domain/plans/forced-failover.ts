import type { Draft, Intent, PreflightCheck } from './model.ts'
import { afterFailover } from '../resync/after-failover.ts'
import { fullSyncChecks } from './full-sync-checks.ts'
import { check, step } from './seal.ts'
import {
  addressOf,
  candidateChecks,
  chains,
  coolDown,
  lagChecks,
  relied,
  rivals,
  settle,
  type PlanInput,
  type Setting,
} from './switchover.ts'

/** A failover without a pause, for a master that is bad: what it has not replicated is lost. */
export function planForcedFailover(intent: Intent, input: PlanInput): Draft {
  const setting = settle(intent, input)
  const { master, expected } = setting
  return {
    target: `${intent.group}: ${master} -> ${expected ?? 'nobody'}`,
    steps: stepsOf(intent, setting, input),
    preflight: checks(intent, input, setting),
    blastRadius: [
      `${lossWords(input, setting)} of acknowledged writes are lost for good, and whatever ${master} still acknowledges until it is demoted`,
      `clients of ${master} are cut off where it answers, and have to ask Sentinel again`,
      `${expected ?? 'nobody'} becomes master`,
    ],
    // The master's name too: this may lose writes, a switchover does not.
    confirm: `${intent.group} ${master}`,
    relies: relied(input, setting),
    particulars: {
      master,
      expected: expected ?? '',
      wanted: setting.wanted ?? '',
      sentinel: setting.sentinel?.node ?? '',
      candidates: setting.couldWin.join(' '),
    },
  }
}

function stepsOf(intent: Intent, setting: Setting, { snapshot, observed }: PlanInput): Draft['steps'] {
  const { master, sentinel, couldWin, expected } = setting
  if (sentinel === undefined || expected === undefined) return []
  const names = couldWin.join(' ')
  const address = addressOf(snapshot, sentinel.node, expected)
  const isMasterUp = observed.servers.get(master)?.role?.role === 'master'
  return [
    step({
      title: `have Sentinel ${sentinel.node} fail over`,
      node: sentinel.node,
      peer: 'sentinel',
      commands: [['SENTINEL', 'FAILOVER', intent.group]],
      isIrreversible: true,
      isPointOfNoReturn: true,
    }),
    step({
      title: 'a replica says that it is master',
      node: expected,
      peer: 'server',
      commands: [],
      wait: { kind: 'promoted', params: { candidates: names, master, sentinel: sentinel.node } },
      timeoutMs: Math.min(60_000, sentinel.master?.failoverTimeoutMs ?? 60_000) + 10_000,
    }),
    ...(isMasterUp
      ? [
          step({
            title: 'demote the old master: follow the new one, keep it in the file, move its clients',
            node: master,
            peer: 'server',
            commands: [
              ['ROLE'],
              ['REPLICAOF', address.host, address.port],
              ['CONFIG', 'REWRITE'],
              ['CLIENT', 'KILL', 'TYPE', 'normal'],
              ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
            ],
            isAtomic: true,
            isIrreversible: true,
            needsRole: 'master',
          }),
        ]
      : []),
  ]
}

function checks(intent: Intent, input: PlanInput, setting: Setting): readonly PreflightCheck[] {
  const { observed, snapshot } = input
  const sentinels = [...observed.sentinels.values()]
  const busy = sentinels.filter((one) => one.master?.flags.has('failover_in_progress') === true)
  if (!snapshot.isNamedBySentinel || setting.sentinel === undefined || snapshot.master === undefined)
    return [
      check('sentinel', 'failed', 'no Sentinel that tells its id (6.2 and later) monitors this group and answers'),
    ]
  const isMasterUp = observed.servers.get(setting.master)?.role?.role === 'master'
  return [
    check('sentinel', 'passed', `${setting.sentinel.node} answers`),
    busy.length === 0
      ? check('no-failover', 'passed', 'no Sentinel is failing over')
      : check('no-failover', 'failed', `a failover is under way by ${busy.map((one) => one.node).join(', ')}`),
    ...(isMasterUp ? [rivals(observed, setting.master)] : []),
    ...candidateChecks(input, { ...setting, prefer: undefined }, intent),
    // Here a replica that lags is a loss, not a reason to wait.
    ...lagChecks(input, setting).map((one) => (one.status === 'failed' ? { ...one, status: 'warned' as const } : one)),
    check('loss', 'warned', `${lossWords(input, setting)} may be lost; a switchover would lose nothing`, true),
    ...(isMasterUp
      ? []
      : [
          check(
            'master-answers',
            'warned',
            `${setting.master} does not answer from here: it is demoted by Sentinel when it comes back`,
          ),
        ]),
    ...chains(snapshot, setting),
    ...fullSyncs(input, setting),
    coolDown(input),
  ]
}

/** Without a pause the others, and the old master, may be ahead of the winner: then they resync in full. */
function fullSyncs(input: PlanInput, { expected, candidates, wanted }: Setting): readonly PreflightCheck[] {
  if (expected === undefined) return []
  const winners = wanted === undefined ? candidates.map((one) => one.node) : [wanted]
  const after = afterFailover(input.snapshot, [expected], winners)
  const full = after.filter((one) => one.resync.verdict !== 'partial')
  if (full.length === 0) return []
  return [
    check('resync', 'warned', full.map((one) => `${one.node}: ${one.resync.verdict}: ${one.resync.reason}`).join('; ')),
    ...fullSyncChecks(
      full.map((one) => ({ source: expected, replica: one.node })),
      input,
    ),
  ]
}

function lossWords({ snapshot }: PlanInput, { candidates }: Setting): string {
  const lags = candidates.flatMap(
    (one) => snapshot.links.find((link) => link.replica === one.node)?.byteLag?.high ?? [],
  )
  return lags.length < candidates.length || lags.length === 0
    ? 'an unknown number of bytes'
    : `up to ${Math.max(0, ...lags)} bytes`
}
