import { hostOf, type NodeId } from '../../../address.ts'
import type { NodeSnapshot } from '../../../topology/model.ts'
import { isAnswering, oncePerPicture } from '../../rule-facts.ts'

/** The address reaches this machine only. */
export function isLoopback(id: NodeId): boolean {
  const host = hostOf(id)
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === '::1' || host === 'localhost'
}

/** Every process, Sentinels too, that answers us itself now. */
export const answeringNodes = oncePerPicture((context): readonly NodeSnapshot[] =>
  [...context.snapshot.nodes.values()].filter(isAnswering),
)

/** `redis 8.6.3`; undefined while it does not say. */
export function versionWords(node: NodeSnapshot): string | undefined {
  const server = node.info?.server
  return server?.version === undefined || server.flavour === 'unknown'
    ? undefined
    : `${server.flavour} ${server.version}`
}

/** The field that carries the version of that flavour. */
export function versionField(node: NodeSnapshot): string {
  return node.info?.server.flavour === 'valkey' ? 'valkey_version' : 'redis_version'
}
