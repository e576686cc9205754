import type { OutcomeReport, PlanReport } from '../../../app/actions-json.ts'
import { commandText } from '../../../app/actions-json.ts'
import type { toCheckupReport } from '../../../app/actions-json.ts'
import type { Terminal } from '../terminal.ts'
import { clean } from './text.ts'

type CheckupReport = ReturnType<typeof toCheckupReport>
type UndoReport = PlanReport['steps'][number]['undo']

/** One line of progress on standard error, with the time since the action began. */
export function printProgress(
  progress: {
    readonly phase: string
    readonly n: number
    readonly of: number
    readonly title: string
    readonly command: string | undefined
    readonly node: string | undefined
    readonly elapsedMs: number
    readonly detail: string
  },
  terminal: Terminal,
): void {
  const { phase, n, of, title, command, node, elapsedMs, detail } = progress
  const where = n === 0 ? '' : ` ${n}/${of}`
  const what = command === undefined ? title : `${node ?? ''}: ${command}`
  const more = detail === '' || detail === title ? '' : ` (${detail})`
  terminal.err(clean(`${(elapsedMs / 1000).toFixed(3)} s  ${phase}${where}  ${what}${more}`))
}

export async function printPlan(plan: PlanReport, isJson: boolean, terminal: Terminal): Promise<void> {
  if (isJson) return terminal.out(`${JSON.stringify(plan)}\n`)
  const marks = { passed: 'ok  ', warned: 'WARN', failed: 'FAIL' } as const
  const lines = [
    `plan ${plan.id}: ${plan.action}, ${plan.target} (${plan.environment})`,
    '',
    'steps',
    ...plan.steps.flatMap((step) => [
      `  ${step.n}. ${step.node}  ${step.command.length === 0 ? `wait: ${step.title}` : commandText(step.command)}${step.irreversible ? '  [cannot be undone]' : ''}`,
      ...undoLines(step.undo).map((line) => `       undo: ${line}`),
    ]),
    ...plan.contingencies.map((one) => `  only if ${one.when}: ${one.node}  ${commandText(one.command)}`),
    '',
    'checks',
    ...plan.preflight.map((one) => `  ${marks[one.status]}  ${one.check}: ${one.evidence}`),
    '',
    'what it does',
    ...plan.blastRadius.map((line) => `  ${line}`),
    '',
    `to type: ${plan.confirm}`,
    `fingerprint ${plan.fingerprint}, may start until ${plan.expiresAt}`,
  ]
  await terminal.out(`${lines.map(clean).join('\n')}\n`)
}

function undoLines(undo: UndoReport): readonly string[] {
  return undo === null ? [] : undo.commands.map((command) => `${undo.node}  ${commandText(command)}`)
}

export async function printOutcome(outcome: OutcomeReport, isJson: boolean, terminal: Terminal): Promise<void> {
  if (isJson) return terminal.out(`${JSON.stringify(outcome)}\n`)
  const lines = [
    `${outcome.action}: ${outcome.state} after ${(outcome.elapsedMs / 1000).toFixed(2)} s (journal ${outcome.journal})`,
    ...(outcome.reason === null ? [] : [`  ${outcome.reason}`]),
    ...outcome.verification.map(
      (one) => `  ${one.so === true ? 'yes' : one.so === false ? 'NO ' : '?  '}  ${one.what}: ${one.evidence}`,
    ),
    ...handOverLines(outcome),
    ...outcome.pending.flatMap((undo) => [
      `  still to be taken back: ${undo?.title ?? ''}`,
      ...undoLines(undo).map((line) => `       ${line}`),
    ]),
    ...outcome.advice.map((line) => `  ${line}`),
  ]
  await terminal.out(`${lines.map(clean).join('\n')}\n`)
}

function handOverLines({ handOver }: OutcomeReport): readonly string[] {
  if (handOver === null) return []
  const { writableMs, clientsMovedMs, beside } = handOver
  const words = (ms: number | null): string => (ms === null ? 'was not seen' : `after ${Math.round(ms)} ms`)
  return [
    `  from the pause on: the new master took writes ${words(writableMs)}, the old one's clients were cut off ${words(clientsMovedMs)}`,
    `  ${beside}`,
  ]
}

export async function printCheckup(checkup: CheckupReport, isJson: boolean, terminal: Terminal): Promise<void> {
  if (isJson) return terminal.out(`${JSON.stringify(checkup)}\n`)
  const { lastStep } = checkup
  const lines = [
    `${checkup.id}: ${checkup.state}`,
    lastStep === null
      ? '  no step was begun'
      : `  last step: ${lastStep.n}, ${lastStep.title}${lastStep.isAnswered ? '' : ' (its end was never written)'}`,
    'now',
    ...checkup.now.map((line) => `  ${line}`),
    ...checkup.settled.map((line) => `  settled: ${line}`),
    checkup.pending.length === 0 ? 'nothing is left to be taken back' : 'still to be taken back',
    ...checkup.pending.flatMap((undo) => [`  ${undo?.title ?? ''}`, ...undoLines(undo).map((line) => `    ${line}`)]),
    ...(checkup.pending.length === 0
      ? []
      : [`repliscope act --undo ${checkup.id} plans that, and runs it when confirmed`]),
  ]
  await terminal.out(`${lines.map(clean).join('\n')}\n`)
}
