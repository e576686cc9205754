import { z } from 'zod'
import { acknowledgement } from './acknowledgement.ts'
import { inspectReport } from './inspect.ts'

/** One answer of the durability checklist, for one group. */
export const checklistItem = z.object({
  group: z.string(),
  item: z.string(),
  answer: z.enum(['yes', 'no', 'partly', 'cannot-be-seen']),
  evidence: z.string(),
})

/** The JSON of `repliscope/audit@1`: the picture with every finding judged, and the checklist. Unknown is null. */
export const auditReport = inspectReport.extend({
  schema: z.literal('repliscope/audit@1'),
  environment: z.enum(['production', 'staging', 'development', 'lab']),
  checklist: z.array(checklistItem),
  /** What people have seen of these findings and said so: it quiets a finding and takes none away. */
  acknowledged: z.array(acknowledgement).default([]),
})

export type AuditReport = z.infer<typeof auditReport>
