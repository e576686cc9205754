import type { Acknowledgement } from '../../../src-main/contract/acknowledgement.ts'
import type { GroupSlice, InspectFinding, InspectNotJudged } from '../../../src-main/contract/inspect.ts'
import { foldFindings, type Fold } from '../../../src-main/domain/findings/fold.ts'
import { keyText } from '../../stores/findings.ts'

export type Severity = InspectFinding['severity']

export const SEVERITIES: readonly { readonly id: Severity; readonly word: string; readonly many: string }[] = [
  { id: 'critical', word: 'critical', many: 'Critical' },
  { id: 'warning', word: 'warning', many: 'Warnings' },
  { id: 'info', word: 'note', many: 'Notes' },
]

/** A finding with what the list needs to know about it. */
export interface ListedFinding {
  /** The same as long as the same thing is said about the same subject. */
  readonly key: string
  readonly group: string
  readonly finding: InspectFinding
  readonly acknowledgement: Acknowledgement | null
}

/** What is looked for. Empty sets and texts exclude nothing. */
export interface FindingFilter {
  readonly severities: ReadonlySet<Severity>
  readonly code: string
  readonly text: string
  readonly isHeldOnly: boolean
  readonly withAcknowledged: boolean
}

export const NO_FILTER: FindingFilter = {
  severities: new Set(),
  code: '',
  text: '',
  isHeldOnly: false,
  withAcknowledged: false,
}

/** What findings of one severity are put together by. */
export type GroupBy = 'subject' | 'code'

/** Findings about one subject, or of one code. */
export interface FindingSection {
  readonly key: string
  /** An id or a code. */
  readonly title: string
  /** Beside it: what the id is, or how many the code is about. */
  readonly note: string
  /** What is said of several nodes at once is one of them. */
  readonly folds: readonly Fold<ListedFinding>[]
}

export interface SeveritySection {
  readonly severity: Severity
  readonly title: string
  readonly total: number
  readonly sections: readonly FindingSection[]
}

/** All findings of the slices; one about the same node or link in several groups is listed for each. */
export function listFindings(
  slices: readonly GroupSlice[],
  acknowledgementOf: (group: string, finding: InspectFinding) => Acknowledgement | null,
): readonly ListedFinding[] {
  return slices.flatMap((slice) =>
    slice.findings.map((finding) => {
      const group = slice.group.name
      return {
        key: keyText({ code: finding.code, subject: finding.subject, group }),
        group,
        finding,
        acknowledgement: acknowledgementOf(group, finding),
      }
    }),
  )
}

/** Those that a filter leaves. Every word of the text must occur somewhere in what is said. */
export function filterFindings(listed: readonly ListedFinding[], filter: FindingFilter): readonly ListedFinding[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return listed.filter(({ finding, group, acknowledgement }) => {
    if (filter.severities.size > 0 && !filter.severities.has(finding.severity)) return false
    if (filter.code !== '' && finding.code !== filter.code) return false
    if (filter.isHeldOnly && !finding.held) return false
    if (acknowledgement !== null && !filter.withAcknowledged) return false
    if (words.length === 0) return true
    const said = [
      ...[finding.code, finding.title, finding.subject.id, group, finding.why, acknowledgement?.note ?? ''],
      ...finding.remedy,
      ...finding.evidence.map((one) => `${one.node} ${one.field} ${one.value ?? ''}`),
    ]
    const hay = said.join(' ').toLowerCase()
    return words.every((word) => hay.includes(word))
  })
}

/**
 * Gravest first, then by subject or by code. The order depends on names alone, so that a refresh moves nothing.
 * `hasGroups`: findings of several groups are listed, so each says of which.
 */
export function groupFindings(
  listed: readonly ListedFinding[],
  by: GroupBy,
  hasGroups: boolean,
): readonly SeveritySection[] {
  return SEVERITIES.flatMap(({ id, many }) => {
    const mine = listed.filter((one) => one.finding.severity === id).toSorted(by === 'subject' ? bySubject : byCode)
    if (mine.length === 0) return []
    const sections = new Map<string, Fold<ListedFinding>[]>()
    for (const fold of foldListed(mine)) {
      const { group, finding } = fold.first
      const { kind, id: subject } = finding.subject
      const isOfSeveral = fold.all.length > 1
      const key = by === 'code' ? finding.code : isOfSeveral ? SEVERAL : JSON.stringify([group, kind, subject])
      const known = sections.get(key)
      if (known) known.push(fold)
      else sections.set(key, [fold])
    }
    return [
      {
        severity: id,
        title: many,
        total: mine.length,
        sections: [...sections].map(([key, folds]) => toSection(key, folds, by, hasGroups)),
      },
    ]
  })
}

/** What is said of several nodes has no subject of its own to stand under. */
const SEVERAL = 'several nodes'

function toSection(
  key: string,
  folds: readonly Fold<ListedFinding>[],
  by: GroupBy,
  hasGroups: boolean,
): FindingSection {
  const total = folds.reduce((sum, { all }) => sum + all.length, 0)
  if (by === 'code' || key === SEVERAL)
    return { key, title: key, note: by === 'subject' || total === 1 ? '' : String(total), folds }
  const first = folds[0]?.first
  const kind = first?.finding.subject.kind ?? 'group'
  const note = hasGroups && kind !== 'group' ? `${kind} of ${first?.group ?? ''}` : kind
  return { key, title: first?.finding.subject.id ?? '', note, folds }
}

/** Put together only within one group, and only what nobody has seen with what nobody has seen. */
function foldListed(listed: readonly ListedFinding[]): readonly Fold<ListedFinding>[] {
  return foldFindings(
    listed,
    ({ finding }) => finding,
    ({ group, acknowledgement }) => JSON.stringify([group, acknowledgement?.note, acknowledgement?.at]),
  )
}

const KIND_ORDER = { deployment: 0, group: 1, node: 2, link: 3 } as const

function bySubject(a: ListedFinding, b: ListedFinding): number {
  return (
    compare(a.group, b.group) ||
    KIND_ORDER[a.finding.subject.kind] - KIND_ORDER[b.finding.subject.kind] ||
    compare(a.finding.subject.id, b.finding.subject.id) ||
    compare(a.finding.code, b.finding.code)
  )
}

function byCode(a: ListedFinding, b: ListedFinding): number {
  return compare(a.finding.code, b.finding.code) || bySubject(a, b)
}

/** At most so many, the gravest first; of equals those listed first. */
export function gravestOf(listed: readonly ListedFinding[], most: number): readonly ListedFinding[] {
  if (listed.length <= most) return listed
  return SEVERITIES.flatMap(({ id }) => listed.filter((one) => one.finding.severity === id)).slice(0, most)
}

/** How many there are of each severity, those acknowledged left out, and how many those are. */
export function countFindings(
  listed: readonly ListedFinding[],
): Readonly<Record<Severity | 'acknowledged' | 'notHeld', number>> {
  const counts = { critical: 0, warning: 0, info: 0, acknowledged: 0, notHeld: 0 }
  for (const { finding, acknowledgement } of listed) {
    if (acknowledgement !== null) counts.acknowledged += 1
    else {
      counts[finding.severity] += 1
      if (!finding.held) counts.notHeld += 1
    }
  }
  return counts
}

/** A rule that could not decide, with the group it was asked about. */
export interface ListedNotJudged extends InspectNotJudged {
  readonly group: string
}

/** What could not be judged, by reason: one missing permission silences many rules. */
export function groupNotJudged(
  slices: readonly GroupSlice[],
): readonly { readonly reason: string; readonly rules: readonly ListedNotJudged[] }[] {
  const reasons = new Map<string, ListedNotJudged[]>()
  for (const slice of slices)
    for (const one of slice.notJudged) {
      const rule = { ...one, group: slice.group.name }
      const held = reasons.get(one.reason)
      if (held) held.push(rule)
      else reasons.set(one.reason, [rule])
    }
  return [...reasons]
    .map(([reason, rules]) => ({ reason, rules }))
    .sort((a, b) => b.rules.length - a.rules.length || compare(a.reason, b.reason))
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
