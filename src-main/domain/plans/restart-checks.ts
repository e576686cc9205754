import type { NodeId } from '../address.ts'
import type { Intent, PreflightCheck } from './model.ts'
import { fullSyncChecks } from './full-sync-checks.ts'
import type { Observed } from './observed.ts'
import type { NodeRestart } from './restart-node.ts'
import { check } from './seal.ts'
import type { PlanInput } from './switchover.ts'

/** The stream is to be covered for so many times the expected absence. */
const COVERAGE_FACTOR = 3
const SETTINGS = ['absence', 'wait', 'full', 'resume']

/** What restarting these nodes, one after another, needs. One check a question, with every node in its evidence. */
export function restartChecks(
  restarts: readonly NodeRestart[],
  intent: Intent,
  input: PlanInput,
): readonly PreflightCheck[] {
  return [
    settings(intent),
    linked(restarts, input),
    each('restart-config-file', restarts, configFile),
    each('comes-back', restarts, comesBack),
    each('resync', restarts, resync),
    each('coverage', restarts, coverage),
    each('can-shut-down', restarts, canShutDown),
    minReplicas(restarts, input),
    spare(restarts, input),
    ...fullSyncs(restarts, input),
  ]
}

type Verdict = readonly [PreflightCheck['status'], string]

/** The gravest verdict counts. */
function each(name: string, restarts: readonly NodeRestart[], judge: (one: NodeRestart) => Verdict): PreflightCheck {
  const verdicts = restarts.map(judge)
  const status = (['failed', 'warned'] as const).find((one) => verdicts.some(([own]) => own === one)) ?? 'passed'
  return check(name, status, verdicts.map(([, words]) => words).join('; '))
}

function settings({ settings: given }: Intent): PreflightCheck {
  const bad = [...given].flatMap(([key, value]) => {
    if (!SETTINGS.includes(key)) return [`${key} is not known here (${SETTINGS.join(', ')} are)`]
    if (key === 'full') return /^(yes|no)$/.test(value) ? [] : ['full is yes or no']
    return key !== 'resume' && !/^[1-9]\d{0,4}$/.test(value) ? [`${key} is a number of seconds`] : []
  })
  return bad.length > 0 ? check('settings', 'failed', bad.join('; ')) : check('settings', 'passed', 'understood')
}

function linked(restarts: readonly NodeRestart[], { observed }: PlanInput): PreflightCheck {
  const bad = restarts.flatMap(({ node, server, upstream }) => {
    if (upstream === '') return [`whom ${node} follows is not known`]
    if (server?.info === undefined || server.failure !== undefined) return [`${node} does not answer`]
    const isCutOff = server.role?.role === 'replica' && server.info.replication.masterLink !== 'up'
    return isCutOff ? [`${node} has no link to its master`] : []
  })
  const others = [...observed.servers.values()].filter(
    (one) => one.role?.role === 'replica' && one.info?.replication.masterLink !== 'up',
  )
  if (bad.length > 0) return check('linked', 'failed', bad.join('; '))
  return others.length === 0
    ? check('linked', 'passed', 'every replica that answers is linked')
    : check('linked', 'warned', `${others.map((one) => one.node).join(', ')} has no link to its master already`)
}

function configFile({ node, server }: NodeRestart): Verdict {
  const file = server?.info?.server.configFile
  if (file === undefined) return ['warned', `whether ${node} has a configuration file is not shown`]
  return file === ''
    ? ['failed', `${node} was started without a file: it would come back as an empty-handed master`]
    : ['passed', `${node}: CONFIG REWRITE of ${file} comes first, and must succeed`]
}

/** No field tells for sure who starts it again. */
function comesBack({ node, server, waitSeconds }: NodeRestart): Verdict {
  const { supervised, processId, executable, configFile: file } = server?.info?.server ?? {}
  if (supervised === 'systemd' || supervised === 'upstart')
    return ['passed', `${node} says that ${supervised} supervises it`]
  if (processId === 1)
    return ['warned', `${node} is process 1 of a container: whether that is started again is for its orchestrator`]
  const command = executable === undefined ? '' : `: ${executable} ${file ?? ''}`.trimEnd()
  return [
    'warned',
    `${node} does not say that anything supervises it (process_supervised ${supervised ?? 'unknown'}): have it started within ${waitSeconds} s${command}`,
  ]
}

function resync({ node, verdict }: NodeRestart): Verdict {
  return [verdict.verdict === 'partial' ? 'passed' : 'warned', `${node}: ${verdict.verdict}: ${verdict.reason}`]
}

function coverage({
  node,
  verdict,
  acceptsFull,
  upstream,
  maySeconds,
  isUnbounded,
  absenceSeconds,
}: NodeRestart): Verdict {
  const away = `expected to be away for ${absenceSeconds} s`
  if (verdict.verdict === 'full') return ['passed', `${node} resyncs in full anyhow`]
  if (acceptsFull) return ['warned', `${node}: a full resync is accepted (full=yes); ${away}`]
  if (isUnbounded) return ['passed', `${node}: nothing is being written; ${away}`]
  if (maySeconds === undefined) {
    const whom = upstream === 'winner' ? 'whoever is promoted' : upstream
    return ['passed', `${node}: how long the backlog of ${whom} lasts is measured before it ends; ${away}`]
  }
  const span = `${node} may be away for ${Math.floor(maySeconds)} s before the backlog has moved past it; ${away}`
  return [maySeconds >= COVERAGE_FACTOR * absenceSeconds ? 'passed' : 'warned', span]
}

/** While the first append-only file is being written SHUTDOWN is refused; a save under way is killed and made anew. */
function canShutDown({ node, server }: NodeRestart): Verdict {
  const { aofEnabled, aofRewriteInProgress, bgsaveInProgress, loading } = server?.info?.persistence ?? {}
  if (loading === true) return ['failed', `${node} is loading`]
  if (aofEnabled === true && aofRewriteInProgress === true)
    return ['failed', `${node} is rewriting its append-only file: wait until that is done`]
  return bgsaveInProgress === true
    ? ['warned', `${node} is saving: that save is broken off and made anew`]
    : ['passed', `${node} is neither loading nor rewriting`]
}

/** Good replicas that the master has left with one of them away, against what it needs to take writes. */
function minReplicas(restarts: readonly NodeRestart[], { snapshot, observed }: PlanInput): PreflightCheck {
  const { master } = snapshot
  const isDirect = (node: NodeId): boolean =>
    node === master || snapshot.links.some((link) => link.replica === node && link.upstream === master)
  const masters = restarts.some((one) => one.upstream === 'winner')
    ? [...observed.servers.keys()].filter(isDirect)
    : [master ?? '']
  const needed = Math.max(0, ...masters.map((node) => needs(observed, node)))
  const online = (observed.servers.get(master ?? '')?.info?.replication.replicas ?? []).filter(
    (one) => one.state === 'online' && one.port !== 0,
  ).length
  const left = restarts.some((one) => isDirect(one.node)) ? online - 1 : online
  return needed === 0 || left >= needed
    ? check('min-replicas', 'passed', `${left} good replicas are left meanwhile, ${needed} are needed for writes`)
    : check(
        'min-replicas',
        'failed',
        `${left} good replicas would be left and min-replicas-to-write is ${needed}: writes would be refused; lower it first`,
      )
}

function needs(observed: Observed, node: NodeId): number {
  const config = observed.servers.get(node)?.config
  const lag = Number(config?.get('min-replicas-max-lag') ?? config?.get('min-slaves-max-lag') ?? 10)
  return lag === 0 ? 0 : Number(config?.get('min-replicas-to-write') ?? config?.get('min-slaves-to-write') ?? 0)
}

/** What full resyncs ask of those who send them. */
function fullSyncs(restarts: readonly NodeRestart[], input: PlanInput): readonly PreflightCheck[] {
  const syncs = restarts
    .filter((one) => one.verdict.verdict !== 'partial' || one.acceptsFull)
    .flatMap(({ node, upstream }) =>
      (upstream === 'winner' ? input.snapshot.replicas : [upstream]).map((source) => ({ source, replica: node })),
    )
  return fullSyncChecks(syncs, input)
}

function spare(restarts: readonly NodeRestart[], { snapshot, observed }: PlanInput): PreflightCheck {
  const electable = snapshot.replicas.filter((node) => {
    const replication = observed.servers.get(node)?.info?.replication
    return replication?.masterLink === 'up' && replication.priority !== 0
  })
  const alone = restarts.filter((one) => electable.length === 1 && electable[0] === one.node)
  return alone.length === 0
    ? check(
        'spare',
        'passed',
        `${electable.length} replicas could take over, ${Math.max(0, electable.length - 1)} while one is away`,
      )
    : check('spare', 'warned', `while ${alone[0]?.node ?? ''} is away nobody can take over`)
}
