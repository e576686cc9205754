import type { NodeId } from '../../domain/address.ts'
import type { ActiveFault, FaultRequest } from '../../domain/drills/faults.ts'
import type { DrillExpectation } from '../../domain/drills/forecasts.ts'
import type { DrillMoment, ResyncOutcome } from '../../domain/drills/model.ts'
import type { GroupState } from '../../monitor/session.ts'
import type { Lab, LabGroup, LabNode } from '../lab-model.ts'
import type { Probe, ProbeCount, ProbeOptions } from '../probe/probe.ts'
import type { RespReply } from '../resp-client.ts'
import type { DrillAction, DrillActionOutcome } from './tools.ts'

/**
 * What a script may use. Every method throws `DrillTrouble` when what it is told to do cannot be done, and when the
 * drill was cancelled; whatever it starts is ended by the engine, whichever way the script ends.
 */
export interface Stage {
  readonly lab: Lab
  /** The lab's only group. */
  readonly group: LabGroup
  readonly withRemedy: boolean
  readonly signal: AbortSignal
  /** Epoch milliseconds; the same clock as the session's and the probe's. */
  readonly now: () => number
  /** One line on what happens now; also a moment of the timeline. */
  readonly say: (what: string, detail?: string) => void
  /** Puts something on the timeline, now. */
  readonly mark: (moment: Pick<DrillMoment, 'lane' | 'what'> & Partial<DrillMoment>) => void
  /** The session's present picture of the group. */
  readonly picture: () => GroupState
  /** The same, after every server was asked anew. */
  readonly freshPicture: () => Promise<GroupState>
  /** One command to a server of the lab; an error reply is trouble. */
  readonly ask: (node: LabNode | NodeId, ...words: readonly string[]) => Promise<RespReply>
  /** Fields of INFO, by name. */
  readonly info: (node: LabNode | NodeId, section?: string) => Promise<ReadonlyMap<string, string>>
  /** Asks again and again until the answer is neither undefined, null nor false; an exception counts as not yet. */
  readonly until: <T>(what: string, condition: () => T | Promise<T>, limitMs?: number) => Promise<Settled<T>>
  /** Lets time pass: for what has no condition, like load to build up or nothing to happen. */
  readonly pass: (ms: number) => Promise<void>
  /**
   * Begins numbered writes to whoever the Sentinels name, and waits for the first acknowledged ones. The first probe is
   * the one that the report is about, unless another is named as `measured`.
   */
  readonly probe: (options?: Partial<ProbeOptions>) => Promise<Probe>
  /**
   * Takes the product's forecast from a fresh picture, right before the fault. `read` says which part of it the coming
   * fault is about (see `domain/drills/forecasts.ts`). May be taken again; the last one counts.
   */
  readonly forecast: (read: (state: GroupState) => DrillExpectation) => Promise<DrillExpectation>
  /** Breaks something. The first one after `forecast` is the fault that outage and loss are measured from. */
  readonly break: (fault: FaultRequest) => Promise<ActiveFault>
  /** Several that strike together, as one fault. */
  readonly breakAll: (faults: readonly FaultRequest[]) => Promise<readonly ActiveFault[]>
  readonly heal: (id?: string) => Promise<void>
  /** A moment that outage and loss are measured from, where the fault is none of the lab's (an action, a command). */
  readonly struck: (what: string, node?: NodeId) => void
  /** A guarded action of the product. */
  readonly act: (action: DrillAction) => Promise<DrillActionOutcome>
  /** Whom every Sentinel that answers names as the master, once they agree; undefined until then. */
  readonly agreedMaster: () => Promise<NodeId | undefined>
  /** The agreed master once it is another than `from` and says so itself. */
  readonly newMaster: (from: NodeId, limitMs?: number) => Promise<NodeId>
  /** A replica's link is up and it has applied all that its master had when it was asked. */
  readonly caughtUp: (replica: LabNode | NodeId, limitMs?: number) => Promise<void>
  /** What the probe's writes came to on a server; also what the report says of loss. Stops the probe. */
  readonly settle: (probe: Probe, at: NodeId) => Promise<ProbeCount>
  /** Notes what was measured beyond what the engine sees by itself. */
  readonly measure: (measured: Partial<StageMeasures>) => void
}

/** What only the script knows. What it leaves out the engine measures, or nobody. */
export interface StageMeasures {
  /** Null: nobody was promoted. */
  readonly winner: NodeId | null
  readonly resync: readonly ResyncOutcome[]
  /** The probe that the report is about. */
  readonly measured: Probe
  /** What the probe's writes came to on the server that is right in the end. */
  readonly count: ProbeCount
  /** Null: no write was expected to be refused, or there is nothing to measure it from. */
  readonly outageMs: number | null
  /** Bytes lost, where a probe does not tell. */
  readonly lossBytes: number | null
}

export type Settled<T> = Exclude<T, undefined | null | false>
