import type { Address } from '../../domain/address.ts'
import { formatAddress } from '../../domain/address.ts'
import type { Connector } from '../../monitor/ports.ts'
import type { ParsedTarget, TargetTls } from '../targets/model.ts'
import { askServer, judgeAuth, judgeIdentity, judgePermissions } from './ask.ts'
import type { SeedKind } from './ask.ts'
import { skipped } from './outcome.ts'
import type { Outcome, StepName, TestStep } from './outcome.ts'
import { openTcp, openTls, resolveName } from './reach.ts'

/** Addresses that one test looks at; a few are enough, the rest is discovered. */
const MOST_ADDRESSES = 16
const STEPS: readonly StepName[] = ['address', 'dns', 'tcp', 'tls', 'auth', 'identity', 'permissions']

export interface TestOptions {
  readonly target: ParsedTarget
  readonly connector: Connector
  readonly now: () => number
  readonly signal: AbortSignal
  /** Each step as it goes: `running`, then how it ended. */
  readonly onStep: (step: TestStep) => void
}

/**
 * Tests every address on its own, all at once. After a step that failed the rest is skipped, so that what is shown first
 * is what to mend first. Returns the ended steps, address by address, in order.
 */
export async function testConnection(options: TestOptions): Promise<TestStep[]> {
  const { target } = options
  const seeds = [
    ...target.sentinels.map((address) => ({ address, kind: 'sentinel' as const })),
    ...target.nodes.map((address) => ({ address, kind: 'node' as const })),
    ...target.undecided.map((address) => ({ address, kind: 'undecided' as const })),
  ].slice(0, MOST_ADDRESSES)
  return (await Promise.all(seeds.map((seed) => testSeed(seed.address, seed.kind, options)))).flat()
}

/** A target that could not be read is one failed step. */
export function unreadableTarget(problem: string, hint: string): TestStep {
  return { address: '', step: 'address', status: 'failed', detail: problem, hint, elapsedMs: 0 }
}

async function testSeed(address: Address, kind: SeedKind, options: TestOptions): Promise<TestStep[]> {
  const { target, connector, now, signal, onStep } = options
  const { access } = target
  const name = formatAddress(address)
  const dialled = connector.reachable(address)
  const ended: TestStep[] = []
  let isOver = false

  const step = async (what: StepName, run: () => Promise<Outcome> | Outcome): Promise<void> => {
    if (isOver || signal.aborted) return
    onStep({ address: name, step: what, status: 'running', detail: '', hint: null, elapsedMs: null })
    const startedAt = now()
    const outcome = await run()
    if (signal.aborted) return
    const step: TestStep = { address: name, step: what, ...outcome, elapsedMs: Math.round(now() - startedAt) }
    ended.push(step)
    onStep(step)
    isOver = outcome.status === 'failed'
  }

  await step('address', () => ({
    status: 'passed',
    detail: formatAddress(dialled) === name ? name : `${name}, dialled as ${formatAddress(dialled)} (NAT)`,
    hint: null,
  }))
  await step('dns', () => resolveName(dialled, access.timeoutMs))
  await step('tcp', () => openTcp(dialled, access.timeoutMs, signal))
  await step('tls', async () => {
    const tls = tlsFor(kind, access)
    if (tls === undefined) return skipped('TLS is off')
    const outcome = await openTls(dialled, tls, access.timeoutMs, signal)
    // Only one kind uses TLS and nobody said which this is: it may be the other.
    const mayBePlain = kind === 'undecided' && (access.nodeTls === undefined) !== (access.sentinelTls === undefined)
    return outcome.status === 'failed' && mayBePlain ? { ...outcome, status: 'warned' } : outcome
  })
  const asking = onceOnly(() => askServer(connector, address, kind))
  await step('auth', async () => {
    const asked = await asking()
    const credentials = asked.kind === 'sentinel' ? access.sentinel : access.node
    return judgeAuth(asked, credentials.password !== undefined)
  })
  await step('identity', async () => judgeIdentity(await asking()))
  await step('permissions', async () => {
    const asked = await asking()
    return asked.answer.ok ? judgePermissions(connector, address, asked) : skipped('it did not answer')
  })
  if (signal.aborted) return ended
  for (const what of STEPS.slice(ended.length)) {
    const rest: TestStep = { address: name, step: what, ...skipped('not reached'), elapsedMs: null }
    ended.push(rest)
    onStep(rest)
  }
  return ended
}

/** Three steps judge one answer. */
function onceOnly<T>(run: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => (answer ??= run())
}

/** One of undecided kind is looked at with whatever TLS is on: it answers the same certificate either way. */
function tlsFor(kind: SeedKind, access: ParsedTarget['access']): TargetTls | undefined {
  if (kind === 'sentinel') return access.sentinelTls
  return kind === 'node' ? access.nodeTls : (access.nodeTls ?? access.sentinelTls)
}
