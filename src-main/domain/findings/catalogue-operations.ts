import type { Rule } from './rule.ts'
import { clockSkew } from './rules/operations/clock-skew.ts'
import { dangerousCommandsOpen } from './rules/operations/dangerous-commands-open.ts'
import { endOfLife } from './rules/operations/end-of-life.ts'
import { inspectorNotPermitted } from './rules/operations/inspector-not-permitted.ts'
import { inspectorSlow } from './rules/operations/inspector-slow.ts'
import { managedService } from './rules/operations/managed-service.ts'
import { mixedVersions } from './rules/operations/mixed-versions.ts'
import { noAuth } from './rules/operations/no-auth.ts'
import { plainTransport } from './rules/operations/plain-transport.ts'
import { versionAdvisory } from './rules/operations/version-advisory.ts'

/** Who gets in, what version runs, and what the inspector itself cannot see. */
export const OPERATIONS_RULES: readonly Rule[] = [
  dangerousCommandsOpen,
  noAuth,
  plainTransport,
  versionAdvisory,
  mixedVersions,
  endOfLife,
  managedService,
  inspectorNotPermitted,
  clockSkew,
  inspectorSlow,
]
