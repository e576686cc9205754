import type { NodeId } from '../address.ts'

/** A rehearsal as the gallery shows it. */
export interface DrillDescription {
  readonly name: string
  readonly title: string
  /** What happens and what it teaches, in a few sentences. */
  readonly story: string
  readonly difficulty: 'first' | 'common' | 'hard'
  /** What the machine must have: `root`, `7.0+`, `waitaof`. */
  readonly needs: readonly string[]
  /** The setting that would have changed the outcome; the drill runs with it as `--remedy`. Absent: none would have. */
  readonly remedy?: { readonly title: string; readonly commands: readonly string[] }
  /** About how long it takes, for a progress bar. */
  readonly seconds: number
}

export type Bounds = { readonly low: number; readonly high: number }
export type ResyncOutcome = { readonly replica: NodeId; readonly verdict: 'partial' | 'full' | 'none' | 'unknown' }

/** What was said just before the fault. Null: nothing was said of it. */
export interface DrillForecast {
  /** Who would be master afterwards. */
  readonly winner: NodeId | null
  readonly certain: boolean
  readonly lossBytes: Bounds | null
  /** How long writes would fail. */
  readonly outageMs: Bounds | null
  readonly resync: readonly ResyncOutcome[]
  /** Codes that the drill is expected to raise. */
  readonly findings: readonly string[]
}

/** What happened. Null: not measured, or there was nothing of it. */
export interface DrillMeasurement {
  readonly winner: NodeId | null
  readonly acknowledged: number
  /** Acknowledged, and not there afterwards; null where nobody counted, as where no master is left to count on. */
  readonly lost: number | null
  /** No answer came, and it is there; null where nobody counted. */
  readonly unknownKept: number | null
  readonly refused: number
  readonly unknown: number
  /** The longest time between two acknowledged writes that stayed, or from the last one to the probe's end. */
  readonly writeGapMs: number | null
  /** From the fault until the first write that was accepted after it and stayed. */
  readonly outageMs: number | null
  readonly lossBytes: number | null
  readonly resync: readonly ResyncOutcome[]
  /** Codes seen raised between the start and the end. */
  readonly findings: readonly string[]
}

/** Null: the forecast said nothing that could be held against the outcome. */
export interface DrillVerdict {
  readonly winner: boolean | null
  readonly loss: boolean | null
  readonly resync: boolean | null
  readonly outage: boolean | null
  readonly findings: boolean
}

export interface DrillMoment {
  /** Milliseconds since the drill's clock began. */
  readonly atMs: number
  readonly lane: 'fault' | 'sentinel' | 'topology' | 'finding' | 'action' | 'probe' | 'drill'
  readonly node: NodeId | null
  readonly what: string
  readonly detail: string
}

/** What the probe's writes came to, over a stretch of time. */
export interface ProbeSpan {
  readonly fromMs: number
  readonly toMs: number
  /** `lost`: acknowledged, and gone afterwards; known only at the end. */
  readonly state: 'accepted' | 'refused' | 'silent' | 'lost'
  readonly writes: number
}

export interface DrillReport {
  readonly schema: 'repliscope/drill@1'
  readonly name: string
  readonly title: string
  readonly server: string
  readonly startedAt: string
  readonly tookMs: number
  /** Whether the remedy was in place from the start. */
  readonly withRemedy: boolean
  readonly forecast: DrillForecast
  readonly measured: DrillMeasurement
  readonly verdict: DrillVerdict
  readonly timeline: readonly DrillMoment[]
  readonly probe: readonly ProbeSpan[]
  /** What it came to, in a few sentences with the numbers in them. */
  readonly lesson: readonly string[]
}
