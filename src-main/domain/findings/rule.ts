import { fromNodeId, type NodeId } from '../address.ts'
import type { FailoverForecast } from '../failover/model.ts'
import type { ConfigReply } from '../replies/reply-types.ts'
import type { GroupPast, GroupSnapshot } from '../topology/model.ts'
import type { Evidence, Exposure, Severity, Subject } from './model.ts'
import type { Thresholds } from './thresholds.ts'

/** How hard a deployment must be guarded. */
export type Environment = 'production' | 'staging' | 'development' | 'lab'

/** Everything that a rule may read. Pure values of one moment and the recent past. */
export interface RuleContext {
  readonly snapshot: GroupSnapshot
  readonly past: GroupPast
  readonly thresholds: Thresholds
  readonly environment: Environment
  /** Who would win if the master died now, and whether a failover would work. */
  readonly forecast: FailoverForecast
  readonly exposure: Exposure
  /**
   * Configuration files that this machine can read, by node id, as `readConfigFile` returns them. Absent, or without an
   * entry: the file is not readable from here.
   */
  readonly configFiles?: ReadonlyMap<NodeId, ConfigReply>
}

/** One conclusion of a rule about one subject. */
export type Verdict =
  | {
      readonly kind: 'fires'
      readonly subject: Subject
      readonly severity: Severity
      /** One line for the list, with names and numbers: "10.0.0.7:6379 has been down for 41 s". */
      readonly title: string
      readonly evidence: readonly Evidence[]
      /** Why it matters here, one to three sentences. */
      readonly why: string
      /** What to do, in order; commands are exact (`redis-cli -h 10.0.0.5 -p 6379 CONFIG SET ...`). */
      readonly remedy: readonly string[]
      /** Overrides the rule's duration for this verdict; 0 needs none. */
      readonly holdForMs?: number
      /** The severity for as long as the condition has not held that long; `severity` itself when absent. */
      readonly severityUntilHeld?: Severity
      /** The condition is known to have held since then, from the servers' own words or the past; epoch ms. */
      readonly knownSince?: number
    }
  | {
      readonly kind: 'not-judged'
      readonly subject: Subject
      /** What is missing: "CONFIG not permitted on 10.0.0.5:6379". */
      readonly reason: string
    }

/** One rule of the catalogue, one file each. */
export interface Rule {
  /** As in docs/findings.md; never changes. */
  readonly code: string
  readonly section: 'topology' | 'guards' | 'persistence' | 'memory' | 'sentinel' | 'operations'
  /** Which severities it can have. */
  readonly severities: readonly Severity[]
  /** The condition in words, for docs. */
  readonly fires: string
  /** Why it matters, in general, for docs. */
  readonly matters: string
  /** What to do, in general, for docs. */
  readonly advice: string
  /** The condition must have held this long; 0 fires at once. */
  readonly holdForMs: number
  /**
   * It compares a figure that may swing about its limit: a finding that has held is taken back, or becomes less grave, only
   * after `steadySeconds` without it.
   */
  readonly swings?: true
  /** Empty when all is well. Never throws; never fires on an absent field. */
  readonly judge: (context: RuleContext) => readonly Verdict[]
}

/** Evidence from a node's INFO. */
export function evidence(
  context: RuleContext,
  node: NodeId,
  field: string,
  value: string | number | boolean | undefined,
): Evidence {
  return { node, field, value, at: context.snapshot.nodes.get(node)?.sampledAt }
}

/** `redis-cli -h HOST -p PORT WORDS`, IPv6 without brackets. */
export function cli(node: NodeId, words: string): string {
  const { host, port } = fromNodeId(node)
  return `redis-cli -h ${host} -p ${port} ${words}`
}

/**
 * The same for a command whose last word is a password: read from `password-file`, so that it stays out of the history.
 * `-x` keeps a newline at the end of the file, and with it a password that no client can give: the comment says so.
 */
export function cliWithPassword(node: NodeId, words: string): string {
  return `${cli(node, `-x ${words}`)} < password-file   # written with printf %s: a newline at its end would belong to the password`
}
