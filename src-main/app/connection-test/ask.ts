import { aclHint } from '../../contract/acl-hint.ts'
import type { Address } from '../../domain/address.ts'
import { formatAddress } from '../../domain/address.ts'
import { describeFailure } from '../../domain/failure.ts'
import type { Failure, Result } from '../../domain/failure.ts'
import type { InfoReply } from '../../domain/replies/info-reply.ts'
import type { Connector, ReplicationAnswer, SentinelOverview } from '../../monitor/ports.ts'
import { failed, passed, warned } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** What a server answered to its first questions. */
export type Answered =
  | { readonly kind: 'sentinel'; readonly answer: Result<SentinelOverview> }
  | { readonly kind: 'node'; readonly answer: Result<ReplicationAnswer> }

export type SeedKind = 'sentinel' | 'node' | 'undecided'

/** Asks a server for itself. One of undecided kind is asked as a Sentinel first and says what it is. */
export async function askServer(connector: Connector, address: Address, kind: SeedKind): Promise<Answered> {
  if (kind === 'node') return { kind: 'node', answer: await askNode(connector, address) }
  const asSentinel = await askSentinel(connector, address)
  if (kind === 'sentinel' || asSentinel.ok) return { kind: 'sentinel', answer: asSentinel }
  const asNode = await askNode(connector, address)
  // Neither question was answered: a server that does not say it is a data node counts as what its answer fits better.
  const isNode = asNode.ok || asSentinel.failure.kind === 'not-a-sentinel' || asNode.failure.kind !== 'not-a-data-node'
  return isNode ? { kind: 'node', answer: asNode } : { kind: 'sentinel', answer: asSentinel }
}

async function askSentinel(connector: Connector, address: Address): Promise<Result<SentinelOverview>> {
  const reader = connector.sentinel(address)
  try {
    return await reader.overview()
  } finally {
    reader.dispose()
  }
}

async function askNode(connector: Connector, address: Address): Promise<Result<ReplicationAnswer>> {
  const reader = connector.dataNode(address)
  try {
    return await reader.replication(true)
  } finally {
    reader.dispose()
  }
}

/** Were we let in? */
export function judgeAuth(asked: Answered, hasCredentials: boolean): Outcome {
  if (asked.answer.ok || isAboutItself(asked.answer.failure))
    return passed(hasCredentials ? 'the credentials are accepted' : 'no password is needed')
  const { failure } = asked.answer
  if (failure.kind !== 'auth') return failed(describeFailure(failure), hintFor(failure))
  const whose = asked.kind === 'sentinel' ? 'the Sentinel credentials' : 'the credentials of the data nodes'
  return failed(
    `authentication failed or is missing (${failure.reply})`,
    hasCredentials
      ? `check user and password: ${whose} are their own; a server without ACL users takes a password alone`
      : `give ${whose}: they are not the same as ${asked.kind === 'sentinel' ? "the data nodes'" : "the Sentinels'"}`,
  )
}

/** What is it? */
export function judgeIdentity(asked: Answered): Outcome {
  if (!asked.answer.ok) {
    const { failure } = asked.answer
    if (failure.kind === 'loading')
      return warned(
        'it is loading its dataset',
        'wait: it shows itself when it is done, its progress is shown meanwhile',
      )
    return failed(describeFailure(failure), hintFor(failure))
  }
  if (asked.kind === 'node') return passed(describeNode(asked.answer.value as ReplicationAnswer))
  const overview = asked.answer.value as SentinelOverview
  const names = overview.masters.map((master) => master.name)
  if (names.length === 0)
    return warned(
      `${software(overview.info)} Sentinel that monitors no group`,
      'SENTINEL MONITOR NAME HOST PORT QUORUM makes it watch one',
    )
  return passed(`${software(overview.info)} Sentinel, monitors ${names.join(', ')}`)
}

/** What may we not ask? */
export async function judgePermissions(connector: Connector, address: Address, asked: Answered): Promise<Outcome> {
  if (!asked.answer.ok) return failed(describeFailure(asked.answer.failure), hintFor(asked.answer.failure))
  const refused = new Set(asked.answer.value.notPermitted)
  const rest =
    asked.kind === 'node'
      ? await refusedByNode(connector, address)
      : await refusedBySentinel(connector, address, asked.answer.value as SentinelOverview)
  for (const command of rest) refused.add(command)
  if (refused.size === 0) return passed('everything that the inspector asks is permitted')
  const missing = [...refused].toSorted()
  const server = asked.kind === 'node' ? 'server' : 'sentinel'
  const version = asked.kind === 'node' ? (asked.answer.value as ReplicationAnswer).info.server.version : undefined
  return warned(
    `may not run ${missing.join(', ')}; what depends on it is shown as not permitted`,
    aclHint(missing, server, version) ?? 'the command was renamed or disabled on this server',
  )
}

async function refusedByNode(connector: Connector, address: Address): Promise<readonly string[]> {
  const reader = connector.dataNode(address)
  try {
    const [vitals, settings] = await Promise.all([
      reader.vitals({ role: true, replicaClients: true }),
      reader.settings(),
    ])
    return [...refusedIn(vitals), ...refusedIn(settings)]
  } finally {
    reader.dispose()
  }
}

async function refusedBySentinel(
  connector: Connector,
  address: Address,
  overview: SentinelOverview,
): Promise<readonly string[]> {
  const [first] = overview.masters
  if (first === undefined) return []
  const reader = connector.sentinel(address)
  try {
    return refusedIn(await reader.group(first.name))
  } finally {
    reader.dispose()
  }
}

function refusedIn(answer: Result<{ readonly notPermitted: readonly string[] }>): readonly string[] {
  if (answer.ok) return answer.value.notPermitted
  return answer.failure.kind === 'not-permitted' ? [answer.failure.command] : []
}

/** The server let us in and told us of its own state. */
function isAboutItself(failure: Failure): boolean {
  return ['not-permitted', 'loading', 'busy', 'masterdown', 'not-a-sentinel', 'not-a-data-node'].includes(failure.kind)
}

function hintFor(failure: Failure): string {
  switch (failure.kind) {
    case 'unreachable':
      // With TLS 1.3 a server refuses a missing certificate only after the handshake.
      if (failure.cause === 'tls')
        return 'the server may ask for a client certificate (`tls-auth-clients`): give certificate and key'
      return failure.cause === 'closed'
        ? 'a port that speaks TLS closes a plain connection: switch TLS on; a server in protected mode closes those from other machines'
        : 'the port takes connections and does not answer: the server is stopped or hung, or something else stands there'
    case 'not-redis':
    case 'unreadable-reply':
      return 'something else listens on that port, or it speaks TLS: check the port, or switch TLS on'
    case 'not-a-sentinel':
      return 'this is a data node: choose "data node", or "ask" to find out'
    case 'not-a-data-node':
      return 'this is a Sentinel: choose "Sentinel", or "ask" to find out'
    case 'not-permitted':
      return aclHint([failure.command], 'server', undefined) ?? 'ask for the permission to run it'
    case 'busy':
      return 'a script runs on the server: SCRIPT KILL ends it'
    default:
      return 'see the log of the server'
  }
}

function describeNode(answer: ReplicationAnswer): string {
  const { replication } = answer.info
  const role = answer.role
  const of = role?.role === 'replica' && role.master !== undefined ? ` of ${formatAddress(role.master)}` : ''
  const replicas =
    replication.role === 'master' && replication.connectedReplicas !== undefined
      ? `, ${replication.connectedReplicas} ${replication.connectedReplicas === 1 ? 'replica' : 'replicas'}`
      : ''
  return `${software(answer.info)} ${replication.role ?? role?.role ?? 'server of unknown role'}${of}${replicas}`
}

function software(info: InfoReply | undefined): string {
  const { flavour, version } = info?.server ?? { flavour: 'unknown', version: undefined }
  const name = flavour === 'valkey' ? 'Valkey' : flavour === 'redis' ? 'Redis' : 'an unnamed server'
  return version === undefined ? name : `${name} ${version}`
}
