import type { NodeId } from '../../../address.ts'
import { errorsOf } from '../../../topology/past.ts'
import type { RuleContext } from '../../rule.ts'

/** Samples closer together than this prove nothing: a replica tries again once a second. */
const LEAST_MS = 500

/** Errors of one kind that a server gave since its last remembered sample. */
export interface RisingErrors {
  readonly total: number
  readonly since: number
  readonly more: number
}

/** NOAUTH and WRONGPASS given by a server since the sample before; undefined when they do not rise or are not told. */
export function risingAuthErrors(context: RuleContext, node: NodeId): RisingErrors | undefined {
  return rising(context, node, ['NOAUTH', 'WRONGPASS'], 'authErrors')
}

/** ERR, likewise: what a server says to AUTH when no password is set. */
export function risingPlainErrors(context: RuleContext, node: NodeId): RisingErrors | undefined {
  return rising(context, node, ['ERR'], 'plainErrors')
}

function rising(
  context: RuleContext,
  node: NodeId,
  prefixes: readonly string[],
  field: 'authErrors' | 'plainErrors',
): RisingErrors | undefined {
  const snapshot = context.snapshot.nodes.get(node)
  const total = errorsOf(snapshot?.info, ...prefixes)
  const before = context.past.samples
    .get(node)
    ?.findLast((sample) => context.snapshot.takenAt - sample.at >= LEAST_MS && sample.runId === snapshot?.runId)
  const earlier = before?.[field]
  if (total === undefined || before === undefined || earlier === undefined || total <= earlier) return undefined
  return { total, since: before.at, more: total - earlier }
}
