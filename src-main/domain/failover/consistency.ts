import type { NodeId } from '../address.ts'
import { linkOf, masterRate } from '../resync/parties.ts'
import type { ByteRange, GroupSnapshot } from '../topology/model.ts'
import {
  isEnabled,
  minReplicasOf,
  refusesWithinSeconds,
  simulateMinReplicas,
  type MinReplicas,
} from './min-replicas.ts'
import { describeBytes, describeSeconds } from '../units.ts'

/** How sure a write is here, and what that costs. */
export interface ConsistencyAdvice {
  /** Undefined when the settings could not be read. */
  readonly mode: 'asynchronous' | 'semi-synchronous' | undefined
  readonly guard: MinReplicas | undefined
  /** Clients used WAIT since the master started; undefined when commandstats were not read. */
  readonly usesWait: boolean | undefined
  /** What the mode gives and costs in this deployment, one statement each. */
  readonly statements: readonly string[]
  /** By replica id, chained ones too. */
  readonly staleness: readonly Staleness[]
  readonly patterns: readonly ReadPattern[]
}

/** How old the reads of one replica are now. */
export interface Staleness {
  readonly node: NodeId
  readonly staleSeconds: number | undefined
  readonly byteLag: ByteRange | undefined
}

/** A way to read one's own writes. `staleSeconds` is what may be missing in such a read; undefined when not measured. */
export interface ReadPattern {
  readonly pattern: 'read-from-master' | 'wait-then-read' | 'accept-staleness'
  readonly staleSeconds: number | undefined
  readonly words: string
}

/** Judged from settings and measurements alone; nothing is written to find out. */
export function adviseConsistency(group: GroupSnapshot): ConsistencyAdvice {
  const master = group.master === undefined ? undefined : group.nodes.get(group.master)
  const guard = minReplicasOf(master?.config)
  const staleness = group.replicas.map((node): Staleness => {
    const link = linkOf(group, node)
    return { node, staleSeconds: link?.staleSeconds, byteLag: link?.byteLag }
  })
  const commands = master?.info?.commands
  return {
    mode: guard === undefined ? undefined : isEnabled(guard) ? 'semi-synchronous' : 'asynchronous',
    guard,
    usesWait: commands === undefined ? undefined : (commands.get('wait')?.calls ?? 0) > 0,
    statements: guard === undefined ? ['min-replicas-to-write is not known'] : statements(group, guard),
    staleness,
    patterns: patterns(group, staleness),
  }
}

function statements(group: GroupSnapshot, guard: MinReplicas): readonly string[] {
  const rate = masterRate(group)
  const perSecond = rate === undefined ? '' : ` (${describeBytes(rate)} a second now)`
  if (!isEnabled(guard))
    return [
      'a write is confirmed before any replica has it',
      `an isolated master takes writes until the partition heals${perSecond}`,
      'no replica can stop writes',
    ]
  const simulated = simulateMinReplicas(group, guard)
  const spare = simulated.goodReplicas === undefined ? undefined : simulated.goodReplicas - guard.required
  return [
    'a write is still confirmed before any replica has it',
    `an isolated master stops taking writes within ${describeSeconds(refusesWithinSeconds(guard))}${perSecond}`,
    ...(spare === undefined ? [] : [spareWords(spare)]),
    ...(simulated.isAttainableAfterFailover ? [] : ['after a failover too few replicas are left: writes are refused']),
  ]
}

function spareWords(spare: number): string {
  if (spare < 0) return 'too few good replicas: writes are refused now'
  if (spare === 0) return 'one slow replica stops all writes'
  return `${spare} of the good replicas may fail before writes stop`
}

function patterns(group: GroupSnapshot, staleness: readonly Staleness[]): readonly ReadPattern[] {
  const known = staleness.flatMap((one) => one.staleSeconds ?? [])
  const oldest = known.length > 0 && known.length === staleness.length ? Math.max(...known) : undefined
  const direct = staleness.filter((one) => linkOf(group, one.node)?.upstream === group.master).length
  return [
    {
      pattern: 'read-from-master',
      staleSeconds: 0,
      words: 'read from the master: always current, and all load is there',
    },
    {
      pattern: 'wait-then-read',
      staleSeconds: 0,
      words: `WAIT ${direct} with a time-out after the write, on the same connection, then read any direct replica if it returned ${direct}; a chained replica is not counted`,
    },
    {
      pattern: 'accept-staleness',
      staleSeconds: oldest,
      words:
        oldest === undefined
          ? 'read any replica: how old such a read is was not measured for all of them'
          : `read any replica: the oldest is ${describeSeconds(oldest)} behind now`,
    },
  ]
}
