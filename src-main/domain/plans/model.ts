import type { NodeId } from '../address.ts'

/** Every action that this build can plan and run. */
export type ActionName =
  | 'wait-test'
  | 'waitaof-test'
  | 'switchover'
  | 'forced-failover'
  | 'safe-restart'
  | 'rolling-restart'
  | 'flushall'
  | 'flushdb'
  | 'config-set'
  | 'bgsave'
  | 'bgrewriteaof'
  | 'replicaof'
  | 'sentinel-reset'
  | 'sentinel-set'
  | 'ckquorum'
  | 'client-pause'
  | 'client-unpause'
  | 'undo'

/** How much harm a mistake does there. A target without a profile is `production`. */
export type Environment = 'production' | 'staging' | 'development' | 'lab'

/** What somebody wants done, before anything is known about it. Ids are as typed: an alias counts. */
export interface Intent {
  readonly action: ActionName
  readonly group: string
  /** The node concerned, for actions about one node. */
  readonly node: NodeId | undefined
  /** Whom to promote, or whom to follow. `no-one` detaches. */
  readonly to: NodeId | undefined
  /** CONFIG or SENTINEL SET values, in the order given; the database of flushdb as `db`. */
  readonly settings: ReadonlyMap<string, string>
  readonly environment: Environment
  /** Also CONFIG REWRITE what is set, or what is followed. */
  readonly withRewrite?: boolean
}

/** One command, its name first, words exactly as sent. */
export type CommandWords = readonly [name: string, ...args: string[]]

/** Who is asked: a data node or a Sentinel. */
export type PeerKind = 'server' | 'sentinel'

/**
 * Facts by key (`server:10.0.0.5:6379:role` -> `master`), as texts, so that two readings can be compared and hashed. A
 * fact that was not readable is absent.
 */
export type Facts = Readonly<Record<string, string>>

/** Commands that take one step back. Compensations are sent whatever the fingerprint says. */
export interface Undo {
  readonly title: string
  /** Stays to be done after a success too, for somebody has to do something else first (copy a file). */
  readonly isForLater?: boolean
  readonly node: NodeId
  /** A data node when absent. */
  readonly peer?: PeerKind
  readonly commands: readonly CommandWords[]
}

/**
 * A condition that is awaited by reading, never by a fixed delay. `kind` names who looks (see actions/waits.ts);
 * `params` are its particulars as texts.
 */
export interface Wait {
  readonly kind: WaitKind
  readonly params: Readonly<Record<string, string>>
}

export type WaitKind =
  | 'level'
  | 'promoted'
  | 'demoted'
  | 'sentinel-sees-priority'
  | 'sentinels-agree'
  | 'config-reads'
  | 'save-done'
  | 'rewrite-done'
  | 'link-up'
  | 'follows'
  | 'restarted'
  | 'noted'
  | 'ready-to-restart'
  | 'caught-up'
  | 'keys-gone'
  | 'sentinel-relearnt'
  | 'sentinel-reads'
  | 'quorum'
  | 'replied'

/** One step: commands to one node (several are one MULTI), a wait, or both: the wait begins when the commands are answered. */
export interface PlanStep {
  /** From 1, without gaps. */
  readonly n: number
  readonly title: string
  readonly node: NodeId
  readonly peer: PeerKind
  readonly commands: readonly CommandWords[]
  /** Sent inside MULTI and EXEC. Always so for several commands. */
  readonly isAtomic: boolean
  /** Undefined: nothing to take back, or no way to. */
  readonly undo: Undo | undefined
  /** The fingerprint is read again right before it. */
  readonly isIrreversible: boolean
  /** What ROLE must say on the very socket that the commands go out on; undefined: not looked at. */
  readonly needsRole: 'master' | 'replica' | 'sentinel' | undefined
  /** Facts that are no longer what they were once this step is done; `null`: no longer known. */
  readonly causes: Readonly<Record<string, string | null>>
  readonly wait: Wait | undefined
  /** For the answers of its commands, then again for its wait, milliseconds. */
  readonly timeoutMs: number
  /** A closed connection instead of an answer is what success looks like (SHUTDOWN). */
  readonly closes: boolean
  /** Its commands are sent many times, on a connection of their own, and timed. */
  readonly isMeasured: boolean
  /** The step after which the action only goes forward: nothing is compensated, everything is finished. */
  readonly isPointOfNoReturn: boolean
  /** Only sent while at least `leaveMs` of a pause of `pauseMs` are left: later it would let writes be lost. */
  readonly withinPause: { readonly pauseMs: number; readonly leaveMs: number } | undefined
  /** With it a stage is complete: the servers are verified, and before the next step the action may stop again. */
  readonly endsStage: boolean
}

/** One preflight check. `failed` blocks, in every host; `warned` must be acknowledged by its name. */
export interface PreflightCheck {
  /** Kebab-case, unique within a plan: what `--ack` names. */
  readonly check: string
  readonly status: 'passed' | 'warned' | 'failed'
  /** What was seen, with numbers. */
  readonly evidence: string
  /** Acknowledging it takes a note that says why. */
  readonly needsNote?: boolean
}

/** A command that is sent only if something else happens meanwhile; shown with the plan, like every other. */
export interface Contingency {
  readonly when: string
  readonly node: NodeId
  /** A data node when absent. */
  readonly peer?: PeerKind
  readonly command: CommandWords
}

/**
 * What would be done, exactly, and what it rests on. Plain data; made by pure functions from one reading of the servers.
 * Times are epoch milliseconds.
 */
export interface Plan {
  readonly id: string
  readonly action: ActionName
  readonly group: string
  /** The master's name in Sentinel, or the group, or the node: for people. */
  readonly target: string
  readonly environment: Environment
  readonly steps: readonly PlanStep[]
  readonly contingencies: readonly Contingency[]
  readonly preflight: readonly PreflightCheck[]
  /** One effect a line, with numbers. */
  readonly blastRadius: readonly string[]
  /** What has to be typed. */
  readonly confirm: string
  /** Its text depends on a count: planning and running are two commands. */
  readonly confirmsCount: boolean
  /** The facts that it relies on, as they were read. */
  readonly relies: Facts
  /** A hash of `relies`, 16 hex digits. */
  readonly fingerprint: string
  readonly plannedAt: number
  /** Covers the start only. */
  readonly expiresAt: number
  /** Particulars that the verification needs, as texts. */
  readonly particulars: Readonly<Record<string, string>>
}

/** How long a plan may wait for its start. */
export const PLAN_LIFE_MS = 60_000

/** What a plan of one action consists of, before it is numbered and sealed. */
export interface Draft {
  readonly target: string
  readonly steps: readonly Omit<PlanStep, 'n'>[]
  readonly contingencies?: readonly Contingency[]
  readonly preflight: readonly PreflightCheck[]
  readonly blastRadius: readonly string[]
  readonly confirm: string
  readonly confirmsCount?: boolean
  readonly relies: Facts
  readonly particulars?: Readonly<Record<string, string>>
}

/** One verified statement about the servers after an action. */
export interface Verified {
  readonly what: string
  /** Undefined: could not be seen. */
  readonly isSo: boolean | undefined
  readonly evidence: string
}

/** How an action ended, as the servers say. */
export type OutcomeState = 'succeeded' | 'failed' | 'stopped'

/** How one step ended. `unknown`: its answer never came, and the servers had to tell. */
export interface StepReport {
  readonly n: number
  readonly title: string
  readonly state: 'done' | 'failed' | 'unknown' | 'skipped' | 'undone'
  readonly elapsedMs: number
  readonly detail: string
}
