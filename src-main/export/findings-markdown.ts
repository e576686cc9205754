import { describeBytes, describeSeconds } from '../domain/units.ts'
import { RULES } from '../domain/findings/catalogue.ts'
import type { Rule } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../domain/findings/thresholds.ts'

const SECTIONS: readonly (readonly [Rule['section'], string])[] = [
  ['topology', 'Topology and replication'],
  ['guards', 'Consistency guards'],
  ['persistence', 'Persistence'],
  ['memory', 'Memory'],
  ['sentinel', 'Sentinel'],
  ['operations', 'Operations and security'],
]

/** The catalogue of findings as Markdown: what docs/findings.md holds. Not yet formatted by Prettier. */
export function findingsMarkdown(rules: readonly Rule[] = RULES, thresholds: Thresholds = DEFAULT_THRESHOLDS): string {
  return `${[
    '# Findings',
    '',
    'Generated from the catalogue by `node scripts/findings-docs.mjs`; do not edit.',
    '',
    'A finding names one condition of one subject (a group, a node, a link or the deployment), with its evidence: the field, its value, the node and the time. A rule never fires on a field that was not sent or not permitted; where that matters it says that it could not be judged. A finding with a hold time is shown as "not yet held" until the condition has lasted that long; a one-shot `repliscope audit` cannot wait, so it shows such a finding at once and says so.',
    '',
    ...SECTIONS.flatMap(([section, title]) =>
      sectionOf(
        title,
        rules.filter((rule) => rule.section === section),
      ),
    ),
    '## Thresholds',
    '',
    'The numbers that rules compare with, and their defaults.',
    '',
    '| setting | default |',
    '| --- | --- |',
    ...Object.entries(thresholds).map(([name, value]) => `| \`${name}\` | ${valueWords(name, Number(value))} |`),
  ].join('\n')}\n`
}

function sectionOf(title: string, rules: readonly Rule[]): readonly string[] {
  if (rules.length === 0) return []
  return [`## ${title}`, '', ...rules.flatMap(ruleOf)]
}

function ruleOf(rule: Rule): readonly string[] {
  return [
    `### ${rule.code}`,
    '',
    `- **Severity**: ${rule.severities.join(', ')}`,
    `- **Fires when**: ${prose(rule.fires)}`,
    `- **Why it matters**: ${prose(rule.matters)}`,
    `- **What to do**: ${prose(rule.advice)}`,
    ...(rule.holdForMs > 0 ? [`- **Hold time**: ${describeSeconds(rule.holdForMs / 1000)}`] : []),
    ...(rule.swings === true
      ? ['- **Swings**: once held, it is taken back, or becomes less grave, only after `steadySeconds` without it.']
      : []),
    '',
  ]
}

/** A sentence of its own, in which nothing is Markdown. */
function prose(text: string): string {
  const sentence = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.)]$/.test(text) ? '' : '.'}`
  return sentence.replace(/[\\<>*`[\]|]/g, '\\$&')
}

function valueWords(name: string, value: number): string {
  if (name.endsWith('Seconds')) return describeSeconds(value)
  if (name.endsWith('Ms')) return describeSeconds(value / 1000)
  if (name.endsWith('Ratio')) return `${Math.round(value * 1000) / 10} %`
  if (/bytes/i.test(name)) return `${value} (${describeBytes(value)})`
  return String(value)
}
