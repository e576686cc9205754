import { counted } from '../domain/text.ts'
import { foldedEvidence, foldedRemedy, foldedWhy, isCommand } from '../domain/findings/fold.ts'
import {
  aboutWords,
  acknowledgedWords,
  ANSWERS,
  countFindings,
  entriesOf,
  QUESTIONS,
  sameWords,
  seenWords,
  sinceOf,
  standingWords,
  timeWords,
  titleOf,
  type AuditDocument,
  type AuditedGroup,
  type FindingEntry,
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
    `${counts.critical} critical, ${counted(counts.warning, 'warning')}, ${counts.info} for information${acknowledgedWords(document)}.`,
    '',
    ...document.groups.flatMap((group) => groupLines(group, document.takenAt)),
  ]
    .join('\n')
    .trimEnd()}\n`
}

function groupLines(group: AuditedGroup, takenAt: number): readonly string[] {
  const { snapshot, headline, exposure, findings, notJudged, checklist } = group
  return [
    `## Group ${text(snapshot.name)}`,
    '',
    ...(headline === undefined ? [] : [`**${text(headline)}**`, '']),
    '### Findings',
    '',
    ...(findings.length === 0 ? ['None.', ''] : entriesOf(group).flatMap((entry) => entryLines(entry, takenAt))),
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

function entryLines(entry: FindingEntry, takenAt: number): readonly string[] {
  const { first, all, sameOf, unlike } = entry
  const standing = standingWords(first, takenAt)
  const seen = seenWords(entry)
  return [
    `#### ${first.severity.toUpperCase()} ${first.code}: ${text(first.title)}${standing === '' ? '' : ` ${standing}`}`,
    '',
    ...(sameOf.length === 0 ? [] : [`The same of ${text(sameOf.join(', '))}.`, '']),
    ...unlike.flatMap((one) => [`${text(one.first.title)}${text(sameWords(one.sameOf))}.`, '']),
    ...foldedWhy(all).flatMap((why) => [text(why), '']),
    `About ${text(aboutWords(entry))}, since ${timeWords(sinceOf(entry))}.`,
    '',
    ...(seen === undefined ? [] : [`${text(seen)}.`, '']),
    ...table(
      ['node', 'field', 'value', 'at'],
      foldedEvidence(all).map(({ nodes, one }) => [nodes.join(', '), one.field, valueWords(one), timeWords(one.at)]),
    ),
    ...foldedRemedy(all).map((step, index) => `${index + 1}. ${isCommand(step) ? code(step) : text(step)}`),
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
