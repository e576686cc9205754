import { formatAddress, type NodeId } from '../../domain/address.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { LabNode } from '../lab-model.ts'
import { isRespError, type RespReply, respMap, respText } from '../resp-client.ts'
import type { FaultGround } from './ground.ts'

/** A reply that is no error; an error reply, or no answer in time, is a failure. */
export async function ask(node: LabNode, ground: FaultGround, ...args: readonly string[]): Promise<Result<RespReply>> {
  try {
    const reply = await ground.ask(node, args)
    if (!isRespError(reply)) return ok(reply)
    return fail({ kind: 'refused-by-guard', detail: `${node.id} answers ${args[0] ?? ''} with: ${reply.error}` })
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return fail({ kind: 'unreachable', at: node.id, cause: 'timeout', stage: 'command', detail })
  }
}

/** For undoing: rejects with why it failed. */
export async function mustDo(node: LabNode, ground: FaultGround, ...args: readonly string[]): Promise<RespReply> {
  const reply = await ground.ask(node, args)
  if (isRespError(reply)) throw new Error(reply.error)
  return reply
}

/** Whom it follows by its own word; undefined: nobody, it is a master. */
export async function roleOf(
  node: LabNode,
  ground: FaultGround,
): Promise<Result<{ readonly upstream: NodeId | undefined }>> {
  const reply = await ask(node, ground, 'ROLE')
  if (!reply.ok) return reply
  const [role, host, port] = Array.isArray(reply.value) ? (reply.value as readonly RespReply[]) : []
  if (role !== 'slave') return ok({ upstream: undefined })
  return ok({ upstream: formatAddress({ host: respText(host), port: Number(port) }) })
}

export async function configOf(node: LabNode, ground: FaultGround, key: string): Promise<Result<string>> {
  const reply = await ask(node, ground, 'CONFIG', 'GET', key)
  if (!reply.ok) return reply
  const value = respMap(reply.value).get(key)
  return value === undefined
    ? fail({ kind: 'refused-by-guard', detail: `${node.id} has no setting ${key}` })
    : ok(value)
}

/** The master of a group as the first Sentinel that answers names it; undefined when none does. */
export async function masterBySentinel(group: string, ground: FaultGround): Promise<NodeId | undefined> {
  for (const sentinel of ground.processes.nodes.filter(({ startedAs }) => startedAs === 'sentinel')) {
    if (!ground.processes.isRunning(sentinel)) continue
    const reply = await ask(sentinel, ground, 'SENTINEL', 'get-master-addr-by-name', group)
    if (!reply.ok || !Array.isArray(reply.value)) continue
    const [host, port] = reply.value as readonly RespReply[]
    return formatAddress({ host: respText(host), port: Number(port) })
  }
  return undefined
}
