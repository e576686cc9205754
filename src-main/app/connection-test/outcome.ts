import type { CallResult } from '../../contract/calls.ts'

export type TestStep = CallResult<'connection/test'>['steps'][number]
export type StepName = TestStep['step']

/** What one step came to. */
export interface Outcome {
  readonly status: 'passed' | 'warned' | 'failed' | 'skipped'
  /** One line: what was found. */
  readonly detail: string
  /** What to do; null when there is nothing to do. */
  readonly hint: string | null
}

export const passed = (detail: string): Outcome => ({ status: 'passed', detail, hint: null })
export const skipped = (detail: string): Outcome => ({ status: 'skipped', detail, hint: null })
export const warned = (detail: string, hint: string): Outcome => ({ status: 'warned', detail, hint })
export const failed = (detail: string, hint: string): Outcome => ({ status: 'failed', detail, hint })
