import type { Outcome, Progress } from '../actions/context.ts'
import type { ActionRun, NodeStanding } from '../contract/actions.ts'
import type { CallAnswer, CallName, CallResult } from '../contract/calls.ts'
import type { Handlers, Page } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { fail, ok, type Failure, type Result } from '../domain/failure.ts'
import type { GroupSnapshot } from '../domain/topology/model.ts'
import type { Clock } from '../monitor/ports.ts'
import type { JournalKeys } from '../storage/journal-key.ts'
import { createActions, type Reach } from './actions.ts'
import { actionKinds } from './actions-catalogue.ts'
import { intentOf } from './actions-intent.ts'
import { toCheckupReport, toOutcomeReport, toPlanReport, toWaitReport } from './actions-json.ts'
import { createArming } from './arming.ts'
import type { HeldSession } from './held-session.ts'
import { noteAction } from './timeline-notes.ts'
import { createJournalCalls, storyFor } from './journal-calls.ts'
import { createToldElsewhere } from './told-elsewhere.ts'
import type { TargetFlags } from './targets/from-flags.ts'
import type { ParsedTarget } from './targets/model.ts'

type Served = Extract<CallName, `session/${string}` | `actions/${string}` | `journal/${string}`>
export type ActionCalls = Pick<Handlers, Served>

export interface ActionCallsOptions {
  readonly dataFolder: string
  readonly clock: Clock
  readonly warn: (line: string) => void
  /** Lines to the servers of a target; disposed after each use. Undefined: this host has no actions. */
  readonly reach: ((target: ParsedTarget) => Reach) | undefined
  /** Runs on a session that exists, and makes the page one of those that use it. */
  readonly onSession: <N extends CallName>(
    id: string,
    page: Page,
    run: (held: HeldSession) => CallAnswer<N> | Promise<CallAnswer<N>>,
  ) => Promise<CallAnswer<N>>
  /** Every session that is open. */
  readonly sessions: () => readonly HeldSession[]
  readonly targetOf: (held: HeldSession) => ParsedTarget | undefined
  /** What the journal's heads are sealed with. */
  readonly keys: JournalKeys
}

interface Run {
  report: ActionRun
  readonly held: HeldSession
  readonly ending: AbortController
  settled: Promise<void>
}

/** Runs that are remembered after their end, so that a page that was reloaded finds them. */
const REMEMBERED_RUNS = 20

/** Guarded actions for pages: the same protocol as on the command line, with a session that is armed for a time. */
export function createActionCalls(options: ActionCallsOptions): {
  readonly calls: ActionCalls
  /** Puts what other processes did into the timelines: what they wrote to the journal since a moment, epoch ms, each once. */
  readonly readElsewhere: (since: number) => void
  /** Cancels what goes on, waits for its safe end, closes the journal. Idempotent. */
  readonly dispose: () => Promise<void>
} {
  const { clock, onSession, warn } = options
  const actions = createActions({ dataFolder: options.dataFolder, clock, warn, profile: 'page', keys: options.keys })
  const arming = createArming(clock)
  const planned = new Map<string, { readonly held: HeldSession; readonly report: CallResult<'actions/plan'>['plan'] }>()
  const runs = new Map<string, Run>()
  /** By id in the journal. */
  const ownActions = new Set<string>()

  /** With lines to the session's servers, for as long as `work` goes on. */
  const withReach = async <T>(held: HeldSession, work: (reach: Reach) => Promise<Result<T>>): Promise<Result<T>> => {
    const target = options.targetOf(held)
    if (options.reach === undefined || target === undefined)
      return fail({ kind: 'refused-by-guard', detail: 'no actions can be run on this session' })
    const reach = options.reach(target)
    try {
      return await work(reach)
    } finally {
      reach.dialler.dispose()
    }
  }

  const remember = (held: HeldSession, kept: Result<Parameters<typeof toPlanReport>[0]>) => {
    if (!kept.ok) return failed(kept.failure)
    const report = toPlanReport(kept.value)
    for (const [id, one] of planned) if (Date.parse(one.report.expiresAt) < clock.now()) planned.delete(id)
    planned.set(report.id, { held, report })
    return { ok: true as const, value: { plan: report, keptId: report.id } }
  }

  const tell = (run: Run, progress: Progress): void => {
    const line = {
      session: run.held.id,
      run: run.report.id,
      i: run.report.progress.length,
      phase: progress.phase,
      n: progress.n,
      of: progress.of,
      title: progress.title,
      command: progress.command ?? null,
      node: progress.node ?? null,
      elapsedMs: Math.round(progress.elapsedMs),
      detail: progress.detail,
    }
    run.report = { ...run.report, progress: [...run.report.progress, line] }
    run.held.tell((page) => page.emit('action/progress', line))
  }

  const ended = (run: Run, part: Pick<ActionRun, 'outcome' | 'wait' | 'broken'>): void => {
    run.report = { ...run.report, ...part }
    arming.actionEnded(run.held)
    run.held.tell((page) => page.emit('action/outcome', run.report))
    for (const [id, old] of runs) {
      if (runs.size <= REMEMBERED_RUNS) break
      if (old.report.outcome !== null || old.report.broken !== null) runs.delete(id)
    }
    void run.held.session.refresh()
  }

  /** Settles as soon as the action has begun, or with the reason why nothing was sent. */
  const start = (
    held: HeldSession,
    plan: CallResult<'actions/plan'>['plan'],
    typed: { readonly text: string; readonly acknowledged: readonly string[]; readonly note: string | undefined },
  ): Promise<Result<string>> =>
    new Promise((resolve) => {
      const ending = new AbortController()
      const report: ActionRun = {
        id: plan.id,
        session: held.id,
        plan,
        before: standings(held.session.state().groups.get(plan.group)?.snapshot),
        progress: [],
        outcome: null,
        wait: null,
        broken: null,
      }
      const run: Run = { report, held, ending, settled: Promise.resolve() }
      const begin = (): Result<string> => {
        if (!runs.has(plan.id)) runs.set(plan.id, run)
        return ok(plan.id)
      }
      run.settled = withReach<Outcome>(held, (reach) =>
        actions.run(plan.id, { ...typed, isArmed: true }, reach, {
          signal: ending.signal,
          profile: held.facts.label,
          onRow: (row) => {
            ownActions.add(row.action)
            noteAction(
              row,
              options.sessions(),
              plan.group,
              run.report.before.map((node) => node.id),
            )
          },
          onProgress: (progress) => {
            resolve(begin())
            tell(run, progress)
          },
        }),
      ).then(
        (outcome) => {
          if (!outcome.ok) return resolve(outcome)
          const { value } = outcome
          resolve(begin())
          ended(run, {
            outcome: withKnownUndos(toOutcomeReport(value)),
            wait: value.measured === undefined ? null : toWaitReport(plan.group, value.measured),
            broken: null,
          })
        },
        (error: unknown) => {
          warn(`a bug in an action: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
          resolve(begin())
          ended(run, { outcome: null, wait: null, broken: 'a bug in Repliscope: see its log; verify what is true now' })
        },
      )
    })

  const looksAt = (held: HeldSession, nodes: readonly string[]): boolean =>
    [...held.session.state().groups.values()].some(({ snapshot }) => nodes.some((node) => snapshot.nodes.has(node)))

  const sessionFor = (nodes: readonly string[]): HeldSession | undefined =>
    options.sessions().find((held) => looksAt(held, nodes))

  const journal = createJournalCalls(options.dataFolder, (nodes) => sessionFor(nodes)?.id ?? null, options.keys)

  const calls: ActionCalls = {
    ...journal,
    'session/arm': ({ session, minutes, confirmation }, { page }) =>
      onSession(session, page, (held) => {
        const until = arming.arm(held, minutes, confirmation)
        return until.ok
          ? { ok: true, value: { armedUntil: new Date(until.value).toISOString() } }
          : failed(until.failure)
      }),
    'session/disarm': ({ session }, { page }) =>
      onSession(session, page, (held) => {
        arming.disarm(held)
        return { ok: true, value: {} }
      }),
    'actions/list': ({ session }, { page }) =>
      onSession(session, page, () => ({
        ok: true,
        value: { actions: options.reach === undefined ? [] : [...actionKinds()] },
      })),
    'actions/plan': ({ session, intent }, { page }) =>
      onSession(session, page, async (held) => {
        const read = intentOf(intent, held.facts.environment)
        if (!read.ok) return failed(read.failure)
        const groups = held.session.state().groups
        const group = groups.get(intent.group)
        if (group === undefined)
          return failed({ kind: 'not-found', detail: `no group ${intent.group} here`, known: [...groups.keys()] })
        const { snapshot } = group
        const kept = await withReach(held, (reach) =>
          actions.plan(read.value, snapshot, reach, flagsFor(snapshot, options.targetOf(held))),
        )
        return remember(held, kept.ok ? ok(kept.value.plan) : kept)
      }),
    'actions/run': ({ session, plan, confirmation, acknowledged, note }, { page }) =>
      onSession(session, page, async (held) => {
        const kept = planned.get(plan)
        if (kept?.held !== held)
          return failed({ kind: 'stale-plan', detail: 'that plan is not of this session, or has expired: plan anew' })
        if (!arming.isArmed(held))
          return failed({ kind: 'refused-by-guard', detail: 'this session is read-only: arm it first' })
        const typed = { text: confirmation, acknowledged, note: note ?? undefined }
        const begun = await start(held, kept.report, typed)
        return begun.ok ? { ok: true, value: { run: begun.value } } : failed(begun.failure)
      }),
    'actions/cancel': ({ session, run }, { page }) =>
      onSession(session, page, (held) => {
        const known = runs.get(run)
        if (known?.held !== held) return failed({ kind: 'not-found', detail: 'no such action goes on', known: [] })
        known.ending.abort()
        return { ok: true, value: {} }
      }),
    'actions/runs': ({ session }, { page }) =>
      onSession(session, page, (held) => ({
        ok: true,
        value: { runs: [...runs.values()].filter((run) => run.held === held).map((run) => run.report) },
      })),
    'actions/unfinished': async () => {
      const open = actions.unfinished()
      if (!open.ok) return failed(open.failure)
      return { ok: true, value: { actions: open.value.map((story) => storyFor(story, journalSession)) } }
    },
    'actions/verify': async ({ session, action }, { page }) => {
      const nodes = nodesOf(action)
      const id = session ?? sessionFor(nodes)?.id
      if (id === undefined) return failed(foreign(nodes))
      return onSession<'actions/verify'>(id, page, async (held) => {
        if (!looksAt(held, nodes)) return failed(foreign(nodes))
        const checkup = await withReach(held, (reach) => actions.verifyNow(action, reach))
        return checkup.ok
          ? { ok: true, value: withKnownUndos(toCheckupReport(checkup.value)) }
          : failed(checkup.failure)
      })
    },
    'actions/undo-plan': ({ session, action }, { page }) =>
      onSession(session, page, async (held) => {
        const nodes = nodesOf(action)
        // The credentials of one deployment are not for the servers of another.
        if (!looksAt(held, nodes)) return failed(foreign(nodes))
        const target = actions.targetOf(action)
        const kept = await withReach(held, (reach) =>
          actions.planUndo(action, reach, held.facts.environment, target.ok ? target.value : undefined),
        )
        return remember(held, kept.ok ? ok(kept.value.plan) : kept)
      }),
  }

  const elsewhere = createToldElsewhere({
    folder: options.dataFolder,
    // That an action is resolved is written by the one that takes it back.
    isOwn: ({ action, kind }) => ownActions.has(action) && kind !== 'action-resolved',
    tell: (row, { group, servers }) => noteAction(row, options.sessions(), group, servers),
  })

  const journalSession = (nodes: readonly string[]): string | null => sessionFor(nodes)?.id ?? null

  const nodesOf = (action: string): readonly string[] => {
    const all = actions.stories()
    const scope = all.ok ? all.value.find((story) => story.id === action)?.scope : undefined
    return scope === undefined ? [] : [...scope.servers, ...scope.sentinels]
  }

  return {
    calls,
    readElsewhere: elsewhere.read,
    dispose: async () => {
      const open = [...runs.values()]
      for (const run of open) run.ending.abort()
      await Promise.all(open.map((run) => run.settled))
      arming.dispose()
      actions.dispose()
    },
  }
}

/** An undo that is listed as pending is one: the report's type allows for none. */
function withKnownUndos<T extends { readonly pending: readonly (U | null)[] }, U>(report: T) {
  return { ...report, pending: report.pending.filter((undo) => undo !== null) }
}

function foreign(nodes: readonly string[]): Failure {
  const which = nodes.length === 0 ? 'its servers' : nodes.slice(0, 3).join(', ')
  return { kind: 'not-found', detail: `no deployment that is open here has ${which}: connect to it first`, known: [] }
}

function failed(of: Failure): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: toContractFailure(of) }
}

/** Data nodes, master first, then by id. */
function standings(snapshot: GroupSnapshot | undefined): NodeStanding[] {
  if (snapshot === undefined) return []
  return [...snapshot.nodes.values()]
    .flatMap(({ id, role }) => (role === 'sentinel' ? [] : [{ id, role }]))
    .map(({ id, role }) => ({ id, role, upstream: upstreamOf(snapshot, id) }))
    .toSorted((a, b) => Number(b.role === 'master') - Number(a.role === 'master') || (a.id < b.id ? -1 : 1))
}

function upstreamOf(snapshot: GroupSnapshot, id: string): string | null {
  return snapshot.links.find((link) => link.replica === id)?.upstream ?? null
}

/** How the command line finds these servers again; no secret is in it. */
function flagsFor(snapshot: GroupSnapshot, target: ParsedTarget | undefined): TargetFlags {
  const servers = [...snapshot.nodes.values()].flatMap((node) => (node.kind === 'server' ? [node.id] : []))
  const from = snapshot.sentinels.length > 0 ? { sentinel: snapshot.sentinels } : { node: servers }
  const usesTls = target?.access.nodeTls !== undefined
  return {
    ...from,
    ...(snapshot.sentinels.length > 0 ? { group: snapshot.name } : {}),
    ...(usesTls ? { tls: true } : {}),
  }
}
