import type { Rule, RuleContext, Verdict } from '../../rule.ts'
import { groupSubject } from '../../rule-facts.ts'
import { onEverySentinel, said, speakingViews, type SpeakingView } from './views.ts'

/** What Sentinels must agree on. `set` is the option of SENTINEL SET; undefined where they agree by themselves. */
const COMPARED: readonly {
  readonly field: string
  readonly set: string | undefined
  readonly read: (view: SpeakingView) => string | number | undefined
}[] = [
  { field: 'master address', set: undefined, read: (view) => view.master },
  { field: 'config-epoch', set: undefined, read: (view) => view.facts.configEpoch },
  { field: 'quorum', set: 'quorum', read: (view) => view.facts.quorum },
  { field: 'down-after-milliseconds', set: 'down-after-milliseconds', read: (view) => view.facts.downAfterMs },
  { field: 'failover-timeout', set: 'failover-timeout', read: (view) => view.facts.failoverTimeoutMs },
  { field: 'parallel-syncs', set: 'parallel-syncs', read: (view) => view.facts.parallelSyncs },
]

/** Sentinels of one group tell different stories. */
export const sentinelsDisagree: Rule = {
  code: 'sentinels-disagree',
  section: 'sentinel',
  severities: ['critical', 'info'],
  fires:
    'master address, config-epoch, quorum or other settings differ among the Sentinels (information until the grace is over)',
  matters:
    'Clients that ask different Sentinels write to different masters; which settings a failover uses depends on who leads it.',
  advice:
    'Settings: SENTINEL SET the same value on every Sentinel. Address or epoch: look for a partition between the Sentinels.',
  holdForMs: 15_000,
  judge: (context): readonly Verdict[] => {
    const views = speakingViews(context)
    const differing = COMPARED.filter(({ read }) => valuesOf(views, read).size > 1)
    if (differing.length === 0) return []
    const words = differing.map(({ field, read }) => `${field} ${[...valuesOf(views, read)].join(' and ')}`)
    const isOneShot = context.past.isOneShot
    return [
      {
        kind: 'fires',
        subject: groupSubject(context),
        severity: 'critical',
        // A failover reaches the Sentinels one after another: news that is seconds old is no trouble yet.
        ...(isOneShot ? {} : { severityUntilHeld: 'info' }),
        holdForMs: context.thresholds.splitBrainGraceSeconds * 1000,
        title: `${context.snapshot.name}: its Sentinels do not agree: ${words.join('; ')}`,
        evidence: differing.flatMap(({ field, read }) => views.map((view) => said(view, field, read(view)))),
        why: differing.some(({ set }) => set === undefined)
          ? 'Clients learn the master from a Sentinel: those that ask another one write elsewhere, and such writes are lost when the Sentinels agree again.'
          : 'Each Sentinel acts by its own settings: detection and failover differ with who happens to lead.',
        remedy: remedies(context, differing),
      },
    ]
  },
}

function valuesOf(
  views: readonly SpeakingView[],
  read: (view: SpeakingView) => string | number | undefined,
): ReadonlySet<string | number> {
  return new Set(views.flatMap((view) => read(view) ?? []))
}

function remedies(context: RuleContext, differing: typeof COMPARED): readonly string[] {
  const { name } = context.snapshot
  const views = speakingViews(context)
  return differing
    .flatMap(({ set, read }) => {
      if (set === undefined) return onEverySentinel(context, `SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`)
      return onEverySentinel(
        context,
        `SENTINEL SET ${name} ${set} ${mostCommon(views.flatMap((view) => read(view) ?? []))}`,
      )
    })
    .filter((one, index, all) => all.indexOf(one) === index)
}

function mostCommon(values: readonly (string | number)[]): string | number {
  const counts = new Map<string | number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ''
}
