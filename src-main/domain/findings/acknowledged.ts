import { SEVERITY_RANK, type Severity, type Subject } from './model.ts'

/** Somebody has seen a finding and said so: it is quiet, not gone. Times are ISO-8601 UTC, as they are kept. */
export interface Acknowledged {
  readonly code: string
  readonly subject: Subject
  /** The group whose finding it was: a node may belong to several. */
  readonly group: string
  /** Of the finding when it was seen: a graver one speaks up again. */
  readonly severity: Severity
  readonly note: string
  readonly at: string
  /** Null: until somebody takes it back. */
  readonly expiresAt: string | null
}

/** What an acknowledgement is of. */
interface Known {
  readonly code: string
  readonly subject: Subject
  readonly severity: Severity
}

/** It still quiets a finding of its name: that has not become graver. */
export function isQuieted(finding: Pick<Known, 'severity'>, { severity }: Pick<Acknowledged, 'severity'>): boolean {
  return SEVERITY_RANK[finding.severity] <= SEVERITY_RANK[severity]
}

/** The one of `inForce` (those whose time is not over) that covers a group's finding. */
export function acknowledgementOf(
  inForce: readonly Acknowledged[],
  group: string,
  finding: Known,
): Acknowledged | undefined {
  const { code, subject } = finding
  return inForce.find(
    (one) =>
      one.code === code &&
      one.group === group &&
      one.subject.kind === subject.kind &&
      one.subject.id === subject.id &&
      isQuieted(finding, one),
  )
}
