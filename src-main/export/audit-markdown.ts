import { counted } from '../domain/text.ts'
import type { Finding } from '../domain/findings/model.ts'
import {
  ANSWERS,
  countFindings,
  QUESTIONS,
  timeWords,
  titleOf,
  type AuditDocument,
  type AuditedGroup,
} from './audit-document.ts'
import { markdownCode as code, markdownTable as table, markdownText as text } from './markdown.ts'
import { exposureLines, linkWords, reachWords, valueWords, versionWords } from './words.ts'

/** The audit as Markdown for a ticket or a page of a wiki; ends with a line break. */
export function auditMarkdown(document: AuditDocument): string {
  const counts = countFindings(document)
  return `${[
    `# Repliscope audit: ${text(titleOf(document))}`,
    '',
    `Taken ${timeWords(document.takenAt)}, environment ${text(document.environment)}, Repliscope ${text(document.version)}.`,
    `${counts.critical} critical, ${counted(counts.warning, 'warning')}, ${counts.info} for information.`,
    '',
    ...document.groups.flatMap(groupLines),
  ]
    .join('\n')
    .trimEnd()}\n`
}

function groupLines(group: AuditedGroup): readonly string[] {
  const { snapshot, headline, exposure, findings, notJudged, checklist } = group
  return [
    `## Group ${text(snapshot.name)}`,
    '',
    ...(headline === undefined ? [] : [`**${text(headline)}**`, '']),
    '### Findings',
    '',
    ...(findings.length === 0 ? ['None.', ''] : findings.flatMap(findingLines)),
    ...(notJudged.length === 0
      ? []
      : [
          '### Could not be judged',
          '',
          ...notJudged.map((one) => `- \`${one.code}\` for ${text(one.subject.id)}: ${text(one.reason)}`),
          '',
        ]),
    ...(exposure === undefined
      ? []
      : [
          '### What would be lost now',
          '',
          ...table(
            ['failure', 'loses', 'why'],
            exposureLines(exposure).map((one) => [one.failure, one.loses, one.reason]),
          ),
        ]),
    '### Nodes',
    '',
    ...table(['node', 'role', 'version', 'answers', 'link'], nodeRows(group)),
    '### Durability checklist',
    '',
    ...table(
      ['question', 'answer', 'evidence'],
      checklist.map((one) => [QUESTIONS[one.item], ANSWERS[one.answer], one.evidence]),
    ),
  ]
}

function findingLines(finding: Finding): readonly string[] {
  const held = finding.held ? '' : ' (not yet held)'
  return [
    `#### ${finding.severity.toUpperCase()} ${finding.code}: ${text(finding.title)}${held}`,
    '',
    `${text(finding.why)}`,
    '',
    `About ${finding.subject.kind} ${text(finding.subject.id)}, since ${timeWords(finding.since)}.`,
    '',
    ...table(
      ['node', 'field', 'value', 'at'],
      finding.evidence.map((one) => [one.node, one.field, valueWords(one), timeWords(one.at)]),
    ),
    ...finding.remedy.map((step, index) => `${index + 1}. ${step.startsWith('redis-cli ') ? code(step) : text(step)}`),
    '',
  ]
}

function nodeRows({ snapshot }: AuditedGroup): readonly (readonly string[])[] {
  return [...snapshot.nodes.values()].map((node) => {
    const link = snapshot.links.find((one) => one.replica === node.id)
    return [
      node.id,
      node.role,
      versionWords(node),
      reachWords(node),
      link === undefined ? '' : `${link.upstream ?? 'unknown'}: ${linkWords(link)}`,
    ]
  })
}
