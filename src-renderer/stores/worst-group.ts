import type { GroupSlice, InspectFinding } from '../../src-main/contract/inspect.ts'

export type Severity = InspectFinding['severity'] | 'well'

const RANK: Readonly<Record<Severity, number>> = { critical: 3, warning: 2, info: 1, well: 0 }

/** The gravest of the findings that hold; `info` counts as well. */
export function severityOf(findings: readonly InspectFinding[]): Severity {
  let worst: Severity = 'well'
  for (const finding of findings) {
    if (finding.held && finding.severity !== 'info' && RANK[finding.severity] > RANK[worst]) worst = finding.severity
  }
  return worst
}

const known = new WeakMap<GroupSlice, Severity>()

/** The same of a slice, worked out once: with many groups, most slices are the ones of the last sample. */
export function severityOfSlice(slice: GroupSlice): Severity {
  const held = known.get(slice)
  if (held) return held
  const severity = severityOf(slice.findings)
  known.set(slice, severity)
  return severity
}

/** The group to look at first: gravest finding, then the largest loss were its master to die. Null without groups. */
export function worstGroup(slices: ReadonlyMap<string, GroupSlice>): string | null {
  let best: { readonly name: string; readonly rank: number; readonly loss: number } | null = null
  for (const [name, slice] of slices) {
    const rank = RANK[severityOfSlice(slice)]
    const loss = slice.group.exposure?.masterCrash.lossBytes?.high ?? -1
    if (best === null || rank > best.rank || (rank === best.rank && loss > best.loss)) best = { name, rank, loss }
  }
  return best?.name ?? null
}
