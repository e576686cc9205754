import type { ContractEvent, ContractFailure } from '../contract/calls.ts'
import type { InspectReport } from '../contract/inspect.ts'
import { toContractFailure } from '../contract/to-failure.ts'
import { toInspectReport } from '../contract/to-inspect.ts'
import type { Address } from '../domain/address.ts'
import type { Environment } from '../domain/findings/rule.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../domain/findings/thresholds.ts'
import type { Connector, Target } from '../monitor/ports.ts'
import type { Judge } from '../monitor/session.ts'
import type { Session, SessionState } from '../monitor/session.ts'
import { systemClock } from '../monitor/system-clock.ts'
import { environmentOf } from './environment.ts'
import { readLocalConfig } from './local-config.ts'
import type { ParsedTarget } from './targets/model.ts'
import { toHappening } from './to-past.ts'

export interface DeploymentOptions {
  /** Fast tier; the session's default when absent. */
  readonly intervalMs?: number
  /** One picture, no subscriptions, no repetition. */
  readonly oneShot?: boolean
  /** How hard the deployment is judged; a lab for the nodes of a lab of ours, else production, when absent. */
  readonly environment?: Environment
  /** Other numbers than the catalogue's. */
  readonly thresholds?: Thresholds
  /** Single numbers that were asked for, whatever the others are. */
  readonly thresholdChanges?: Partial<Thresholds>
  /** What is concluded from each picture; every rule of the catalogue when absent. */
  readonly judge?: Judge
}

/** One deployment under observation. The owner calls `dispose`, which ends every socket and timer. */
export interface Deployment {
  readonly session: Session
  readonly phase: () => SessionState['phase']
  /** Why nothing can be shown (phase failed), or the trouble with the addresses given meanwhile. */
  readonly failures: () => readonly ContractFailure[]
  /** How hard it is judged. */
  readonly environment: Environment
  /** The numbers it is judged by. */
  readonly thresholds: Thresholds
  /** Some addresses are reached over TLS without verification. */
  readonly isInsecure: boolean
  /** The present picture; `tookMs` is the time to the first one at first, then the slowest answer of the last round. */
  readonly report: () => InspectReport
  /** The newest events of all groups, oldest first. */
  readonly recentEvents: (most: number) => readonly ContractEvent[]
  readonly firstPicture: () => Promise<void>
  /** Samples a second time, long enough after the first for write rates to be known. */
  readonly secondSample: () => Promise<void>
  readonly subscribe: (listener: () => void) => () => void
  /** Idempotent. */
  readonly dispose: () => Promise<void>
}

/** Two samples make a rate from 250 ms on; a second evens out the bursts that Sentinels' hellos are. */
const SECOND_SAMPLE_AFTER_MS = 1000

/**
 * Opens what a person asked for: finds out what undecided addresses are, then begins a session. Trouble with the
 * addresses is part of the session's state. Heavy modules are loaded here, so that a usage error or `--help` does not pay for them.
 */
export async function openDeployment(target: ParsedTarget, options: DeploymentOptions = {}): Promise<Deployment> {
  const [{ createConnector }, { openSession }, { productJudge }] = await Promise.all([
    import('../redis/connector.ts'),
    import('../monitor/open-session.ts'),
    import('./product-judge.ts'),
  ])
  const environment = options.environment ?? (await environmentOf(target))
  const thresholds = { ...DEFAULT_THRESHOLDS, ...options.thresholds, ...options.thresholdChanges }
  const startedAt = systemClock.now()
  const connector: Connector = {
    ...createConnector({ ...target.access, clock: systemClock }),
    configFile: readLocalConfig,
  }
  const session = openSession({
    target: await decideKinds(target, connector),
    connector,
    clock: systemClock,
    intervalMs: options.intervalMs,
    oneShot: options.oneShot,
    judge: options.judge ?? productJudge(environment, thresholds),
  })
  let firstTookMs: number | undefined = undefined
  const { nodeTls, sentinelTls } = target.access
  return {
    session,
    environment,
    thresholds,
    phase: () => session.state().phase,
    failures: () => session.state().failures.map(toContractFailure),
    isInsecure: nodeTls?.insecure === true || sentinelTls?.insecure === true,
    report: () => {
      const { groups } = session.state()
      const now = systemClock.now()
      const report = toInspectReport(groups.values(), now, 0)
      const isFirst = firstTookMs === undefined
      firstTookMs ??= now - startedAt
      const tookMs = isFirst ? firstTookMs : Math.max(0, ...report.nodes.map((node) => node.rttMs ?? 0))
      return { ...report, tookMs: Math.round(tookMs * 1000) / 1000 }
    },
    recentEvents: (most) =>
      [...session.state().groups]
        .flatMap(([name, group]) => group.timeline.events.slice(-most).map((event) => toHappening(event, name)))
        .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
        .slice(-most),
    firstPicture: () => session.firstPicture(),
    secondSample: async () => {
      await new Promise<void>((resolve) => void systemClock.after(SECOND_SAMPLE_AFTER_MS, resolve))
      await session.refresh()
    },
    subscribe: (listener) => session.subscribe(listener),
    dispose: () => session.dispose(),
  }
}

/** Asks each undecided address what it is; one that does not answer counts by Sentinel's usual port. */
async function decideKinds(target: ParsedTarget, connector: Connector): Promise<Target> {
  const kinds = await Promise.all(target.undecided.map((address) => kindOf(address, connector)))
  const of = (kind: 'sentinel' | 'node'): readonly Address[] =>
    target.undecided.filter((_, index) => kinds[index] === kind)
  return {
    sentinels: [...target.sentinels, ...of('sentinel')],
    nodes: [...target.nodes, ...of('node')],
    group: target.group,
  }
}

async function kindOf(address: Address, connector: Connector): Promise<'sentinel' | 'node'> {
  const asSentinel = connector.sentinel(address)
  const asNode = connector.dataNode(address)
  try {
    const [sentinel, node] = await Promise.all([asSentinel.overview(), asNode.replication(false)])
    if (sentinel.ok) return 'sentinel'
    if (node.ok) return 'node'
    if (node.failure.kind === 'not-a-data-node') return 'sentinel'
    if (sentinel.failure.kind === 'not-a-sentinel') return 'node'
    return address.port >= 26_379 && address.port < 27_000 ? 'sentinel' : 'node'
  } finally {
    asSentinel.dispose()
    asNode.dispose()
  }
}
