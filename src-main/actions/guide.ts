import type { CommandWords, PlanStep, Verified } from '../domain/plans/model.ts'
import type { Remedy, RunContext, StepAnswer, Trouble } from './context.ts'

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
  /** Carries out a measured step, on connections of its own. */
  readonly measure?: (step: PlanStep, context: RunContext) => Promise<Trouble | undefined>
  readonly verify: (context: RunContext) => Promise<readonly Verified[]>
}
