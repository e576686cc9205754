import type { Outcome, Progress } from '../../../../src-main/actions/context.ts'
import { GUIDES } from '../../../../src-main/actions/guides.ts'
import { createLines } from '../../../../src-main/actions/lines.ts'
import { observe, type Scope } from '../../../../src-main/actions/observe.ts'
import { PLANNING_NAME } from '../../../../src-main/actions/ports.ts'
import { runPlan } from '../../../../src-main/actions/run-plan.ts'
import { fail, ok, type Result } from '../../../../src-main/domain/failure.ts'
import type { Confirmation } from '../../../../src-main/domain/plans/authorise.ts'
import { factsOf } from '../../../../src-main/domain/plans/observed.ts'
import { seal } from '../../../../src-main/domain/plans/seal.ts'
import type { Draft, Plan } from '../../../../src-main/domain/plans/model.ts'
import { planSwitchoverSteps } from './switchover-plan.ts'
import type { FakeDeployment } from './fake-deployment.ts'

export interface Rows {
  readonly rows: { readonly kind: string; readonly body: unknown }[]
  /** Rows from this one on (1 is the first) cannot be written. */
  failsFrom: number
}

export const scopeOf = (world: FakeDeployment): Scope => ({
  group: 'g',
  servers: [...world.servers.keys()],
  sentinels: [...world.sentinels.keys()],
})

/** The switchover of the fake group, planned from what it says now. */
export async function switchoverPlan(world: FakeDeployment, change: Partial<Draft> = {}): Promise<Plan> {
  const lines = createLines(world.dialler(), PLANNING_NAME)
  const observed = await observe(lines, scopeOf(world), { timeoutMs: 1000, now: world.clock.now, withClients: true })
  lines.close()
  const draft: Draft = {
    target: 'g',
    steps: planSwitchoverSteps(),
    contingencies: [{ when: 'late', node: 'm:1', command: ['CONFIG', 'SET', 'min-replicas-to-write', '999'] }],
    preflight: [],
    blastRadius: [],
    confirm: 'g',
    relies: factsOf(observed),
    particulars: {
      master: 'm:1',
      expected: 'r:1',
      wanted: '',
      sentinel: 's:1',
      candidates: 'r:1 r:2',
      oldMin: '0',
      pauseMs: '2500',
    },
    ...change,
  }
  const intent = {
    action: 'switchover',
    group: 'g',
    node: undefined,
    to: undefined,
    settings: new Map(),
    environment: 'production',
  } as const
  return seal(intent, draft, 'p1', world.clock.now())
}

export const CONFIRMED: Confirmation = { text: 'g', isArmed: true, acknowledged: [], note: undefined }

export interface Ran {
  readonly result: Result<Outcome>
  readonly journal: Rows
  readonly progress: readonly Progress[]
  readonly warnings: readonly string[]
}

export async function runIt(
  world: FakeDeployment,
  plan: Plan,
  options: {
    readonly confirmation?: Confirmation
    readonly journal?: Rows
    readonly signal?: AbortSignal
    readonly onProgress?: (progress: Progress) => void
    readonly lock?: () => Result<void>
  } = {},
): Promise<Ran> {
  const journal = options.journal ?? { rows: [], failsFrom: Infinity }
  const progress: Progress[] = []
  const warnings: string[] = []
  const guide = GUIDES[plan.action]
  if (guide === undefined) throw new Error('no guide')
  const result = await runPlan(
    plan,
    options.confirmation ?? CONFIRMED,
    guide,
    {
      dialler: world.dialler(),
      clock: world.clock,
      scope: scopeOf(world),
      record: (kind, body) => {
        if (journal.rows.length + 1 >= journal.failsFrom) return fail({ kind: 'storage', detail: 'the disk is full' })
        journal.rows.push({ kind, body: JSON.parse(JSON.stringify(body)) as unknown })
        return ok(undefined)
      },
      lock: { take: options.lock ?? (() => ok(undefined)), release: () => undefined },
      onProgress: (one) => {
        progress.push(one)
        options.onProgress?.(one)
      },
      signal: options.signal ?? new AbortController().signal,
      timeoutMs: 1000,
      warn: (line) => warnings.push(line),
      who: { user: 'tester' },
    },
    'a1',
  )
  return { result, journal, progress, warnings }
}
