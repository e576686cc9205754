import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { Outcome, Progress } from '../actions/context.ts'
import { GUIDES } from '../actions/guides.ts'
import { storiesOf, type ActionStory } from '../actions/journal-story.ts'
import { createLines, type Lines } from '../actions/lines.ts'
import { observe, type Scope } from '../actions/observe.ts'
import { PLANNING_NAME, type ActionDialler } from '../actions/ports.ts'
import { readRights } from '../actions/read-rights.ts'
import { notRunnable, runPlan } from '../actions/run-plan.ts'
import { planUndo } from '../actions/undo-plan.ts'
import { verifyNow, type Checkup } from '../actions/verify-now.ts'
import { describeFailure, fail, ok, type Result } from '../domain/failure.ts'
import type { Confirmation } from '../domain/plans/authorise.ts'
import type { Intent, Plan } from '../domain/plans/model.ts'
import { keysSetBy } from '../domain/plans/config-set.ts'
import { planAction } from '../domain/plans/plan-action.ts'
import { neededBy, rightsCheck } from '../domain/plans/rights.ts'
import type { ActionRow } from '../domain/timeline/action-notes.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'
import type { Clock } from '../monitor/ports.ts'
import type { JournalKeys } from '../storage/journal-key.ts'
import type { SealKeyState } from '../storage/journal-seal.ts'
import { openJournal, type Journal } from '../storage/journal.ts'

export interface ActionsOptions {
  readonly dataFolder: string
  readonly clock: Clock
  /** One line for the person at the host; no secret. */
  readonly warn: (line: string) => void
  /** The profile's name, or how the target was given. */
  readonly profile: string
  /** What the journal's heads are sealed with; absent: they are not. */
  readonly keys?: JournalKeys
}

/** How an action reaches its servers: made for one target, with its credentials. */
export interface Reach {
  readonly dialler: ActionDialler
  /** For one answer, milliseconds. */
  readonly timeoutMs: number
}

/** A plan that waits for its start, with what is needed to find its servers again. `target` holds no secret. */
export interface KeptPlan {
  readonly plan: Plan
  readonly scope: Scope
  readonly target: unknown
}

export interface RunOptions {
  readonly onProgress: (progress: Progress) => void
  /** Cancels between steps; from the point of no return on the action is finished all the same. */
  readonly signal: AbortSignal
  /** For the journal, in place of the profile given at first. */
  readonly profile?: string
  /** Told of each row once it is in the journal. */
  readonly onRow?: (row: ActionRow) => void
}

/** Guarded actions, the same for every host. Only `run` changes anything. */
export interface Actions {
  /** Reads the group's servers anew, plans, and keeps the plan for 60 s. `target` is given back with it. */
  readonly plan: (intent: Intent, snapshot: GroupSnapshot, reach: Reach, target: unknown) => Promise<Result<KeptPlan>>
  /** A plan that was kept, by this process or another. */
  readonly kept: (id: string) => Result<KeptPlan>
  /** Runs a kept plan, once. Fails when nothing was sent: refused, stale, expired, locked, no journal. */
  readonly run: (id: string, confirmation: Confirmation, reach: Reach, options: RunOptions) => Promise<Result<Outcome>>
  /** Every action of the journal, oldest first. */
  readonly stories: () => Result<readonly ActionStory[]>
  /** Those without an end whose process is gone: to be shown first. */
  readonly unfinished: () => Result<readonly ActionStory[]>
  /** What is true now of one of them, and what is left to be taken back. Only reads; the finding is journalled. */
  readonly verifyNow: (id: string, reach: Reach) => Promise<Result<Checkup>>
  /** A plan of everything that an action left to be taken back. */
  readonly planUndo: (
    id: string,
    reach: Reach,
    environment: Intent['environment'],
    target: unknown,
  ) => Promise<Result<KeptPlan>>
  /** How to find the servers of an action of the journal again. */
  readonly targetOf: (id: string) => Result<unknown>
  readonly dispose: () => void
}

/** Opens the journal only when something needs it; made when something is to be written. */
export function createActions(options: ActionsOptions): Actions {
  const { clock } = options
  let journal: Journal | undefined

  const open = (create: boolean): Result<Journal | undefined> => {
    if (journal !== undefined) return ok(journal)
    const opened = openJournal(options.dataFolder, { create })
    if (opened.ok) journal = opened.value
    return opened
  }

  const needed = (): Result<Journal> => {
    const opened = open(true)
    if (!opened.ok) return opened
    return opened.value === undefined ? fail({ kind: 'storage', detail: 'no journal' }) : ok(opened.value)
  }

  /** A key is made once, by one process: the lock is of the kind that actions take. */
  const alone =
    ({ locks }: Journal) =>
    async <T>(make: () => Promise<T>): Promise<T | false> => {
      const name = newId('k')
      if (!locks.take(name, 'journal', ['journal key']).ok) return false
      try {
        return await make()
      } finally {
        locks.release(name)
      }
    }

  let key: SealKeyState | undefined

  /** The journal, to be written with the key of the keychain where there is one. */
  const keyed = async (): Promise<Result<Journal>> => {
    const opened = needed()
    if (!opened.ok || options.keys === undefined) return opened
    key = await options.keys.made(alone(opened.value))
    opened.value.useKey(key)
    return opened
  }

  /** Once a head is sealed the keychain knows that there is no going back to one without. */
  const bindKey = async (): Promise<void> => {
    if (key?.state === 'held' && key.key.isNew) await options.keys?.bound(key.key)
  }

  /** A journal that was tampered with is not written to, so no action starts. */
  const sound = async (): Promise<Result<Journal>> => {
    const opened = await keyed()
    if (!opened.ok) return opened
    const verdict = opened.value.verify()
    if (!verdict.ok) return verdict
    if (verdict.value.isSound) return opened
    return fail({
      kind: 'storage',
      detail: `${opened.value.path} is not what was written: ${verdict.value.problems[0] ?? ''}; move it and journal.head aside to go on`,
    })
  }

  const stories = (): Result<readonly ActionStory[]> => {
    const opened = open(false)
    if (!opened.ok) return opened
    const from = opened.value
    if (from === undefined) return ok([])
    const rows = from.rows()
    return rows.ok ? ok(storiesOf(rows.value, from.locks.isHeld)) : rows
  }

  const story = (id: string): Result<ActionStory> => {
    const all = stories()
    if (!all.ok) return all
    const one = all.value.find((known) => known.id === id)
    return one === undefined
      ? fail({
          kind: 'not-found',
          detail: `no action ${id.slice(0, 40)} in the journal`,
          known: all.value.slice(-10).map((known) => known.id),
        })
      : ok(one)
  }

  const keep = (kept: KeptPlan): Result<KeptPlan> => {
    const opened = needed()
    if (!opened.ok) return opened
    const done = opened.value.plans.keep(kept.plan.id, kept.plan.expiresAt, kept, clock.now())
    return done.ok ? ok(kept) : done
  }

  return {
    plan: async (intent, snapshot, reach, target) => {
      const scope = scopeOf(snapshot)
      const lines = createLines(reach.dialler, PLANNING_NAME)
      const past = stories()
      const resumed = past.ok ? planOf(past.value, intent) : undefined
      try {
        const observed = await observe(lines, scope, {
          timeoutMs: reach.timeoutMs,
          now: clock.now,
          withClients: true,
          keys: [...intent.settings.keys(), ...keysSetBy(resumed)].filter((key) => /^[a-z0-9-]+$/.test(key)),
        })
        const lastMovedAt = past.ok ? lastMove(past.value, scope) : undefined
        const plan = planAction(intent, { snapshot, observed, lastMovedAt, resumed }, newId('p'), clock.now())
        if (!plan.ok) return plan
        return keep({ plan: await withRights(plan.value, lines, reach), scope, target })
      } finally {
        lines.close()
      }
    },
    kept: (id) => {
      const opened = needed()
      if (!opened.ok) return opened
      const found = opened.value.plans.read(id)
      return found.ok ? ok(found.value as KeptPlan) : found
    },
    run: async (id, confirmation, reach, { onProgress, signal, onRow, profile = options.profile }) => {
      const opened = await sound()
      if (!opened.ok) return opened
      const { plans, locks, append } = opened.value
      const found = plans.read(id)
      if (!found.ok) return found
      const { plan, scope, target } = found.value as KeptPlan
      const guide = GUIDES[plan.action]
      if (guide === undefined) return notRunnable(plan.action)
      const action = newId('a')
      const record = (kind: string, body: unknown) => {
        const at = clock.now()
        const done = append(action, kind, body, at)
        if (done.ok) onRow?.({ action, kind, at, body })
        return done
      }
      const outcome = await runPlan(
        plan,
        confirmation,
        guide,
        {
          dialler: reach.dialler,
          clock,
          scope,
          record: (kind, body) => record(kind, kind === 'action-started' ? { ...(body as object), target } : body),
          lock: {
            take: () => {
              const taken = locks.take(action, scope.group, scope.servers)
              if (!taken.ok) return taken
              // Once: of two that were told to run it, the second finds it used.
              const used = plans.use(id, clock.now())
              if (!used.ok) locks.release(action)
              return used.ok ? ok(undefined) : used
            },
            release: () => locks.release(action),
          },
          onProgress,
          signal,
          timeoutMs: reach.timeoutMs,
          warn: options.warn,
          who: { user: userName(), host: hostname(), pid: process.pid, profile },
        },
        action,
      )
      if (outcome.ok) await bindKey()
      const undoes = plan.particulars['undoes']
      if (undoes !== undefined && outcome.ok && outcome.value.state === 'succeeded') {
        const noted = append(undoes, 'action-resolved', { by: action }, clock.now())
        if (!noted.ok) options.warn(`not journalled: ${describeFailure(noted.failure)}`)
      }
      return outcome
    },
    stories,
    unfinished: () => {
      const all = stories()
      return all.ok ? ok(all.value.filter((one) => one.state === 'unfinished')) : all
    },
    verifyNow: async (id, reach) => {
      const found = story(id)
      if (!found.ok) return found
      const checkup = await verifyNow(found.value, reach.dialler, { timeoutMs: reach.timeoutMs, now: clock.now })
      const opened = await keyed()
      if (!opened.ok) return opened
      // With nothing left to be taken back an action without an end has got one.
      const isOver = found.value.state === 'unfinished' && checkup.pending.length === 0
      const noted = opened.value.append(id, isOver ? 'action-resolved' : 'action-verified', checkup, clock.now())
      if (noted.ok) await bindKey()
      else options.warn(`not journalled: ${describeFailure(noted.failure)}`)
      return ok(checkup)
    },
    planUndo: async (id, reach, environment, target) => {
      const found = story(id)
      if (!found.ok) return found
      const { scope } = found.value
      if (scope === undefined) return fail({ kind: 'not-found', detail: `${id} names no servers`, known: [] })
      const checkup = await verifyNow(found.value, reach.dialler, { timeoutMs: reach.timeoutMs, now: clock.now })
      const plan = planUndo(found.value, checkup, environment, newId('p'), clock.now())
      const lines = createLines(reach.dialler, PLANNING_NAME)
      try {
        return keep({ plan: await withRights(plan, lines, reach), scope, target })
      } finally {
        lines.close()
      }
    },
    targetOf: (id) => {
      const opened = open(false)
      if (!opened.ok) return opened
      const rows = opened.value?.rows(id)
      const start = rows?.ok === true ? rows.value.find((row) => row.kind === 'action-started') : undefined
      if (start === undefined)
        return fail({ kind: 'not-found', detail: `no action ${id.slice(0, 40)} in the journal`, known: [] })
      return ok((JSON.parse(start.body) as { target?: unknown }).target)
    },
    dispose: () => {
      journal?.close()
      journal = undefined
    },
  }
}

/** The plan with one check more: whether the user of these lines may run everything in it. */
async function withRights(plan: Plan, lines: Lines, { timeoutMs }: Reach): Promise<Plan> {
  const needed = neededBy(plan)
  if (needed.length === 0) return plan
  const seen = await Promise.all(needed.map((one) => readRights(lines, one, timeoutMs)))
  return { ...plan, preflight: [...plan.preflight, rightsCheck(seen)] }
}

/** The processes of a group that actions look at: those that are known by an address. */
function scopeOf(snapshot: GroupSnapshot): Scope {
  const servers = [
    ...new Set([
      ...snapshot.masters,
      ...(snapshot.master === undefined ? [] : [snapshot.master]),
      ...snapshot.replicas,
    ]),
  ]
  return { group: snapshot.name, servers, sentinels: snapshot.sentinels }
}

/** When an action that moves a master last ended on any of these servers. */
function lastMove(stories: readonly ActionStory[], scope: Scope): number | undefined {
  const moves = stories.filter(
    (one) =>
      one.plan?.steps.some((step) =>
        step.commands.some(([name, verb]) => name === 'SENTINEL' && verb === 'FAILOVER'),
      ) === true &&
      one.lastStep !== undefined &&
      one.state === 'succeeded' &&
      one.scope?.servers.some((node) => scope.servers.includes(node)) === true,
  )
  return moves.at(-1)?.endedAt
}

/** The plan of the action that an intent takes up or takes back: the same action on the same group. */
function planOf(stories: readonly ActionStory[], { action, group, settings }: Intent): Plan | undefined {
  const id = settings.get(action === 'config-set' ? 'restore' : 'resume')
  return stories.find((one) => one.id === id && one.action === action && one.group === group)?.plan
}

function newId(prefix: string): string {
  return `${prefix}${randomUUID().replaceAll('-', '').slice(0, 10)}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
