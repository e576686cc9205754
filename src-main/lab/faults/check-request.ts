import { FAULTS, type FaultDescription, type FaultRequest } from '../../domain/drills/faults.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { LabNode } from '../lab-model.ts'
import type { CheckedRequest, FaultGround } from './ground.ts'

/** Finds the node by id or name and holds the request against what the catalogue says of its kind. */
export function checkRequest(request: FaultRequest, ground: FaultGround): Result<CheckedRequest> {
  const description = FAULTS.find(({ kind }) => kind === request.kind)
  if (description === undefined)
    return fail({
      kind: 'not-found',
      detail: `no fault called ${request.kind}`,
      known: FAULTS.map(({ kind }) => kind),
    })
  const target = ground.nodes().find(({ id, name }) => id === request.node || name === request.node)
  if (target === undefined)
    return fail({
      kind: 'not-found',
      detail: `no process ${request.node} in this lab`,
      known: ground.nodes().map(({ id, name }) => `${name} (${id})`),
    })
  const problem =
    ground.unavailable(request.kind) ??
    problemWithTarget(description, target) ??
    problemWithLink(description, request) ??
    problemWithAmount(description, request.amount)
  if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: `${request.kind}: ${problem}` })
  return ok({ ...request, node: target.id, target, amount: request.amount ?? description.amount?.default ?? 0 })
}

function problemWithTarget({ targets }: FaultDescription, target: LabNode): string | undefined {
  return targets !== 'any' && target.startedAs === 'sentinel'
    ? `${target.name} (${target.id}) is a Sentinel, and it is for data nodes`
    : undefined
}

function problemWithLink({ on }: FaultDescription, { peer, direction }: FaultRequest): string | undefined {
  return on === 'node' && (peer !== undefined || direction !== undefined)
    ? 'it concerns one node and takes no peer and no direction'
    : undefined
}

function problemWithAmount({ amount }: FaultDescription, given: number | undefined): string | undefined {
  if (given === undefined) return undefined
  if (amount === undefined) return 'it takes no amount'
  return given >= amount.min && given <= amount.max
    ? undefined
    : `the amount is from ${amount.min} to ${amount.max} ${amount.unit}, not ${given}`
}
