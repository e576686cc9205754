import type { NodeId } from '../address.ts'
import { noFailover, noOtherAction, oneMaster } from './group-checks.ts'
import type { Draft, Facts, Intent } from './model.ts'
import { nodeOf } from './nodes.ts'
import { factsAbout, factsOf } from './observed.ts'
import { restartChecks } from './restart-checks.ts'
import { restartOfOldMaster, restartOfReplica, restartSteps, type NodeRestart } from './restart-node.ts'
import { check } from './seal.ts'
import { planSwitchover, type PlanInput } from './switchover.ts'

/**
 * Restarts one node so that it resyncs partially where that can be had. A master hands over first. Settings: `absence` and
 * `wait`, seconds that it is expected to be away, and that it is waited for; `full=yes` accepts a full resync.
 */
export function planSafeRestart(intent: Intent, input: PlanInput): Draft {
  const { snapshot } = input
  const node = intent.node === undefined ? undefined : nodeOf(intent, snapshot)
  if (node === undefined) return nothing(intent, `${intent.node ?? 'no node'} is not a data node of this group`)
  return node === snapshot.master
    ? handOverAndRestart(intent, input, [], restartOfOldMaster(node, intent, input))
    : restartReplicas(intent, input, [restartOfReplica(node, intent, input)], node)
}

/** A plan that cannot run, and says why. */
export function nothing(intent: Intent, why: string): Draft {
  return {
    target: intent.group,
    steps: [],
    preflight: [check('node', 'failed', why)],
    blastRadius: [],
    confirm: intent.group,
    relies: {},
  }
}

/** Replicas, one after another, without a hand-over. */
export function restartReplicas(
  intent: Intent,
  input: PlanInput,
  restarts: readonly NodeRestart[],
  confirm: string,
): Draft {
  const { observed, snapshot } = input
  return {
    target: `${intent.group}: ${restarts.map((one) => one.node).join(', ')}`,
    steps: restarts.flatMap(restartSteps),
    preflight: [
      oneMaster(observed, snapshot.master),
      ...restartChecks(restarts, intent, input),
      noFailover(observed),
      noOtherAction(observed),
    ],
    blastRadius: restarts.flatMap(effects),
    confirm,
    relies: reliedOnRestart(input, restarts),
    particulars: { restarts: restarts.map((one) => one.node).join(' '), master: snapshot.master ?? '' },
  }
}

/** Replicas first, then the hand-over, the old master last. */
export function handOverAndRestart(
  intent: Intent,
  input: PlanInput,
  replicas: readonly NodeRestart[],
  oldMaster: NodeRestart,
): Draft {
  const handOver = planSwitchover(intent, input)
  const restarts = [...replicas, oldMaster]
  const last = handOver.steps.length - 1
  return {
    ...handOver,
    target: `${intent.group}: ${restarts.map((one) => one.node).join(', ')}`,
    steps: [
      ...replicas.flatMap(restartSteps),
      ...handOver.steps.map((one, i) => (i === last ? { ...one, endsStage: true } : one)),
      ...restartSteps(oldMaster),
    ],
    preflight: [...handOver.preflight, ...restartChecks(restarts, intent, input)],
    blastRadius: [...replicas.flatMap(effects), ...handOver.blastRadius, ...effects(oldMaster)],
    confirm: intent.group,
    relies: { ...handOver.relies, ...reliedOnRestart(input, restarts) },
    particulars: { ...handOver.particulars, restarts: restarts.map((one) => one.node).join(' ') },
  }
}

function effects({ node, server, children, verdict, absenceSeconds, upstream }: NodeRestart): readonly string[] {
  const { info } = server ?? {}
  const whom = upstream === 'winner' ? 'the new master' : upstream
  return [
    `${node} is away for about ${absenceSeconds} s; ${info?.clients.connected ?? 'an unknown number of'} clients of it are cut off`,
    verdict.verdict === 'partial'
      ? `${node} then continues from the backlog of ${whom}`
      : `${node} then resyncs in full (forecast: ${verdict.verdict}): ${whom} forks and sends about ${info?.memory.usedBytes ?? 'an unknown number of'} bytes`,
    ...(children.length === 0 ? [] : [`${children.join(', ')} stand still meanwhile: they follow ${node}`]),
  ]
}

function reliedOnRestart({ snapshot, observed }: PlanInput, restarts: readonly NodeRestart[]): Facts {
  const members = new Set<NodeId>([
    ...(snapshot.master === undefined ? [] : [snapshot.master]),
    ...restarts.flatMap((one) => [one.node, ...(one.upstream === 'winner' ? [] : [one.upstream])]),
  ])
  return factsAbout(factsOf(observed), [
    ...[...members].flatMap((node) =>
      ['run-id', 'role', 'follows', 'link', 'config:min-replicas', 'config:appendonly'].map(
        (key) => `server:${node}:${key}`,
      ),
    ),
    ...[...members].flatMap((node) => [`server:${node}:config:min-replicas-to-write`]),
    ...[...observed.sentinels.keys()].flatMap((node) =>
      ['id', 'master', 'config-epoch', 'failover'].map((key) => `sentinel:${node}:${key}`),
    ),
  ])
}
