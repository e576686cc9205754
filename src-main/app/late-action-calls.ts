import type { CallName } from '../contract/calls.ts'
import { CALL_NAMES } from '../contract/names.ts'
import type { ActionCalls, ActionCallsOptions, createActionCalls } from './actions-calls.ts'

type ActionCall = keyof ActionCalls

/**
 * The calls of guarded actions, whose code (and the library of the journal with it) is loaded when the first of them is made:
 * a page is shown without.
 */
export function lateActionCalls(options: ActionCallsOptions): {
  readonly calls: ActionCalls
  /** Of what other processes wrote to the journal since a moment, epoch ms. */
  readonly readElsewhere: (since: number) => Promise<void>
  readonly dispose: () => Promise<void>
} {
  type Loaded = ReturnType<typeof createActionCalls>
  let loading: Promise<Loaded> | undefined
  let isEnded = false
  const load = (): Promise<Loaded> =>
    (loading ??= import('./actions-calls.ts').then((module) => module.createActionCalls(options)))

  const late = (name: ActionCall) => async (params: never, context: never) => {
    if (isEnded) return { ok: false as const, failure: { code: 'cancelled', message: 'the host ends' } }
    const { calls } = await load()
    return (calls[name] as (params: never, context: never) => unknown)(params, context)
  }

  return {
    // Each name leads to the handler of that name: the types of one by one hold, their union hides it.
    calls: Object.fromEntries(
      CALL_NAMES.filter(isActionCall).map((name) => [name, late(name)]),
    ) as unknown as ActionCalls,
    readElsewhere: async (since) => {
      if (!isEnded) (await load()).readElsewhere(since)
    },
    dispose: async () => {
      isEnded = true
      await (await loading)?.dispose()
    },
  }
}

function isActionCall(name: CallName): name is ActionCall {
  return /^(session|actions|journal)\//.test(name)
}
