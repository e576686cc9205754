import { sleep, type RunContext, type WaitResult } from './context.ts'

/** What a poll says: reached, given up, or not yet. `detail` is what was seen last. */
export type Seen = { readonly state: 'reached' | 'never' | 'not-yet'; readonly detail: string }

/** Looks again and again until the condition holds, cannot hold any more, or the time is over. */
export async function poll(
  context: RunContext,
  options: { readonly timeoutMs: number; readonly everyMs: number; readonly signal: AbortSignal | undefined },
  look: () => Promise<Seen>,
): Promise<WaitResult> {
  const { clock } = context.deps
  const until = clock.now() + options.timeoutMs
  for (;;) {
    const seen = await look()
    if (seen.state === 'reached') return { ok: true, detail: seen.detail }
    if (seen.state === 'never') return { ok: false, detail: seen.detail }
    if (options.signal?.aborted === true) return { ok: false, detail: `cancelled; ${seen.detail}`, isCancelled: true }
    if (clock.now() >= until) return { ok: false, detail: `not within ${options.timeoutMs} ms: ${seen.detail}` }
    await sleep(clock, Math.min(options.everyMs, Math.max(1, until - clock.now())), options.signal)
  }
}

export const reached = (detail: string): Seen => ({ state: 'reached', detail })
export const notYet = (detail: string): Seen => ({ state: 'not-yet', detail })
export const never = (detail: string): Seen => ({ state: 'never', detail })
