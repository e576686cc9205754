import { describeSeconds } from '../../../units.ts'
import type { Evidence } from '../../model.ts'
import { evidence, type Rule, type RuleContext } from '../../rule.ts'
import { answeringServers, groupSubject } from '../../rule-facts.ts'
import { onEverySentinel, said, speakingViews, type SpeakingView } from './views.ts'

/** A detection time that fits no deployment, or not this one. */
export const downAfterOdd: Rule = {
  code: 'down-after-odd',
  section: 'sentinel',
  severities: ['warning'],
  fires: 'down-after-milliseconds is below 1 s, above 60 s, or shorter than the longest stall that was observed (fork)',
  matters: 'Too short: every stall becomes a failover, with its loss. Too long: an outage lasts as long.',
  advice: 'Between 5 s and 30 s for most; longer than the longest fork and the slowest command.',
  holdForMs: 0,
  judge: (context) => {
    const { downAfterMinMs, downAfterMaxMs } = context.thresholds
    const stall = longestStall(context)
    const odd = speakingViews(context).flatMap((view) => {
      const ms = view.facts.downAfterMs
      if (ms === undefined) return []
      if (ms < downAfterMinMs) return { view, ms, what: 'too short' as const }
      if (ms > downAfterMaxMs) return { view, ms, what: 'too long' as const }
      if (stall !== undefined && ms < stall.ms) return { view, ms, what: 'shorter than a stall' as const }
      return []
    })
    const first = odd[0]
    if (first === undefined) return []
    const isStall = first.what === 'shorter than a stall' && stall !== undefined
    const wanted = isStall ? Math.ceil((stall.ms * 2) / 1000) * 1000 : first.what === 'too long' ? 30_000 : 5000
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'warning',
        title: `${context.snapshot.name}: down-after-milliseconds ${first.ms} is ${isStall ? `shorter than a stall of ${describeSeconds(stall.ms / 1000)} on ${stall.evidence.node}` : first.what}`,
        evidence: [...odd.map((one) => settingOf(one.view)), ...(isStall ? [stall.evidence] : [])],
        why:
          first.what === 'too long'
            ? `A dead master is noticed only after ${describeSeconds(first.ms / 1000)}; writes fail that long at least.`
            : 'A stall of the master that long (a fork, a slow command, the network) becomes a failover of a living node, and what it accepted meanwhile is lost.',
        remedy: onEverySentinel(context, `SENTINEL SET ${context.snapshot.name} down-after-milliseconds ${wanted}`),
      },
    ]
  },
}

function settingOf(view: SpeakingView): Evidence {
  return said(view, 'down-after-milliseconds', view.facts.downAfterMs)
}

function longestStall(context: RuleContext): { readonly ms: number; readonly evidence: Evidence } | undefined {
  return answeringServers(context)
    .flatMap((node) => {
      const usec = node.info?.stats.latestForkUsec
      return usec === undefined
        ? []
        : { ms: usec / 1000, evidence: evidence(context, node.id, 'latest_fork_usec', usec) }
    })
    .sort((a, b) => b.ms - a.ms)[0]
}
