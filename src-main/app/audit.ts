import type { AuditReport } from '../contract/audit.ts'
import { toInspectReport } from '../contract/to-inspect.ts'
import { RULES } from '../domain/findings/catalogue.ts'
import { durabilityChecklist } from '../domain/findings/checklist.ts'
import { ruleContext, type JudgeSettings } from '../domain/findings/create-judge.ts'
import type { AuditDocument } from '../export/audit-document.ts'
import { auditHtml } from '../export/audit-html.ts'
import { auditMarkdown } from '../export/audit-markdown.ts'
import type { GroupState } from '../monitor/session.ts'
import { APP_VERSION } from './version.ts'

export type AuditFormat = 'html' | 'markdown' | 'json'

/** Which findings an audit is about; all of them when both are empty. */
export interface FindingFilter {
  readonly only: readonly string[]
  readonly except: readonly string[]
}

/** One look at a deployment, ready to be told in any format. */
export interface Audit {
  readonly report: AuditReport
  readonly text: (format: AuditFormat) => string
}

/** Makes the audit of some groups. `takenAt` is epoch ms, `tookMs` how long the look took. */
export function auditOf(
  groups: Iterable<GroupState>,
  settings: JudgeSettings,
  look: { readonly takenAt: number; readonly tookMs: number },
  filter: FindingFilter = { only: [], except: [] },
): Audit {
  const kept = [...groups].map((group) => filtered(group, filter))
  const document: AuditDocument = {
    takenAt: look.takenAt,
    environment: settings.environment,
    version: APP_VERSION,
    groups: kept.map((group) => ({
      snapshot: group.snapshot,
      headline: group.headline?.sentence,
      exposure: group.exposure,
      findings: group.findings,
      notJudged: group.notJudged,
      checklist: durabilityChecklist(ruleContext(group.snapshot, group.past, settings)),
    })),
  }
  const report: AuditReport = {
    ...toInspectReport(kept, look.takenAt, look.tookMs),
    schema: 'repliscope/audit@1',
    environment: settings.environment,
    checklist: document.groups.flatMap(({ snapshot, checklist }) =>
      checklist.map((one) => ({ group: snapshot.name, ...one })),
    ),
  }
  return {
    report,
    text: (format) => {
      if (format === 'html') return auditHtml(document)
      return format === 'markdown' ? auditMarkdown(document) : `${JSON.stringify(report, null, 2)}\n`
    },
  }
}

/** The codes of the catalogue, in its order. */
export function findingCodes(): readonly string[] {
  return RULES.map((rule) => rule.code)
}

function filtered(group: GroupState, { only, except }: FindingFilter): GroupState {
  const isKept = ({ code }: { readonly code: string }) =>
    (only.length === 0 || only.includes(code)) && !except.includes(code)
  return { ...group, findings: group.findings.filter(isKept), notJudged: group.notJudged.filter(isKept) }
}
