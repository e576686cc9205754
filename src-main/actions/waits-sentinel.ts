import type { PlanStep } from '../domain/plans/model.ts'
import { entryAddress } from '../domain/plans/switchover.ts'
import type { SentinelMaster } from '../domain/replies/reply-types.ts'
import type { RunContext, WaitResult } from './context.ts'
import { notYet, poll, reached } from './poll.ts'
import { sentinelMasterNow, sentinelReplicasNow } from './read-now.ts'

/** The present value of a parameter of SENTINEL SET; undefined when it was not told. */
export function sentinelValue(entry: SentinelMaster, key: string): number | undefined {
  switch (key) {
    case 'quorum':
      return entry.quorum
    case 'down-after-milliseconds':
      return entry.downAfterMs
    case 'failover-timeout':
      return entry.failoverTimeoutMs
    case 'parallel-syncs':
      return entry.parallelSyncs
    default:
      return undefined
  }
}

/** After a reset: so long at least, and until every live replica and Sentinel is known again. The old counts do not matter. */
export async function waitRelearnt(
  step: PlanStep,
  context: RunContext,
  params: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<WaitResult> {
  const begunAt = context.deps.clock.now()
  const wanted = (params['replicas'] ?? '').split(' ').filter((node) => node !== '')
  return poll(context, { timeoutMs: step.timeoutMs, everyMs: 500, signal }, async () => {
    const [entry, replicas] = await Promise.all([
      sentinelMasterNow(context, step.node),
      sentinelReplicasNow(context, step.node),
    ])
    const known = new Set(replicas?.flatMap((one) => entryAddress(one) ?? []))
    const missing = wanted.filter((node) => !known.has(node))
    const peers = entry?.otherSentinelTotal ?? 0
    const waitedMs = context.deps.clock.now() - begunAt
    const said = `${step.node} knows ${wanted.length - missing.length} of ${wanted.length} live replicas and ${peers} of ${params['sentinels'] ?? '?'} peers`
    const isBack = missing.length === 0 && peers >= Number(params['sentinels'])
    return isBack && waitedMs >= Number(params['leastMs']) ? reached(said) : notYet(said)
  })
}
