import { infoOfDataNode, infoOfSentinel } from './info.mjs'
import { array, bulk, bulks, error, integer, OK } from './resp.mjs'

/** @typedef {import('./deployment.mjs').Deployment} Deployment */
/** @typedef {import('./deployment.mjs').DataNode} DataNode */
/** @typedef {import('./deployment.mjs').Group} Group */
/** @typedef {import('./deployment.mjs').Sentinel} Sentinel */
/** @typedef {import('./resp.mjs').Peer} Peer */

/** @type {Record<string, string>} */
const CONFIG = {
  save: '3600 1 300 100 60 10000',
  appendonly: 'no',
  appendfsync: 'everysec',
  'min-replicas-to-write': '0',
  'min-replicas-max-lag': '10',
  'repl-backlog-size': '1048576',
  'repl-backlog-ttl': '3600',
  'repl-timeout': '60',
  'repl-ping-replica-period': '10',
  'repl-diskless-sync': 'yes',
  'replica-priority': '100',
  'replica-read-only': 'yes',
  'replica-serve-stale-data': 'yes',
  'client-output-buffer-limit': 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
  maxmemory: '0',
  'maxmemory-policy': 'noeviction',
}

/**
 * @param {Deployment} deployment
 * @param {DataNode} node
 * @param {string[]} command
 * @param {Peer} peer
 */
export function answerDataNode(deployment, node, command, peer) {
  const name = (command[0] ?? '').toUpperCase()
  node.calls[name] = (node.calls[name] ?? 0) + 1
  switch (name) {
    case 'INFO':
      return bulk(infoOfDataNode(deployment, node, command.slice(1)))
    case 'ROLE':
      return role(deployment, node)
    case 'CONFIG':
      return bulks(command.slice(2).flatMap(configOf))
    case 'CLIENT':
      if (command[1]?.toUpperCase() === 'LIST') return bulk(clientList(node))
      return OK
    default:
      return common(command, peer) ?? unknown(command)
  }
}

/**
 * @param {Deployment} deployment
 * @param {Sentinel} sentinel
 * @param {string[]} command
 * @param {Peer} peer
 */
export function answerSentinel(deployment, sentinel, command, peer) {
  switch ((command[0] ?? '').toUpperCase()) {
    case 'INFO':
      return bulk(infoOfSentinel(deployment))
    case 'ROLE':
      return array([bulk('sentinel'), bulks(deployment.groups.map((group) => group.name))])
    case 'CLIENT':
      return OK
    case 'SENTINEL':
      return sentinelCommand(deployment, sentinel, command)
    default:
      return common(command, peer) ?? unknown(command)
  }
}

/** @param {string[]} command @param {Peer} peer */
function common(command, peer) {
  switch ((command[0] ?? '').toUpperCase()) {
    case 'PING':
      return peer.subscriptions.size > 0 ? bulks(['pong', '']) : '+PONG\r\n'
    case 'AUTH':
      return OK
    case 'SUBSCRIBE':
    case 'PSUBSCRIBE':
      return command
        .slice(1)
        .map((channel) => {
          peer.subscriptions.add(channel)
          return array([bulk((command[0] ?? '').toLowerCase()), bulk(channel), integer(peer.subscriptions.size)])
        })
        .join('')
    default:
      return undefined
  }
}

/** @param {Deployment} deployment @param {Sentinel} sentinel @param {string[]} command */
function sentinelCommand(deployment, sentinel, command) {
  const verb = (command[1] ?? '').toUpperCase()
  if (verb === 'MASTERS') return array(deployment.groups.map((group) => masterMap(deployment, group)))
  if (verb === 'MYID') return bulk(sentinel.id)
  const group = deployment.groups.find((one) => one.name === command[2])
  if (verb === 'GET-MASTER-ADDR-BY-NAME')
    return group === undefined ? '*-1\r\n' : bulks(['127.0.0.1', String(group.master.endpoint.port)])
  if (group === undefined) return error('ERR No such master with that name')
  const replicas = group.nodes.filter((node) => node !== group.master)
  switch (verb) {
    case 'MASTER':
      return masterMap(deployment, group)
    case 'REPLICAS':
    case 'SLAVES':
      return array(replicas.map((node) => replicaMap(deployment, group, node)))
    case 'SENTINELS':
      return array(deployment.sentinels.filter((one) => one !== sentinel).map((one) => peerMap(deployment, one)))
    case 'CKQUORUM': {
      const usable = deployment.sentinels.filter((one) => !isDown(deployment, one)).length
      return usable * 2 > deployment.sentinels.length
        ? `+OK ${usable} usable Sentinels. Quorum and failover authorization can be reached\r\n`
        : error(
            `NOQUORUM ${usable} usable Sentinels. Not enough available Sentinels to reach the majority and authorize a failover`,
          )
    }
    case 'INFO-CACHE': {
      const entries = [group.master, ...replicas].map((node) =>
        array([
          integer(node.downAt === undefined ? 500 : Date.now() - node.downAt),
          bulk(infoOfDataNode(deployment, node, [])),
        ]),
      )
      return array([bulk(group.name), array(entries)])
    }
    default:
      return error(`ERR unknown subcommand '${command[1] ?? ''}'. Try SENTINEL HELP.`)
  }
}

/** @param {Deployment} deployment @param {{ downAt: number | undefined }} found */
function isDown(deployment, found) {
  return found.downAt !== undefined && Date.now() - found.downAt > deployment.options.downAfterMs
}

/** @param {Deployment} deployment @param {{ downAt: number | undefined, endpoint: { port: number } }} found @param {string} name @param {string} runId @param {string} kind */
function instance(deployment, found, name, runId, kind) {
  const silentMs = found.downAt === undefined ? 120 : Date.now() - found.downAt
  const down = isDown(deployment, found)
  const flags = [
    ...(down ? (kind === 'master' ? ['s_down', 'o_down'] : ['s_down']) : []),
    kind,
    ...(found.downAt === undefined ? [] : ['disconnected']),
  ]
  const downMs = String(silentMs - deployment.options.downAfterMs)
  return [
    ['name', name],
    ['ip', '127.0.0.1'],
    ['port', String(found.endpoint.port)],
    ['runid', runId],
    ['flags', flags.join(',')],
    ['link-pending-commands', '0'],
    ['link-refcount', '1'],
    ['last-ping-sent', found.downAt === undefined ? '0' : String(silentMs)],
    ['last-ok-ping-reply', String(silentMs)],
    ['last-ping-reply', String(silentMs)],
    ...(down ? [['s-down-time', downMs]] : []),
    ...(down && kind === 'master' ? [['o-down-time', downMs]] : []),
    ['down-after-milliseconds', String(deployment.options.downAfterMs)],
  ].flat()
}

/** @param {Deployment} deployment @param {Group} group */
function masterMap(deployment, group) {
  const { master } = group
  return bulks([
    ...instance(deployment, master, group.name, master.runId, 'master'),
    ...['info-refresh', '900', 'role-reported', 'master', 'role-reported-time', String(Date.now() - master.startedAt)],
    ...['config-epoch', String(group.epoch), 'num-slaves', String(group.nodes.length - 1)],
    ...[
      'num-other-sentinels',
      String(deployment.sentinels.length - 1),
      'quorum',
      String(Math.floor(deployment.sentinels.length / 2) + 1),
    ],
    ...['failover-timeout', '180000', 'parallel-syncs', '1'],
  ])
}

/** @param {Deployment} deployment @param {Group} group @param {DataNode} node */
function replicaMap(deployment, group, node) {
  const isLinkUp = group.master.downAt === undefined
  return bulks([
    ...instance(deployment, node, `127.0.0.1:${node.endpoint.port}`, node.runId, 'slave'),
    ...['info-refresh', '900', 'role-reported', 'slave', 'role-reported-time', String(Date.now() - node.startedAt)],
    ...['master-link-down-time', isLinkUp ? '0' : String(Date.now() - (group.master.downAt ?? 0))],
    ...[
      'master-link-status',
      isLinkUp ? 'ok' : 'err',
      'master-host',
      '127.0.0.1',
      'master-port',
      String(group.master.endpoint.port),
    ],
    ...[
      'slave-priority',
      '100',
      'slave-repl-offset',
      String(deployment.offsetOf(group) - node.lagBytes),
      'replica-announced',
      '1',
    ],
  ])
}

/** @param {Deployment} deployment @param {Sentinel} sentinel */
function peerMap(deployment, sentinel) {
  return bulks([
    ...instance(deployment, sentinel, sentinel.id, sentinel.id, 'sentinel'),
    ...['last-hello-message', '800', 'voted-leader', '?', 'voted-leader-epoch', '0'],
  ])
}

/** @param {Deployment} deployment @param {DataNode} node */
function role(deployment, node) {
  const { group } = node
  const offset = deployment.offsetOf(group)
  if (node === group.master) {
    const online = group.nodes.filter((one) => one !== node && one.downAt === undefined)
    const replicas = online.map((one) => bulks(['127.0.0.1', String(one.endpoint.port), String(offset - one.lagBytes)]))
    return array([bulk('master'), integer(offset), array(replicas)])
  }
  const isLinkUp = group.master.downAt === undefined
  return array([
    ...[bulk('slave'), bulk('127.0.0.1'), integer(group.master.endpoint.port)],
    ...[bulk(isLinkUp ? 'connected' : 'connect'), integer(isLinkUp ? offset - node.lagBytes : -1)],
  ])
}

/** @param {DataNode} node */
function clientList(node) {
  const { group } = node
  if (node !== group.master) return ''
  return group.nodes
    .filter((one) => one !== node && one.downAt === undefined)
    .map(
      (one) =>
        `id=${one.index + 5} addr=127.0.0.1:${20_000 + one.index} laddr=127.0.0.1:${node.endpoint.port} fd=9 name= age=90 idle=0 flags=S db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=20474 argv-mem=0 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=1 omem=20504 tot-mem=42800 events=r cmd=replconf user=default redir=-1 resp=2\n`,
    )
    .join('')
}

/** @param {string} pattern */
function configOf(pattern) {
  const glob = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
  return Object.entries(CONFIG).flatMap(([key, value]) => (glob.test(key) ? [key, value] : []))
}

/** @param {string[]} command */
function unknown(command) {
  return error(
    `ERR unknown command '${command[0] ?? ''}', with args beginning with: ${command
      .slice(1)
      .map((word) => `'${word}' `)
      .join('')}`,
  )
}
