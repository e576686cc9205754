import { failureCode } from '../domain/failure.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { NodeSnapshot } from '../domain/topology/model.ts'
import { aclHint } from './acl-hint.ts'
import type { InspectNode } from './inspect.ts'
import { hasAnyField, readCount, toCount, toInteger, toNumber, toTime } from './plain.ts'
import { toContractFailure } from './to-failure.ts'

/** One process as JSON. Sections that were not sent are null as a whole. */
export function toInspectNode(node: NodeSnapshot): InspectNode {
  const info = node.info
  const isServer = node.kind === 'server'
  return {
    id: node.id,
    aliases: [...node.aliases],
    kind: node.kind,
    flavour: info?.server.flavour ?? 'unknown',
    version: info?.server.version ?? null,
    runId: node.runId ?? null,
    role: node.role,
    reachability: node.reachability,
    error: toError(node),
    observedThrough: node.observedThrough ?? null,
    rttMs: toNumber(node.rttMs),
    sampledAt: toTime(node.sampledAt),
    lastSeenAt: toTime(node.lastSeenAt),
    uptimeSeconds: toInteger(info?.server.uptimeSeconds),
    replication: isServer && info && hasAnyField(info.replication) ? toReplication(node, info) : null,
    persistence: isServer && info && hasAnyField(info.persistence) ? toPersistence(node, info) : null,
    memory: isServer && info && hasAnyField(info.memory) ? toMemory(info) : null,
    keys: isServer ? keysOf(info) : null,
    connectedClients: toCount(info?.clients.connected),
    blockedClients: toCount(info?.clients.blocked),
    notPermitted: [...node.notPermitted],
    aclHint: aclHint(node.notPermitted, node.kind, info?.server.version),
  }
}

/** The present trouble; else the first field that could not be held exactly, because its place in JSON is null. */
function toError(node: NodeSnapshot): InspectNode['error'] {
  if (node.failure !== undefined) return toContractFailure(node.failure)
  const field = node.info?.unreadable[0]
  if (field === undefined) return null
  const detail = field.problem === 'beyond-2^53' ? 'is beyond 2^53 - 1' : 'is not a number'
  const failure = {
    kind: 'unreadable-reply',
    at: node.id,
    command: 'INFO',
    detail: `${field.field} ${field.raw} ${detail}`,
  } as const
  return { code: failureCode(failure), message: toContractFailure(failure).message }
}

function toReplication(node: NodeSnapshot, info: InfoReply): InspectNode['replication'] {
  const replication = info.replication
  const isReplica = (replication.role ?? node.role) === 'replica'
  return {
    offset: toInteger(isReplica ? replication.appliedOffset : replication.offset),
    replid: replication.replid ?? null,
    replid2: replication.replid2 ?? null,
    secondOffset: toInteger(replication.secondOffset),
    connectedReplicas: toCount(replication.connectedReplicas),
    minReplicasToWrite: toCount(configCount(node, 'min-replicas-to-write', 'min-slaves-to-write')),
    minReplicasMaxLagSeconds: toCount(configCount(node, 'min-replicas-max-lag', 'min-slaves-max-lag')),
    goodReplicas: toCount(replication.goodReplicas),
    backlog: {
      active: replication.backlogActive ?? null,
      sizeBytes: toInteger(replication.backlogSizeBytes),
      firstByteOffset: toInteger(replication.backlogFirstByteOffset),
      histlenBytes: toInteger(replication.backlogHistlenBytes),
    },
    writeBytesPerSecond: toNumber(node.writeRate?.bytesPerSecond),
    peakWriteBytesPerSecond: toNumber(node.writeRate?.peakBytesPerSecond),
    readOnly: replication.readOnly ?? null,
    priority: toInteger(replication.priority),
    masterLink: replication.masterLink ?? null,
    masterHost: replication.masterHost ?? null,
    masterPort: toInteger(replication.masterPort),
    syncInProgress: replication.syncInProgress ?? null,
    syncLeftBytes: toInteger(replication.syncLeftBytes),
    linkDownSeconds: replication.masterLink === 'up' ? null : toInteger(replication.linkDownSeconds),
    neverConnected: replication.neverConnected ?? null,
    failoverState: replication.failoverState ?? null,
  }
}

function toPersistence(node: NodeSnapshot, info: InfoReply): InspectNode['persistence'] {
  const persistence = info.persistence
  const save = node.config?.get('save')
  return {
    rdb: {
      enabled: save === undefined ? null : save.trim() !== '',
      lastSaveAt: toTime(persistence.lastSaveAt),
      changesSinceSave: toCount(persistence.changesSinceSave),
      lastStatus: persistence.lastBgsaveStatus ?? null,
      inProgress: persistence.bgsaveInProgress ?? null,
      lastForkUsec: toCount(info.stats.latestForkUsec),
    },
    aof: {
      enabled: persistence.aofEnabled ?? null,
      fsync: node.config?.get('appendfsync') ?? null,
      lastWriteStatus: persistence.aofLastWriteStatus ?? null,
      lastRewriteStatus: persistence.aofLastRewriteStatus ?? null,
      rewriteInProgress: persistence.aofRewriteInProgress ?? null,
      delayedFsync: toCount(persistence.aofDelayedFsync),
    },
    loading: persistence.loading ?? null,
    loadingRatio: toNumber(persistence.loadingPercent === undefined ? undefined : persistence.loadingPercent / 100),
    loadingEtaSeconds: toNumber(persistence.loadingEtaSeconds),
  }
}

function toMemory(info: InfoReply): InspectNode['memory'] {
  return {
    usedBytes: toCount(info.memory.usedBytes),
    maxBytes: toCount(info.memory.maxBytes),
    policy: info.memory.policy ?? null,
    evictedKeys: toCount(info.stats.evictedKeys),
  }
}

/** Sum over databases: 0 for a keyspace section without entries, null when it was not sent or one count is unreadable. */
function keysOf(info: InfoReply | undefined): number | null {
  if (info?.keyspace === undefined) return null
  let sum = 0
  for (const entry of info.keyspace) {
    if (entry.keys === undefined) return null
    sum += entry.keys
  }
  return toCount(sum)
}

/** Some servers answer under the old name only; the first that was answered counts. */
function configCount(node: NodeSnapshot, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = node.config?.get(name)
    if (value !== undefined) return readCount(value)
  }
  return undefined
}
