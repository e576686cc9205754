import { join } from 'node:path'
import type { CallName, CallResult, SessionHead } from '../../../src-main/contract/calls.ts'
import type { GroupSlice } from '../../../src-main/contract/inspect.ts'
import type { Handlers, Page as ContractPage } from '../../../src-main/contract/server.ts'
import { startServe } from '../../../src-main/hosts/serve/serve.ts'
import { makeToken } from '../../../src-main/hosts/serve/token.ts'
import { systemClock } from '../../../src-main/monitor/system-clock.ts'
import { ROOT } from './root.ts'

/** The real browser host and wire with the built page, on slices that the caller makes: what changes, and when, is exact. */
export interface StagedHost {
  readonly url: string
  /** Tells every page that these groups are now so. */
  readonly tell: (slices: readonly GroupSlice[]) => void
  readonly stop: () => Promise<void>
}

const SESSION = 'staged'

export async function startStagedHost(
  slices: readonly GroupSlice[],
  /** What charts are filled with when a group is opened, by node. */
  seriesOf: () => CallResult<'deployment/past'>['series'] = () => ({}),
): Promise<StagedHost> {
  const present = new Map(slices.map((slice) => [slice.group.name, slice]))
  const pages = new Set<ContractPage>()
  const head: SessionHead = {
    session: SESSION,
    label: 'staged',
    environment: 'lab',
    phase: 'live',
    failures: [],
    // Groups that no patch touches do not go stale by their age.
    intervalMs: 3_600_000,
    slow: false,
    commandsPerSecondPerNode: null,
    insecureTls: false,
  }
  const known: { readonly [N in CallName]?: () => CallResult<N> } = {
    'app/info': () => ({
      version: '0',
      host: 'serve',
      platform: 'linux x64',
      dataFolder: '/',
      sessions: [{ session: SESSION }],
      labUnavailable: 'staged',
    }),
    'deployment/state': () => ({ head, slices: [...present.values()] }),
    'deployment/focus': () => ({}),
    'deployment/past': () => ({
      since: new Date(Date.now() - 3_600_000).toISOString(),
      series: seriesOf(),
      events: [],
    }),
  }
  const handlers = new Proxy({} as Handlers, {
    get: (_target, name: CallName) => (_params: unknown, context: { readonly page: ContractPage }) => {
      if (name === 'deployment/state') {
        pages.add(context.page)
        context.page.onGone(() => pages.delete(context.page))
      }
      const answer = known[name]
      return Promise.resolve(
        answer === undefined
          ? { ok: false, failure: { code: 'internal', message: `${name} is not staged` } }
          : { ok: true, value: answer() },
      )
    },
  })
  const served = await startServe({
    handlers,
    timers: systemClock,
    host: '127.0.0.1',
    port: 0,
    token: makeToken(),
    page: join(ROOT, 'out', 'renderer'),
    logBug: (reference, call, error) => process.stderr.write(`${reference} ${call} ${String(error)}\n`),
  })
  if (!served.ok) throw new Error(served.problem)
  return {
    url: served.value.url,
    tell: (changed) => {
      for (const slice of changed) present.set(slice.group.name, slice)
      for (const page of pages) page.emit('deployment/changed', { session: SESSION, slices: [...changed], removed: [] })
    },
    stop: () => served.value.dispose(),
  }
}
