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

/** It still counts for a finding of its name: the finding has not become graver, and its time is not over. */
export function isInForce(
  { severity, expiresAt }: Pick<Acknowledged, 'severity' | 'expiresAt'>,
  finding: Pick<Known, 'severity'>,
  now: number,
): boolean {
  if (SEVERITY_RANK[finding.severity] > SEVERITY_RANK[severity]) return false
  return expiresAt === null || Date.parse(expiresAt) > now
}

/** The acknowledgement that covers a group's finding at `now` (epoch ms). */
export function acknowledgementOf(
  all: readonly Acknowledged[],
  group: string,
  finding: Known,
  now: number,
): Acknowledged | undefined {
  const { code, subject } = finding
  return all.find(
    (one) =>
      one.code === code &&
      one.group === group &&
      one.subject.kind === subject.kind &&
      one.subject.id === subject.id &&
      isInForce(one, finding, now),
  )
}
