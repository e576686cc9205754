import { formatAddress } from '../domain/address.ts'
import { fail, ok, type Failure, type Result } from '../domain/failure.ts'
import { parseReplicaClients } from '../domain/replies/client-list.ts'
import { parseConfig } from '../domain/replies/config-get.ts'
import { parseHello } from '../domain/replies/hello.ts'
import type { InfoReply } from '../domain/replies/info-reply.ts'
import type { HelloMessage, ReplicaClient, RoleReply } from '../domain/replies/reply-types.ts'
import { parseRole } from '../domain/replies/role.ts'
import { isAtLeast } from '../domain/replies/version.ts'
import type { DataNodeReader, Timing, VitalsAnswer } from '../monitor/ports.ts'
import type { NodeAccess } from '../domain/topology/model.ts'
import { DRY_RUNS, HELLO_CHANNEL } from './allow-list.ts'
import { AUDITED_KEYS, LEGACY_PATTERNS } from './audited-keys.ts'
import { createConnection, type Answer, type Connection } from './connection.ts'
import type { Command, PeerOptions } from './peer.ts'
import { deniedAmong, failureAmong, NO_INFO, ofText, parseInfoText, readReply, type Reading } from './read-reply.ts'
import { subscribe } from './subscription.ts'

/** What the fast tier needs: version and identity, offsets and links, and the loading fields. About a third of a plain INFO. */
const FAST_INFO: Command = ['INFO', 'server', 'replication', 'persistence']
const PLAIN_INFO: Command = ['INFO']
const ROLE: Command = ['ROLE']
const REPLICA_CLIENTS: Command = ['CLIENT', 'LIST', 'TYPE', 'replica']
const COMMAND_STATS: Command = ['INFO', 'commandstats']
const AUDITED: ReadonlySet<string> = new Set(AUDITED_KEYS)

/**
 * Reads one data node. The first question of every connection is a plain INFO, which every version answers; when it
 * tells of 7.0 or later, several sections and several CONFIG keys go into one command from then on.
 */
export function createDataNodeReader(options: PeerOptions): DataNodeReader {
  const at = formatAddress(options.address)
  const connection = createConnection(options)
  const listeners = new Set<(failure: Failure) => void>()
  let isDisposed = false
  /** The connection on which the server told that it takes several sections; 0 for none. */
  let modernLink = 0

  let access: { readonly link: number; readonly value: NodeAccess } | undefined

  /** Who we are there, asked once a connection: what is denied would only fill the server's ACL LOG. */
  const lookAtAccess = async (link: number): Promise<NodeAccess> => {
    if (access?.link === link) return access.value
    const hasCredentials = options.credentials.password !== undefined
    const value = { hasCredentials, ...(modernLink === 0 ? UNKNOWN_ACCESS : await askAccess(connection, at)) }
    access = { link, value }
    return value
  }

  const learn = (info: InfoReply, linkNumber: number): void => {
    const isModern = isAtLeast(info.server, { redis: '7.0.0', valkey: '7.0.0' })
    if (isModern !== undefined) modernLink = isModern ? linkNumber : 0
  }

  const ask = async (info: Command, withRole: boolean, withClients: boolean): Promise<Result<VitalsAnswer>> => {
    const commands = [info, ...(withRole ? [ROLE] : []), ...(withClients ? [REPLICA_CLIENTS] : [])]
    const answer = await connection.ask(commands)
    if (!answer.ok) return answer
    const [infoReply, ...rest] = answer.value.replies
    if (info === FAST_INFO && infoReply !== undefined && 'error' in infoReply && /^ERR\b/.test(infoReply.error)) {
      // An older server took the place of the one that was asked before.
      modernLink = 0
      return ask(PLAIN_INFO, withRole, withClients)
    }
    const infoReading = readReply(infoReply, at, 'INFO', parseInfoText)
    const role = withRole ? readReply(rest[0], at, 'ROLE', parseRole) : undefined
    const clients = withClients
      ? readReply(rest[withRole ? 1 : 0], at, 'CLIENT LIST', ofText(parseReplicaClients))
      : undefined
    if (infoReading.value !== undefined) learn(infoReading.value, answer.value.linkNumber)
    return conclude(at, answer.value, infoReading, role, clients)
  }

  return {
    address: options.address,
    replication: (withRole) => ask(modernLink === 0 ? PLAIN_INFO : FAST_INFO, withRole, false),
    vitals: ({ role, replicaClients }) => ask(PLAIN_INFO, role, replicaClients),
    settings: async () => {
      const keys: readonly Command[] =
        modernLink === 0
          ? LEGACY_PATTERNS.map((pattern): Command => ['CONFIG', 'GET', pattern])
          : [['CONFIG', 'GET', ...AUDITED_KEYS]]
      const answer = await connection.ask([COMMAND_STATS, ...keys])
      if (!answer.ok) return answer
      const [statsReply, ...configReplies] = answer.value.replies
      const stats = readReply(statsReply, at, 'INFO', parseInfoText)
      const configs = configReplies.map((reply) => readReply(reply, at, 'CONFIG GET', parseConfig))
      const failure = failureAmong([stats, ...configs])
      if (failure !== undefined) return fail(failure)
      return ok({
        ...timingOf(answer.value),
        access: await lookAtAccess(answer.value.linkNumber),
        config: configs.some((config) => config.value !== undefined)
          ? new Map(configs.flatMap((config) => [...(config.value ?? [])].filter(([key]) => AUDITED.has(key))))
          : undefined,
        commandStats: stats.value?.commands,
        notPermitted: [...new Set(deniedAmong([stats, ...configs]))],
      })
    },
    listenHello: (onHello, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || isDisposed) {
          resolve(signal.aborted ? ok(undefined) : fail({ kind: 'cancelled' }))
          return
        }
        const settle = (result: Result<void>): void => {
          stop()
          signal.removeEventListener('abort', abort)
          listeners.delete(end)
          resolve(result)
        }
        const end = (failure: Failure): void => {
          settle(fail(failure))
        }
        const abort = (): void => {
          settle(ok(undefined))
        }
        const stop = subscribe(options, ['subscribe', HELLO_CHANNEL], {
          onMessage: (_, payload) => {
            tell(payload, onHello)
          },
          onLive: () => {},
          onEnded: end,
        })
        signal.addEventListener('abort', abort)
        listeners.add(end)
      }),
    onLost: connection.onLost,
    dispose: () => {
      isDisposed = true
      connection.dispose()
      for (const end of [...listeners]) end({ kind: 'cancelled' })
    },
  }
}

const UNKNOWN_ACCESS = { user: undefined, defaultUserMay: undefined }

/** ACL WHOAMI; and where we are the default user, what everybody may do. */
async function askAccess(connection: Connection, at: string): Promise<Omit<NodeAccess, 'hasCredentials'>> {
  const who = await connection.ask([['ACL', 'WHOAMI']])
  const user = who.ok ? readReply(who.value.replies[0], at, 'ACL WHOAMI', ofText(String)).value : undefined
  if (user !== 'default') return { user, defaultUserMay: undefined }
  const runs = await connection.ask(DRY_RUNS.map((command): Command => ['ACL', 'DRYRUN', 'default', ...command]))
  if (!runs.ok) return { user, defaultUserMay: undefined }
  const may = DRY_RUNS.flatMap(([name = '', verb], i) => {
    const said = readReply(runs.value.replies[i], at, 'ACL DRYRUN', ofText(String)).value
    return said === undefined ? [] : [[name === 'CONFIG' ? `CONFIG ${verb ?? ''}` : name, said === 'OK'] as const]
  })
  return { user, defaultUserMay: may.length === 0 ? undefined : new Map(may) }
}

/** A message that cannot be read is somebody else's; it marks nothing. */
function tell(payload: string, onHello: (hello: HelloMessage) => void): void {
  const hello = parseHello(payload)
  if (hello.ok) onHello(hello.value)
}

/** One of INFO and ROLE is enough for an answer; the other may be denied. */
function conclude(
  at: string,
  answer: Answer,
  info: Reading<InfoReply>,
  role: Reading<RoleReply> | undefined,
  clients: Reading<readonly ReplicaClient[]> | undefined,
): Result<VitalsAnswer> {
  const failure = failureAmong([info, role, clients])
  if (failure !== undefined) return fail(failure)
  if (info.denied !== undefined && role?.value === undefined) return fail(info.refusal)
  if (info.value?.server.mode === 'sentinel' || role?.value?.role === 'sentinel')
    return fail({ kind: 'not-a-data-node', at })
  return ok({
    sentAt: answer.sentAt,
    receivedAt: answer.receivedAt,
    commands: answer.commands,
    bytes: answer.bytes,
    info: info.value ?? NO_INFO,
    role: role?.value,
    replicaClients: clients?.value,
    notPermitted: deniedAmong([info, role, clients]),
  })
}

/** The timing part of an answer alone. */
export function timingOf({ sentAt, receivedAt, commands, bytes }: Timing): Timing {
  return { sentAt, receivedAt, commands, bytes }
}
