import { formatAddress, type NodeId } from '../domain/address.ts'
import { parseInfo } from '../domain/replies/info.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { RoleReply, SentinelMaster, SentinelReplica } from '../domain/replies/reply-types.ts'
import { parseRole } from '../domain/replies/role.ts'
import { parseSentinelMasters, parseSentinelReplicas } from '../domain/replies/sentinel-maps.ts'
import { sleep, type RunContext } from './context.ts'
import { textOf } from './lines.ts'
import type { ActionReply } from './ports.ts'

/** Questions that waits and verifications ask; undefined: no answer now. */
export async function roleNow(context: RunContext, node: NodeId): Promise<RoleReply | undefined> {
  const reply = await one(context, node, 'server', ['ROLE'])
  if (reply === undefined || 'error' in reply) return undefined
  const role = parseRole(reply.value)
  return role.ok ? role.value : undefined
}

export async function infoNow(context: RunContext, node: NodeId): Promise<InfoReply | undefined> {
  const text = textOf(await one(context, node, 'server', ['INFO']))
  return text === undefined ? undefined : parseInfo(text)
}

export async function configNow(context: RunContext, node: NodeId, key: string): Promise<string | undefined> {
  const reply = await one(context, node, 'server', ['CONFIG', 'GET', key])
  if (reply === undefined || 'error' in reply || !Array.isArray(reply.value)) return undefined
  const value: unknown = reply.value[1]
  return typeof value === 'string' ? value : undefined
}

export async function sentinelMasterNow(context: RunContext, sentinel: NodeId): Promise<SentinelMaster | undefined> {
  const reply = await one(context, sentinel, 'sentinel', ['SENTINEL', 'MASTER', context.deps.scope.group])
  if (reply === undefined || 'error' in reply) return undefined
  const masters = parseSentinelMasters(reply.value)
  return masters.ok ? masters.value[0] : undefined
}

/** Whom a Sentinel sends clients to, `host:port`: during its own failover the one promoted, once it has seen that. */
export async function sentinelNamesNow(context: RunContext, sentinel: NodeId): Promise<string | undefined> {
  const reply = await one(context, sentinel, 'sentinel', [
    'SENTINEL',
    'GET-MASTER-ADDR-BY-NAME',
    context.deps.scope.group,
  ])
  if (reply === undefined || 'error' in reply || !Array.isArray(reply.value)) return undefined
  const [host, port] = reply.value as readonly unknown[]
  return typeof host === 'string' && typeof port === 'string' ? formatAddress({ host, port: Number(port) }) : undefined
}

/** An answer that comes in time; undefined: none did. */
export async function within<T>(
  { deps }: RunContext,
  ms: number,
  answer: Promise<T | undefined>,
): Promise<T | undefined> {
  const late = new AbortController()
  try {
    return await Promise.race([answer, sleep(deps.clock, ms, late.signal).then(() => undefined)])
  } finally {
    late.abort()
  }
}

export async function sentinelReplicasNow(
  context: RunContext,
  sentinel: NodeId,
): Promise<readonly SentinelReplica[] | undefined> {
  const reply = await one(context, sentinel, 'sentinel', ['SENTINEL', 'REPLICAS', context.deps.scope.group])
  if (reply === undefined || 'error' in reply) return undefined
  const replicas = parseSentinelReplicas(reply.value)
  return replicas.ok ? replicas.value : undefined
}

async function one(
  context: RunContext,
  node: NodeId,
  peer: 'server' | 'sentinel',
  command: readonly [string, ...string[]],
): Promise<ActionReply | undefined> {
  const sent = await context.lines.read(node, peer, [command], context.deps.timeoutMs)
  return sent.state === 'answered' ? sent.replies[0] : undefined
}
