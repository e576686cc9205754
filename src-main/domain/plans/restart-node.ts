import type { NodeId } from '../address.ts'
import { spanRate } from '../lag/coverage.ts'
import { mayStayAway } from '../resync/forecast.ts'
import { masterRate } from '../resync/parties.ts'
import { resyncVerdict, type ResyncParty } from '../resync/verdict.ts'
import type { ResyncVerdict } from '../topology/model.ts'
import type { Draft, Intent } from './model.ts'
import type { Observed, ObservedServer } from './observed.ts'
import { step } from './seal.ts'
import type { PlanInput } from './switchover.ts'

/** INFO of both sides was read within this, milliseconds. */
const SAMPLE_MS = 1000
/** A dump is written, and loaded, at no less than this. */
const DISK_BYTES_PER_SECOND = 100 * 1024 * 1024
/** From the last byte served to the first question after the start, without a data set. */
const BARE_ABSENCE_SECONDS = 3
/** 7.0 and later wait up to so long for replicas before they end. */
const SHUTDOWN_TIMEOUT_MS = 10_000
const CATCH_UP_MS = 1_800_000

/** The winner of the hand-over before it, whoever that is. */
export const WINNER = 'winner'

/** One node that is to be restarted as a replica, and what is expected of it. */
export interface NodeRestart {
  readonly node: NodeId
  /** Whom it follows then: a node, or `WINNER`; empty: not known. */
  readonly upstream: NodeId
  readonly server: ObservedServer | undefined
  /** Who follows it and stands still while it is away. */
  readonly children: readonly NodeId[]
  readonly verdict: ResyncVerdict
  /** It may be away so long and still continue; undefined with `isUnbounded` false: not known. */
  readonly maySeconds: number | undefined
  readonly isUnbounded: boolean
  readonly absenceSeconds: number
  /** A full resync is accepted although a partial one could be had (`full=yes`). */
  readonly acceptsFull: boolean
  /** How long somebody is given to start it again. */
  readonly waitSeconds: number
}

/** A replica that stays one. */
export function restartOfReplica(node: NodeId, intent: Intent, input: PlanInput): NodeRestart {
  const { snapshot, observed } = input
  const upstream = snapshot.links.find((link) => link.replica === node)?.upstream
  const replica = partyOf(observed, node)
  const above = upstream === undefined ? undefined : partyOf(observed, upstream)
  const rate = masterRate(snapshot)
  const verdict =
    replica === undefined || above === undefined
      ? unseen(replica === undefined ? node : (upstream ?? 'its upstream'))
      : resyncVerdict({
          plan: 'restart-clean',
          upstream: above,
          // SHUTDOWN SAVE saves, whatever its save points say.
          replica: { ...replica, config: new Map([...(replica.config ?? []), ['save', '3600 1']]) },
          now: observed.at,
          bytesPerSecond: rate,
          cannotBeAhead: replica.info.replication.masterLink === 'up',
        })
  const span = mayStayAway(verdict, above, replica, spanRate(rate, snapshot.views.length > 0))
  return {
    ...common(node, intent, input),
    upstream: upstream ?? '',
    verdict,
    maySeconds: span.seconds,
    isUnbounded: span.isUnbounded,
  }
}

/** The old master, a replica of whoever won by then, with `replicaof` in its file. */
export function restartOfOldMaster(node: NodeId, intent: Intent, input: PlanInput): NodeRestart {
  const info = input.observed.servers.get(node)?.info
  const isAof = info?.persistence.aofEnabled
  const verdict = isAof === false ? 'partial' : isAof === true ? 'full' : 'unknown'
  const reason =
    verdict === 'partial'
      ? 'it saves its place in the history and finds replicaof in its file'
      : verdict === 'full'
        ? 'loading an append-only file drops the replication identity'
        : 'whether its append-only file is on is not known'
  return {
    ...common(node, intent, input),
    // Whoever followed it follows the winner by then.
    children: [],
    upstream: WINNER,
    verdict: { verdict, reason, decidedBy: 'R.aof_enabled', sendBytes: undefined, atRiskBytes: undefined },
    maySeconds: undefined,
    isUnbounded: false,
  }
}

function common(node: NodeId, intent: Intent, { snapshot, observed }: PlanInput) {
  const server = observed.servers.get(node)
  const bytes = server?.info?.memory.usedBytes ?? 0
  const given = Number(intent.settings.get('absence'))
  const estimate = BARE_ABSENCE_SECONDS + Math.ceil((2 * bytes) / DISK_BYTES_PER_SECOND)
  const wait = Number(intent.settings.get('wait'))
  return {
    node,
    server,
    children: snapshot.links.filter((link) => link.upstream === node).map((link) => link.replica),
    absenceSeconds: given > 0 ? given : estimate,
    acceptsFull: intent.settings.get('full') === 'yes',
    waitSeconds: wait > 0 ? wait : Math.max(60, 3 * (given > 0 ? given : estimate)),
  }
}

function partyOf(observed: Observed, node: NodeId): ResyncParty | undefined {
  const server = observed.servers.get(node)
  if (server?.info === undefined) return undefined
  return { info: server.info, config: server.config, sentAt: observed.at - SAMPLE_MS, at: observed.at }
}

function unseen(node: NodeId): ResyncVerdict {
  return {
    verdict: 'unknown',
    reason: `${node} did not answer`,
    decidedBy: 'INFO',
    sendBytes: undefined,
    atRiskBytes: undefined,
  }
}

/**
 * Keep what it follows in its file, see that nothing stands against it, end it once with a save, wait until somebody has
 * started it and it holds all again. The last step ends a stage: only then may the next node go.
 */
export function restartSteps(restart: NodeRestart): Draft['steps'] {
  const { node, upstream, children, absenceSeconds, waitSeconds } = restart
  const forecast = restart.acceptsFull ? 'any' : restart.verdict.verdict
  return [
    step({
      title: `keep in the file of ${node} what it follows`,
      node,
      peer: 'server',
      commands: [['CONFIG', 'REWRITE']],
      needsRole: 'replica',
    }),
    step({
      title: `${node} holds all that its upstream has, and can be spared`,
      node,
      peer: 'server',
      commands: [],
      wait: {
        kind: 'ready-to-restart',
        params: {
          upstream,
          absenceSeconds: String(absenceSeconds),
          // A span that was shown with the plan was accepted with it.
          needsCoverage: forecast === 'partial' && restart.maySeconds === undefined ? 'yes' : 'no',
        },
      },
      timeoutMs: 30_000,
    }),
    step({
      title: `end ${node}, saving its data and its place in the history`,
      node,
      peer: 'server',
      commands: [['SHUTDOWN', 'SAVE']],
      isIrreversible: true,
      isPointOfNoReturn: true,
      closes: true,
      needsRole: 'replica',
      timeoutMs: 30_000 + SHUTDOWN_TIMEOUT_MS + absenceSeconds * 1000,
    }),
    step({
      title: `${node} is started again, by whoever supervises it`,
      node,
      peer: 'server',
      commands: [],
      wait: { kind: 'restarted', params: {} },
      timeoutMs: waitSeconds * 1000,
    }),
    step({
      title: `${node} follows again and holds all`,
      node,
      peer: 'server',
      commands: [],
      wait: {
        kind: 'caught-up',
        params: { upstream, children: children.join(' '), forecast },
      },
      timeoutMs: CATCH_UP_MS,
      endsStage: true,
    }),
  ]
}
