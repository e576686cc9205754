import { z } from 'zod'
import { exposure, reachability, resyncVerdict } from './inspect.ts'

/** The JSON of the forecasts, which every host shares; the rules of `inspect.ts` hold here too. */
const id = z.string()
const num = z.number().nullable()
const integer = z.number().int().nullable()
const range = z.object({ low: z.number(), high: z.number() }).nullable()

/** What Sentinel would do if the master died now. */
export const failoverReport = z.object({
  schema: z.literal('repliscope/failover@1'),
  takenAt: z.string(),
  group: z.string(),
  master: id.nullable(),
  /** How the master answers from here: one that does not may be dead already. */
  masterReachability: reachability.nullish(),
  winner: id.nullable(),
  possibleWinners: z.array(id),
  certain: z.boolean(),
  unknowns: z.array(z.string()),
  works: z.object({ ok: z.boolean(), reasons: z.array(z.string()) }),
  timeline: z.array(z.object({ phase: z.string(), fromMs: z.number(), toMs: z.number() })),
  /** The electable replicas in Sentinel's order, then the others. */
  ranking: z.array(
    z.object({
      node: id,
      eligible: z.boolean(),
      excludedBecause: z.string().nullable(),
      priority: integer,
      offset: integer,
      runId: z.string().nullable(),
      byteLag: range,
      /** Its history is not the master's; the election compares offsets all the same. */
      foreign: z.boolean(),
    }),
  ),
  quorum: z.object({
    needed: integer,
    reachable: z.number().int(),
    majorityNeeded: integer,
    ok: z.boolean(),
  }),
  loss: z.object({ bytes: range, seconds: num }),
  afterwards: z.array(z.object({ node: id, resync: z.enum(['partial', 'full', 'unknown']), reason: z.string() })),
  /** Whether the new master would take writes under its min-replicas setting. */
  writesAfterwards: z.object({ accepted: z.boolean().nullable(), reason: z.string() }),
})

/** Partial or full, for everything that may happen to each node. */
export const resyncReport = z.object({
  schema: z.literal('repliscope/resync@1'),
  takenAt: z.string(),
  nodes: z.array(
    z.object({
      node: id,
      upstream: id.nullable(),
      cases: z.array(
        resyncVerdict.extend({ plan: z.enum(['reconnect', 'restart-clean', 'restart-crash', 'repoint', 'demote']) }),
      ),
      mayStayAwaySeconds: num,
      mayStayAwaySecondsUnbounded: z.boolean(),
    }),
  ),
})

/** What would be lost now, group by group; null while it cannot be judged. */
export const exposureReport = z.object({
  schema: z.literal('repliscope/exposure@1'),
  takenAt: z.string(),
  groups: z.array(z.object({ name: z.string(), exposure: exposure.nullable() })),
})

export type FailoverReport = z.infer<typeof failoverReport>
export type ResyncReport = z.infer<typeof resyncReport>
export type ExposureReport = z.infer<typeof exposureReport>
