import { authorise, type Confirmation } from '../domain/plans/authorise.ts'
import { wordsAsText } from '../domain/plans/command-words.ts'
import { changesSince, describeChanges, withEffects } from '../domain/plans/facts.ts'
import type { CommandWords, OutcomeState, Plan, PlanStep, StepReport, Undo, Verified } from '../domain/plans/model.ts'
import { factsOf } from '../domain/plans/observed.ts'
import type { WaitMeasurement } from '../domain/plans/wait-test.ts'
import { redactCommand } from '../domain/plans/secrets.ts'
import { describeFailure, fail, ok, type Result } from '../domain/failure.ts'
import type { Outcome, Progress, RunContext, RunDeps, StepAnswer, Trouble } from './context.ts'
import type { Guide } from './guide.ts'
import { createLines, firstError, type Lines, type Order } from './lines.ts'
import { observe, type Scope } from './observe.ts'
import { ACTION_NAME_PREFIX } from './ports.ts'
import { PAUSE_SENT_AT, TOO_LATE } from './waits-switchover.ts'
import { waitFor } from './waits.ts'

/** How far a run has come. */
interface State {
  relied: Plan['relies']
  /** The point of no return is behind: only forward from here. */
  isCommitted: boolean
  /** Somebody else is at what the point of no return does: the steps up to it are left out. */
  isOvertaken: boolean
  readonly reports: StepReport[]
  /** Undos of what was, or may have been, done; newest first. */
  readonly undos: Undo[]
  /** Undos that did not succeed. */
  readonly pending: Undo[]
  /** What was verified at the end of each stage. */
  readonly stages: Verified[]
}

/** How the steps ended, before the verification. */
interface Ending {
  readonly state: 'ran' | 'stopped' | 'failed'
  readonly reason: string | undefined
}

/** Begin again from the step of that number. */
class Rewind {
  readonly n: number
  constructor(n: number) {
    this.n = n
  }
}

const MAX_ATTEMPTS = 3

/**
 * Runs a plan: the only way for a changing command to reach a server. Refuses, with nothing sent, a plan that is expired,
 * not confirmed, not acknowledged, or stale; from then on the end is an outcome. `journal` is the action's id.
 */
export async function runPlan(
  plan: Plan,
  confirmation: Confirmation,
  guide: Guide,
  deps: RunDeps,
  journal: string,
): Promise<Result<Outcome>> {
  const allowed = authorise(plan, confirmation, deps.clock.now())
  if (!allowed.ok) return allowed
  const locked = deps.lock.take()
  if (!locked.ok) return locked
  const lines = createLines(deps.dialler, `${ACTION_NAME_PREFIX}${journal}`)
  try {
    const begun = deps.record('action-started', startRow(plan, confirmation, deps))
    if (!begun.ok) return begun
    return ok(await new Run(plan, guide, deps, lines, journal).run())
  } finally {
    lines.close()
    deps.lock.release()
  }
}

function startRow(plan: Plan, confirmation: Confirmation, deps: RunDeps): unknown {
  const redacted = plan.steps.map((step) => ({ ...step, commands: step.commands.map(redactCommand) }))
  return {
    plan: { ...plan, steps: redacted },
    scope: deps.scope,
    environment: plan.environment,
    confirmation: confirmation.text,
    acknowledged: confirmation.acknowledged,
    note: confirmation.note ?? null,
    who: deps.who,
  }
}

class Run {
  readonly #plan: Plan
  readonly #guide: Guide
  readonly #deps: RunDeps
  readonly #lines: Lines
  readonly #journal: string
  readonly #startedAt: number
  readonly #state: State
  readonly #context: RunContext
  #current: PlanStep | undefined
  #measured: WaitMeasurement | undefined

  constructor(plan: Plan, guide: Guide, deps: RunDeps, lines: Lines, journal: string) {
    this.#plan = plan
    this.#guide = guide
    this.#deps = deps
    this.#lines = lines
    this.#journal = journal
    this.#startedAt = deps.clock.now()
    this.#state = {
      relied: plan.relies,
      isCommitted: false,
      isOvertaken: false,
      reports: [],
      undos: [],
      pending: [],
      stages: [],
    }
    this.#context = {
      plan,
      journal,
      deps,
      lines,
      memory: new Map(),
      measured: (measurement) => {
        this.#measured = measurement
      },
      note: (detail) => this.#tell('note', this.#current, detail),
      extra: (kind, title, order, undo) => this.#extra(kind, title, order, undo),
    }
  }

  async run(): Promise<Outcome> {
    this.#tell('checking', undefined, 'reading the servers again')
    const stale = await this.#staleness(true)
    const ending: Ending = stale === undefined ? await this.#steps() : { state: 'stopped', reason: stale }
    let verification: readonly Verified[] = this.#state.stages
    if (ending.state === 'ran' || this.#state.isCommitted) {
      this.#tell('verifying', undefined, 'asking the servers')
      verification = [...verification, ...(await this.#guide.verify(this.#context))]
    }
    const state = this.#judge(ending, verification)
    if (state === 'succeeded') this.#keepForLater()
    else this.#keepPending()
    const advice = (await this.#guide.advise?.(this.#context, verification)) ?? []
    const outcome: Outcome = {
      plan: this.#plan.id,
      action: this.#plan.action,
      group: this.#plan.group,
      journal: this.#journal,
      state,
      reason: ending.reason,
      steps: this.#state.reports,
      verification,
      // What the verification has settled in the end is not pending either.
      pending: this.#state.pending.filter((undo) => undo.isForLater === true || !this.#isSettled(undo)),
      advice,
      measured: this.#measured,
      handOver: this.#guide.handOver?.(this.#context),
      elapsedMs: this.#elapsed(),
    }
    this.#note('action-ended', outcome)
    return outcome
  }

  /** The servers decide: an action is done when they say so, and only then. */
  #judge(ending: Ending, verification: readonly Verified[]): OutcomeState {
    if (ending.state === 'stopped') return 'stopped'
    if (ending.state === 'failed') return 'failed'
    return verification.every((one) => one.isSo === true) ? 'succeeded' : 'failed'
  }

  async #steps(): Promise<Ending> {
    const { steps } = this.#plan
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      if (step === undefined) break
      if (this.#state.isOvertaken && this.#isUpToTheEnd(step)) {
        this.#skip(step)
        continue
      }
      this.#current = step
      const ending = (await this.#before(step)) ?? (await this.#attempt(step))
      if (ending instanceof Rewind) {
        i = steps.findIndex((one) => one.n === ending.n) - 1
        continue
      }
      if (ending !== undefined && ending !== 'overtaken') return ending
      if (ending === 'overtaken') {
        this.#skip(step)
        continue
      }
      this.#state.relied = withEffects(this.#state.relied, step.causes)
      if (step.endsStage) {
        const open = await this.#endStage(step)
        if (open !== undefined) return open
      }
    }
    return { state: 'ran', reason: undefined }
  }

  /** Carries a step out, again where that is the remedy. Undefined: go on with the next one. */
  async #attempt(step: PlanStep): Promise<Ending | Rewind | 'overtaken' | undefined> {
    for (let attempts = 1; ; attempts++) {
      const trouble = await this.#perform(step)
      if (trouble === undefined) return undefined
      const remedy = await this.#remedy(step, trouble, attempts)
      if (remedy === 'redo' && attempts < MAX_ATTEMPTS) continue
      if (remedy === 'go-on') return undefined
      const again = remedy === 'again' ? await this.#rewind(step, trouble) : undefined
      if (again !== undefined) return again
      const reason = `step ${step.n} (${step.title}): ${trouble.detail}`
      if (remedy === 'compensate' || remedy === 'again')
        return this.#retreat({ state: this.#deps.signal.aborted ? 'stopped' : 'failed', reason })
      this.#keepPending()
      return { state: trouble.kind === 'cancelled' ? 'stopped' : 'failed', reason }
    }
  }

  /** What the steps from there on did is made good: they are told, and taken back, as if they were done for the first time. */
  async #rewind(step: PlanStep, trouble: Trouble): Promise<Rewind | undefined> {
    const n = await this.#guide.rewind?.(step, this.#context)
    if (n === undefined) return undefined
    this.#tell('note', step, `${trouble.detail}: once more from step ${n}`)
    this.#note('step-rewound', { n: step.n, title: step.title, detail: `${trouble.detail}: once more from step ${n}` })
    const anew = new Set(this.#plan.steps.flatMap((one) => (one.n >= n && one.undo !== undefined ? [one.undo] : [])))
    const { undos, reports } = this.#state
    undos.splice(0, undos.length, ...undos.filter((undo) => !anew.has(undo)))
    reports.splice(0, reports.length, ...reports.filter((report) => report.n < n))
    return new Rewind(n)
  }

  /** From a step before the point of no return, or that itself. */
  #isUpToTheEnd(step: PlanStep): boolean {
    const end = this.#endOfWayBack(step)
    return end !== undefined && step.n <= end.n
  }

  /** The point of no return that a step is before, or is. */
  #endOfWayBack(step: PlanStep): PlanStep | undefined {
    const end = this.#plan.steps.find((one) => one.n >= step.n && (one.isPointOfNoReturn || one.endsStage))
    return end?.isPointOfNoReturn === true ? end : undefined
  }

  /** Taken back, unless that would do harm: then the rest is done, or everything is left as it is. */
  async #retreat(ending: Ending): Promise<Ending | 'overtaken'> {
    if (this.#state.undos.length === 0) return ending
    const standing = await this.#guide.standing?.(this.#context)
    this.#note('standing', standing ?? { state: 'as-before', detail: '' })
    if (standing === undefined || standing.state === 'as-before') {
      await this.#compensate()
      return ending
    }
    const step = this.#current
    if (standing.state === 'overtaken' && step !== undefined && this.#isUpToTheEnd(step)) {
      this.#tell('note', step, `going on from there: ${standing.detail}`)
      this.#state.isOvertaken = true
      this.#state.isCommitted = true
      return 'overtaken'
    }
    this.#keepPending()
    return { ...ending, reason: `${ending.reason ?? ''}; nothing is taken back: ${standing.detail}` }
  }

  #skip(step: PlanStep): void {
    const detail = 'somebody else is at it'
    if (!this.#state.reports.some((report) => report.n === step.n))
      this.#state.reports.push({ n: step.n, title: step.title, state: 'skipped', elapsedMs: 0, detail })
    this.#note('step-skipped', { n: step.n, title: step.title, detail })
    // Behind it the steps are what is left to be done, whoever began.
    if (step.isPointOfNoReturn) this.#state.isOvertaken = false
  }

  /** Everything that may stop the action between two steps. */
  async #before(step: PlanStep): Promise<Ending | 'overtaken' | undefined> {
    if (this.#state.isCommitted) {
      this.#note('step-sending', rowOf(step, this.#commandsOf(step)))
      return undefined
    }
    const stop = (reason: string) => this.#retreat({ state: 'stopped', reason })
    if (this.#deps.signal.aborted) return stop('cancelled')
    if (step.isIrreversible) {
      const stale = await this.#staleness(false)
      if (stale !== undefined) return stop(stale)
    }
    const noted = this.#deps.record('step-sending', rowOf(step, this.#commandsOf(step)))
    if (!noted.ok) return stop(`the journal cannot be written: ${describeFailure(noted.failure)}`)
    return undefined
  }

  /** A stage is over when the servers say so: then nothing of it is to be taken back, and what is true now is relied on. */
  async #endStage(step: PlanStep): Promise<Ending | undefined> {
    this.#tell('verifying', step, 'asking the servers')
    const seen = (await this.#guide.checkpoint?.(step, this.#context)) ?? []
    this.#note('stage-verified', { n: step.n, title: step.title, verification: seen })
    const open = seen.find((one) => one.isSo !== true)
    if (open !== undefined) {
      this.#keepPending()
      return { state: 'failed', reason: `after step ${step.n}: ${open.what}: ${open.evidence}` }
    }
    this.#state.stages.push(...seen)
    const { clock, timeoutMs } = this.#deps
    const fresh = factsOf(
      await observe(this.#lines, this.#deps.scope, { timeoutMs, now: clock.now, withClients: false }),
    )
    this.#state.relied = Object.fromEntries(
      Object.keys(this.#state.relied).flatMap((key) => (fresh[key] === undefined ? [] : [[key, fresh[key]]])),
    )
    this.#state.undos.splice(0)
    this.#state.isCommitted = false
    this.#state.isOvertaken = false
    return undefined
  }

  /** Reads the facts again; what differs from the plan and its effects so far, in words. */
  async #staleness(isFirst: boolean): Promise<string | undefined> {
    const { clock, timeoutMs } = this.#deps
    const observed = await observe(this.#lines, isFirst ? this.#deps.scope : this.#reliedScope(), {
      timeoutMs,
      now: clock.now,
      withClients: isFirst,
      keys: (this.#plan.particulars['keys'] ?? '').split(' ').filter((key) => key !== ''),
    })
    const changes = changesSince(this.#state.relied, factsOf(observed))
    const rivals = [...observed.servers.values()].flatMap((server) =>
      (server.clientNames ?? []).filter(
        (name) => name.startsWith(ACTION_NAME_PREFIX) && name !== `${ACTION_NAME_PREFIX}${this.#journal}`,
      ),
    )
    this.#note('facts-read', { isFirst, changes, rivals })
    if (rivals.length > 0) return `another action is under way on these servers (${rivals.join(', ')})`
    if (changes.length === 0) {
      const objection = this.#guide.objection?.(observed, this.#context)
      return objection === undefined ? undefined : `stale-plan: ${objection}`
    }
    return `stale-plan: ${describeChanges(changes)}`
  }

  /** Who is relied on: a node that hangs, and that nothing rests on, must not use up a pause. */
  #reliedScope(): Scope {
    const keys = Object.keys(this.#state.relied)
    const { group, servers, sentinels } = this.#deps.scope
    return {
      group,
      servers: servers.filter((node) => keys.some((key) => key.startsWith(`server:${node}:`))),
      sentinels: sentinels.filter((node) => keys.some((key) => key.startsWith(`sentinel:${node}:`))),
    }
  }

  async #perform(step: PlanStep): Promise<Trouble | undefined> {
    const startedAt = this.#deps.clock.now()
    const commands = this.#commandsOf(step)
    const leftMs = this.#leftOfPause(step)
    if (leftMs !== undefined && leftMs <= 0) return this.#tooLate(step)
    if (commands.length > 0) this.#tell('sending', step, '')
    // From here on it may have happened, whatever we hear of it.
    if (step.isPointOfNoReturn) this.#state.isCommitted = true
    const undo = step.undo
    if (undo !== undefined && commands.length > 0) this.#state.undos.unshift(undo)
    const answer = commands.length === 0 ? undefined : await this.#send(step, commands, leftMs)
    const isAnswer = answer === undefined || 'replies' in answer
    if (isAnswer && answer !== undefined) this.#guide.learn?.(step, answer, this.#context)
    const trouble = isAnswer ? await this.#await(step) : answer
    if (!isAnswer && undo !== undefined && (answer.kind === 'not-sent' || answer.kind === 'wrong-role'))
      this.#state.undos.splice(this.#state.undos.indexOf(undo), 1)
    // A step that takes something back is called as the undo that it makes needless.
    if (trouble === undefined) this.#context.memory.set(`settled ${step.title}`, 'by its step')
    const report: StepReport = {
      n: step.n,
      title: step.title,
      state: trouble === undefined ? 'done' : trouble.kind === 'unknown' ? 'unknown' : 'failed',
      elapsedMs: this.#deps.clock.now() - startedAt,
      detail: trouble?.detail ?? this.#context.memory.get(`detail ${step.n}`) ?? '',
    }
    this.#state.reports.push(report)
    const noted = this.#deps.record('step-answered', {
      ...report,
      replies: isAnswer && answer !== undefined ? answer.replies : [],
    })
    this.#tell(
      report.state === 'done' ? 'done' : report.state === 'unknown' ? 'unknown' : 'failed',
      step,
      report.detail,
    )
    if (noted.ok) return trouble
    if (this.#state.isCommitted) {
      this.#deps.warn(`the journal cannot be written, going on: ${describeFailure(noted.failure)}`)
      return trouble
    }
    return (
      trouble ?? { kind: 'not-reached', detail: `the journal cannot be written: ${describeFailure(noted.failure)}` }
    )
  }

  async #send(
    step: PlanStep,
    commands: readonly CommandWords[],
    sendWithinMs: number | undefined,
  ): Promise<StepAnswer | Trouble> {
    if (step.isMeasured) {
      const trouble = await this.#guide.measure?.(step, this.#context)
      return trouble ?? { peer: step.peer, commands, replies: [], sentAt: 0, receivedAt: 0 }
    }
    const { node, peer, needsRole, isAtomic, timeoutMs } = step
    const sent = await this.#lines.change({ node, peer, needsRole, commands, isAtomic, timeoutMs, sendWithinMs })
    switch (sent.state) {
      case 'wrong-role':
        return { kind: 'wrong-role', detail: `${node} is a ${sent.role} now, not a ${needsRole ?? '?'}` }
      case 'not-sent':
        return { kind: 'not-sent', detail: describeFailure(sent.failure) }
      case 'unknown':
        if (step.closes && sent.isClosed) return { peer, commands, replies: [], sentAt: 0, receivedAt: 0 }
        return { kind: 'unknown', detail: `no answer: ${describeFailure(sent.failure)}` }
      case 'answered': {
        const error = firstError(commands, sent.replies)
        if (error === undefined) return { peer, commands, ...sent }
        return { kind: 'refused', detail: `${node} answers ${error.error.slice(0, 200)}` }
      }
    }
  }

  /** How long this step may still wait before it is sent; undefined: as long as it likes. */
  #leftOfPause({ withinPause }: PlanStep): number | undefined {
    const sentAt = this.#context.memory.get(PAUSE_SENT_AT)
    if (withinPause === undefined || sentAt === undefined) return undefined
    return Number(sentAt) + withinPause.pauseMs - withinPause.leaveMs - this.#deps.clock.now()
  }

  /** A slow disk or a node that hung took too much of the pause: nothing was sent. */
  #tooLate(step: PlanStep): Trouble {
    const detail = TOO_LATE
    const report: StepReport = { n: step.n, title: step.title, state: 'skipped', elapsedMs: 0, detail }
    this.#state.reports.push(report)
    this.#note('step-answered', { ...report, replies: [] })
    this.#tell('failed', step, detail)
    return { kind: 'not-sent', detail }
  }

  async #await(step: PlanStep): Promise<Trouble | undefined> {
    if (step.wait === undefined) return undefined
    this.#tell('waiting', step, '')
    const signal = this.#state.isCommitted ? undefined : this.#deps.signal
    const reached = await waitFor(step.wait, step, this.#context, signal)
    this.#context.memory.set(`detail ${step.n}`, reached.detail)
    if (reached.ok) return undefined
    return { kind: reached.isCancelled === true ? 'cancelled' : 'not-reached', detail: reached.detail }
  }

  async #remedy(step: PlanStep, trouble: Trouble, attempts: number) {
    const special = await this.#guide.remedy?.(step, trouble, this.#context, attempts)
    if (special === 'compensate' || special === 'again') this.#state.isCommitted = false
    if (special !== undefined) return special
    // Whether it happened is for the verification to find out.
    if (trouble.kind === 'unknown' && step.isIrreversible) return 'go-on'
    return this.#state.isCommitted ? 'hold' : 'compensate'
  }

  /** Takes back what was done, newest first. Never blocked: neither by the fingerprint nor by the journal. */
  async #compensate(): Promise<void> {
    for (const undo of this.#state.undos.splice(0)) {
      const trouble = await this.#extra('undo', undo.title, {
        node: undo.node,
        peer: undo.peer ?? 'server',
        needsRole: undefined,
        commands: undo.commands,
        isAtomic: undo.commands.length > 1,
        timeoutMs: this.#deps.timeoutMs,
      })
      if (trouble !== undefined) this.#state.pending.push(undo)
      else this.#context.memory.set(`settled ${undo.title}`, 'taken back')
    }
  }

  /** What a later step has taken back already (`settled TITLE` in the memory) is not pending. */
  #keepPending(): void {
    const open = this.#state.undos.splice(0).filter((undo) => !this.#isSettled(undo))
    this.#state.pending.push(...open)
  }

  #isSettled(undo: Undo): boolean {
    return this.#context.memory.has(`settled ${undo.title}`)
  }

  #keepForLater(): void {
    this.#state.pending.push(...this.#state.undos.splice(0).filter((undo) => undo.isForLater === true))
  }

  async #extra(kind: 'undo' | 'contingency', title: string, order: Order, undo?: Undo): Promise<Trouble | undefined> {
    const row = { title, node: order.node, commands: order.commands.map(redactCommand) }
    this.#note(`${kind}-sending`, undo === undefined ? row : { ...row, undo })
    if (undo !== undefined) this.#state.undos.unshift(undo)
    this.#tell('undoing', this.#current, title, order)
    let trouble: Trouble | undefined
    for (let attempts = 1; attempts <= 2; attempts++) {
      const sent = await this.#lines.change(order)
      trouble =
        sent.state === 'wrong-role'
          ? { kind: 'wrong-role', detail: `${order.node} is a ${sent.role}` }
          : sent.state !== 'answered'
            ? { kind: sent.state, detail: describeFailure(sent.failure) }
            : refusal(order, sent.replies)
      // Taking the same thing back twice does no harm; leaving it does.
      if (kind !== 'undo' || trouble === undefined || trouble.kind === 'refused') break
    }
    const at = undo === undefined || trouble?.kind !== 'not-sent' ? -1 : this.#state.undos.indexOf(undo)
    if (at >= 0) this.#state.undos.splice(at, 1)
    this.#note(`${kind}-answered`, { ...row, trouble: trouble ?? null })
    if (trouble !== undefined) this.#tell('failed', this.#current, `${title}: ${trouble.detail}`)
    return trouble
  }

  #commandsOf(step: PlanStep): readonly CommandWords[] {
    return this.#guide.commandsOf?.(step, this.#context) ?? step.commands
  }

  /** A row that must not stop anything: its loss is told on standard error. */
  #note(kind: string, body: unknown): void {
    const noted = this.#deps.record(kind, body)
    if (!noted.ok) this.#deps.warn(`not journalled (${kind}): ${describeFailure(noted.failure)}`)
  }

  #elapsed(): number {
    return this.#deps.clock.now() - this.#startedAt
  }

  #tell(phase: Progress['phase'], step: PlanStep | undefined, detail: string, order?: Order): void {
    const commands = order?.commands ?? (phase === 'sending' && step !== undefined ? this.#commandsOf(step) : [])
    this.#deps.onProgress({
      phase,
      n: step?.n ?? 0,
      of: this.#plan.steps.length,
      title: step?.title ?? detail,
      command: commands.length === 0 ? undefined : commands.map((one) => wordsAsText(redactCommand(one))).join(' ; '),
      node: order?.node ?? step?.node,
      elapsedMs: this.#elapsed(),
      detail,
    })
  }
}

function refusal(order: Order, replies: Parameters<typeof firstError>[1]): Trouble | undefined {
  const error = firstError(order.commands, replies)
  return error === undefined ? undefined : { kind: 'refused', detail: error.error.slice(0, 200) }
}

function rowOf(step: PlanStep, commands: readonly CommandWords[]): unknown {
  return {
    n: step.n,
    title: step.title,
    node: step.node,
    commands: commands.map(redactCommand),
    undo: step.undo ?? null,
    isPointOfNoReturn: step.isPointOfNoReturn,
  }
}

/** For a host that asks before there is a guide: an action that this build does not run. */
export function notRunnable(action: string): Result<never> {
  return fail({ kind: 'not-found', detail: `this build cannot run ${action}`, known: [] })
}
