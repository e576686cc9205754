import type { Facts } from './model.ts'

/** One fact that is not what the plan relies on. `now` undefined: it can no longer be read. */
export interface FactChange {
  readonly key: string
  readonly was: string
  readonly now: string | undefined
}

/** A hash of the facts: 16 hex digits, the same for the same facts in whatever order. */
export function fingerprintOf(facts: Facts): string {
  const text = Object.keys(facts)
    .sort()
    .map((key) => `${key}=${facts[key] ?? ''}`)
    .join('\n')
  return fnv1a(text).toString(16).padStart(16, '0')
}

/** What of the facts relied on is different in a fresh reading; facts beyond them do not matter. Sorted by key. */
export function changesSince(relied: Facts, fresh: Facts): readonly FactChange[] {
  return Object.keys(relied)
    .sort()
    .flatMap((key) => {
      const was = relied[key] ?? ''
      const now = fresh[key]
      return now === was ? [] : [{ key, was, now }]
    })
}

/** The facts relied on after a step: what it causes replaces what was, and what it makes unknowable is dropped. */
export function withEffects(facts: Facts, causes: Readonly<Record<string, string | null>>): Facts {
  const next: Record<string, string> = { ...facts }
  for (const [key, value] of Object.entries(causes)) {
    if (value === null) delete next[key]
    // an effect on a fact that nobody relies on adds no condition
    else if (key in next) next[key] = value
  }
  return next
}

/** Changes as one line for people. */
export function describeChanges(changes: readonly FactChange[]): string {
  return changes.map(({ key, was, now }) => `${key}: was ${was}, is ${now ?? 'no longer readable'}`).join('; ')
}

const OFFSET = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n
const MASK = 0xffffffffffffffffn

function fnv1a(text: string): bigint {
  let hash = OFFSET
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    hash = ((hash ^ BigInt(unit & 0xff)) * PRIME) & MASK
    hash = ((hash ^ BigInt(unit >> 8)) * PRIME) & MASK
  }
  return hash
}
