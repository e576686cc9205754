import { type ProbeWrite, REFUSALS, type Refusal } from './probe-model.ts'

/** How a number ended; the refusals follow in their own order. */
export const PENDING = 0
export const ACKNOWLEDGED = 1
export const UNKNOWN = 2
const FIRST_REFUSAL = 3

/** Moments are kept as hundredths of a millisecond since the start: eleven hours in four bytes. */
const PER_MS = 100
const CONFIRMED = 0x80
const FIRST_SIZE = 4096

/**
 * Every number's story, in 11 bytes: when it was sent, how it ended, when, and who was asked. A number ends once;
 * whatever comes after that is not heard.
 */
export class Ledger {
  readonly #limit: number
  #size = 0
  #sent = new Uint32Array(FIRST_SIZE)
  #settled = new Uint32Array(FIRST_SIZE)
  #outcome = new Uint8Array(FIRST_SIZE)
  #server = new Uint8Array(FIRST_SIZE)
  /** 0: WAIT said nothing; else one more than it said, with the top bit where that was enough. */
  #waited = new Uint8Array(FIRST_SIZE)
  readonly #totals = new Float64Array(FIRST_REFUSAL + REFUSALS.length)
  #confirmed = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#size
  }

  /** How many more numbers there may be. */
  get room(): number {
    return this.#limit - this.#size
  }

  get confirmed(): number {
    return this.#confirmed
  }

  /** Takes the next `count` numbers, sent at `atMs` to one server; gives the first. */
  send(count: number, atMs: number, server: number): number {
    const first = this.#size
    while (first + count > this.#sent.length) this.#grow()
    this.#sent.fill(toTicks(atMs), first, first + count)
    this.#server.fill(server, first, first + count)
    this.#size += count
    this.#add(PENDING, count)
    return first
  }

  /** False when the number was settled before, or never sent. */
  settle(number: number, outcome: number, atMs: number): boolean {
    if (number >= this.#size || this.#outcome[number] !== PENDING) return false
    this.#outcome[number] = outcome
    this.#settled[number] = toTicks(atMs)
    this.#add(PENDING, -1)
    this.#add(outcome, 1)
    return true
  }

  /** What WAIT said of it; kept of acknowledged writes only. */
  wait(number: number, replicas: number, isEnough: boolean): void {
    if (this.#outcome[number] !== ACKNOWLEDGED || this.#waited[number] !== 0) return
    this.#waited[number] = (Math.min(replicas, 0x7e) + 1) | (isEnough ? CONFIRMED : 0)
    if (isEnough) this.#confirmed += 1
  }

  outcome(number: number): number {
    return this.#outcome[number] ?? PENDING
  }

  sentMs(number: number): number {
    return (this.#sent[number] ?? 0) / PER_MS
  }

  settledMs(number: number): number {
    return (this.#settled[number] ?? 0) / PER_MS
  }

  isConfirmed(number: number): boolean {
    return ((this.#waited[number] ?? 0) & CONFIRMED) !== 0
  }

  server(number: number): number {
    return this.#server[number] ?? 0
  }

  waited(number: number): number | null {
    const kept = (this.#waited[number] ?? 0) & ~CONFIRMED
    return kept === 0 ? null : kept - 1
  }

  total(outcome: number): number {
    return this.#totals[outcome] ?? 0
  }

  refused(): number {
    return REFUSALS.reduce((sum, kind) => sum + this.total(refusal(kind)), 0)
  }

  refusals(): Partial<Record<Refusal, number>> {
    return Object.fromEntries(
      REFUSALS.map((kind) => [kind, this.total(refusal(kind))] as const).filter(([, total]) => total > 0),
    )
  }

  #add(outcome: number, count: number): void {
    this.#totals[outcome] = this.total(outcome) + count
  }

  #grow(): void {
    const larger = <T extends Uint32Array | Uint8Array>(array: T, into: T): T => {
      into.set(array)
      return into
    }
    const length = this.#sent.length * 2
    this.#sent = larger(this.#sent, new Uint32Array(length))
    this.#settled = larger(this.#settled, new Uint32Array(length))
    this.#outcome = larger(this.#outcome, new Uint8Array(length))
    this.#server = larger(this.#server, new Uint8Array(length))
    this.#waited = larger(this.#waited, new Uint8Array(length))
  }
}

/** The outcome that stands for a refusal. */
export function refusal(kind: Refusal): number {
  return FIRST_REFUSAL + REFUSALS.indexOf(kind)
}

/** Of an error line of the server, without its dash: by the first word. */
export function refusalOf(errorLine: string): Refusal {
  const word = errorLine.split(' ', 1)[0]
  return REFUSALS.find((kind) => kind === word) ?? 'other'
}

export function outcomeName(outcome: number): ProbeWrite['outcome'] {
  if (outcome === PENDING) return 'pending'
  if (outcome === ACKNOWLEDGED) return 'acknowledged'
  if (outcome === UNKNOWN) return 'unknown'
  return REFUSALS[outcome - FIRST_REFUSAL] ?? 'other'
}

function toTicks(ms: number): number {
  return Math.round(ms * PER_MS)
}
