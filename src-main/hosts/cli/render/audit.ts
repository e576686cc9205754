import type { AuditReport } from '../../../contract/audit.ts'
import { foldedEvidence, foldedRemedy, foldedWhy, foldFindings, type Fold } from '../../../contract/for-people.ts'
import type { InspectFinding } from '../../../contract/inspect.ts'
import { standingWords } from './findings.ts'
import { renderInspect, type Canvas } from './inspect.ts'
import type { Line, Tone } from './text.ts'
import { line, paint, span, wrap } from './text.ts'
import { plural } from './units.ts'

const NARROWEST = 40
const TONES: Readonly<Record<InspectFinding['severity'], Tone>> = { critical: 'bad', warning: 'warn', info: 'accent' }
const ANSWER_TONES: Readonly<Record<AuditReport['checklist'][number]['answer'], Tone>> = {
  yes: 'good',
  no: 'bad',
  partly: 'warn',
  'cannot-be-seen': 'dim',
}

/** The audit as lines for a terminal: the picture, every finding with its evidence, what was not judged, the checklist. */
export function renderAudit(report: AuditReport, canvas: Canvas): string[] {
  const width = Math.max(NARROWEST, canvas.width)
  const picture = renderInspect({ ...report, schema: 'repliscope/inspect@1', findings: [] }, canvas)
  const lines: Line[] = [
    line(''),
    [span('Findings', 'strong'), span(` (${report.environment}): ${countWords(report)}`)],
    ...findingsOf(report),
    ...notJudgedLines(report),
    line(''),
    line('Durability checklist', 'strong'),
    ...report.checklist.flatMap((one): Line[] => [
      [
        span('  '),
        span(one.answer === 'cannot-be-seen' ? 'cannot be seen' : one.answer, ANSWER_TONES[one.answer]),
        span(`  ${one.item}${report.groups.length > 1 ? ` (${one.group})` : ''}: `),
        span(one.evidence, 'dim'),
      ],
    ]),
  ]
  return [...picture, ...lines.flatMap((entry) => wrap(entry, width, 4)).map((entry) => paint(entry, canvas.hasColour))]
}

function countWords({ findings, acknowledged }: AuditReport): string {
  const count = (severity: InspectFinding['severity']) => findings.filter((one) => one.severity === severity).length
  return `${count('critical')} critical, ${plural(count('warning'), 'warning')}, ${count('info')} for information${acknowledged.length === 0 ? '' : `, ${acknowledged.length} of them acknowledged`}`
}

/** What somebody has seen stands apart from what nobody has. */
function findingsOf(report: AuditReport): Line[] {
  const seen = (finding: InspectFinding) => {
    const { code, subject } = finding
    const one = report.acknowledged.find(
      (known) => known.code === code && known.subject.kind === subject.kind && known.subject.id === subject.id,
    )
    return one === undefined ? '' : seenWords(one)
  }
  return foldFindings(report.findings, (finding) => finding, seen).flatMap((fold) =>
    findingLines(fold, seen(fold.first), report.takenAt),
  )
}

function seenWords({ at, expiresAt, note }: AuditReport['acknowledged'][number]): string {
  return `acknowledged ${at}${expiresAt === null ? '' : ` until ${expiresAt}`}${note === '' ? '' : `: ${note}`}`
}

function findingLines({ first, all, sameOf, unlike }: Fold<InspectFinding>, seen: string, takenAt: string): Line[] {
  const proof = foldedEvidence(all)
    .map(({ nodes, one }) => {
      const [who, ...more] = nodes
      return `${who}${more.length === 0 ? '' : ` and ${more.length} more`} ${one.field} ${one.value === '' ? '""' : (one.value ?? 'not known')}`
    })
    .join('; ')
  return [
    line(''),
    [
      span('  '),
      span(first.severity.toUpperCase(), TONES[first.severity]),
      span(` ${first.code}`, 'strong'),
      span(` ${first.title}${standingWords(first, takenAt)}`),
    ],
    ...(sameOf.length === 0 ? [] : [[span('    '), span(`the same of ${sameOf.join(', ')}`)]]),
    ...unlike.map((one): Line => [span('    '), span(`${one.first.title}${sameWords(one.sameOf)}`)]),
    ...(seen === '' ? [] : [[span('    '), span(seen, 'accent')]]),
    ...foldedWhy(all).map((why): Line => [span('    '), span(why)]),
    ...(proof === '' ? [] : [[span('    evidence: ', 'dim'), span(proof, 'dim')]]),
    ...foldedRemedy(all).map((step): Line => [span('    - '), span(step)]),
  ]
}

function sameWords(sameOf: readonly string[]): string {
  return sameOf.length === 0 ? '' : `; the same of ${sameOf.join(', ')}`
}

function notJudgedLines({ notJudged }: AuditReport): Line[] {
  if (notJudged.length === 0) return []
  return [
    line(''),
    line('Could not be judged', 'strong'),
    ...notJudged.map((one): Line => [span(`  ${one.code}`), span(` ${one.subject.id}: ${one.reason}`, 'dim')]),
  ]
}
