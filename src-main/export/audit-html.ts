import { foldedEvidence, foldedRemedy, foldedWhy, isCommand } from '../domain/findings/fold.ts'
import type { Severity } from '../domain/findings/model.ts'
import {
  aboutWords,
  acknowledgedWords,
  ANSWERS,
  countFindings,
  entriesOf,
  QUESTIONS,
  sameWords,
  seenWords,
  SEVERITIES,
  sinceOf,
  standingWords,
  timeWords,
  titleOf,
  type AuditDocument,
  type AuditedGroup,
  type FindingEntry,
} from './audit-document.ts'
import { AUDIT_STYLE } from './audit-style.ts'
import { escapeHtml as text } from './escape-html.ts'
import { htmlPage } from './html-page.ts'
import { topologySvg } from './topology-svg.ts'
import { exposureLines, linkWords, reachWords, valueWords, versionWords } from './words.ts'

/** The audit as one file that stands by itself: nothing is loaded, nothing runs, and it prints. */
export function auditHtml(document: AuditDocument): string {
  const counts = countFindings(document)
  const { takenAt, environment, version } = document
  const count = (one: Severity) =>
    `<span class="word ${one}">${counts[one]} ${one === 'warning' && counts[one] === 1 ? 'warning' : SEVERITY_WORDS[one]}</span>`
  return htmlPage({
    title: `Repliscope audit: ${titleOf(document)}`,
    style: AUDIT_STYLE,
    followsReader: false,
    header: [
      `<p class="dim">Taken ${timeWords(takenAt)}, environment ${text(environment)}, Repliscope ${text(version)}</p>`,
      `<p class="counts">${SEVERITIES.map(count).join('')}${acknowledgedWords(document).replace(/^, /, '')}</p>`,
    ],
    main: document.groups.map((group) => groupHtml(group, takenAt)),
  })
}

const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  warning: 'warnings',
  info: 'for information',
}

function groupHtml(group: AuditedGroup, takenAt: number): string {
  const { snapshot, headline, exposure, findings, notJudged, checklist } = group
  return [
    '<section>',
    `<h2>Group ${text(snapshot.name)}</h2>`,
    headline === undefined ? '' : `<p class="headline">${text(headline)}</p>`,
    topologySvg(snapshot, findings),
    '<h3>Findings</h3>',
    findings.length === 0
      ? '<p>None.</p>'
      : entriesOf(group)
          .map((entry) => entryHtml(entry, takenAt))
          .join('\n'),
    notJudged.length === 0 ? '' : '<h3>Could not be judged</h3>',
    notJudged.length === 0
      ? ''
      : table(
          ['finding', 'about', 'why not'],
          notJudged.map((one) => [one.code, one.subject.id, one.reason]),
        ),
    exposure === undefined ? '' : '<h3>What would be lost now</h3>',
    exposure === undefined
      ? ''
      : table(
          ['failure', 'loses', 'why'],
          exposureLines(exposure).map((one) => [one.failure, one.loses, one.reason]),
        ),
    '<h3>Nodes</h3>',
    table(['node', 'role', 'version', 'answers', 'run id', 'follows'], nodeRows(group)),
    '<h3>Durability checklist</h3>',
    table(
      ['question', 'answer', 'evidence'],
      checklist.map((one) => [QUESTIONS[one.item], ANSWERS[one.answer], one.evidence]),
    ),
    '</section>',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function entryHtml(entry: FindingEntry, takenAt: number): string {
  const { first, all, sameOf, unlike } = entry
  const { severity, code, title } = first
  const standing = standingWords(first, takenAt)
  const seen = seenWords(entry)
  const remedy = foldedRemedy(all)
  return [
    `<article class="finding ${severity}${seen === undefined ? '' : ' seen'}">`,
    `<h4><span class="word ${severity}">${severity.toUpperCase()}</span> <code>${text(code)}</code> ${text(title)}${standing === '' ? '' : ` <em>${standing}</em>`}</h4>`,
    sameOf.length === 0 ? '' : `<p>The same of ${text(sameOf.join(', '))}.</p>`,
    ...unlike.map((one) => `<p>${text(one.first.title)}${text(sameWords(one.sameOf))}</p>`),
    `<p class="dim">${text(aboutWords(entry))}, since ${timeWords(sinceOf(entry))}</p>`,
    seen === undefined ? '' : `<p><em>${text(seen)}</em></p>`,
    ...foldedWhy(all).map((why) => `<p>${text(why)}</p>`),
    table(
      ['node', 'field', 'value', 'at'],
      foldedEvidence(all).map(({ nodes, one }) => [nodes.join(', '), one.field, valueWords(one), timeWords(one.at)]),
    ),
    remedy.length === 0 ? '' : `<ol>${remedy.map((step) => `<li>${stepHtml(step)}</li>`).join('')}</ol>`,
    '</article>',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function stepHtml(step: string): string {
  return isCommand(step) ? `<code>${text(step)}</code>` : text(step)
}

function nodeRows({ snapshot }: AuditedGroup): readonly (readonly string[])[] {
  return [...snapshot.nodes.values()].map((node) => {
    const link = snapshot.links.find((one) => one.replica === node.id)
    const follows = link === undefined ? '' : `${link.upstream ?? 'unknown'} (${linkWords(link)})`
    return [node.id, node.role, versionWords(node), reachWords(node), node.runId ?? 'not known', follows]
  })
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const cells = (row: readonly string[]) => row.map((cell) => `<td>${text(cell)}</td>`).join('')
  return `<table><thead><tr>${head.map((one) => `<th>${text(one)}</th>`).join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</tbody></table>`
}
