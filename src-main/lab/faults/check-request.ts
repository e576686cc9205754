import { isIP } from 'node:net'
import {
  describeAmount,
  FAULTS,
  type FaultDescription,
  type FaultKind,
  type FaultRequest,
} from '../../domain/drills/faults.ts'
import { fail, ok, type Result } from '../../domain/failure.ts'
import type { LabNode } from '../lab-model.ts'
import type { Ends } from '../relay/link-rules.ts'
import type { CheckedRequest, FaultGround } from './ground.ts'

const NEEDS_RELAY: ReadonlySet<FaultKind> = new Set(['partition', 'delay', 'bandwidth', 'slow-replica'])

/** Why this kind cannot be had in this lab; undefined where it can. */
export function whyUnavailable(kind: FaultKind, ground: FaultGround): string | undefined {
  if (ground.isDown()) return 'this lab has been taken down'
  if (NEEDS_RELAY.has(kind)) return ground.whyNoRelay()
  return kind === 'disk-full' ? ground.whyNoDisks() : undefined
}

/** Finds the nodes by id or name and holds the request against what the catalogue says of its kind. */
export function checkRequest(request: FaultRequest, ground: FaultGround): Result<CheckedRequest> {
  const description = FAULTS.find(({ kind }) => kind === request.kind)
  if (description === undefined)
    return fail({ kind: 'not-found', detail: `no fault called ${request.kind}`, known: FAULTS.map(({ kind }) => kind) })
  const target = findNode(request.node, ground)
  if (target === undefined) return unknownNode(request.node, ground)
  const problem =
    whyUnavailable(request.kind, ground) ??
    problemWithTarget(description, target) ??
    problemWithLink(description, request) ??
    problemWithAmount(description, request.amount)
  if (problem !== undefined) return fail({ kind: 'refused-by-guard', detail: `${request.kind}: ${problem}` })
  const amount = request.amount ?? description.amount?.default ?? 0
  if (description.on === 'node')
    return ok({ ...withoutEnds(request), node: target.id, target, peerEnds: 'everyone', amount })
  const other = peerOf(request, ground)
  if (other === undefined) return unknownNode(request.peer ?? '', ground)
  if (other.peer === target.id)
    return fail({ kind: 'refused-by-guard', detail: `${request.kind}: ${target.id} has no link with itself` })
  return ok({ ...request, node: target.id, target, peer: other.peer, peerEnds: other.ends, amount })
}

/** The other end by its id, and as the rules of links name it. */
function peerOf(
  { peer = 'everyone' }: FaultRequest,
  ground: FaultGround,
): { readonly peer: string; readonly ends: Ends } | undefined {
  if (peer === 'everyone' || peer === 'processes' || peer === 'clients') return { peer, ends: peer }
  const node = findNode(peer, ground) ?? ground.processes.nodes.find(({ address }) => address.host === peer)
  if (node !== undefined) return { peer: node.id, ends: { process: node.id } }
  return isIP(peer) === 0 ? undefined : { peer, ends: { client: peer } }
}

function findNode(named: string, ground: FaultGround): LabNode | undefined {
  return ground.processes.nodes.find(({ id, name }) => id === named || name === named)
}

function unknownNode(named: string, ground: FaultGround): Result<never> {
  const known = ground.processes.nodes.map(({ id, name }) => `${name} (${id})`)
  return fail({ kind: 'not-found', detail: `no process ${named} in this lab`, known })
}

function withoutEnds({ kind, node }: FaultRequest): FaultRequest {
  return { kind, node }
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
    : `the amount is from ${describeAmount(amount.unit, amount.min)} to ${describeAmount(amount.unit, amount.max)}, not ${describeAmount(amount.unit, given)}`
}
