import type { Rule } from './rule.ts'
import { evicting } from './rules/memory/evicting.ts'
import { forkHeadroom } from './rules/memory/fork-headroom.ts'
import { memoryFullWritesFail } from './rules/memory/memory-full-writes-fail.ts'
import { noMaxmemory } from './rules/memory/no-maxmemory.ts'
import { volatilePolicyWithoutTtl } from './rules/memory/volatile-policy-without-ttl.ts'

/** Where memory ends, and what happens then. */
export const MEMORY_RULES: readonly Rule[] = [
  evicting,
  memoryFullWritesFail,
  noMaxmemory,
  forkHeadroom,
  volatilePolicyWithoutTtl,
]
