import {
  describeAmount,
  FAULTS,
  type FaultDescription,
  type FaultDirection,
  type FaultRequest,
} from '../domain/drills/faults.ts'
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
  const number = inUnit(amount.unit, text)
  if (number >= amount.min && number <= amount.max) return accept(number)
  const [from, to] = [describeAmount(amount.unit, amount.min), describeAmount(amount.unit, amount.max)]
  return refuse(
    `--amount ${quote(text)} is no number of ${amount.unit}, from ${from} to ${to}`,
    `give for example --amount ${typedAmount(amount.unit, amount.default)}`,
  )
}

type Unit = NonNullable<FaultDescription['amount']>['unit']

/** As in a Redis configuration: `k` is 1000, `kb` 1024. */
const BYTES = {
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
} as const
const FACTORS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  bytes: BYTES,
  'bytes/s': BYTES,
  ms: { ms: 1, s: 1000 },
  seconds: { s: 1, ms: 0.001 },
}

/** The number in the fault's own unit, which may be left out: `2048`, `100kb`, `100kb/s`, `1.5s`. NaN: it is none. */
function inUnit(unit: Unit, text: string): number {
  const [, digits = '', suffix = ''] = /^(\d{1,12}(?:\.\d{1,3})?)\s?([a-z]*)(?:\/s)?$/i.exec(text) ?? []
  if (digits === '' || (text.endsWith('/s') && unit !== 'bytes/s')) return Number.NaN
  if (suffix === '') return Number(digits)
  const number = Number(digits) * (FACTORS[unit][suffix.toLowerCase()] ?? Number.NaN)
  return unit === 'seconds' ? Math.round(number * 1000) / 1000 : Math.round(number)
}

/** An amount as a person would type it: `100kb`. */
export function typedAmount(unit: Unit, amount: number): string {
  return describeAmount(unit, amount).replace('/s', '').replace(' ', '').toLowerCase()
}
