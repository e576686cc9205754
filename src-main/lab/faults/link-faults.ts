import { describeAmount } from '../../domain/drills/faults.ts'
import { fail, ok } from '../../domain/failure.ts'
import type { LinkEffect, LinkRule } from '../relay/link-rules.ts'
import type { CheckedRequest, FaultGround, Inflict } from './ground.ts'
import { roleOf } from './ask.ts'

export const partition: Inflict = async (request, ground) => {
  return onLink(request, ground, { kind: 'cut' }, 'cut')
}

export const delay: Inflict = async (request, ground) => {
  return onLink(
    request,
    ground,
    { kind: 'delay', ms: request.amount },
    `${describeAmount('ms', request.amount)} longer each way`,
  )
}

export const bandwidth: Inflict = async (request, ground) => {
  const limit = { kind: 'limit', bytesPerSecond: request.amount } as const
  return onLink(request, ground, limit, `limited to ${describeAmount('bytes/s', request.amount)} each way`)
}

/** Between the replica and whom it follows now; only what it receives is held up. */
export const slowReplica: Inflict = async (request, ground) => {
  const role = await roleOf(request.target, ground)
  if (!role.ok) return role
  const { upstream } = role.value
  if (upstream === undefined)
    return fail({ kind: 'refused-by-guard', detail: `slow-replica: ${request.target.id} is not a replica` })
  const source = ground.processes.nodes.find(({ id }) => id === upstream)
  if (source === undefined)
    return fail({ kind: 'refused-by-guard', detail: `slow-replica: it follows ${upstream}, which is not of this lab` })
  const rule: LinkRule = {
    from: { process: source.id },
    to: { process: request.target.id },
    effect: { kind: 'limit', bytesPerSecond: request.amount },
  }
  const rate = describeAmount('bytes/s', request.amount)
  return ok(inForce([rule], ground, `${request.target.id} receives ${rate} at most from ${source.id}`))
}

async function onLink(request: CheckedRequest, ground: FaultGround, effect: LinkEffect, how: string) {
  const { target, peerEnds: peer, direction = 'both' } = request
  const there: LinkRule = { from: peer, to: { process: target.id }, effect }
  const back: LinkRule = { from: { process: target.id }, to: peer, effect }
  const other = request.peer ?? 'everyone'
  if (direction === 'to-node') return ok(inForce([there], ground, `from ${other} to ${target.id}: ${oneWay(how)}`))
  if (direction === 'from-node') return ok(inForce([back], ground, `from ${target.id} to ${other}: ${oneWay(how)}`))
  return ok(inForce([there, back], ground, `between ${target.id} and ${other}: ${how}`))
}

function inForce(rules: readonly LinkRule[], ground: FaultGround, what: string) {
  const links = ground.rules()
  if (links === undefined) throw new Error('a fault of a link in a lab without a relay')
  const undo = links.add(rules)
  return { what, undo: async () => undo() }
}

function oneWay(how: string): string {
  return how.replace(' each way', '')
}
