import { outputBufferLimit } from '../../../replies/config-get.ts'
import { isAtLeast } from '../../../replies/version.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'

/** When a master drops a replica whose output buffer grows. `undefined` limits are switched off. */
export interface ReplicaBufferLimits {
  /** What counts: from 7.0 on the configured one, or the backlog's size where that is more. */
  readonly hardBytes: number | undefined
  readonly configuredHardBytes: number | undefined
  readonly softBytes: number | undefined
  readonly softSeconds: number
}

const SINCE_7 = { redis: '7.0', valkey: '7.2' } as const

/** 7.0+ (any Valkey): shared buffers, a hard limit that is never below the backlog. Undefined with an unknown version. */
export function hasSharedBuffers(node: NodeSnapshot): boolean | undefined {
  return node.info === undefined ? undefined : isAtLeast(node.info.server, SINCE_7)
}

/** The limits in force for replicas of a node; undefined when CONFIG was not readable. */
export function replicaBufferLimits(node: NodeSnapshot): ReplicaBufferLimits | undefined {
  const limit = node.config === undefined ? undefined : outputBufferLimit(node.config, 'replica')
  if (limit === undefined) return undefined
  const backlog = node.info?.replication.backlogSizeBytes ?? 0
  const configured = limit.hardBytes === 0 ? undefined : limit.hardBytes
  return {
    hardBytes:
      configured === undefined || hasSharedBuffers(node) === false ? configured : Math.max(configured, backlog),
    configuredHardBytes: configured,
    softBytes: limit.softBytes === 0 ? undefined : limit.softBytes,
    softSeconds: limit.softSeconds,
  }
}

/** The write stream of a full sync waits at the replica, not in the master's output buffer. Undefined without CONFIG. */
export function hasSyncChannel(node: NodeSnapshot): boolean | undefined {
  const { config } = node
  if (config === undefined) return undefined
  if (config.get('dual-channel-replication-enabled') === 'yes') return true
  return config.get('repl-rdb-channel') === 'yes' && config.get('repl-diskless-sync') === 'yes'
}
