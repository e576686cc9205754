import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type {
  ActionIntent,
  ActionKind,
  ActionProgress,
  ActionRun,
  JournalStory,
  NodeStanding,
  PlanReport,
} from '../../src-main/contract/actions.ts'
import type { CallAnswer, ContractFailure } from '../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../src-main/contract/inspect.ts'
import { useClient } from './client.ts'
import { useDeploymentStore } from './deployment.ts'

/** Where a wizard stands. `review` has a plan; `running` and `ended` have a run. */
export type WizardStage = 'options' | 'planning' | 'review' | 'starting' | 'running' | 'ended'

/** What one wizard is about; a value, replaced whole. */
export interface Wizard {
  readonly session: string
  readonly title: string
  readonly what: string
  readonly group: string
  /** Null for an undo, which has nothing to choose. */
  readonly kind: ActionKind | null
  readonly subject: { readonly kind: 'node' | 'link' | 'group'; readonly id: string; readonly group: string } | null
  readonly values: Readonly<Record<string, string>>
  readonly stage: WizardStage
  readonly plan: PlanReport | null
  readonly run: string | null
  readonly failure: ContractFailure | null
  /** How to plan anew. */
  readonly source: { readonly intent: ActionIntent } | { readonly undoOf: string } | null
}

type Opening = Pick<Wizard, 'title' | 'what' | 'group' | 'kind' | 'subject' | 'values'>

/**
 * Guarded actions of the deployment in view. The page holds no authority: the host arms, plans, checks what was typed and
 * runs; what is here is what the host said.
 */
export const useActionsStore = defineStore('actions', () => {
  const client = useClient()
  const deployment = useDeploymentStore()
  const kinds = shallowRef<readonly ActionKind[]>([])
  const runs = shallowRef<ReadonlyMap<string, ActionRun>>(new Map())
  const unfinished = shallowRef<readonly JournalStory[]>([])
  const isUnfinishedShown = shallowRef(false)
  const wizard = shallowRef<Wizard | null>(null)
  const isWizardShown = shallowRef(false)
  const isArmingShown = shallowRef(false)
  /** Ends of runs that nobody has looked at yet. */
  const unseen = shallowRef<ReadonlySet<string>>(new Set())
  /** Grows when an action ended or the journal was written to otherwise. */
  const journalChanges = shallowRef(0)
  let asking = 0
  let kindsOf: string | null = null

  /** Epoch ms of the host's clock; null: read-only. */
  const armedUntil = computed(() => {
    const text = deployment.head?.armedUntil ?? null
    return text === null ? null : Date.parse(text)
  })
  const isArmed = computed(() => armedUntil.value !== null)
  const run = computed(() => (wizard.value?.run == null ? null : (runs.value.get(wizard.value.run) ?? null)))
  /** Those of the session in view that go on. */
  const going = computed(() =>
    [...runs.value.values()].filter((one) => one.session === deployment.activeSession && !isOver(one)),
  )
  /** A dialog of actions lies over the page: single keys are not the page's now. */
  const isDialogOpen = computed(() => isWizardShown.value || isArmingShown.value || isUnfinishedShown.value)

  function kindOf(action: string): ActionKind | null {
    return kinds.value.find((kind) => kind.action === action) ?? null
  }

  /** Opens the wizard; with nothing to choose it plans at once. */
  function start(opening: Opening): void {
    const session = deployment.activeSession
    if (session === null) return
    wizard.value = {
      ...opening,
      session,
      stage: 'options',
      plan: null,
      run: null,
      failure: null,
      source: null,
    }
    isWizardShown.value = true
  }

  function change(part: Partial<Wizard>): void {
    if (wizard.value !== null) wizard.value = { ...wizard.value, ...part }
  }

  async function takePlan(
    source: NonNullable<Wizard['source']>,
    answering: Promise<CallAnswer<'actions/plan'>>,
  ): Promise<void> {
    const mine = ++asking
    change({ stage: 'planning', failure: null, plan: null, run: null, source })
    const answer = await answering
    if (mine !== asking || wizard.value === null) return
    if (answer.ok) change({ stage: 'review', plan: answer.value.plan, group: answer.value.plan.group })
    else change({ stage: wizard.value.kind === null ? 'planning' : 'options', failure: answer.failure })
  }

  async function plan(intent: ActionIntent): Promise<void> {
    const session = wizard.value?.session
    if (session !== undefined) await takePlan({ intent }, client.call('actions/plan', { session, intent }))
  }

  async function planUndo(story: Pick<JournalStory, 'id' | 'action' | 'group' | 'session'>): Promise<void> {
    if (story.session === null) return
    start({
      title: 'Take back',
      what: `what ${story.action} ${story.id} left`,
      group: story.group,
      kind: null,
      subject: null,
      values: {},
    })
    change({ session: story.session })
    await takePlan({ undoOf: story.id }, client.call('actions/undo-plan', { session: story.session, action: story.id }))
  }

  /** The same again: a plan that expired, or an action that stopped. */
  async function planAnew(): Promise<void> {
    const now = wizard.value
    if (now?.source == null) return
    if ('intent' in now.source) await plan(now.source.intent)
    else
      await takePlan(now.source, client.call('actions/undo-plan', { session: now.session, action: now.source.undoOf }))
  }

  async function runPlan(confirmation: string, acknowledged: readonly string[], note: string): Promise<void> {
    const now = wizard.value
    if (now?.plan == null || now.stage !== 'review') return
    const { session, plan: made } = now
    change({ stage: 'starting', failure: null })
    put({
      id: made.id,
      session,
      plan: made,
      before: standingsIn(deployment.sliceOf(made.group)),
      progress: [],
      outcome: null,
      wait: null,
      broken: null,
    })
    const answer = await client.call('actions/run', {
      session,
      plan: made.id,
      confirmation,
      acknowledged: [...acknowledged],
      note: note.trim() === '' ? null : note,
    })
    const known = runs.value.get(made.id)
    if (!answer.ok) {
      const others = new Map(runs.value)
      others.delete(made.id)
      runs.value = others
      if (wizard.value?.plan?.id === made.id) change({ stage: 'review', failure: answer.failure })
      return
    }
    if (wizard.value?.plan?.id === made.id)
      change({ stage: known !== undefined && isOver(known) ? 'ended' : 'running', run: made.id })
  }

  async function cancel(id: string): Promise<void> {
    const known = runs.value.get(id)
    if (known === undefined) return
    const answer = await client.call('actions/cancel', { session: known.session, run: id })
    if (!answer.ok) change({ failure: answer.failure })
  }

  /** Closes the wizard: what goes on goes on, what has not begun is given up. */
  function hide(): void {
    isWizardShown.value = false
    asking += 1
    const now = wizard.value
    if (now?.run != null) see(now.run)
    if (now?.stage !== 'running' && now?.stage !== 'starting') wizard.value = null
  }

  /** Shows a run again: one that goes on, or one that ended while nobody looked. */
  function show(id: string): void {
    const known = runs.value.get(id)
    if (known === undefined) return
    const kind = kindOf(known.plan.action)
    wizard.value = {
      session: known.session,
      title: kind?.title ?? (known.plan.action === 'undo' ? 'Take back' : known.plan.action),
      what: kind?.what ?? '',
      group: known.plan.group,
      kind,
      subject: null,
      values: {},
      stage: isOver(known) ? 'ended' : 'running',
      plan: known.plan,
      run: id,
      failure: null,
      source: null,
    }
    isWizardShown.value = true
    see(id)
  }

  function see(id: string): void {
    if (!unseen.value.has(id)) return
    const rest = new Set(unseen.value)
    rest.delete(id)
    unseen.value = rest
  }

  /** Null when the session is armed now, else why not. */
  async function arm(minutes: number, confirmation: string | null): Promise<ContractFailure | null> {
    const session = deployment.activeSession
    if (session === null) return { code: 'not-found', message: 'no deployment is open' }
    const answer = await client.call('session/arm', { session, minutes, confirmation })
    return answer.ok ? null : answer.failure
  }

  async function disarm(): Promise<void> {
    const session = deployment.activeSession
    if (session !== null) await client.call('session/disarm', { session })
  }

  async function verify(story: JournalStory): Promise<CallAnswer<'actions/verify'>> {
    const answer = await client.call('actions/verify', { session: story.session, action: story.id })
    // A check may end an action: nothing was left to be taken back.
    if (answer.ok) journalChanges.value += 1
    return answer
  }

  async function loadUnfinished(isFirst: boolean): Promise<void> {
    const answer = await client.call('actions/unfinished', {})
    if (!answer.ok) return
    unfinished.value = answer.value.actions
    if (isFirst && answer.value.actions.length > 0) isUnfinishedShown.value = true
  }

  function put(next: ActionRun): void {
    runs.value = new Map(runs.value).set(next.id, next)
  }

  function takeProgress(line: ActionProgress): void {
    const known = runs.value.get(line.run)
    if (known === undefined) return void loadRuns()
    // A line that was missed is fetched with the rest; one that came twice is dropped.
    if (line.i > known.progress.length) return void loadRuns()
    if (line.i === known.progress.length) put({ ...known, progress: [...known.progress, line] })
  }

  function takeOutcome(ended: ActionRun): void {
    put(ended)
    journalChanges.value += 1
    if (wizard.value?.run === ended.id) change({ stage: 'ended' })
    if (!isWizardShown.value || wizard.value?.plan?.id !== ended.id) unseen.value = new Set(unseen.value).add(ended.id)
  }

  async function loadRuns(): Promise<void> {
    const session = deployment.activeSession
    if (session === null) return
    const answer = await client.call('actions/runs', { session })
    if (!answer.ok) return
    for (const one of answer.value.runs) {
      put(one)
      if (wizard.value?.run === one.id && isOver(one)) change({ stage: 'ended' })
    }
  }

  /** The actions of the deployment in view, unless they are known. */
  async function loadKinds(): Promise<void> {
    const session = deployment.activeSession
    if (kindsOf !== session) kinds.value = []
    if (session === null || kindsOf === session) return
    const answer = await client.call('actions/list', { session })
    if (!answer.ok || session !== deployment.activeSession) return
    kinds.value = answer.value.actions
    kindsOf = session
  }

  watch(
    () => [deployment.activeSession, deployment.loads] as const,
    ([session]) => {
      if (session === null || deployment.loads === 0) return
      void loadKinds()
      void loadRuns()
    },
    { immediate: true },
  )
  watch(
    () => deployment.line.state === 'open',
    (isOpen) => {
      if (isOpen) void loadUnfinished(true)
    },
    { immediate: true },
  )
  // Which of them can be verified from here is known when the groups are.
  watch([journalChanges, () => deployment.groupNames.join(' ')], () => void loadUnfinished(false))

  const stoppers = [client.on('action/progress', takeProgress), client.on('action/outcome', takeOutcome)]
  /** Ends every subscription; the store is of no use afterwards. */
  function dispose(): void {
    for (const stop of stoppers.splice(0)) stop()
  }

  return {
    kinds,
    runs,
    unfinished,
    isUnfinishedShown,
    wizard,
    isWizardShown,
    isArmingShown,
    isDialogOpen,
    unseen,
    journalChanges,
    armedUntil,
    isArmed,
    run,
    going,
    kindOf,
    start,
    change,
    plan,
    planUndo,
    planAnew,
    runPlan,
    cancel,
    hide,
    show,
    arm,
    disarm,
    verify,
    loadKinds,
    loadUnfinished,
    dispose,
  }
})

export function isOver(run: ActionRun): boolean {
  return run.outcome !== null || run.broken !== null
}

/** Data nodes of a group as they are shown now. */
function standingsIn(slice: GroupSlice | null): NodeStanding[] {
  return (slice?.nodes ?? []).flatMap(({ id, kind, role }) =>
    kind === 'sentinel' || role === 'sentinel'
      ? []
      : [{ id, role, upstream: slice?.links.find((link) => link.replica === id)?.upstream ?? null }],
  )
}
