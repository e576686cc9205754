import { measuredNumbers, verdictSummary, winnerMeasured } from '../domain/drills/comparison.ts'
import type { DrillReport } from '../domain/drills/model.ts'
import { clockWords } from '../domain/drills/timeline-picture.ts'

/** Where and when it ran, and how the forecast did: `... right in 4 of 5.` */
export function drillHead(report: DrillReport): string {
  const { right, judged } = verdictSummary(report)
  const verdict =
    judged === 0 ? 'There was no forecast to hold against it' : `The forecast was right in ${right} of ${judged}`
  return `${report.server}, ${report.startedAt}, ${runWords(report)}, took ${clockWords(report.tookMs)}. ${verdict}.`
}

export function runWords(report: DrillReport): string {
  return report.withRemedy ? 'with the remedy' : 'without the remedy'
}

/** The numbers of two runs of one drill, a row each: what, here, there. */
export function besideWords(one: DrillReport, other: DrillReport): readonly (readonly string[])[] {
  const others = measuredNumbers(other)
  return [
    ['master afterwards', winnerMeasured(one), winnerMeasured(other)],
    ...measuredNumbers(one).map(({ name, value }, index) => [name, value, others[index]?.value ?? '']),
    ['findings', one.measured.findings.join(', ') || 'none', other.measured.findings.join(', ') || 'none'],
  ]
}
