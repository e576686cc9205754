import type { ConsistencyAdvice } from '../domain/failover/consistency.ts'
import type { MinReplicasSimulation } from '../domain/failover/min-replicas.ts'
import type { FullSyncTime } from '../domain/lag/full-sync-time.ts'
import { outputBufferLimit } from '../domain/replies/config-get.ts'
import type { GroupSnapshot, NodeSnapshot } from '../domain/topology/model.ts'
import type { AdviceReport, NodeSizing } from './advice.ts'
import { toInteger, toKnownTime, toNumber, toRange } from './plain.ts'

/** The advice of one group as JSON. `fullSync` says how long a full resync from a node takes; undefined: not known. */
export function toAdviceReport(
  group: GroupSnapshot,
  advice: ConsistencyAdvice,
  simulation: MinReplicasSimulation | undefined,
  fullSync: (node: NodeSnapshot) => FullSyncTime | undefined,
): AdviceReport {
  const master = group.master === undefined ? undefined : group.nodes.get(group.master)
  const replicas = group.replicas.flatMap((id) => group.nodes.get(id) ?? [])
  return {
    schema: 'repliscope/advice@1',
    takenAt: toKnownTime(group.takenAt),
    group: group.name,
    master: group.master ?? null,
    consistency: {
      mode: advice.mode ?? null,
      guard: advice.guard ?? null,
      usesWait: advice.usesWait ?? null,
      statements: [...advice.statements],
      staleness: advice.staleness.map((one) => ({
        node: one.node,
        staleSeconds: toNumber(one.staleSeconds),
        byteLag: toRange(one.byteLag),
      })),
      patterns: advice.patterns.map((one) => ({
        pattern: one.pattern,
        staleSeconds: toNumber(one.staleSeconds),
        words: one.words,
      })),
    },
    simulation: simulation === undefined ? null : toSimulation(simulation),
    sizing: [...(master === undefined ? [] : [master]), ...replicas].map((node) => toSizing(node, fullSync(node))),
  }
}

function toSimulation(simulation: MinReplicasSimulation): NonNullable<AdviceReport['simulation']> {
  return {
    required: simulation.required,
    maxLagSeconds: simulation.maxLagSeconds,
    enabled: simulation.isEnabled,
    acceptedNow: simulation.acceptedNow ?? null,
    goodReplicas: toInteger(simulation.goodReplicas),
    attainable: simulation.isAttainable,
    attainableAfterFailover: simulation.isAttainableAfterFailover,
    ifStalled: simulation.ifStalled.map((one) => ({
      node: one.node,
      ackAgeSeconds: toInteger(one.ackAgeSeconds),
      good: one.isGood,
      stopsWrites: one.stopsWrites,
      afterSeconds: toNumber(one.afterSeconds),
    })),
  }
}

function toSizing(node: NodeSnapshot, fullSync: FullSyncTime | undefined): NodeSizing {
  const limit = node.config === undefined ? undefined : outputBufferLimit(node.config, 'replica')
  return {
    node: node.id,
    role: node.role === 'master' || node.role === 'replica' ? node.role : 'unknown',
    backlogBytes: toInteger(node.info?.replication.backlogSizeBytes),
    writeBytesPerSecond: toNumber(node.writeRate?.bytesPerSecond),
    peakWriteBytesPerSecond: toNumber(node.writeRate?.peakBytesPerSecond),
    outputBuffer: limit ?? null,
    syncChannel: hasSyncChannel(node),
    fullSyncSeconds: toNumber(fullSync?.seconds),
    fullSyncFrom: fullSync?.from ?? null,
  }
}

/** `repl-rdb-channel` works with diskless synchronisation only. Null without CONFIG. */
function hasSyncChannel({ config }: NodeSnapshot): boolean | null {
  if (config === undefined) return null
  if (config.get('dual-channel-replication-enabled') === 'yes') return true
  return config.get('repl-rdb-channel') === 'yes' && config.get('repl-diskless-sync') === 'yes'
}
