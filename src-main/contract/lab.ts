import { z } from 'zod'

/** The JSON of labs, faults and drills; the fields say what those of `domain/drills/` say. */
const id = z.string().max(300)
const num = z.number().nullable()
const bounds = z.object({ low: z.number(), high: z.number() }).nullable()

export const faultKind = z.enum([
  'kill',
  'stop',
  'freeze',
  'start',
  'restart-empty',
  'partition',
  'delay',
  'bandwidth',
  'busy',
  'disk-full',
  'slow-replica',
  'output-buffer-limit',
  'writable-replica',
  'second-master',
])

export const faultRequest = z.object({
  kind: faultKind,
  node: id,
  peer: id.optional(),
  direction: z.enum(['both', 'to-node', 'from-node']).optional(),
  amount: z.number().min(0).max(1e12).optional(),
})

export const activeFault = faultRequest.extend({ id: z.string(), at: z.number(), what: z.string() })

/** A fault in force as the command line tells it: the moment as ISO-8601 UTC. */
const toldFault = activeFault.extend({ at: z.string() })

export const faultDescription = z.object({
  kind: faultKind,
  title: z.string(),
  what: z.string(),
  on: z.enum(['node', 'link']),
  targets: z.enum(['any', 'server', 'replica']),
  amount: z
    .object({
      unit: z.enum(['ms', 'bytes/s', 'seconds', 'bytes']),
      default: z.number(),
      min: z.number(),
      max: z.number(),
    })
    .optional(),
  endsBy: z.enum(['heal', 'start', 'itself', 'none']),
  needsRoot: z.boolean(),
  /** Null: it can be done here; else why not. */
  unavailable: z.string().nullable(),
})

/** What the first screen asks of a practice lab; what is left out keeps its default. */
export const labRequest = z.object({
  name: z.string().max(60).optional(),
  replicas: z.number().int().min(0).max(20).optional(),
  chained: z.number().int().min(0).max(20).optional(),
  sentinels: z.number().int().min(0).max(15).optional(),
  persistence: z.enum(['none', 'rdb', 'aof']).optional(),
  supervised: z.boolean().optional(),
})

/** `lab up --json`, and an element of `lab status --json`: roles are those of now. */
export const labReport = z.object({
  schema: z.literal('repliscope/lab@1'),
  name: z.string(),
  dir: z.string(),
  server: z.string(),
  group: z.string(),
  master: id,
  replicas: z.array(id),
  chained: z.array(id),
  sentinels: z.array(id),
  /** Null: that process does not run. */
  pids: z.record(id, z.number().nullable()),
  up: z.boolean(),
  /** Who wanted it: a person, to practise on, or a drill for itself; null: a demo or a test. */
  purpose: z.enum(['practice', 'drill']).nullable(),
  /** Who keeps it: one that `lab fault` can ask, one that does not answer, or nobody any more. */
  keeper: z.enum(['answers', 'silent', 'gone']),
  nodes: z.array(
    z.object({
      id,
      name: z.string(),
      role: z.enum(['master', 'replica', 'sentinel']).nullable(),
      follows: id.nullable(),
    }),
  ),
  /** Null: not known, for nobody keeps it. */
  faults: z.array(toldFault).nullable(),
})

/** `lab fault --json` and `lab heal --json`: what is broken now. */
export const labFaultsReport = z.object({
  schema: z.literal('repliscope/lab-faults@1'),
  lab: z.string(),
  active: z.array(toldFault),
})

/** `lab fault --list --json`; `lab` null: no lab was asked, and what it cannot do is not known. */
export const faultListReport = z.object({
  schema: z.literal('repliscope/faults@1'),
  lab: z.string().nullable(),
  faults: z.array(faultDescription),
  active: z.array(toldFault),
})

/** `lab probe --json`: what a client was told of its writes, and what the master has of them. Null: not asked for, or not counted. */
export const labProbeReport = z.object({
  schema: z.literal('repliscope/lab-probe@1'),
  lab: z.string(),
  startedAt: z.string(),
  stoppedAt: z.string(),
  /** A pattern for all keys of this run: they stay in the lab. */
  keys: z.string(),
  asked: z.object({
    /** Null: as fast as it went. */
    perSecond: num,
    writers: z.number(),
    wait: z.object({ replicas: z.number(), timeoutMs: z.number(), isOnDisk: z.boolean() }).nullable(),
  }),
  /** The sum of acknowledged, refused and unknown. */
  sent: z.number(),
  acknowledged: z.number(),
  refused: z.number(),
  refusals: z.record(z.string(), z.number()),
  unknown: z.number(),
  /** Due and never sent: there was nobody to send them to. */
  heldBack: z.number(),
  confirmed: num,
  countedOn: id.nullable(),
  /** Why nobody counted. */
  reason: z.string().nullable(),
  kept: num,
  lost: num,
  unknownKept: num,
  unknownLost: num,
  /** Confirmed by WAIT, and gone. */
  confirmedLost: num,
  lostBytes: num,
  /** First and last of each run of lost numbers. */
  lostNumbers: z.array(z.tuple([z.number(), z.number()])).nullable(),
  /** The longest time between two acknowledgements, and between two of writes that stayed. */
  writeGapMs: num,
  keptGapMs: num,
  /** What the probe itself cost, and how true it was to its rate; shares are 0 to 1. */
  overhead: z.object({
    achievedPerSecond: z.number(),
    lateP50Ms: num,
    lateP99Ms: num,
    lateMaxMs: num,
    ownShare: z.number(),
    processCpuShare: z.number(),
  }),
})

export const drillDescription = z.object({
  name: z.string(),
  title: z.string(),
  story: z.string(),
  difficulty: z.enum(['first', 'common', 'hard']),
  needs: z.array(z.string()),
  remedy: z.object({ title: z.string(), commands: z.array(z.string()) }).nullable(),
  seconds: z.number(),
  /** Null: it can be run here; else why not. */
  unavailable: z.string().nullable(),
})

const resync = z.object({ replica: id, verdict: z.enum(['partial', 'full', 'none', 'unknown']) })

export const drillMoment = z.object({
  atMs: z.number(),
  lane: z.enum(['fault', 'sentinel', 'topology', 'finding', 'action', 'probe', 'drill']),
  node: id.nullable(),
  what: z.string(),
  detail: z.string(),
})

export const probeSpan = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  state: z.enum(['accepted', 'refused', 'silent', 'lost']),
  writes: z.number(),
})

export const drillForecast = z.object({
  winner: id.nullable(),
  certain: z.boolean(),
  lossBytes: bounds,
  outageMs: bounds,
  resync: z.array(resync),
  findings: z.array(z.string()),
})

export const drillReport = z.object({
  schema: z.literal('repliscope/drill@1'),
  name: z.string(),
  title: z.string(),
  server: z.string(),
  startedAt: z.string(),
  tookMs: z.number(),
  withRemedy: z.boolean(),
  forecast: drillForecast,
  measured: z.object({
    winner: id.nullable(),
    acknowledged: z.number(),
    lost: num,
    unknownKept: num,
    refused: z.number(),
    unknown: z.number(),
    writeGapMs: num,
    outageMs: num,
    lossBytes: num,
    resync: z.array(resync),
    findings: z.array(z.string()),
  }),
  verdict: z.object({
    winner: z.boolean().nullable(),
    loss: z.boolean().nullable(),
    resync: z.boolean().nullable(),
    outage: z.boolean().nullable(),
    findings: z.boolean(),
  }),
  timeline: z.array(drillMoment),
  probe: z.array(probeSpan),
  lesson: z.array(z.string()),
})

/** A drill that goes on, or that ended. */
export const drillRun = z.object({
  run: z.string(),
  name: z.string(),
  withRemedy: z.boolean(),
  state: z.enum(['starting', 'running', 'ended', 'failed', 'cancelled']),
  startedAt: z.string(),
  /** The session that looks at the drill's lab, so that a page can show it live; null before it is open and after it. */
  session: z.string().nullable(),
  /** What it does now, one line. */
  doing: z.string(),
  forecast: drillForecast.nullable(),
  timeline: z.array(drillMoment),
  probe: z.array(probeSpan),
  report: drillReport.nullable(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
})

export type FaultRequestInput = z.infer<typeof faultRequest>
export type ActiveFaultView = z.infer<typeof activeFault>
export type FaultView = z.infer<typeof faultDescription>
export type LabReport = z.infer<typeof labReport>
export type LabFaultsReport = z.infer<typeof labFaultsReport>
export type FaultListReport = z.infer<typeof faultListReport>
export type LabProbeReport = z.infer<typeof labProbeReport>
export type LabRequest = z.infer<typeof labRequest>
export type DrillView = z.infer<typeof drillDescription>
export type DrillRunView = z.infer<typeof drillRun>
export type DrillReportView = z.infer<typeof drillReport>
