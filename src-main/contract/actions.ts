import { z } from 'zod'
import { profileEnvironment } from './profile.ts'

/** What a page is told of guarded actions and of their journal. Everything here was redacted by the host. */

const actionState = z.enum(['running', 'unfinished', 'succeeded', 'failed', 'stopped'])

/** Commands that take something back; null where there is no way back. */
export const undoReport = z.object({ title: z.string(), node: z.string(), commands: z.array(z.array(z.string())) })

/** What may be told about an action before it is planned. */
export const actionField = z.object({
  /** `to` and `node` are parts of the intent, anything else is a setting of that name; `settings` is any number of them. */
  key: z.string(),
  label: z.string(),
  kind: z.enum(['number', 'text', 'choice', 'server', 'replica', 'settings']),
  /** Of a choice. */
  choices: z.array(z.string()),
  /** What the field begins with; never what a confirmation asks for. */
  initial: z.string(),
  required: z.boolean(),
  help: z.string(),
})

/** One action of this build. `about`: what it can be started from; a link counts as its replica. */
export const actionKind = z.object({
  action: z.string(),
  title: z.string(),
  what: z.string(),
  about: z.array(z.enum(['group', 'master', 'replica', 'sentinel'])),
  /** `test` measures, `gentle` can be taken back, `grave` cannot, or interrupts the service. */
  weight: z.enum(['test', 'gentle', 'grave']),
  /** The intent names the node that it is started from. */
  namesNode: z.boolean(),
  fields: z.array(actionField),
})

/** What somebody wants done. */
export const actionIntent = z.object({
  action: z.string().max(64),
  group: z.string().max(300),
  node: z.string().max(300).nullable(),
  /** `no-one` detaches. */
  to: z.string().max(300).nullable(),
  settings: z.record(z.string().max(100), z.string().max(4096)),
})

/** One command of a plan, or one wait (an empty command), in the order in which they go out. */
export const planStep = z.object({
  n: z.number(),
  /** What progress and outcome speak of; the commands of one transaction share it. */
  step: z.number(),
  title: z.string(),
  node: z.string(),
  command: z.array(z.string()),
  transaction: z.boolean(),
  undo: undoReport.nullable(),
  irreversible: z.boolean(),
  waitsFor: z.string().nullable(),
})

/** A plan as every host shows it. */
export const planReport = z.object({
  schema: z.string(),
  id: z.string(),
  action: z.string(),
  target: z.string(),
  group: z.string(),
  environment: profileEnvironment,
  steps: z.array(planStep),
  contingencies: z.array(z.object({ when: z.string(), node: z.string(), command: z.array(z.string()) })),
  preflight: z.array(
    z.object({
      check: z.string(),
      status: z.enum(['passed', 'warned', 'failed']),
      evidence: z.string(),
      needsNote: z.boolean(),
    }),
  ),
  blastRadius: z.array(z.string()),
  confirm: z.string(),
  fingerprint: z.string(),
  plannedAt: z.string(),
  expiresAt: z.string(),
})

export const keptPlan = z.object({ plan: planReport, keptId: z.string() })

/** One line of progress; `i` counts from 0 within its run. */
export const actionProgress = z.object({
  session: z.string(),
  run: z.string(),
  i: z.number(),
  phase: z.enum(['checking', 'sending', 'waiting', 'done', 'failed', 'unknown', 'undoing', 'verifying', 'note']),
  /** 0 for what belongs to no step. */
  n: z.number(),
  of: z.number(),
  title: z.string(),
  command: z.string().nullable(),
  node: z.string().nullable(),
  elapsedMs: z.number(),
  detail: z.string(),
})

/** What a WAIT test measured; milliseconds, null where nothing was answered. */
export const waitReport = z.object({
  master: z.string(),
  asked: z.number(),
  timeoutMs: z.number(),
  /** WAITAOF: 1 when the master's own append-only file was to have it too. */
  askedLocal: z.number().nullish(),
  rounds: z.array(
    z.object({
      acked: z.number().nullable(),
      local: z.number().nullish(),
      elapsedMs: z.number().nullable(),
      batch: z.number(),
    }),
  ),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
  perWriteMs: z.number().nullable(),
  histogram: z.array(z.object({ upToMs: z.number().nullable(), count: z.number() })),
  short: z.number(),
  reason: z.string().nullable(),
})

/** How an action ended, as the servers say. */
export const outcomeReport = z.object({
  schema: z.string(),
  plan: z.string(),
  action: z.string(),
  state: z.enum(['succeeded', 'failed', 'stopped']),
  reason: z.string().nullable(),
  steps: z.array(
    z.object({
      n: z.number(),
      title: z.string(),
      state: z.enum(['done', 'failed', 'unknown', 'skipped', 'undone']),
      elapsedMs: z.number(),
      detail: z.string(),
    }),
  ),
  verification: z.array(z.object({ what: z.string(), so: z.boolean().nullable(), evidence: z.string() })),
  pending: z.array(undoReport),
  /** What a person can do from here, one line each, with exact commands. */
  advice: z.array(z.string()),
  /** How long a hand-over took for those who write, from the pause on; null within: not seen. Null: it was none. */
  handOver: z
    .object({
      writableMs: z.number().nullable(),
      clientsMovedMs: z.number().nullable(),
      /** What SENTINEL FAILOVER alone does, in words, with what was measured of it. */
      beside: z.string(),
    })
    .nullish(),
  elapsedMs: z.number(),
  /** The action's id in the journal. */
  journal: z.string(),
})

/** Who a node was to its group at one moment. */
export const nodeStanding = z.object({
  id: z.string(),
  role: z.enum(['master', 'replica', 'unknown']),
  upstream: z.string().nullable(),
})

/** One action that this host runs, or ran a short while ago. */
export const actionRun = z.object({
  id: z.string(),
  session: z.string(),
  plan: planReport,
  /** Data nodes of the group when it began, by id. */
  before: z.array(nodeStanding),
  progress: z.array(actionProgress),
  /** Null while it goes on. */
  outcome: outcomeReport.nullable(),
  wait: waitReport.nullable(),
  /** Set when it ended without an outcome: a bug, told by one line. */
  broken: z.string().nullable(),
})

/** One action as the journal tells it. */
export const journalStory = z.object({
  id: z.string(),
  action: z.string(),
  target: z.string(),
  group: z.string(),
  state: actionState,
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  lastStep: z.object({ n: z.number(), title: z.string(), isAnswered: z.boolean() }).nullable(),
  pending: z.array(undoReport),
  /** Servers and Sentinels that it was about. */
  nodes: z.array(z.string()),
  /** A session of this host that looks at one of them; null: none is open. */
  session: z.string().nullable(),
})

/** One row of the journal. `body` is its JSON text, cut where it is long. */
export const journalRow = z.object({
  seq: z.number(),
  at: z.string(),
  kind: z.string(),
  line: z.string(),
  body: z.string(),
  hash: z.string(),
})

/** What is true now of an action of the journal. */
export const checkupReport = z.object({
  id: z.string(),
  state: actionState,
  lastStep: journalStory.shape.lastStep,
  now: z.array(z.string()),
  pending: z.array(undoReport),
  settled: z.array(z.string()),
})

export type ActionKind = z.infer<typeof actionKind>
export type ActionField = z.infer<typeof actionField>
export type ActionIntent = z.infer<typeof actionIntent>
export type PlanReport = z.infer<typeof planReport>
export type ActionProgress = z.infer<typeof actionProgress>
export type OutcomeReport = z.infer<typeof outcomeReport>
export type WaitReport = z.infer<typeof waitReport>
export type ActionRun = z.infer<typeof actionRun>
export type NodeStanding = z.infer<typeof nodeStanding>
export type JournalStory = z.infer<typeof journalStory>
export type JournalRowReport = z.infer<typeof journalRow>
export type CheckupReport = z.infer<typeof checkupReport>
