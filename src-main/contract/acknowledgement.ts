import { z } from 'zod'
import { finding } from './inspect.ts'

/** How long a note may be, characters. */
export const MAX_NOTE_CHARS = 2000

/**
 * A person has seen a finding and says so. It quiets the finding and hides nothing; it holds for findings of that code
 * about that subject of that deployment, as long as they are not graver than `severity` and until `expiresAt`.
 */
export const acknowledgement = z.object({
  code: z.string().max(100),
  subject: z.object({ kind: z.enum(['group', 'node', 'link', 'deployment']), id: z.string().max(300) }),
  /** The group whose finding it was: a node may belong to several. */
  group: z.string().max(300),
  severity: finding.shape.severity,
  note: z.string().max(MAX_NOTE_CHARS),
  /** ISO-8601 UTC. */
  at: z.string(),
  /** ISO-8601 UTC; null: until somebody takes it back. */
  expiresAt: z.iso.datetime().nullable(),
})

export type Acknowledgement = z.infer<typeof acknowledgement>

/** What names an acknowledgement within a deployment. */
export const acknowledgementKey = acknowledgement.pick({ code: true, subject: true, group: true })

export type AcknowledgementKey = z.infer<typeof acknowledgementKey>
