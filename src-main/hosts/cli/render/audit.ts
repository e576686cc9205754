import type { AuditReport } from '../../../contract/audit.ts'
import type { InspectFinding } from '../../../contract/inspect.ts'
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
    ...report.findings.flatMap(findingLines),
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

function countWords({ findings }: AuditReport): string {
  const count = (severity: InspectFinding['severity']) => findings.filter((one) => one.severity === severity).length
  return `${count('critical')} critical, ${plural(count('warning'), 'warning')}, ${count('info')} for information`
}

function findingLines(finding: InspectFinding): Line[] {
  const proof = finding.evidence
    .map((one) => `${one.node} ${one.field} ${one.value === '' ? '""' : (one.value ?? 'not known')}`)
    .join('; ')
  return [
    line(''),
    [
      span('  '),
      span(finding.severity.toUpperCase(), TONES[finding.severity]),
      span(` ${finding.code}`, 'strong'),
      span(` ${finding.title}${finding.held ? '' : ' (not yet held)'}`),
    ],
    [span('    '), span(finding.why)],
    ...(proof === '' ? [] : [[span('    evidence: ', 'dim'), span(proof, 'dim')]]),
    ...finding.remedy.map((step): Line => [span('    - '), span(step)]),
  ]
}

function notJudgedLines({ notJudged }: AuditReport): Line[] {
  if (notJudged.length === 0) return []
  return [
    line(''),
    line('Could not be judged', 'strong'),
    ...notJudged.map((one): Line => [span(`  ${one.code}`), span(` ${one.subject.id}: ${one.reason}`, 'dim')]),
  ]
}
