import { GUARD_RULES } from './catalogue-guards.ts'
import { SENTINEL_RULES } from './catalogue-sentinel.ts'
import { TOPOLOGY_RULES } from './catalogue-topology.ts'
import type { Rule } from './rule.ts'

/** Every rule, in the order of the catalogue. */
export const RULES: readonly Rule[] = [...TOPOLOGY_RULES, ...GUARD_RULES, ...SENTINEL_RULES]
