import type { NodeId } from '../../domain/address.ts'
import { Bucket } from './bucket.ts'

/** Who sends or receives: a process of the lab, or a client by the IP address that it calls from. */
export type LinkEnd = { readonly process: NodeId } | { readonly client: string }

/** A set of ends. `processes` and `clients` are all of a sort. */
export type Ends = 'everyone' | 'processes' | 'clients' | LinkEnd

export type LinkEffect =
  | { readonly kind: 'cut' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'limit'; readonly bytesPerSecond: number }

/** One way only: what flows from one of `from` to one of `to`, whoever opened the connection. */
export interface LinkRule {
  readonly from: Ends
  readonly to: Ends
  readonly effect: LinkEffect
}

/** What happens to bytes on their way. */
export interface LinkState {
  readonly isCut: boolean
  readonly delayMs: number
  /** The lines that they have to pass, all of them. */
  readonly buckets: readonly Bucket[]
}

const OPEN: LinkState = { isCut: false, delayMs: 0, buckets: [] }

/** The rules in force. Several may concern one link: one cut is enough, the longest delay counts, every limit holds. */
export class LinkRules {
  readonly #rules = new Map<LinkRule, Bucket | undefined>()
  readonly #listeners = new Set<() => void>()

  /** Gives what takes these rules away again. */
  add(rules: readonly LinkRule[]): () => void {
    for (const rule of rules)
      this.#rules.set(rule, rule.effect.kind === 'limit' ? new Bucket(rule.effect.bytesPerSecond) : undefined)
    this.#tell()
    return () => {
      for (const rule of rules) this.#rules.delete(rule)
      this.#tell()
    }
  }

  /** What holds now for bytes that flow this way. */
  between(from: LinkEnd, to: LinkEnd): LinkState {
    let state = OPEN
    for (const [rule, bucket] of this.#rules) {
      if (!includes(rule.from, from) || !includes(rule.to, to)) continue
      if (rule.effect.kind === 'cut') state = { ...state, isCut: true }
      if (rule.effect.kind === 'delay') state = { ...state, delayMs: Math.max(state.delayMs, rule.effect.ms) }
      if (bucket !== undefined) state = { ...state, buckets: [...state.buckets, bucket] }
    }
    return state
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function includes(ends: Ends, end: LinkEnd): boolean {
  if (ends === 'everyone') return true
  if (ends === 'processes') return 'process' in end
  if (ends === 'clients') return 'client' in end
  if ('process' in ends) return 'process' in end && end.process === ends.process
  return 'client' in end && end.client === ends.client
}
