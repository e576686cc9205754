import { z } from 'zod'

/** The JSON of the advice on consistency and sizes; the rules of `inspect.ts` hold here too. */
const id = z.string()
const num = z.number().nullable()
const integer = z.number().int().nullable()
const flag = z.boolean().nullable()
const range = z.object({ low: z.number(), high: z.number() }).nullable()

/** `min-replicas-to-write` and `min-replicas-max-lag`; 0 in either switches the guard off. */
export const minReplicasGuard = z.object({
  required: z.number().int().min(0).max(1000),
  maxLagSeconds: z.number().int().min(0).max(86_400),
})

/** What a guard would do with the acknowledgement ages of now. */
export const minReplicasSimulation = minReplicasGuard.extend({
  enabled: z.boolean(),
  acceptedNow: flag,
  goodReplicas: integer,
  attainable: z.boolean(),
  attainableAfterFailover: z.boolean(),
  /** One a direct replica: what its stall would do. `afterSeconds`: within so many; null when writes go on, or are refused already. */
  ifStalled: z.array(
    z.object({ node: id, ackAgeSeconds: integer, good: z.boolean(), stopsWrites: z.boolean(), afterSeconds: num }),
  ),
})

/** What a size is made from, of one data node. */
export const nodeSizing = z.object({
  node: id,
  role: z.enum(['master', 'replica', 'unknown']),
  backlogBytes: integer,
  writeBytesPerSecond: num,
  peakWriteBytesPerSecond: num,
  /** `client-output-buffer-limit` for replicas; 0 is no limit. Null when CONFIG could not be read. */
  outputBuffer: z.object({ hardBytes: z.number(), softBytes: z.number(), softSeconds: z.number() }).nullable(),
  /** The stream of a full resync waits at the replica and not in the output buffer; null when not known. */
  syncChannel: flag,
  fullSyncSeconds: num,
  /** measured: a full resync seen in this session; last-save: at least as long as the last BGSAVE took. */
  fullSyncFrom: z.enum(['measured', 'last-save']).nullable(),
})

/** How sure a write is in one group, what that costs, and what its sizes are made from. */
export const adviceReport = z.object({
  schema: z.literal('repliscope/advice@1'),
  takenAt: z.string(),
  group: z.string(),
  master: id.nullable(),
  consistency: z.object({
    /** Null when the settings could not be read. */
    mode: z.enum(['asynchronous', 'semi-synchronous']).nullable(),
    guard: z.object({ required: z.number(), maxLagSeconds: z.number() }).nullable(),
    /** Clients used WAIT since the master started. */
    usesWait: flag,
    statements: z.array(z.string()),
    staleness: z.array(z.object({ node: id, staleSeconds: num, byteLag: range })),
    patterns: z.array(
      z.object({
        pattern: z.enum(['read-from-master', 'wait-then-read', 'accept-staleness']),
        staleSeconds: num,
        words: z.string(),
      }),
    ),
  }),
  /** With the guard asked for, else with the one that is set; null when neither is known. */
  simulation: minReplicasSimulation.nullable(),
  /** The master first, then the replicas by id. */
  sizing: z.array(nodeSizing),
})

export type AdviceReport = z.infer<typeof adviceReport>
export type MinReplicasGuard = z.infer<typeof minReplicasGuard>
export type NodeSizing = z.infer<typeof nodeSizing>
