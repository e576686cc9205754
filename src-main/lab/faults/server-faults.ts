import { parseAddress, type NodeId } from '../../domain/address.ts'
import { describeAmount } from '../../domain/drills/faults.ts'
import { fail, ok } from '../../domain/failure.ts'
import { leaveFree, restoreSize } from '../disks.ts'
import type { LabNode } from '../lab-model.ts'
import { isRespError } from '../resp-client.ts'
import { ask, configOf, masterBySentinel, mustDo, roleOf } from './ask.ts'
import type { FaultGround, Inflict } from './ground.ts'
import { notRunning } from './process-faults.ts'

/** An error comes at once, a sleep does not answer. */
const REFUSED_WITHIN_MS = 150
const ANSWER_AFTER_SLEEP_MS = 30_000

export const busy: Inflict = async ({ target, amount }, ground) => {
  const ready = await ask(target, ground, 'PING')
  if (!ready.ok) return ready
  const slept = ground.ask(target, ['DEBUG', 'SLEEP', String(amount)], amount * 1000 + ANSWER_AFTER_SLEEP_MS)
  const passes = slept.then(
    () => undefined,
    () => undefined,
  )
  const early = await Promise.race([
    slept.then((reply) => (isRespError(reply) ? reply.error : undefined)),
    new Promise<undefined>((resolve) => setTimeout(resolve, REFUSED_WITHIN_MS, undefined)),
  ])
  if (early !== undefined) return fail({ kind: 'refused-by-guard', detail: `busy: ${target.id} answers: ${early}` })
  // It cannot be cut short: who heals it waits for it.
  return ok({
    what: `${target.id} does nothing else for ${describeAmount('seconds', amount)}`,
    passes,
    undo: () => passes,
  })
}

export const diskFull: Inflict = async ({ target, amount }, ground) => {
  const disk = ground.diskOf(target)
  if (disk === undefined)
    return fail({ kind: 'refused-by-guard', detail: `disk-full: ${target.id} has no disk of its own` })
  const problem = leaveFree(disk, amount)
  if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: `disk-full: ${problem}` })
  const undo = async () => {
    const left = restoreSize(disk)
    if (left !== undefined) throw new Error(left)
  }
  return ok({ what: `the disk of ${target.id} has ${describeAmount('bytes', amount)} left`, undo })
}

export const outputBufferLimit: Inflict = async ({ target, amount }, ground) => {
  const key = 'client-output-buffer-limit'
  const before = await configOf(target, ground, key)
  if (!before.ok) return before
  const set = await ask(target, ground, 'CONFIG', 'SET', key, `replica ${amount} 0 0`)
  if (!set.ok) return set
  const undo = async () => void (await mustDo(target, ground, 'CONFIG', 'SET', key, before.value))
  return ok({ what: `${target.id} disconnects a replica that is ${describeAmount('bytes', amount)} behind`, undo })
}

export const writableReplica: Inflict = async ({ target }, ground) => {
  const role = await roleOf(target, ground)
  if (!role.ok) return role
  if (role.value.upstream === undefined) return notAReplica('writable-replica', target)
  const set = await ask(target, ground, 'CONFIG', 'SET', 'replica-read-only', 'no')
  if (!set.ok) return set
  const undo = async () => void (await mustDo(target, ground, 'CONFIG', 'SET', 'replica-read-only', 'yes'))
  const key = `repliscope:stray:${Date.now()}`
  const written = await ask(target, ground, 'SET', key, `written on ${target.id} only`)
  if (!written.ok) {
    await undo()
    return written
  }
  return ok({ what: `${target.id} takes writes, and has the key ${key} that nobody else has`, undo })
}

export const secondMaster: Inflict = async ({ target }, ground) => {
  if (!ground.processes.isRunning(target)) return notRunning(target)
  const role = await roleOf(target, ground)
  if (!role.ok) return role
  const { upstream } = role.value
  if (upstream === undefined) return notAReplica('second-master', target)
  const group = target.group ?? ''
  const wasOfMaster = (await masterBySentinel(group, ground)) === upstream
  const promoted = await ask(target, ground, 'REPLICAOF', 'NO', 'ONE')
  if (!promoted.ok) return promoted
  const undo = async () => {
    const master = await masterBySentinel(group, ground)
    await followAgain(target, wasOfMaster ? (master ?? upstream) : upstream, ground)
  }
  return ok({ what: `${target.id} calls itself a master`, undo })
}

/** Nothing to do where it follows somebody already, or has become the master of its group meanwhile. */
async function followAgain(target: LabNode, upstream: NodeId, ground: FaultGround): Promise<void> {
  const role = await roleOf(target, ground)
  if (role.ok && (role.value.upstream !== undefined || upstream === target.id)) return
  const address = parseAddress(upstream)
  if (!address.ok) throw new Error(address.problem)
  await mustDo(target, ground, 'REPLICAOF', address.value.host, String(address.value.port))
}

function notAReplica(kind: string, { id }: LabNode) {
  return fail({ kind: 'refused-by-guard', detail: `${kind}: ${id} is a master, and it is for replicas` } as const)
}
