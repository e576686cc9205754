import type { NodeId } from '../address.ts'
import { readBytes } from '../replies/config-get.ts'
import { isAtLeast } from '../replies/version.ts'
import type { Draft, Intent, Plan, PreflightCheck } from './model.ts'
import { answering, forkHeadroom, nodeOf, readsAs } from './nodes.ts'
import { factsAbout, factsOf, type Observed } from './observed.ts'
import { check, step } from './seal.ts'
import { isSecretParameter } from './secrets.ts'
import type { PlanInput } from './switchover.ts'

/** Never set from here: protected on 7.0 and later, or only read at the start. */
const UNTOUCHED = new Set([
  ...['dir', 'dbfilename', 'enable-protected-configs', 'enable-debug-command', 'enable-module-command'],
  ...['aclfile', 'appenddirname', 'appendfilename', 'cluster-enabled', 'daemonize', 'databases', 'logfile', 'pidfile'],
  // Nobody would find it where it was.
  ...['port', 'tls-port'],
  ...['io-threads', 'io-threads-do-reads', 'supervised', 'tcp-backlog', 'unixsocket', 'rdbchecksum'],
])

/** One value that a node is to have. */
interface Wanted {
  readonly node: NodeId
  readonly key: string
  readonly value: string
  /** What an earlier action set there, where this takes it back; undefined: nothing is taken back. */
  readonly left?: string | undefined
}

interface Change extends Wanted {
  readonly was: string
}

/** What is to be so, and where. */
interface Aim {
  readonly nodes: readonly NodeId[]
  /** The only node that it is about; undefined: the group. */
  readonly one: NodeId | undefined
  readonly keys: readonly string[]
  readonly wanted: readonly Wanted[]
  readonly withRewrite: boolean
}

/**
 * Sets parameters on one node or on every data node: shown old -> new, read back, rolled back on failure. With `restore=ID`
 * each node gets back what it had before that action of the journal, in the file too where that action kept it there.
 */
export function planConfigSet(intent: Intent, input: PlanInput): Draft {
  const { observed, resumed } = input
  const id = intent.settings.get('restore')
  const aim = id === undefined ? newValues(intent, input) : valuesBefore(resumed)
  const { nodes, one, keys, wanted, withRewrite } = aim
  const changes = wanted.flatMap((want): Change[] => {
    const was = observed.servers.get(want.node)?.config?.get(want.key)
    return was === undefined || readsAs(want.key, was, want.value) ? [] : [{ ...want, was }]
  })
  const changed = [...new Set(changes.map((change) => change.node))]
  const restores = id === undefined ? undefined : restoreCheck(id, intent, aim)
  const before = id === undefined ? '' : ` as before ${id}`
  return {
    target: `${one ?? `${nodes.length} nodes of ${intent.group}`}: ${keys.join(', ')}${before}`,
    steps: [
      ...changes.flatMap(stepsOf),
      ...(withRewrite
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
    preflight:
      restores?.status === 'failed'
        ? [restores]
        : [...(restores === undefined ? [] : [restores]), ...checks(intent, aim, input, changes)],
    blastRadius: [
      ...changes.map(
        ({ node, key, was, value }) => `${node}: ${key} ${JSON.stringify(was)} -> ${JSON.stringify(value)}`,
      ),
      withRewrite
        ? 'CONFIG REWRITE also writes everything else that was changed at run time into the file'
        : 'lasts until the restart: the file keeps the old value (no CONFIG REWRITE)',
    ],
    confirm: one ?? intent.group,
    relies: factsAbout(factsOf(observed), [
      ...nodes.flatMap((node) => [`server:${node}:run-id`, `server:${node}:role`]),
      ...nodes.flatMap((node) => keys.map((key) => `server:${node}:config:${key}`)),
    ]),
    particulars: { keys: keys.join(' '), ...(id === undefined ? {} : { restores: id }) },
  }
}

function newValues(intent: Intent, { snapshot, observed }: PlanInput): Aim {
  const one = intent.node === undefined ? undefined : nodeOf(intent, snapshot)
  const nodes = intent.node === undefined ? [...observed.servers.keys()] : one === undefined ? [] : [one]
  return {
    nodes,
    one,
    keys: [...intent.settings.keys()],
    wanted: nodes.flatMap((node) => [...intent.settings].map(([key, value]) => ({ node, key, value }))),
    withRewrite: intent.withRewrite === true,
  }
}

/** What each node had before an earlier change of settings, by its own undos; newest first. Empty for anything else. */
function valuesBefore(plan: Plan | undefined): Aim {
  const steps = plan?.steps ?? []
  const wanted = steps
    .flatMap(({ node, commands, undo }): Wanted[] => {
      const [, verb, key, left] = commands[0] ?? []
      const [, , back, value] = undo?.commands[0] ?? []
      if (verb !== 'SET' || key === undefined || key !== back || value === undefined || left === undefined) return []
      return [{ node, key, value, left }]
    })
    .toReversed()
  const nodes = [...new Set(wanted.map((want) => want.node))]
  return {
    nodes,
    one: nodes.length === 1 ? nodes[0] : undefined,
    keys: [...new Set(wanted.map((want) => want.key))],
    wanted,
    withRewrite: steps.some(({ commands }) => commands.some(([name, verb]) => name === 'CONFIG' && verb === 'REWRITE')),
  }
}

/** The parameters that an earlier change of settings set. */
export function keysSetBy(plan: Plan | undefined): readonly string[] {
  return valuesBefore(plan).keys
}

function restoreCheck(id: string, { settings, node }: Intent, { wanted }: Aim): PreflightCheck {
  if (wanted.length === 0)
    return check('restores', 'failed', `the journal has no change of settings ${id} of this group`)
  return settings.size > 1 || node !== undefined
    ? check('restores', 'failed', 'restore stands alone: beside it no setting and no node is given')
    : check('restores', 'passed', `${wanted.length === 1 ? '1 old value' : `${wanted.length} old values`} of ${id}`)
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
  { nodes, keys: names, withRewrite }: Aim,
  { observed }: PlanInput,
  changes: readonly Change[],
): readonly PreflightCheck[] {
  if (nodes.length === 0) return [check('node', 'failed', `${intent.node ?? ''} is not a data node of this group`)]
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
      : check(
          'may-be-set',
          'failed',
          `${refused.join(', ')} is protected, secret, its own address or read at the start only`,
        ),
    ...(changes.length === 0 && (names.length === 0 || unknown.length > 0) ? [] : [changesCheck(changes)]),
    ...(withRewrite && withoutFile.length > 0
      ? [check('config-file', 'failed', `${withoutFile.join(', ')} was started without a file: CONFIG REWRITE fails`)]
      : []),
    ...changes.flatMap((change) => effects(change, changes, observed)),
  ]
}

function changesCheck(changes: readonly Change[]): PreflightCheck {
  if (changes.length === 0) return check('changes', 'failed', 'it is so already on every node')
  return check('changes', 'passed', changes.length === 1 ? '1 value changes' : `${changes.length} values change`)
}

/** What a value does at once. Names carry the node: each is acknowledged by itself. */
function effects(change: Change, changes: readonly Change[], observed: Observed): readonly PreflightCheck[] {
  const { node, key, was, left } = change
  if (left === undefined || readsAs(key, was, left)) return effectsOf(change, changes, observed)
  const evidence = `${key} is ${JSON.stringify(was)} now, no more ${JSON.stringify(left)} as that action set it`
  return [check(`changed-since-${key}@${node}`, 'warned', evidence), ...effectsOf(change, changes, observed)]
}

function effectsOf(
  { node, key, value }: Change,
  changes: readonly Change[],
  observed: Observed,
): readonly PreflightCheck[] {
  const info = observed.servers.get(node)?.info
  if (info === undefined) return []
  const warn = (name: string, evidence: string, needsNote = false) =>
    check(`${name}@${node}`, 'warned', evidence, needsNote)
  const bytes = readBytes(value)
  const other = (name: string): string | undefined =>
    changes.find((change) => change.node === node && change.key === name)?.value
  switch (key) {
    case 'repl-backlog-size': {
      const keeps = isAtLeast(info.server, { redis: '7.0.0', valkey: '7.2.0' })
      const { usedBytes, maxBytes, rssBytes, totalSystemBytes } = info.memory
      const isLimited = maxBytes !== undefined && maxBytes > 0
      const [most, used] = isLimited ? [maxBytes, usedBytes] : [totalSystemBytes, rssBytes]
      const room = most === undefined || most === 0 || used === undefined ? undefined : Math.max(0, most - used)
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
          ? [
              warn(
                'memory-headroom',
                `${bytes} bytes are asked for, ${room} are left ${isLimited ? 'below maxmemory' : 'of its machine'}`,
              ),
            ]
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
      const { usedBytes } = info.memory
      const policy = other('maxmemory-policy') ?? info.memory.policy
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
    case 'maxmemory-policy': {
      const { usedBytes, maxBytes } = info.memory
      // Said with maxmemory itself where that is set too.
      if (other('maxmemory') !== undefined || value.toLowerCase() === 'noeviction') return []
      if (maxBytes === undefined || maxBytes === 0 || usedBytes === undefined || usedBytes <= maxBytes) return []
      return [
        warn(
          'deletes-data',
          `${usedBytes} bytes are used: ${value} deletes keys at once until ${maxBytes} are left`,
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
