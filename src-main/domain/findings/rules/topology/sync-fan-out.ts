import { hostAndPort, type NodeId } from '../../../address.ts'
import type { LinkSnapshot } from '../../../topology/model.ts'
import { cli, evidence, type Rule, type RuleContext, type Verdict } from '../../rule.ts'
import { isAnswering, nodeSubject } from '../../rule-facts.ts'
import { keepConfig, listed, setConfig } from '../../rule-words.ts'

/** Several full resyncs of one node at once. */
export const syncFanOut: Rule = {
  code: 'sync-fan-out',
  section: 'topology',
  severities: ['warning'],
  fires:
    'Three or more replicas of one node synchronise fully; or for 15 s they would if their links dropped, or after the failover that is forecast.',
  matters: 'A fork, its memory, and the whole dataset over the network for each of them, all at once.',
  advice: 'Chain some of them, restart one by one, and use diskless sync so that they share one transfer.',
  holdForMs: 15_000,
  swings: true,
  judge: (context) => {
    const found = new Map<NodeId, Verdict>()
    for (const upstream of new Set(context.snapshot.links.flatMap((link) => link.upstream ?? []))) {
      const full = context.snapshot.links.filter((link) => link.upstream === upstream && isFull(context, link))
      if (full.length >= context.thresholds.syncFanOut)
        found.set(
          upstream,
          verdict(
            context,
            upstream,
            full.map((link) => link.replica),
            'synchronise fully, or would if their links dropped now',
            full.filter((link) => link.state === 'full-sync').length >= context.thresholds.syncFanOut,
          ),
        )
    }
    const { winner, afterwards } = context.forecast
    const after = afterwards.filter((one) => one.resync.verdict === 'full').map((one) => one.node)
    if (winner !== undefined && !found.has(winner) && after.length >= context.thresholds.syncFanOut)
      found.set(winner, verdict(context, winner, after, `would synchronise fully after a failover to ${winner}`))
    return [...found.values()]
  },
}

function isFull(context: RuleContext, link: LinkSnapshot): boolean {
  if (!isAnswering(context.snapshot.nodes.get(link.replica))) return false
  return link.state === 'full-sync' || link.resyncIfDropped.verdict === 'full'
}

/** `isNow`: it goes on already, so nothing is waited for. What is foreseen swings with the lag. */
function verdict(
  context: RuleContext,
  upstream: NodeId,
  replicas: readonly NodeId[],
  what: string,
  isNow = false,
): Verdict {
  const node = context.snapshot.nodes.get(upstream)
  const isDiskless = node?.config?.get('repl-diskless-sync')
  const last = replicas.at(-1)
  const first = replicas[0]
  return {
    kind: 'fires',
    subject: nodeSubject(upstream),
    severity: 'warning',
    holdForMs: isNow ? 0 : context.thresholds.steadySeconds * 1000,
    title: `${upstream}: ${replicas.length} replicas ${what}: ${listed(replicas)}`,
    evidence: [
      ...replicas.map((id) => {
        const link = context.snapshot.links.find((one) => one.replica === id)
        return {
          node: id,
          field: 'resync if its link dropped',
          value: link?.resyncIfDropped.reason,
          at: context.snapshot.takenAt,
        }
      }),
      evidence(context, upstream, 'repl-diskless-sync', isDiskless),
    ],
    why: 'The node that feeds them forks and sends its dataset to all of them; its memory, its disk and its network bear it at once, and so do its clients.',
    remedy: [
      'restart or re-point them one by one, each when the one before is online',
      ...(isDiskless === 'no' ? [setConfig(upstream, 'repl-diskless-sync', 'yes')] : []),
      `${setConfig(upstream, 'repl-diskless-sync-delay', 10)}   # they share one transfer`,
      ...(node === undefined ? [] : [keepConfig(node)]),
      ...(first === undefined || last === undefined
        ? []
        : [`or chain some, where no Sentinel re-points them: ${cli(last, `REPLICAOF ${hostAndPort(first)}`)}`]),
    ],
  }
}
