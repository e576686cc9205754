import { describeSeconds } from '../domain/units.ts'
import { acknowledgementOf, type Acknowledged } from '../domain/findings/acknowledged.ts'
import type { ChecklistItem } from '../domain/findings/checklist.ts'
import { foldFindings, type Fold } from '../domain/findings/fold.ts'
import type { Exposure, Finding, NotJudged, Severity } from '../domain/findings/model.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'

/** One group with everything concluded from it. */
export interface AuditedGroup {
  readonly snapshot: GroupSnapshot
  /** The one line that a DBA reads first. */
  readonly headline: string | undefined
  readonly exposure: Exposure | undefined
  /** Critical first. */
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
  readonly checklist: readonly ChecklistItem[]
  /** What people have seen of these findings and said so; those in force. */
  readonly acknowledged: readonly Acknowledged[]
}

/** What a report tells; whoever makes it has left out what is secret, and nothing here is looked up again. */
export interface AuditDocument {
  /** Epoch ms. */
  readonly takenAt: number
  readonly environment: string
  /** Of the program. */
  readonly version: string
  readonly groups: readonly AuditedGroup[]
}

export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']

/** How many findings of each severity there are; one about a node of two groups counts once. */
export function countFindings(document: AuditDocument): Readonly<Record<Severity, number>> {
  const seen = new Map<string, Severity>()
  for (const { findings } of document.groups)
    for (const { code, subject, severity } of findings)
      seen.set(JSON.stringify([code, subject.kind, subject.id]), severity)
  const counts = { critical: 0, warning: 0, info: 0 }
  for (const severity of seen.values()) counts[severity] += 1
  return counts
}

/** `, 3 of them acknowledged`; nothing when none is. */
export function acknowledgedWords({ groups }: AuditDocument): string {
  const total = groups.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  return total === 0 ? '' : `, ${total} of them acknowledged`
}

/** One entry of the report: what is said of several nodes at once, and who has seen it. */
export interface FindingEntry extends Fold<Finding> {
  readonly acknowledged: Acknowledged | undefined
}

/** The findings as people read them; those that somebody has seen apart from those that nobody has. */
export function entriesOf({ snapshot, findings, acknowledged }: AuditedGroup): readonly FindingEntry[] {
  const seen = (finding: Finding) => acknowledgementOf(acknowledged, snapshot.name, finding)
  const apart = (finding: Finding) => {
    const one = seen(finding)
    return one === undefined ? '' : JSON.stringify([one.note, one.at, one.expiresAt])
  }
  return foldFindings(findings, (finding) => finding, apart).map((fold) => ({
    ...fold,
    acknowledged: seen(fold.first),
  }))
}

/** Whom an entry is about: `node 10.0.0.5:6379`, or `4 nodes: ...`. */
export function aboutWords({ first, all }: FindingEntry): string {
  const { kind, id } = first.subject
  return all.length === 1
    ? `${kind} ${id}`
    : `${all.length} ${kind}s: ${all.map(({ subject }) => subject.id).join(', ')}`
}

/** `; the same of 10.0.0.6:6379`; nothing when it is said of one only. */
export function sameWords(sameOf: readonly string[]): string {
  return sameOf.length === 0 ? '' : `; the same of ${sameOf.join(', ')}`
}

/** What goes behind a title: its time is not over, or it has been better for a moment. Empty for what is so now. */
export function standingWords({ held, easedAt }: Finding, takenAt: number): string {
  if (!held) return '(not yet held)'
  return easedAt === undefined ? '' : `(better for ${describeSeconds(Math.round((takenAt - easedAt) / 1000))})`
}

/** `Acknowledged 2026-03-04T12:15:30Z until 2026-03-05T12:15:30Z: the disk is being replaced`; undefined when it is not. */
export function seenWords({ acknowledged }: FindingEntry): string | undefined {
  if (acknowledged === undefined) return undefined
  const { at, expiresAt, note } = acknowledged
  const until = expiresAt === null ? '' : ` until ${timeWords(Date.parse(expiresAt))}`
  return `Acknowledged ${timeWords(Date.parse(at))}${until}${note === '' ? '' : `: ${note}`}`
}

/** Since when: the earliest of the entry. */
export function sinceOf({ all }: FindingEntry): number {
  return Math.min(...all.map(({ since }) => since))
}

/** `mymaster` or `cache, sessions`. */
export function titleOf(document: AuditDocument): string {
  return document.groups.map(({ snapshot }) => snapshot.name).join(', ')
}

/** ISO-8601 UTC to the second; a dash for what is not known. */
export function timeWords(at: number | undefined): string {
  return at === undefined ? '–' : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The questions of the checklist as a person would ask them. */
export const QUESTIONS: Readonly<Record<ChecklistItem['item'], string>> = {
  persistence: 'Does every node keep its data through a restart?',
  'wait-use': 'Do clients wait for replicas (WAIT)?',
  monitoring: 'Is it monitored?',
  'failure-domains': 'Are nodes and Sentinels in failure domains of their own?',
  'odd-sentinels': 'Are there three or more Sentinels, an odd number?',
  headroom: 'Is there head-room in memory and on disk?',
  'tested-failover': 'Has a failover been tested?',
  'restricted-commands': 'Are dangerous commands restricted?',
  versions: 'Are versions current and the same?',
}

export const ANSWERS: Readonly<Record<ChecklistItem['answer'], string>> = {
  yes: 'yes',
  no: 'no',
  partly: 'partly',
  'cannot-be-seen': 'cannot be seen from here',
}

/** One kind of failure and what it would cost, in words. */
export interface ExposureLine {
  readonly failure: string
  readonly loses: string
  readonly reason: string
}
