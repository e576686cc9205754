import type { ActionName } from '../domain/plans/model.ts'
import { PLANNED_ACTIONS } from '../domain/plans/plan-action.ts'

/** The actions of this build, in the order in which help lists them. */
export const ACTION_NAMES: readonly ActionName[] = PLANNED_ACTIONS
