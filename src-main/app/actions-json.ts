import type { Outcome } from '../actions/context.ts'
import { describeRow, type ActionStory } from '../actions/journal-story.ts'
import type { Checkup } from '../actions/verify-now.ts'
import { toKnownTime, toNumber, toTime } from '../contract/plain.ts'
import { wordsAsText } from '../domain/plans/command-words.ts'
import type { Plan, PlanStep, Undo } from '../domain/plans/model.ts'
import { redactCommand } from '../domain/plans/secrets.ts'
import { FAILOVER_ALONE } from '../domain/plans/switchover.ts'
import { summarise, type WaitMeasurement } from '../domain/plans/wait-test.ts'
import type { JournalRow } from '../storage/journal.ts'

/** A plan as every host shows it: one entry a command (and one a wait), in the order in which they go out. */
export type PlanReport = ReturnType<typeof toPlanReport>
export type OutcomeReport = ReturnType<typeof toOutcomeReport>

/** Milliseconds to a tenth: more is noise. */
const tenth = (ms: number): number => Math.round(ms * 10) / 10

export function toPlanReport(plan: Plan) {
  const entries = plan.steps.flatMap(entriesOf)
  return {
    schema: 'repliscope/plan@1',
    id: plan.id,
    action: plan.action,
    target: plan.target,
    group: plan.group,
    environment: plan.environment,
    steps: entries.map((entry, index) => ({ n: index + 1, ...entry })),
    contingencies: plan.contingencies.map(({ when, node, command }) => ({ when, node, command: [...command] })),
    preflight: plan.preflight.map(({ check, status, evidence, needsNote }) => ({
      check,
      status,
      evidence,
      needsNote: needsNote === true,
    })),
    blastRadius: [...plan.blastRadius],
    confirm: plan.confirm,
    fingerprint: plan.fingerprint,
    plannedAt: toKnownTime(plan.plannedAt),
    expiresAt: toKnownTime(plan.expiresAt),
  }
}

/** `step` is the number that progress and outcome speak of; commands of one transaction share it. */
function entriesOf(step: PlanStep) {
  const common = {
    step: step.n,
    title: step.title,
    node: step.node,
    transaction: step.isAtomic,
    undo: undoOf(step.undo),
    irreversible: step.isIrreversible,
    waitsFor: step.wait?.kind ?? null,
  }
  if (step.commands.length === 0) return [{ ...common, command: [] as string[] }]
  return step.commands.map((command) => ({ ...common, command: [...redactCommand(command)] }))
}

function undoOf(undo: Undo | undefined) {
  if (undo === undefined) return null
  return { title: undo.title, node: undo.node, commands: undo.commands.map((command) => [...redactCommand(command)]) }
}

export function toOutcomeReport(outcome: Outcome) {
  return {
    schema: 'repliscope/outcome@1',
    plan: outcome.plan,
    action: outcome.action,
    state: outcome.state,
    reason: outcome.reason ?? null,
    steps: outcome.steps.map((step) => ({ ...step, elapsedMs: tenth(step.elapsedMs) })),
    verification: outcome.verification.map(({ what, isSo, evidence }) => ({ what, so: isSo ?? null, evidence })),
    pending: outcome.pending.map(undoOf),
    advice: [...outcome.advice],
    measured: outcome.measured === undefined ? null : toWaitReport(outcome.group, outcome.measured),
    handOver:
      outcome.handOver === undefined
        ? null
        : {
            writableMs: toMs(outcome.handOver.writableMs),
            clientsMovedMs: toMs(outcome.handOver.clientsMovedMs),
            beside: FAILOVER_ALONE,
          },
    elapsedMs: tenth(outcome.elapsedMs),
    journal: outcome.journal,
  }
}

export type StoryReport = ReturnType<typeof toStoryReport>

export function toStoryReport(story: ActionStory) {
  return {
    id: story.id,
    action: story.action,
    target: story.target,
    group: story.group,
    state: story.state,
    startedAt: toKnownTime(story.startedAt),
    endedAt: toTime(story.endedAt),
    lastStep: story.lastStep ?? null,
    pending: story.pending.map(undoOf),
  }
}

export function toRowReport(row: JournalRow) {
  return {
    seq: row.seq,
    at: toKnownTime(row.at),
    action: row.action,
    kind: row.kind,
    body: JSON.parse(row.body) as unknown,
    prev: row.prev,
    hash: row.hash,
    line: describeRow(row),
  }
}

export function toCheckupReport(checkup: Checkup) {
  return {
    schema: 'repliscope/checkup@1',
    id: checkup.id,
    state: checkup.state,
    lastStep: checkup.lastStep ?? null,
    now: [...checkup.now],
    pending: checkup.pending.map(undoOf),
    settled: [...checkup.settled],
  }
}

/** Milliseconds to three digits, or null. */
const toMs = (ms: number | undefined): number | null => {
  const known = toNumber(ms)
  return known === null ? null : Math.round(known * 1000) / 1000
}

/** A command as a person would type it. */
export const commandText = (command: readonly string[]): string => wordsAsText(redactCommand(command))

/** A WAIT test: every round, and what they tell together. */
export function toWaitReport(group: string, measured: WaitMeasurement) {
  const summary = summarise(measured.rounds, measured.asked, measured.askedLocal)
  return {
    schema: 'repliscope/wait@1',
    group,
    master: measured.master,
    asked: measured.asked,
    ...(measured.askedLocal === undefined ? {} : { askedLocal: measured.askedLocal }),
    timeoutMs: measured.timeoutMs,
    rounds: measured.rounds.map((round) => ({
      acked: round.acked ?? null,
      ...(round.local === undefined ? {} : { local: round.local }),
      elapsedMs: toMs(round.elapsedMs),
      batch: round.batch,
    })),
    p50Ms: toMs(summary.p50Ms),
    p95Ms: toMs(summary.p95Ms),
    p99Ms: toMs(summary.p99Ms),
    maxMs: toMs(summary.maxMs),
    perWriteMs: toMs(summary.perWriteMs),
    histogram: summary.histogram.map(({ upToMs, count }) => ({ upToMs: upToMs ?? null, count })),
    short: summary.short,
    reason: measured.reason ?? null,
  }
}
