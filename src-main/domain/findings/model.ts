import type { NodeId } from '../address.ts'
import type { ByteRange } from '../topology/model.ts'

export type Severity = 'critical' | 'warning' | 'info'

/** The larger, the graver. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 }

/** What a finding is about. A link's id is its replica's id. */
export interface Subject {
  readonly kind: 'group' | 'node' | 'link' | 'deployment'
  readonly id: string
}

/** One observation behind a claim: the field as the server spells it, its value, who said so and when (epoch ms). */
export interface Evidence {
  readonly node: NodeId
  readonly field: string
  readonly value: string | number | boolean | undefined
  readonly at: number | undefined
}

/** One diagnosed condition. */
export interface Finding {
  readonly code: string
  readonly severity: Severity
  readonly subject: Subject
  readonly title: string
  readonly evidence: readonly Evidence[]
  readonly why: string
  /** What to do; commands are exact, with this deployment's names and ports. */
  readonly remedy: readonly string[]
  /** Epoch ms of the first sample that showed it. */
  readonly since: number
  /** False for a rule with a duration whose time is not over ("not yet held"). */
  readonly held: boolean
  /**
   * Epoch ms since when it is not so any more, or not so grave: a figure that swings about its limit is spoken of until it
   * has been better for a while. Absent while it is so.
   */
  readonly easedAt?: number
}

/** A rule that could not decide, and why ("CONFIG not permitted"). */
export interface NotJudged {
  readonly code: string
  readonly subject: Subject
  readonly reason: string
}

/** What would be lost now, per failure. Never a number across different histories. */
export interface Exposure {
  readonly masterCrash: {
    readonly lossBytes: ByteRange | undefined
    readonly lossSeconds: number | undefined
    /** The node Sentinel would promote; undefined when undecided or none. */
    readonly promotes: NodeId | undefined
    readonly reason: string
  }
  readonly partition: {
    readonly acceptedForSeconds: number | undefined
    readonly isUnbounded: boolean
    readonly boundedBy: string | undefined
    readonly reason: string
  }
  readonly masterRestartsEmpty: { readonly wipes: boolean | undefined; readonly reason: string }
  readonly powerLoss: readonly {
    readonly node: NodeId
    readonly lossSeconds: number | undefined
    readonly lossChanges: number | undefined
    readonly isUnbounded: boolean
    readonly reason: string
  }[]
}
