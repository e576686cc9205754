import type { NodeId } from '../address.ts'
import { readBytes } from '../replies/config-get.ts'
import { isAtLeast } from '../replies/version.ts'
import type { Draft, Intent, PreflightCheck } from './model.ts'
import { answering, forkHeadroom, nodeOf, sameValue } from './nodes.ts'
import { factsAbout, factsOf } from './observed.ts'
import { check, step } from './seal.ts'
import { isSecretParameter } from './secrets.ts'
import type { PlanInput } from './switchover.ts'

/** Never set from here: protected on 7.0 and later, or only read at the start. */
const UNTOUCHED = new Set([
  ...['dir', 'dbfilename', 'enable-protected-configs', 'enable-debug-command', 'enable-module-command'],
  ...['aclfile', 'appenddirname', 'appendfilename', 'cluster-enabled', 'daemonize', 'databases', 'logfile', 'pidfile'],
  ...['io-threads', 'io-threads-do-reads', 'supervised', 'tcp-backlog', 'unixsocket', 'rdbchecksum'],
])

interface Change {
  readonly node: NodeId
  readonly key: string
  readonly was: string
  readonly value: string
}

/** Sets parameters on one node or on every data node: shown old -> new, read back, rolled back on failure. */
export function planConfigSet(intent: Intent, input: PlanInput): Draft {
  const { snapshot, observed } = input
  const one = intent.node === undefined ? undefined : nodeOf(intent, snapshot)
  const nodes = intent.node === undefined ? [...observed.servers.keys()] : one === undefined ? [] : [one]
  const changes = nodes.flatMap((node) =>
    [...intent.settings].flatMap(([key, value]): Change[] => {
      const was = observed.servers.get(node)?.config?.get(key)
      return was === undefined || sameValue(was, value) ? [] : [{ node, key, was, value }]
    }),
  )
  const changed = [...new Set(changes.map((change) => change.node))]
  return {
    target: `${one ?? `${nodes.length} nodes of ${intent.group}`}: ${[...intent.settings.keys()].join(', ')}`,
    steps: [
      ...changes.flatMap(stepsOf),
      ...(intent.withRewrite === true
        ? changed.map((node) =>
            step({
              title: `keep it in the file of ${node}`,
              node,
              peer: 'server',
              commands: [['CONFIG', 'REWRITE']],
              isIrreversible: true,
            }),
          )
        : []),
    ],
    preflight: checks(intent, input, nodes, changes),
    blastRadius: [
      ...changes.map(
        ({ node, key, was, value }) => `${node}: ${key} ${JSON.stringify(was)} -> ${JSON.stringify(value)}`,
      ),
      intent.withRewrite === true
        ? 'CONFIG REWRITE also writes everything else that was changed at run time into the file'
        : 'lasts until the restart: the file keeps the old value (no CONFIG REWRITE)',
    ],
    confirm: one ?? intent.group,
    relies: factsAbout(factsOf(observed), [
      ...nodes.flatMap((node) => [`server:${node}:run-id`, `server:${node}:role`]),
      ...nodes.flatMap((node) => [...intent.settings.keys()].map((key) => `server:${node}:config:${key}`)),
    ]),
    particulars: { keys: [...intent.settings.keys()].join(' ') },
  }
}

function stepsOf({ node, key, was, value }: Change): Draft['steps'] {
  const set = step({
    title: `set ${key} on ${node}`,
    node,
    peer: 'server',
    commands: [['CONFIG', 'SET', key, value]],
    undo: { title: `restore ${key} on ${node}`, node, commands: [['CONFIG', 'SET', key, was]] },
    causes: { [`server:${node}:config:${key}`]: null },
    wait: { kind: 'config-reads', params: { key, value } },
  })
  if (key !== 'appendonly' || value.toLowerCase() !== 'yes') return [set]
  // A restart with appendonly in the file and no such file on the disk loads nothing.
  const wait = step({
    title: `the first append-only file of ${node} is written`,
    node,
    peer: 'server',
    commands: [],
    wait: { kind: 'rewrite-done', params: {} },
    timeoutMs: 600_000,
  })
  return [set, wait]
}

function checks(
  intent: Intent,
  { snapshot, observed }: PlanInput,
  nodes: readonly NodeId[],
  changes: readonly Change[],
): readonly PreflightCheck[] {
  if (nodes.length === 0) return [check('node', 'failed', `${intent.node ?? ''} is not a data node of this group`)]
  const names = [...intent.settings.keys()]
  const silent = nodes.filter((node) => 'check' in answering(observed, node, node))
  const unknown = nodes.flatMap((node) =>
    names.filter((key) => observed.servers.get(node)?.config?.get(key) === undefined).map((key) => `${key} on ${node}`),
  )
  const refused = names.filter((key) => UNTOUCHED.has(key) || isSecretParameter(key))
  const withoutFile = nodes.filter((node) => observed.servers.get(node)?.info?.server.configFile === '')
  return [
    names.length === 0
      ? check('settings', 'failed', 'no setting is given: NAME=VALUE')
      : check('settings', 'passed', names.join(', ')),
    silent.length === 0
      ? check('nodes-answer', 'passed', `${nodes.length} of ${nodes.length} answer`)
      : check('nodes-answer', 'failed', `${silent.join(', ')} does not answer`),
    unknown.length === 0
      ? check('known', 'passed', 'every node has the parameter')
      : check('known', 'failed', `unknown, or CONFIG GET is not permitted: ${unknown.join(', ')}`),
    refused.length === 0
      ? check('may-be-set', 'passed', 'none is protected')
      : check('may-be-set', 'failed', `${refused.join(', ')} is protected, secret or read at the start only`),
    changes.length === 0
      ? check('changes', 'failed', 'it is so already on every node')
      : check('changes', 'passed', changes.length === 1 ? '1 value changes' : `${changes.length} values change`),
    ...(intent.withRewrite === true && withoutFile.length > 0
      ? [check('config-file', 'failed', `${withoutFile.join(', ')} was started without a file: CONFIG REWRITE fails`)]
      : []),
    ...changes.flatMap((change) => effects(change, { snapshot, observed, lastMovedAt: undefined })),
  ]
}

/** What a value does at once. Names carry the node: each is acknowledged by itself. */
function effects({ node, key, value }: Change, { observed }: PlanInput): readonly PreflightCheck[] {
  const info = observed.servers.get(node)?.info
  if (info === undefined) return []
  const warn = (name: string, evidence: string, needsNote = false) =>
    check(`${name}@${node}`, 'warned', evidence, needsNote)
  const bytes = readBytes(value)
  switch (key) {
    case 'repl-backlog-size': {
      const keeps = isAtLeast(info.server, { redis: '7.0.0', valkey: '7.2.0' })
      const { usedBytes, maxBytes } = info.memory
      const room =
        maxBytes === undefined || maxBytes === 0 || usedBytes === undefined ? undefined : maxBytes - usedBytes
      return [
        ...(keeps === true
          ? []
          : [
              warn(
                'backlog-history',
                `before 7.0 a new size erases the history: every replica that is away or slow will need a full resync`,
              ),
            ]),
        ...(bytes !== undefined && room !== undefined && bytes > room
          ? [warn('memory-headroom', `${bytes} bytes are asked for, ${room} are left below maxmemory`)]
          : []),
      ]
    }
    case 'min-replicas-to-write': {
      const good = info.replication.replicas.filter((one) => one.state === 'online').length
      return info.replication.role === 'master' && Number(value) > good
        ? [warn('stops-writes', `${good} replicas are online, ${value} would be required: writes stop at once`, true)]
        : []
    }
    case 'maxmemory': {
      const { usedBytes, policy } = info.memory
      if (bytes === undefined || bytes === 0 || usedBytes === undefined || bytes >= usedBytes) return []
      return [
        policy === 'noeviction'
          ? warn('stops-writes', `${usedBytes} bytes are used: writes are refused at once`, true)
          : warn(
              'deletes-data',
              `${usedBytes} bytes are used: ${policy ?? 'the policy'} deletes keys at once until ${bytes} are left`,
              true,
            ),
      ]
    }
    case 'appendonly':
      if (value.toLowerCase() === 'yes') return [{ ...forkHeadroom(info, node), check: `fork-headroom@${node}` }]
      return [warn('append-only-off', 'what is written from now on is kept by RDB saves only')]
    default:
      return []
  }
}
