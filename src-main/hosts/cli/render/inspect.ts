import { foldFindings, type Fold } from '../../../contract/for-people.ts'
import type { InspectFinding, InspectGroup, InspectReport } from '../../../contract/inspect.ts'
import { standingWords } from './findings.ts'
import { groupHead } from './headline.ts'
import { SENTINEL_COLUMNS, sentinelRows } from './sentinels.ts'
import { renderTable } from './table.ts'
import type { Line } from './text.ts'
import { line, paint, span, wrap } from './text.ts'
import { NODE_COLUMNS, nodeRows } from './topology.ts'

export interface Canvas {
  /** Columns; nothing printed is wider. */
  readonly width: number
  readonly hasColour: boolean
}

const NARROWEST = 40

/** The whole picture as lines for a terminal; pure, so it can be compared as text. */
export function renderInspect(report: InspectReport, canvas: Canvas): string[] {
  const width = Math.max(NARROWEST, canvas.width)
  const blocks = report.groups.map((group) => [
    ...renderGroup(report, group, width),
    ...section(notPermitted(report, group), width),
    ...section(findingsOf(report, group), width),
  ])
  const deployment = folded(
    report.findings.filter((finding) => finding.subject.kind === 'deployment'),
    report.takenAt,
  )
  if (deployment.length > 0) blocks.push(deployment.flatMap((entry) => wrap(entry, width, 4)))
  if (blocks.length === 0) blocks.push([line('nothing is known yet', 'dim')])
  const lines = blocks.flatMap((block, index) => (index === 0 ? block : [line(''), ...block]))
  return lines.map((entry) => paint(entry, canvas.hasColour))
}

function renderGroup(report: InspectReport, group: InspectGroup, width: number): Line[] {
  const rows = nodeRows(report, group)
  const sentinels = sentinelRows(report, group)
  return [
    ...groupHead(report, group).flatMap((entry) => wrap(entry, width, 4)),
    line(''),
    ...(rows.length === 0 ? [line('  no data nodes known', 'dim')] : renderTable(NODE_COLUMNS, rows, width, 2)),
    ...(sentinels.length === 0 ? [] : [line(''), ...renderTable(SENTINEL_COLUMNS, sentinels, width, 2)]),
  ]
}

function section(entries: readonly Line[], width: number): Line[] {
  return entries.length === 0 ? [] : [line(''), ...entries.flatMap((entry) => wrap(entry, width, 4))]
}

/** Nodes that refuse the same commands share one entry, with the ACL line that would help. */
function notPermitted(report: InspectReport, group: InspectGroup): Line[] {
  const members = new Set([...group.masters, ...group.replicas, ...group.sentinels])
  const byNeed = new Map<string, { nodes: string[]; commands: string; hint: string | null }>()
  for (const node of report.nodes) {
    if (!members.has(node.id) || node.notPermitted.length === 0) continue
    const commands = node.notPermitted.join(', ')
    const key = `${commands}|${node.aclHint ?? ''}`
    const known = byNeed.get(key)
    if (known === undefined) byNeed.set(key, { nodes: [node.id], commands, hint: node.aclHint })
    else known.nodes.push(node.id)
  }
  return [...byNeed.values()].flatMap((need): Line[] => [
    [span('  '), span(`not permitted: ${need.commands}`, 'warn'), span(` on ${need.nodes.join(', ')}`)],
    ...(need.hint === null ? [] : [[span('    '), span(need.hint, 'accent')]]),
  ])
}

const SEVERITIES = ['critical', 'warning', 'info'] as const

function findingsOf(report: InspectReport, group: InspectGroup): Line[] {
  const members = new Set([...group.masters, ...group.replicas, ...group.sentinels])
  const own = report.findings.filter(({ subject }) =>
    subject.kind === 'group' ? subject.id === group.name : subject.kind !== 'deployment' && members.has(subject.id),
  )
  return SEVERITIES.flatMap((severity) =>
    folded(
      own.filter((finding) => finding.severity === severity),
      report.takenAt,
    ),
  )
}

/** One entry a code: what is said of one node in full, of the others by name. `audit` tells each. */
function folded(findings: readonly InspectFinding[], takenAt: string): Line[] {
  const codes = [...new Set(findings.map(({ code }) => code))]
  return codes.flatMap((code) => {
    const [fold, ...further] = foldFindings(
      findings.filter((finding) => finding.code === code),
      (finding) => finding,
    )
    return fold === undefined
      ? []
      : findingLines(
          fold,
          further.flatMap(({ all }) => all),
          takenAt,
        )
  })
}

const TONES = { critical: 'bad', warning: 'warn', info: 'accent' } as const

function findingLines(fold: Fold<InspectFinding>, further: readonly InspectFinding[], takenAt: string): Line[] {
  const { first, sameOf, unlike } = fold
  const subject = first.title.startsWith(first.subject.id) ? '' : `${first.subject.id}: `
  const others = [
    ...unlike.flatMap((one) => [one.first.subject.id, ...one.sameOf]),
    ...further.map((one) => one.subject.id),
  ]
  return [
    [
      span('  '),
      span(first.severity.toUpperCase(), TONES[first.severity]),
      span(` ${first.code}`, 'strong'),
      span(` ${subject}${first.title}${standingWords(first, takenAt)}`),
    ],
    ...(sameOf.length === 0 ? [] : [[span('    '), span(`the same of ${sameOf.join(', ')}`)]]),
    ...(others.length === 0 ? [] : [[span('    '), span(`also: ${others.join(', ')}`)]]),
    ...first.remedy.slice(0, 1).map((step): Line => [span('    '), span(step, 'dim')]),
  ]
}
