import { z } from 'zod'
import { acknowledgement, acknowledgementKey } from './acknowledgement.ts'
import { actionIntent, actionKind, actionProgress, actionRun, checkupReport, keptPlan } from './actions.ts'
import { journalRow, journalStory } from './actions.ts'
import { adviceReport, minReplicasGuard } from './advice.ts'
import { failoverReport, resyncReport } from './forecast.ts'
import { aclRecipes } from './acl.ts'
import { finding, groupSlice } from './inspect.ts'
import { activeFault, drillDescription, drillRun, faultDescription, faultRequest, labRequest } from './lab.ts'
import { importReport, keptPart, profile, profileColour, profileEnvironment, profileName } from './profile.ts'
import { profilePart, profileThresholds } from './profile.ts'

/**
 * The one declaration of everything a page may ask of a host and be told by it. Both transports are generated from these
 * two maps; values are JSON only. Credentials travel from page to host, never back.
 */

/** A failure as plain data: `code` is from the closed set, with its cause after a dot; `message` is one line for people. */
export const failure = z.object({ code: z.string(), message: z.string() })

const credentials = z.object({
  user: z.string().nullable(),
  /** Only ever sent towards the host. */
  password: z.string().nullable(),
})

const tls = z.object({
  enabled: z.boolean(),
  /** PEM texts; null when not used. */
  ca: z.string().nullable(),
  cert: z.string().nullable(),
  key: z.string().nullable(),
  serverName: z.string().nullable(),
  /** True switches verification off: shown in red for as long as it is so. */
  insecure: z.boolean(),
})

/** What the connect form collects. Addresses are texts as typed; the host parses them and says what is wrong. */
export const targetInput = z.object({
  /** One address a line or comma separated, or one URL. */
  addresses: z.string().max(65536),
  /** auto: ask each address what it is. */
  kind: z.enum(['auto', 'sentinel', 'node']),
  group: z.string().nullable(),
  node: credentials,
  sentinel: credentials,
  nodeTls: tls,
  sentinelTls: tls,
  /** FROM=TO, one a line. */
  nat: z.string().max(65536),
  timeoutMs: z.number().int().min(50).max(60000),
})

/** A remembered connection, without credentials. */
export const recent = z.object({
  id: z.string(),
  label: z.string(),
  addresses: z.string(),
  kind: z.enum(['auto', 'sentinel', 'node']),
  group: z.string().nullable(),
  usesTls: z.boolean(),
  needsPassword: z.boolean(),
  lastUsedAt: z.string(),
})

/** One step of a connection test, as it goes. */
export const testStep = z.object({
  address: z.string(),
  step: z.enum(['address', 'dns', 'tcp', 'tls', 'auth', 'identity', 'permissions']),
  status: z.enum(['running', 'passed', 'warned', 'failed', 'skipped']),
  detail: z.string(),
  /** What to do; null when there is nothing to do. */
  hint: z.string().nullable(),
  elapsedMs: z.number().nullable(),
})

const session = z.object({ session: z.string() })

export const sessionHead = z.object({
  session: z.string(),
  label: z.string(),
  environment: z.enum(['production', 'staging', 'development', 'lab']),
  phase: z.enum(['connecting', 'live', 'failed', 'ended']),
  failures: z.array(failure),
  intervalMs: z.number(),
  slow: z.boolean(),
  /** Mean commands a second that sampling sends to one node; null until measured. */
  commandsPerSecondPerNode: z.number().nullable(),
  insecureTls: z.boolean(),
  /** Of the profile that it was opened by; absent or null without one. */
  colour: profileColour.nullable().optional(),
  /** Until when changes are allowed here; absent or null: read-only. */
  armedUntil: z.string().nullable().optional(),
})

/** A point of a chart. Null is a gap. */
export const seriesPoint = z.object({
  at: z.number(),
  writeBytesPerSecond: z.number().nullable(),
  byteLagLow: z.number().nullable(),
  byteLagHigh: z.number().nullable(),
  marginBytes: z.number().nullable(),
})

/**
 * Something that happened to a group. One that comes again under its `id` takes the place of the one before: another
 * Sentinel told of the same, or what it tells of went on. Moments are the host's; a Sentinel's is when it was first heard.
 */
export const groupEvent = z.object({
  id: z.string(),
  at: z.string(),
  /** When it began, of what lasted until `at`. */
  since: z.string().nullable(),
  group: z.string(),
  kind: z.enum([
    'sentinel',
    'role',
    'replid',
    'run-id',
    'link',
    'reachability',
    'member',
    'finding',
    'action',
    'fault',
    'watch',
  ]),
  /** Whom it is about; a link's is its replica. */
  node: z.string().nullable(),
  what: z.string(),
  detail: z.string(),
  severity: finding.shape.severity,
  /** Sentinels that told of it. */
  by: z.array(z.string()),
  about: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('finding'), code: z.string(), subject: finding.shape.subject }),
      z.object({ kind: z.literal('action'), id: z.string() }),
    ])
    .nullable(),
})

export const labStatus = z.object({
  name: z.string(),
  dir: z.string(),
  group: z.string(),
  master: z.string(),
  replicas: z.array(z.string()),
  chained: z.array(z.string()),
  sentinels: z.array(z.string()),
  up: z.boolean(),
})

const nothing = z.object({})

const inGroup = z.object({ session: z.string(), group: z.string() })
const acknowledgements = z.object({ acknowledgements: z.array(acknowledgement) })

/** Calls by name. Names command; every call answers with its result or a failure as data. */
export const calls = {
  'app/info': {
    params: nothing,
    result: z.object({
      version: z.string(),
      host: z.enum(['desktop', 'serve']),
      platform: z.string(),
      /** Where data lives on this machine. */
      dataFolder: z.string(),
      /** Sessions that the host opened by itself (targets of `serve`); the page opens on the first. */
      sessions: z.array(session),
      /** Null: a lab can be started here; else why not, with the line to run. */
      labUnavailable: z.string().nullable(),
    }),
  },
  'deployment/open': { params: z.object({ target: targetInput }), result: session },
  'deployment/close': { params: session, result: nothing },
  /** The whole present state; afterwards `deployment/changed` carries what changed. */
  'deployment/state': { params: session, result: z.object({ head: sessionHead, slices: z.array(groupSlice) }) },
  'deployment/refresh': { params: session, result: nothing },
  'deployment/focus': { params: z.object({ session: z.string(), groups: z.array(z.string()) }), result: nothing },
  /**
   * What is remembered of a group, for charts that open late: points by node id, oldest first, and events. `since`: from
   * when on it was watched.
   */
  'deployment/past': {
    params: z.object({ session: z.string(), group: z.string() }),
    result: z.object({
      since: z.string(),
      series: z.record(z.string(), z.array(seriesPoint)),
      events: z.array(groupEvent),
    }),
  },
  /** Runs every step for every address; steps are also told by `connection/step` under the id given. */
  'connection/test': {
    params: z.object({ test: z.string(), target: targetInput }),
    result: z.object({ steps: z.array(testStep) }),
  },
  'recents/list': { params: nothing, result: z.object({ recents: z.array(recent) }) },
  'recents/remove': { params: z.object({ id: z.string() }), result: nothing },
  /** Without a request: the usual practice lab, or the one that runs here already. */
  'lab/start': { params: labRequest, result: z.object({ lab: labStatus, session: z.string() }) },
  'lab/stop': { params: z.object({ name: z.string() }), result: nothing },
  'lab/list': { params: nothing, result: z.object({ labs: z.array(labStatus) }) },
  /** Opens a lab that runs on this machine, whoever started it. */
  'lab/open': { params: z.object({ name: z.string() }), result: session },
  /** What can be broken in the lab that a session looks at, and what is broken now; fails for any other deployment. */
  'lab/faults': {
    params: session,
    result: z.object({ lab: labStatus, faults: z.array(faultDescription), active: z.array(activeFault) }),
  },
  'lab/break': { params: session.extend({ fault: faultRequest }), result: z.object({ active: z.array(activeFault) }) },
  /** Ends one fault, or all of them. */
  'lab/heal': {
    params: session.extend({ fault: z.string().nullable() }),
    result: z.object({ active: z.array(activeFault) }),
  },
  'drills/list': { params: nothing, result: z.object({ drills: z.array(drillDescription) }) },
  /** Answers when it has begun; `drill/changed` tells the rest. One at a time in a host. */
  'drills/start': {
    params: z.object({ name: z.string(), withRemedy: z.boolean() }),
    result: z.object({ run: z.string() }),
  },
  'drills/cancel': { params: z.object({ run: z.string() }), result: nothing },
  /** The one that goes on and those that ended since the host began, oldest first. */
  'drills/runs': { params: nothing, result: z.object({ runs: z.array(drillRun) }) },
  /** The result of a run (and of the one beside it, with or without the remedy) as one text, to be saved by the page. */
  'drills/report': {
    params: z.object({ run: z.string(), beside: z.string().nullable(), format: z.enum(['html', 'markdown', 'json']) }),
    result: z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() }),
  },
  /** What Sentinel would do if the master died now, and if: nodes gone, other priorities, another min-replicas-to-write. */
  'forecast/failover': {
    params: inGroup.extend({
      without: z.array(z.string().max(300)).max(64),
      priorities: z.record(z.string().max(300), z.number().int().min(0).max(2_147_483_647)),
      minReplicas: z.number().int().min(0).max(1000).nullable(),
    }),
    result: failoverReport,
  },
  /** Partial or full for every node of a group, after so many seconds away; null: back at once. */
  'forecast/resync': {
    params: inGroup.extend({ awaySeconds: z.number().min(0).max(31_536_000).nullable() }),
    result: resyncReport,
  },
  /** How sure a write is; with `minReplicas` that guard is tried, else the one that is set. */
  'advice/group': { params: inGroup.extend({ minReplicas: minReplicasGuard.nullable() }), result: adviceReport },
  /** The audit of a group (null: of the whole deployment) as one text, to be saved by the page. */
  'audit/report': {
    params: z.object({
      session: z.string(),
      group: z.string().nullable(),
      format: z.enum(['html', 'markdown', 'json']),
    }),
    result: z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() }),
  },
  /** Those in force, of one deployment; the other two answer with the same list after their change. */
  'findings/acknowledged': { params: session, result: acknowledgements },
  'findings/acknowledge': {
    params: session.extend({ acknowledgement: acknowledgement.omit({ at: true }) }),
    result: acknowledgements,
  },
  /** Saved connections by name, without secrets. `trouble`: the file cannot be used, and where it is kept. */
  'profiles/list': {
    params: nothing,
    result: z.object({ profiles: z.array(profile), trouble: z.string().nullable() }),
  },
  /** Saves what the form holds; `notice` says that its secrets are not in the keychain. */
  'profiles/save': {
    params: z.object({
      name: profileName,
      environment: profileEnvironment.nullable(),
      colour: profileColour.nullable(),
      target: targetInput,
      thresholds: profileThresholds,
      /** A profile of that name may be replaced. */
      replace: z.boolean(),
      /** The profile that was edited, by the name it had, and what stays of it; null: a new one. */
      edit: z.object({ name: z.string().max(200), keep: z.array(profilePart) }).nullable(),
    }),
    result: z.object({ profile, notice: z.string().nullable() }),
  },
  'profiles/remove': { params: z.object({ name: z.string() }), result: z.object({ notice: z.string().nullable() }) },
  /** A profile as the form holds it: no secret and no PEM text, only what it has of them. */
  'profiles/show': {
    params: z.object({ name: z.string() }),
    result: z.object({
      profile,
      target: targetInput,
      kept: z.array(keptPart),
      thresholds: profileThresholds,
    }),
  },
  /** Every profile as one file without secrets, to be saved by the page. */
  'profiles/export': {
    params: nothing,
    result: z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() }),
  },
  /** Takes what such a file holds; of a file that is no such file nothing is taken. Names in use: another is found, or replaced. */
  'profiles/import': {
    params: z.object({ text: z.string().max(1_000_000), replace: z.boolean() }),
    result: importReport,
  },
  /** Opens a saved connection; secrets given here come before those that are kept. */
  'profiles/open': {
    params: z.object({ name: z.string(), password: z.string().nullable(), sentinelPassword: z.string().nullable() }),
    result: session,
  },
  /** The ACL lines that this deployment's servers understand, and what the present user lacks. */
  'acl/recipes': { params: session, result: aclRecipes },
  'findings/unacknowledge': { params: session.extend({ key: acknowledgementKey }), result: acknowledgements },
  /** Allows changes for a time; production allows 5 minutes and wants `production` typed. Answers until when. */
  'session/arm': {
    params: session.extend({ minutes: z.number().int().min(1).max(60), confirmation: z.string().max(100).nullable() }),
    result: z.object({ armedUntil: z.string() }),
  },
  'session/disarm': { params: session, result: nothing },
  /** The actions of this build. */
  'actions/list': { params: session, result: z.object({ actions: z.array(actionKind) }) },
  /** Only reads. The plan waits 60 s for its start. */
  'actions/plan': { params: session.extend({ intent: actionIntent }), result: keptPlan },
  /** Answers when the action has begun, or why nothing was sent; `action/progress` and `action/outcome` tell the rest. */
  'actions/run': {
    params: session.extend({
      plan: z.string().max(100),
      confirmation: z.string().max(1000),
      acknowledged: z.array(z.string().max(200)).max(100),
      note: z.string().max(2000).nullable(),
    }),
    result: z.object({ run: z.string() }),
  },
  /** Between two steps; from its point of no return on an action is finished all the same. */
  'actions/cancel': { params: session.extend({ run: z.string() }), result: nothing },
  /** Those that go on, and those that ended a short while ago, oldest first. */
  'actions/runs': { params: session, result: z.object({ runs: z.array(actionRun) }) },
  /** Actions without an end whose process is gone, oldest first. */
  'actions/unfinished': { params: nothing, result: z.object({ actions: z.array(journalStory) }) },
  /** What is true now; only reads. `session` null: any that looks at those servers. */
  'actions/verify': {
    params: z.object({ session: z.string().nullable(), action: z.string().max(100) }),
    result: checkupReport,
  },
  /** A plan of all that an action left to be taken back. */
  'actions/undo-plan': { params: session.extend({ action: z.string().max(100) }), result: keptPlan },
  /** Every action, newest first. */
  'journal/list': { params: nothing, result: z.object({ actions: z.array(journalStory) }) },
  'journal/show': {
    params: z.object({ action: z.string().max(100) }),
    result: z.object({ story: journalStory, rows: z.array(journalRow) }),
  },
  'journal/verify': {
    params: nothing,
    result: z.object({
      sound: z.boolean(),
      rows: z.number(),
      problems: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  },
  /** Every row, one JSON object a line, then the head; to be saved by the page. */
  'journal/export': {
    params: nothing,
    result: z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() }),
  },
} as const

/** Events by name. They report; a page that misses some asks `deployment/state` again. */
export const events = {
  'deployment/head': sessionHead,
  'deployment/changed': z.object({ session: z.string(), slices: z.array(groupSlice), removed: z.array(z.string()) }),
  'deployment/event': z.object({ session: z.string(), events: z.array(groupEvent) }),
  /** Those in force of the deployment that a session looks at, after any change by anybody. */
  'findings/acknowledged': acknowledgements.extend({ session: z.string() }),
  /** Another page changed the list of profiles. */
  'profiles/changed': nothing,
  'connection/step': z.object({ test: z.string(), step: testStep }),
  /** The faults in force in the lab that a session looks at, after any change. */
  'lab/faults': z.object({ session: z.string(), active: z.array(activeFault) }),
  /** The whole run, at most four times a second while it goes on. */
  'drill/changed': drillRun,
  'lab/progress': z.object({ text: z.string(), ratio: z.number().nullable() }),
  'action/progress': actionProgress,
  /** The whole run, with how it ended. */
  'action/outcome': actionRun,
} as const

export type Calls = typeof calls
export type CallName = keyof Calls
export type CallParams<N extends CallName> = z.infer<Calls[N]['params']>
export type CallResult<N extends CallName> = z.infer<Calls[N]['result']>
export type Events = typeof events
export type EventName = keyof Events
export type EventPayload<N extends EventName> = z.infer<Events[N]>
export type ContractFailure = z.infer<typeof failure>
export type TargetInput = z.infer<typeof targetInput>
export type SavedProfile = z.infer<typeof profile>
export type AclRecipes = z.infer<typeof aclRecipes>
export type Recent = z.infer<typeof recent>
export type TestStep = z.infer<typeof testStep>
export type SessionHead = z.infer<typeof sessionHead>
export type SeriesPoint = z.infer<typeof seriesPoint>
export type ContractEvent = z.infer<typeof groupEvent>
export type LabStatus = z.infer<typeof labStatus>

/** What a call answers: plain data on both sides. */
export type CallAnswer<N extends CallName> =
  { readonly ok: true; readonly value: CallResult<N> } | { readonly ok: false; readonly failure: ContractFailure }

/** The page's side of the contract, whatever carries it. */
export interface ContractClient {
  readonly call: <N extends CallName>(
    name: N,
    params: CallParams<N>,
    options?: { readonly signal?: AbortSignalLike },
  ) => Promise<CallAnswer<N>>
  /** Returns its own stopper. */
  readonly on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void) => () => void
  /** The state of the line; told at once on subscription. */
  readonly onLine: (listener: (line: LineState) => void) => () => void
}

/** The part of AbortSignal that both worlds have. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export type LineState =
  | { readonly state: 'open' }
  | { readonly state: 'connecting'; readonly attempt: number }
  /** Needs a person: the token is no longer accepted, the host is gone for good. */
  | { readonly state: 'refused'; readonly message: string }
