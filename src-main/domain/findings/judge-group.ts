import type { Finding, NotJudged, Severity } from './model.ts'
import type { Rule, RuleContext } from './rule.ts'

/** What a group's rules concluded. */
export interface Judgement {
  /** Critical first, then by code and subject. */
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
}

const ORDER: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

/**
 * Runs every rule and carries over since when each condition holds. `previous` are the findings of the moment before: a
 * condition that was not there then begins now (or when the servers say that it began).
 */
export function judgeGroup(rules: readonly Rule[], context: RuleContext, previous: readonly Finding[]): Judgement {
  const now = context.snapshot.takenAt
  const before = new Map(previous.map((finding) => [keyOf(finding.code, finding.subject), finding]))
  const findings: Finding[] = []
  const notJudged: NotJudged[] = []
  for (const rule of rules) {
    for (const verdict of rule.judge(context)) {
      if (verdict.kind === 'not-judged') {
        notJudged.push({ code: rule.code, subject: verdict.subject, reason: verdict.reason })
        continue
      }
      const old = before.get(keyOf(rule.code, verdict.subject))
      const since = Math.min(old?.since ?? now, verdict.knownSince ?? now)
      const holdForMs = verdict.holdForMs ?? rule.holdForMs
      const held = now - since >= holdForMs
      findings.push({
        code: rule.code,
        severity: held ? verdict.severity : (verdict.severityUntilHeld ?? verdict.severity),
        subject: verdict.subject,
        title: verdict.title,
        evidence: verdict.evidence,
        why: verdict.why,
        remedy: verdict.remedy,
        since,
        held,
      })
    }
  }
  findings.sort(
    (a, b) =>
      ORDER[a.severity] - ORDER[b.severity] ||
      compare(a.code, b.code) ||
      compare(`${a.subject.kind} ${a.subject.id}`, `${b.subject.kind} ${b.subject.id}`),
  )
  return { findings, notJudged }
}

function keyOf(code: string, subject: { readonly kind: string; readonly id: string }): string {
  return `${code} ${subject.kind} ${subject.id}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
