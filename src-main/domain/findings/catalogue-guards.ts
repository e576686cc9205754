import type { Rule } from './rule.ts'
import { guardSlowerThanFailover } from './rules/guards/guard-slower-than-failover.ts'
import { guardUnattainableAfterFailover } from './rules/guards/guard-unattainable-after-failover.ts'
import { guardUnattainable } from './rules/guards/guard-unattainable.ts'
import { writesAtEdge } from './rules/guards/writes-at-edge.ts'
import { writesBlocked } from './rules/guards/writes-blocked.ts'
import { writesUnguarded } from './rules/guards/writes-unguarded.ts'

/** The rules about the guards of consistency, in the order of the catalogue. */
export const GUARD_RULES: readonly Rule[] = [
  writesUnguarded,
  writesBlocked,
  writesAtEdge,
  guardUnattainable,
  guardUnattainableAfterFailover,
  guardSlowerThanFailover,
]
