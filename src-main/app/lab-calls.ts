import type { LabRequest } from '../contract/lab.ts'
import type { CallAnswer } from '../contract/calls.ts'
import type { Handlers, Page } from '../contract/server.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { fail, ok } from '../domain/failure.ts'
import type { Failure, Result } from '../domain/failure.ts'
import type { ActiveFault } from '../domain/drills/faults.ts'
import type { LabControl, LabNow } from '../lab/keeper/control.ts'
import type { ActionCallsOptions } from './actions-calls.ts'
import type { HeldSession } from './held-session.ts'
import { activeFaultView, faultView, toLabStatus } from './lab-json.ts'
import { labNowTarget, toStatuses } from './labs.ts'
import type { Labs, RunningLab } from './labs.ts'
import { noteFaults } from './timeline-notes.ts'
import type { PracticeLab } from './start-lab.ts'
import type { ParsedTarget } from './targets/model.ts'

type LabCall = `lab/${'start' | 'stop' | 'list' | 'open' | 'faults' | 'break' | 'heal'}`

export interface LabCallsOptions {
  readonly labs: Labs
  readonly onSession: ActionCallsOptions['onSession']
  /** A session of the lab's kind on it, shared by pages. */
  readonly hold: (target: ParsedTarget, label: string) => Promise<Result<HeldSession>>
  /** The page uses the session from here on. */
  readonly use: (held: HeldSession, page: Page) => void
  readonly isHeld: (held: HeldSession) => boolean
  readonly endSession: (held: HeldSession) => Promise<void>
  readonly now: () => number
}

export interface LabCalls {
  readonly calls: Pick<Handlers, LabCall>
  /** Ends the sessions that look at the lab in this folder. */
  readonly labEnded: (dir: string) => Promise<void>
  /** This session looks at that lab: it was opened on it. */
  readonly note: (held: HeldSession, dir: string) => void
}

/** The calls of labs and their faults. A fault is asked of the lab itself, which breaks nothing but its own processes. */
export function createLabCalls({ labs, onSession, hold, use, isHeld, endSession, now }: LabCallsOptions): LabCalls {
  const labOf = new Map<HeldSession, string>()
  const following = new Map<HeldSession, { readonly control: LabControl; readonly stop: () => void }>()
  const opening = new Map<string, Promise<Result<HeldSession>>>()

  const unfollow = (held: HeldSession): void => {
    following.get(held)?.stop()
    following.delete(held)
  }

  const forget = (held: HeldSession): void => {
    labOf.delete(held)
    unfollow(held)
  }

  const begin = (dir: string, now: LabNow): Promise<Result<HeldSession>> => {
    const begun = hold(labNowTarget(now), labelOf(now)).finally(() => opening.delete(dir))
    opening.set(dir, begun)
    return begun
  }

  const open = async ({ dir, now }: RunningLab, page: Page): Promise<Result<HeldSession>> => {
    // Two pages that come at once share one session.
    const held = await (opening.get(dir) ?? begin(dir, now))
    if (!held.ok) return held
    labOf.set(held.value, dir)
    use(held.value, page)
    // What others break in it is told as well, before this page asks for anything.
    void controlOf(held.value)
    return held
  }

  /** From here on the pages that look at the session are told of the lab's faults. */
  const follow = (held: HeldSession, control: LabControl): void => {
    // Another line to the same lab is another control: the old one tells nothing any more.
    if (following.get(held)?.control === control) return
    unfollow(held)
    let before: readonly ActiveFault[] = []
    const stop = control.onFaults((active) => {
      if (!isHeld(held)) return forget(held)
      noteFaults(held, before, active, now())
      before = active
      held.tell((page) => page.emit('lab/faults', { session: held.id, active: active.map(activeFaultView) }))
    })
    following.set(held, { control, stop })
  }

  /** The lab that a session looks at; refused for any other deployment. */
  const controlOf = async (held: HeldSession): Promise<Result<LabControl>> => {
    const dir = labOf.get(held) ?? (await recognise(held, labs))
    if (dir === undefined) return fail(NO_LAB)
    const control = await labs.controlOf(dir)
    if (!control.ok) {
      unfollow(held)
      return control
    }
    if (!isHeld(held)) return fail(NO_LAB)
    labOf.set(held, dir)
    follow(held, control.value)
    return control
  }

  const change = (
    session: string,
    page: Page,
    run: (control: LabControl) => Promise<Result<unknown>>,
  ): Promise<CallAnswer<'lab/break'>> =>
    onSession<'lab/break'>(session, page, async (held) => {
      const control = await controlOf(held)
      if (!control.ok) return failure(control.failure)
      const changed = await run(control.value)
      if (!changed.ok) return failure(changed.failure)
      const told = await control.value.faults()
      return told.ok ? ok({ active: told.value.active.map(activeFaultView) }) : failure(told.failure)
    })

  const calls: LabCalls['calls'] = {
    'lab/start': async (params, { page, signal }) => {
      const tell = (text: string): void => page.emit('lab/progress', { text, ratio: null })
      const started = await labs.start(toRequest(params), tell, signal)
      if (!started.ok) return failure(started.failure)
      const held = await open(started.value, page)
      return held.ok ? ok({ lab: toLabStatus(started.value.now), session: held.value.id }) : failure(held.failure)
    },
    'lab/stop': async ({ name }) => {
      const stopped = await labs.stop(name)
      return stopped.ok ? ok({}) : failure(stopped.failure)
    },
    'lab/list': async () => ok({ labs: toStatuses(await labs.running()) }),
    'lab/open': async ({ name }, { page }) => {
      const running = await labs.running()
      const lab = running.find(({ now }) => now.name === name)
      if (lab === undefined) {
        const known = running.map(({ now }) => now.name)
        return failure({ kind: 'not-found', detail: `no lab named ${name}`, known })
      }
      if (lab.now.nodes.every((node) => node.pid === null))
        return failure({ kind: 'refused-by-guard', detail: `nothing of the lab ${name} runs any more: end it` })
      const held = await open(lab, page)
      return held.ok ? ok({ session: held.value.id }) : failure(held.failure)
    },
    'lab/faults': ({ session }, { page }) =>
      onSession<'lab/faults'>(session, page, async (held) => {
        const control = await controlOf(held)
        if (!control.ok) return failure(control.failure)
        const [now, told] = await Promise.all([control.value.now(), control.value.faults()])
        if (!now.ok) return failure(now.failure)
        if (!told.ok) return failure(told.failure)
        const { offered, active } = told.value
        return ok({ lab: toLabStatus(now.value), faults: offered.map(faultView), active: active.map(activeFaultView) })
      }),
    'lab/break': ({ session, fault }, { page }) =>
      change(session, page, ({ break: breakIt }) => {
        const { kind, node, peer, direction, amount } = fault
        return breakIt({
          kind,
          node,
          ...(peer === undefined ? {} : { peer }),
          ...(direction === undefined ? {} : { direction }),
          ...(amount === undefined ? {} : { amount }),
        })
      }),
    'lab/heal': ({ session, fault }, { page }) => change(session, page, (control) => control.heal(fault ?? undefined)),
  }

  return {
    calls,
    labEnded: async (dir) => {
      const looking = [...labOf].filter(([, of]) => of === dir).map(([held]) => held)
      for (const held of looking) forget(held)
      await Promise.all(looking.map(endSession))
    },
    note: (held, dir) => void labOf.set(held, dir),
  }
}

const NO_LAB: Failure = {
  kind: 'refused-by-guard',
  detail: 'this deployment is no practice lab of yours: nothing of it is broken on purpose',
}

/**
 * The folder of the lab that a session looks at without having been opened on it: every process that the session saw must be
 * one of the lab's, by the id that the process gave itself when it started. An address alone proves nothing.
 */
async function recognise(held: HeldSession, labs: Labs): Promise<string | undefined> {
  const groups = [...held.session.state().groups.values()]
  const seen = groups.flatMap(({ snapshot }) => [...snapshot.nodes.values()])
  const runs = seen.flatMap(({ kind, runId }) => (kind === 'server' && runId !== undefined ? [runId] : []))
  if (runs.length === 0) return undefined
  for (const { dir, now } of await labs.running()) {
    const own = new Set(now.nodes.map(({ runId }) => runId))
    const ids = new Set(now.nodes.map(({ id }) => id))
    if (runs.every((runId) => own.has(runId)) && seen.every(({ id }) => ids.has(id))) return dir
  }
  return undefined
}

/** Nothing asked for is the usual lab. */
function toRequest(params: LabRequest): PracticeLab | undefined {
  if (Object.values(params).every((value) => value === undefined)) return undefined
  const { supervised, ...rest } = params
  return { ...rest, ...(supervised === true ? { superviseMs: SUPERVISE_MS } : {}) }
}

/** Until a supervised process is started again. */
const SUPERVISE_MS = 2000

function labelOf({ name }: LabNow): string {
  return name === 'lab' ? 'practice lab' : `practice lab ${name}`
}

function failure(of: Failure): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: toContractFailure(of) }
}
