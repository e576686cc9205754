import type { Drill } from './drill.ts'
import { primaryCrashIdle } from './primary-crash-idle.ts'

/** Every drill, in the order in which they are best learnt. */
export const DRILLS: readonly Drill[] = [primaryCrashIdle]
