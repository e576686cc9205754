import type { AuditReport } from '../contract/audit.ts'
import { toInspectReport } from '../contract/to-inspect.ts'
import { acknowledgementOf, type Acknowledged } from '../domain/findings/acknowledged.ts'
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

/** One look: `takenAt` is epoch ms, `tookMs` how long it took; what people have seen of the deployment, none when absent. */
export interface AuditLook {
  readonly takenAt: number
  readonly tookMs: number
  readonly acknowledged?: readonly Acknowledged[]
}

/** Makes the audit of some groups. */
export function auditOf(
  groups: Iterable<GroupState>,
  settings: JudgeSettings,
  look: AuditLook,
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
      acknowledged: acknowledgedFindings(group, look),
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
    acknowledged: document.groups.flatMap(({ acknowledged }) =>
      acknowledged.map((one) => ({ ...one, subject: { ...one.subject } })),
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

/** Those that cover a finding of the group now. */
function acknowledgedFindings(
  { snapshot, findings }: GroupState,
  { acknowledged = [] }: AuditLook,
): readonly Acknowledged[] {
  return findings.flatMap((finding) => acknowledgementOf(acknowledged, snapshot.name, finding) ?? [])
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
