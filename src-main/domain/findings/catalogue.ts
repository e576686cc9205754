import { GUARD_RULES } from './catalogue-guards.ts'
import { MEMORY_RULES } from './catalogue-memory.ts'
import { OPERATIONS_RULES } from './catalogue-operations.ts'
import { PERSISTENCE_RULES } from './catalogue-persistence.ts'
import { SENTINEL_RULES } from './catalogue-sentinel.ts'
import { TOPOLOGY_RULES } from './catalogue-topology.ts'
import type { Rule } from './rule.ts'

/** Every rule, in the order of the catalogue. */
export const RULES: readonly Rule[] = [
  ...TOPOLOGY_RULES,
  ...GUARD_RULES,
  ...PERSISTENCE_RULES,
  ...MEMORY_RULES,
  ...SENTINEL_RULES,
  ...OPERATIONS_RULES,
]
