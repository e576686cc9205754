import { SEVERITY_RANK, type Finding, type NotJudged } from './model.ts'
import type { Rule, RuleContext } from './rule.ts'
import { isAnswering } from './rule-facts.ts'
import { steadied } from './steady.ts'

/** What a group's rules concluded. */
export interface Judgement {
  /** Critical first, then by code and subject. */
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
}

/**
 * Runs every rule and carries over since when each condition holds. `previous` are the findings of the moment before: a
 * condition that was not there then begins now (or when the servers say that it began).
 */
export function judgeGroup(rules: readonly Rule[], context: RuleContext, previous: readonly Finding[]): Judgement {
  const now = context.snapshot.takenAt
  const steadyMs = context.thresholds.steadySeconds * 1000
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
      const fresh: Finding = {
        code: rule.code,
        severity: held ? verdict.severity : (verdict.severityUntilHeld ?? verdict.severity),
        subject: verdict.subject,
        title: verdict.title,
        evidence: verdict.evidence,
        why: verdict.why,
        remedy: verdict.remedy,
        since,
        held,
      }
      findings.push(rule.swings === true ? (steadied(old, fresh, now, steadyMs) ?? fresh) : fresh)
    }
  }
  findings.push(...easedFindings(rules, context, previous, findings))
  findings.sort(
    (a, b) =>
      SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity] ||
      compare(a.code, b.code) ||
      compare(a.subject.kind, b.subject.kind) ||
      compare(a.subject.id, b.subject.id),
  )
  return { findings, notJudged }
}

/**
 * What swings about its limit and was not found in this picture, as long as it is still spoken of. Not once roles have
 * changed or the node has fallen silent: then it is another thing that is so now.
 */
function easedFindings(
  rules: readonly Rule[],
  { snapshot, past, thresholds }: RuleContext,
  previous: readonly Finding[],
  found: readonly Finding[],
): readonly Finding[] {
  const steadyMs = thresholds.steadySeconds * 1000
  const swinging = new Set(rules.filter((rule) => rule.swings === true).map((rule) => rule.code))
  const candidates = previous.filter((old) => old.held && swinging.has(old.code))
  if (candidates.length === 0) return []
  if (past.events.some(({ kind, at }) => kind === 'role' && at >= snapshot.takenAt - steadyMs)) return []
  const now = new Set(found.map((finding) => keyOf(finding.code, finding.subject)))
  return candidates.flatMap((old) => {
    const { kind, id } = old.subject
    const isThere = kind === 'group' || kind === 'deployment' || isAnswering(snapshot.nodes.get(id))
    if (!isThere || now.has(keyOf(old.code, old.subject))) return []
    return steadied(old, undefined, snapshot.takenAt, steadyMs) ?? []
  })
}

function keyOf(code: string, subject: { readonly kind: string; readonly id: string }): string {
  return `${code} ${subject.kind} ${subject.id}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
