import { FAULTS, type FaultDescription, type FaultDirection, type FaultRequest } from '../domain/drills/faults.ts'
import { accept, quote, refuse, type TargetResult } from './targets/model.ts'

/** A fault as a person typed it. */
export interface FaultWords {
  readonly kind: string | undefined
  readonly node: string | undefined
  readonly peer: string | undefined
  readonly direction: string | undefined
  readonly amount: string | undefined
}

const DIRECTIONS: readonly FaultDirection[] = ['both', 'to-node', 'from-node']

/** The words as a request; whether there is such a process the lab says. */
export function readFault({ kind, node, peer, direction, amount }: FaultWords): TargetResult<FaultRequest> {
  const fault = FAULTS.find((one) => one.kind === kind)
  if (fault === undefined) {
    const problem = kind === undefined ? 'no fault is given' : `there is no fault ${quote(kind)}`
    return refuse(problem, `give one of ${FAULTS.map((one) => one.kind).join(', ')}`)
  }
  if (node === undefined)
    return refuse(`no process is given for ${fault.kind}`, `for example: repliscope lab fault ${fault.kind} master`)
  if (peer !== undefined && fault.on === 'node')
    return refuse(`${fault.kind} concerns one process alone`, `leave ${quote(peer)} out`)
  const way = DIRECTIONS.find((one) => one === direction)
  if (direction !== undefined && way === undefined)
    return refuse(`--direction ${quote(direction)} is none`, `give one of ${DIRECTIONS.join(', ')}`)
  if (way !== undefined && fault.on === 'node') return refuse(`${fault.kind} has no direction`, 'leave --direction out')
  const number = readAmount(fault, amount)
  if (!number.ok) return number
  return accept({
    kind: fault.kind,
    node,
    ...(peer === undefined ? {} : { peer }),
    ...(way === undefined ? {} : { direction: way }),
    ...(number.value === undefined ? {} : { amount: number.value }),
  })
}

function readAmount({ kind, amount }: FaultDescription, text: string | undefined): TargetResult<number | undefined> {
  if (text === undefined) return accept(undefined)
  if (amount === undefined) return refuse(`${kind} takes no amount`, 'leave --amount out')
  const number = /^\d{1,12}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  return number >= amount.min && number <= amount.max
    ? accept(number)
    : refuse(
        `--amount ${quote(text)} is no number of ${amount.unit} from ${amount.min} to ${amount.max}`,
        `${amount.default} is usual`,
      )
}
