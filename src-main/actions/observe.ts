import type { NodeId } from '../domain/address.ts'
import type { Failure } from '../domain/failure.ts'
import type { CommandWords } from '../domain/plans/model.ts'
import type { Observed, ObservedSentinel, ObservedServer } from '../domain/plans/observed.ts'
import { parseConfig } from '../domain/replies/config-get.ts'
import { parseInfo } from '../domain/replies/info.ts'
import { parseQuorumCheck } from '../domain/replies/quorum-check.ts'
import type { Parsed, RawReply } from '../domain/replies/raw.ts'
import type { ConfigReply } from '../domain/replies/reply-types.ts'
import { parseRole } from '../domain/replies/role.ts'
import { parseSentinelMasters, parseSentinelPeers, parseSentinelReplicas } from '../domain/replies/sentinel-maps.ts'
import type { Lines } from './lines.ts'
import { textOf } from './lines.ts'
import type { ActionReply, Sent } from './ports.ts'

/** Which processes an action looks at. `group` is the name that Sentinels know. */
export interface Scope {
  readonly group: string
  readonly servers: readonly NodeId[]
  readonly sentinels: readonly NodeId[]
}

/** Parameters that plans look at; one CONFIG GET each, as every version takes it. */
const KEYS = [
  'min-replicas-to-write',
  'min-replicas-max-lag',
  'replica-priority',
  'appendonly',
  'save',
  'dir',
  'dbfilename',
  'appenddirname',
  'appendfilename',
  'auto-aof-rewrite-percentage',
  'maxmemory',
  'maxmemory-policy',
  'client-output-buffer-limit',
  'repl-diskless-sync',
  'repl-diskless-load',
  'repl-rdb-channel',
  'dual-channel-replication-enabled',
]

export interface ObserveOptions {
  readonly timeoutMs: number
  readonly now: () => number
  /** Also CLIENT LIST: the names of whoever is connected. Left out where time is short. */
  readonly withClients: boolean
  /** More parameters, for a plan about them. */
  readonly keys?: readonly string[]
}

/** Reads every process of the scope at once, on the action's own lines. Trouble with one is part of the picture. */
export async function observe(lines: Lines, scope: Scope, options: ObserveOptions): Promise<Observed> {
  const [servers, sentinels] = await Promise.all([
    Promise.all(scope.servers.map((node) => observeServer(lines, node, options))),
    Promise.all(scope.sentinels.map((node) => observeSentinel(lines, node, scope.group, options.timeoutMs))),
  ])
  return {
    at: options.now(),
    servers: new Map(servers.map((server) => [server.node, server])),
    sentinels: new Map(sentinels.map((sentinel) => [sentinel.node, sentinel])),
  }
}

async function observeServer(lines: Lines, node: NodeId, options: ObserveOptions): Promise<ObservedServer> {
  const keys = [...KEYS, ...(options.keys ?? [])]
  const commands: CommandWords[] = [
    ['ROLE'],
    ['INFO'],
    ...keys.map((key): CommandWords => ['CONFIG', 'GET', key]),
    ...(options.withClients ? [['CLIENT', 'LIST', 'TYPE', 'NORMAL'] as const] : []),
  ]
  const sent = await lines.read(node, 'server', commands, options.timeoutMs)
  const replies = repliesOf(sent)
  const info = textOf(replies[1])
  const clients = options.withClients ? textOf(replies[2 + keys.length]) : undefined
  return {
    node,
    failure: failureOf(sent),
    role: parsed(replies[0], parseRole),
    info: info === undefined ? undefined : parseInfo(info),
    config: configOf(replies.slice(2, 2 + keys.length)),
    clientNames: clients === undefined ? undefined : namesIn(clients),
  }
}

async function observeSentinel(
  lines: Lines,
  node: NodeId,
  group: string,
  timeoutMs: number,
): Promise<ObservedSentinel> {
  const sent = await lines.read(
    node,
    'sentinel',
    [
      ['SENTINEL', 'MYID'],
      ['SENTINEL', 'MASTER', group],
      ['SENTINEL', 'REPLICAS', group],
      ['SENTINEL', 'SENTINELS', group],
      ['SENTINEL', 'CKQUORUM', group],
    ],
    timeoutMs,
  )
  const replies = repliesOf(sent)
  const quorum = replies[4]
  const quorumText = quorum === undefined ? undefined : 'error' in quorum ? quorum.error : textOf(quorum)
  const check = quorumText === undefined ? undefined : parseQuorumCheck(quorumText)
  return {
    node,
    failure: failureOf(sent),
    myId: textOf(replies[0]),
    master: parsed(replies[1], parseSentinelMasters)?.[0],
    replicas: parsed(replies[2], parseSentinelReplicas),
    peers: parsed(replies[3], parseSentinelPeers),
    quorumCheck: check?.ok === true ? check.value : undefined,
  }
}

function repliesOf(sent: Sent): readonly ActionReply[] {
  return sent.state === 'not-sent' ? [] : sent.replies
}

function failureOf(sent: Sent): Failure | undefined {
  return sent.state === 'answered' ? undefined : sent.failure
}

function parsed<T>(reply: ActionReply | undefined, parse: (raw: RawReply) => Parsed<T>): T | undefined {
  if (reply === undefined || 'error' in reply) return undefined
  const result = parse(reply.value)
  return result.ok ? result.value : undefined
}

function configOf(replies: readonly ActionReply[]): ConfigReply | undefined {
  const configs = replies.flatMap((reply) => parsed(reply, parseConfig) ?? [])
  return configs.length === 0 ? undefined : new Map(configs.flatMap((config) => [...config]))
}

// id=3 addr=127.0.0.1:50634 ... name=repliscope-act-1 age=19 ...
function namesIn(list: string): readonly string[] {
  return [...list.matchAll(/ name=(\S+)/g)].map((match) => match[1] ?? '')
}
