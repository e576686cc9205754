import type { CommandWords, PlanStep, Verified } from '../domain/plans/model.ts'
import type { Observed } from '../domain/plans/observed.ts'
import type { HandOver, Remedy, RunContext, StepAnswer, Trouble } from './context.ts'

/** How things stand when an action cannot go on as planned. */
export interface Standing {
  readonly state: 'as-before' | 'overtaken' | 'unclear'
  readonly detail: string
}

/** What one action knows beyond its plan: how to react to trouble, and what the servers must say afterwards. */
export interface Guide {
  /** The step's commands with what earlier steps learnt; as planned when absent. */
  readonly commandsOf?: (step: PlanStep, context: RunContext) => readonly CommandWords[]
  /** Looks at the answers of one step. */
  readonly learn?: (step: PlanStep, answer: StepAnswer, context: RunContext) => void
  /** Undefined: the ordinary remedy. `attempts` counts how often this step was tried. */
  readonly remedy?: (
    step: PlanStep,
    trouble: Trouble,
    context: RunContext,
    attempts: number,
  ) => Promise<Remedy | undefined>
  /**
   * After the remedy `again`: the number of an earlier step to begin again from, everything in between made good;
   * undefined: it is not tried again.
   */
  readonly rewind?: (step: PlanStep, context: RunContext) => Promise<number | undefined>
  /**
   * Asked before anything is taken back. `overtaken`: somebody else does, or did, what the point of no return does, and
   * taking back would do harm, so the run goes on behind it. `unclear`: that cannot be seen, and everything stays as it
   * is. Absent: taking back never harms.
   */
  readonly standing?: (context: RunContext) => Promise<Standing>
  /** Carries out a measured step, on connections of its own. */
  readonly measure?: (step: PlanStep, context: RunContext) => Promise<Trouble | undefined>
  /** Why a fresh reading forbids to go on although no fact of the fingerprint changed; undefined: nothing does. */
  readonly objection?: (observed: Observed, context: RunContext) => string | undefined
  /** What must be so at the end of a stage; anything else ends the action there. */
  readonly checkpoint?: (step: PlanStep, context: RunContext) => Promise<readonly Verified[]>
  /** What a person can do from here, one line each, with exact commands. */
  readonly advise?: (context: RunContext, verification: readonly Verified[]) => Promise<readonly string[]>
  /** How long writes stood still; undefined: they did not, or it was not seen. */
  readonly handOver?: (context: RunContext) => HandOver | undefined
  readonly verify: (context: RunContext) => Promise<readonly Verified[]>
}
