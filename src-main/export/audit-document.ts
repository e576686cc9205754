import type { ChecklistItem } from '../domain/findings/checklist.ts'
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
