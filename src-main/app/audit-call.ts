import type { CallAnswer } from '../contract/calls.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import type { Acknowledged } from '../domain/findings/acknowledged.ts'
import { DEFAULT_THRESHOLDS } from '../domain/findings/thresholds.ts'
import type { AuditFormat } from './audit.ts'
import type { HeldSession } from './held-session.ts'

const FILES: Readonly<Record<AuditFormat, { readonly extension: string; readonly mediaType: string }>> = {
  html: { extension: 'html', mediaType: 'text/html' },
  markdown: { extension: 'md', mediaType: 'text/markdown' },
  json: { extension: 'json', mediaType: 'application/json' },
}

/** The audit of one group, or of all when `name` is null, as a text for the page to save. `now` is epoch ms. */
export async function auditForPage(
  held: HeldSession,
  name: string | null,
  format: AuditFormat,
  now: number,
  acknowledged: readonly Acknowledged[] = [],
): Promise<CallAnswer<'audit/report'>> {
  const { groups } = held.session.state()
  const group = name === null ? undefined : groups.get(name)
  if (name !== null && group === undefined) {
    const detail = `no group "${name}" is monitored here`
    return { ok: false, failure: toContractFailure({ kind: 'not-found', detail, known: [...groups.keys()] }) }
  }
  // Loaded when somebody asks for a report: the templates are of no use to anybody else.
  const { auditOf } = await import('./audit.ts')
  const settings = {
    thresholds: { ...DEFAULT_THRESHOLDS, ...held.facts.thresholds },
    environment: held.facts.environment,
  }
  const look = { takenAt: now, tookMs: 0, acknowledged }
  const audit = auditOf(group === undefined ? groups.values() : [group], settings, look)
  const { extension, mediaType } = FILES[format]
  return { ok: true, value: { fileName: fileName(name, now, extension), mediaType, text: audit.text(format) } }
}

/** `repliscope-audit-orders-2026-03-04-1215.html`; what a file system might mind becomes a dash. */
function fileName(group: string | null, now: number, extension: string): string {
  const what = group === null ? '' : `${group.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60)}-`
  const when = new Date(now).toISOString().slice(0, 16).replace('T', '-').replace(':', '')
  return `repliscope-audit-${what}${when}.${extension}`
}
