import { SENTINEL_RULES } from './catalogue-sentinel.ts'
import type { Rule } from './rule.ts'

/** Every rule, in the order of the catalogue. */
export const RULES: readonly Rule[] = [...SENTINEL_RULES]
