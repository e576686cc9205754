import type { CallAnswer, CallParams } from '../contract/calls.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { toInspectReport } from '../contract/to-inspect.ts'
import type { HeldSession } from './held-session.ts'

/** The audit of one group, or of all, as a text for the page to save. `now` is epoch ms. */
export async function auditForPage(
  held: HeldSession,
  name: string | null,
  format: CallParams<'audit/report'>['format'],
  now: number,
): Promise<CallAnswer<'audit/report'>> {
  const { groups } = held.session.state()
  const group = name === null ? undefined : groups.get(name)
  if (name !== null && group === undefined) {
    const detail = `no group "${name}" is monitored here`
    return { ok: false, failure: toContractFailure({ kind: 'not-found', detail, known: [...groups.keys()] }) }
  }
  const report = toInspectReport(group === undefined ? groups.values() : [group], now, 0)
  if (format !== 'json') {
    const detail = `a report in ${format} is not in this build`
    return { ok: false, failure: toContractFailure({ kind: 'refused-by-guard', detail }) }
  }
  const fileName = `repliscope-audit-${new Date(now).toISOString().slice(0, 16).replace(/[:T]/g, '-')}.json`
  return { ok: true, value: { fileName, mediaType: 'application/json', text: `${JSON.stringify(report, null, 2)}\n` } }
}
