import type { ActiveFaultView, FaultRequestInput, FaultView } from '../../../src-main/contract/lab.ts'
import type { GroupSlice, InspectNode } from '../../../src-main/contract/inspect.ts'
import { formatBytes, formatInteger } from '../../ui/format.ts'

/** What a fault is asked of: a node, or the link of a replica with whom it follows. */
export type FaultSubject =
  | { readonly kind: 'node'; readonly id: string; readonly group: string }
  | { readonly kind: 'link'; readonly id: string; readonly upstream: string | null; readonly group: string }

/** A kind as a menu shows it. `against`: why it cannot be done here and now; null: it can. */
export interface FaultChoice {
  readonly fault: FaultView
  readonly against: string | null
  /** It asks for something before it happens: an amount, or who is at the other end. */
  readonly asks: boolean
}

export type FaultKind = FaultView['kind']

/** One word for what is broken, for the corner of a card. */
const MARKS: Readonly<Record<FaultKind, string>> = {
  kill: 'killed',
  stop: 'stopped',
  freeze: 'frozen',
  start: 'started',
  'restart-empty': 'came back empty',
  partition: 'cut off',
  delay: 'delayed',
  bandwidth: 'limited',
  busy: 'blocked',
  'disk-full': 'disk full',
  'slow-replica': 'slowed',
  'output-buffer-limit': 'small buffer',
  'writable-replica': 'writable',
  'second-master': 'second master',
}

export function markOf(fault: Pick<ActiveFaultView, 'kind'>): string {
  return MARKS[fault.kind]
}

/** Kinds for a node, or for a link (those of links only), in the catalogue's order. */
export function choicesFor(
  faults: readonly FaultView[],
  active: readonly ActiveFaultView[],
  subject: FaultSubject,
  node: InspectNode | null,
): readonly FaultChoice[] {
  return faults
    .filter((fault) => subject.kind === 'node' || fault.on === 'link')
    .map((fault) => ({
      fault,
      against: reasonAgainst(fault, active, subject, node),
      asks: fault.amount !== undefined || fault.on === 'link',
    }))
}

function reasonAgainst(
  fault: FaultView,
  active: readonly ActiveFaultView[],
  subject: FaultSubject,
  node: InspectNode | null,
): string | null {
  if (fault.unavailable !== null) return fault.unavailable
  if (fault.targets === 'replica' && node?.role !== 'replica') return 'only for a replica'
  if (fault.targets === 'server' && node?.role === 'sentinel') return 'only for a data node'
  if (subject.kind === 'link') return null
  const own = active.filter((one) => one.node === subject.id)
  const ended = own.find((one) => one.kind === 'kill' || one.kind === 'stop')
  if (fault.kind === 'start') return ended === undefined && node?.reachability === 'up' ? 'it runs' : null
  if (ended !== undefined && fault.on === 'node' && fault.kind !== 'restart-empty') return 'it does not run'
  if (fault.on === 'node' && fault.endsBy === 'heal' && own.some((one) => one.kind === fault.kind))
    return 'in force already'
  return null
}

/** Whom a link can be broken with, besides everyone and the clients: the other processes of the lab, in the group's order. */
export function peersOf(slice: GroupSlice | null, subject: FaultSubject): readonly string[] {
  return (slice?.nodes ?? []).map((node) => node.id).filter((id) => id !== subject.id)
}

/** The other end at first: whom the replica follows, for a link; everyone, for a node. */
export function firstPeer(subject: FaultSubject): string {
  return subject.kind === 'link' ? (subject.upstream ?? 'everyone') : 'everyone'
}

/** Why an amount as typed cannot be used; null: it can. */
export function amountTrouble(fault: FaultView, text: string): string | null {
  const { amount } = fault
  if (amount === undefined) return null
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) return 'A number is needed.'
  if (value < amount.min || value > amount.max)
    return `From ${boundWords(fault, 'min')} to ${boundWords(fault, 'max')}.`
  return null
}

/** `20 KB/s`, `5,000 ms`: an amount in the fault's unit. */
export function amountWords(unit: NonNullable<FaultView['amount']>['unit'], value: number): string {
  if (unit === 'bytes') return formatBytes(value)
  if (unit === 'bytes/s') return `${formatBytes(value)}/s`
  return `${formatInteger(value)} ${unit === 'seconds' ? 's' : 'ms'}`
}

/** `1 ms to 60,000 ms`. */
export function boundsWords(fault: FaultView): string {
  return fault.amount === undefined ? '' : `${boundWords(fault, 'min')} to ${boundWords(fault, 'max')}`
}

function boundWords({ amount }: FaultView, end: 'min' | 'max'): string {
  return amount === undefined ? '' : amountWords(amount.unit, amount[end])
}

/** What a form asks for beside the kind. */
export interface FaultDetails {
  readonly peer: string
  readonly direction: NonNullable<FaultRequestInput['direction']>
  readonly amount: string
}

export function requestFor(fault: FaultView, subject: FaultSubject, details?: FaultDetails): FaultRequestInput {
  return {
    kind: fault.kind,
    node: subject.id,
    ...(fault.on === 'link' && details !== undefined ? { peer: details.peer, direction: details.direction } : {}),
    ...(fault.amount === undefined || details === undefined ? {} : { amount: Number(details.amount) }),
  }
}

/** Faults that are marked on a node: all of its own but those between it and one other process, which its link shows. */
export function faultsOfNode(active: readonly ActiveFaultView[], id: string): readonly ActiveFaultView[] {
  return active.filter((fault) => fault.node === id && !isOfPair(fault))
}

/** Faults between the two ends of a link, whichever end was named first. */
export function faultsOfLink(
  active: readonly ActiveFaultView[],
  replica: string,
  upstream: string | null,
): readonly ActiveFaultView[] {
  return active.filter(
    (fault) =>
      isOfPair(fault) &&
      ((fault.node === replica && fault.peer === upstream) || (fault.node === upstream && fault.peer === replica)),
  )
}

/** Faults that healing from this subject's menu would be about. */
export function faultsOfSubject(active: readonly ActiveFaultView[], subject: FaultSubject): readonly ActiveFaultView[] {
  if (subject.kind === 'link') return faultsOfLink(active, subject.id, subject.upstream)
  return active.filter((fault) => fault.node === subject.id || fault.peer === subject.id)
}

/** The other end is one process, named HOST:PORT, not a kind of callers or the address of a client. */
function isOfPair({ peer }: ActiveFaultView): boolean {
  return peer !== undefined && /:\d+$/.test(peer)
}

/** `frozen`, `cut off, narrowed`; empty without faults. */
export function marksText(faults: readonly ActiveFaultView[]): string {
  return [...new Set(faults.map(markOf))].join(', ')
}
