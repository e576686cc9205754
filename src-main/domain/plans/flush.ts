import type { NodeId } from '../address.ts'
import { isAtLeast } from '../replies/version.ts'
import { copyCommands, storedFiles, type StoredFiles } from './flush-files.ts'
import type { Monitor } from './flush-ways-back.ts'
import { noFailover, noOtherAction, oneMaster } from './group-checks.ts'
import type { CommandWords, Draft, Intent, PreflightCheck } from './model.ts'
import { factsAbout, factsOf, type ObservedServer } from './observed.ts'
import { check, step } from './seal.ts'
import type { PlanInput } from './switchover.ts'

/** A child that saves may take so long. */
const SAVE_MS = 600_000
const SETTINGS = ['way-back', 'mode', 'db']

interface Setting {
  readonly master: NodeId
  /** Undefined: every database. */
  readonly db: number | undefined
  /** Nodes that answer, replicas first. */
  readonly nodes: readonly ObservedServer[]
  readonly silent: readonly NodeId[]
  readonly makesWayBack: boolean
  readonly isSync: boolean
  /** Of the master; undefined: not known. */
  readonly keys: number | undefined
}

/**
 * FLUSHALL or FLUSHDB on the master, which empties every linked replica too. Unless `way-back=no` each node saves first and
 * is kept from overwriting that save (and from rewriting its append-only file) until somebody has copied it. Settings:
 * `way-back` yes (default) or no, `mode` async (default) or sync, `db` for flushdb.
 */
export function planFlush(intent: Intent, input: PlanInput): Draft {
  const setting = settle(intent, input)
  const { master, db, nodes, keys } = setting
  const files = Object.fromEntries(nodes.map((one) => [one.node, storedFiles(one)]))
  return {
    target: `${intent.group}: ${db === undefined ? 'every database' : `database ${db}`} on ${master} and its replicas`,
    steps: stepsOf(setting, files),
    preflight: checks(intent, input, setting),
    blastRadius: blastRadius(setting, files),
    confirm: `${intent.group} ${keys ?? 'UNKNOWN'}`,
    confirmsCount: true,
    relies: factsAbout(
      factsOf(input.observed),
      [...nodes.map((one) => one.node), ...setting.silent]
        .flatMap((node) =>
          ['run-id', 'role', 'replid', 'follows', 'config:save', 'config:appendonly'].map(
            (key) => `server:${node}:${key}`,
          ),
        )
        .concat(
          [...input.observed.sentinels.keys()].flatMap((node) => [
            `sentinel:${node}:master`,
            `sentinel:${node}:failover`,
          ]),
        ),
    ),
    particulars: {
      master,
      db: db === undefined ? '' : String(db),
      keys: String(keys ?? ''),
      nodes: nodes.map((one) => one.node).join(' '),
      detached: nodes
        .filter((one) => isDetached(one))
        .map((one) => one.node)
        .join(' '),
      sentinels: [...input.observed.sentinels.keys()].join(' '),
      files: JSON.stringify(files),
      monitor: JSON.stringify(monitorOf(input)),
    },
  }
}

/** What a Sentinel was told of the group: it has to be told again after it was made to forget it. */
function monitorOf({ observed }: PlanInput): Monitor {
  const own = [...observed.sentinels.values()].find((one) => one.master !== undefined)?.master
  const { quorum, downAfterMs, failoverTimeoutMs, parallelSyncs } = own ?? {}
  return { quorum, downAfterMs, failoverTimeoutMs, parallelSyncs }
}

function settle(intent: Intent, { snapshot, observed }: PlanInput): Setting {
  const master = snapshot.master ?? ''
  const db = intent.action === 'flushdb' ? Number(intent.settings.get('db') ?? '0') : undefined
  const all = [...observed.servers.values()]
  const answering = all.filter((one) => one.failure === undefined && one.info !== undefined)
  const nodes = [...answering.filter((one) => one.node !== master), ...answering.filter((one) => one.node === master)]
  const own = observed.servers.get(master)
  return {
    master,
    db,
    nodes,
    silent: all.filter((one) => !answering.includes(one)).map((one) => one.node),
    makesWayBack: intent.settings.get('way-back') !== 'no',
    isSync: intent.settings.get('mode') === 'sync',
    keys: own === undefined ? undefined : keysOf(own, db),
  }
}

/** Keys of one database, or of all; undefined when the server did not say. */
export function keysOf(server: Pick<ObservedServer, 'info'>, db: number | undefined): number | undefined {
  const entries = server.info?.keyspace
  if (entries === undefined) return undefined
  const counted = entries.filter((entry) => db === undefined || entry.db === db).map((entry) => entry.keys)
  return counted.some((keys) => keys === undefined)
    ? undefined
    : counted.reduce<number>((sum, keys) => sum + (keys ?? 0), 0)
}

function isDetached({ info }: ObservedServer): boolean {
  return info?.replication.role === 'replica' && info.replication.masterLink !== 'up'
}

function stepsOf(setting: Setting, files: Readonly<Record<NodeId, StoredFiles>>): Draft['steps'] {
  const { master, nodes, makesWayBack, db } = setting
  return [
    ...(makesWayBack ? nodes.flatMap((one) => wayBack(one, files[one.node])) : []),
    step({
      title: 'note what each node has now',
      node: master,
      peer: 'server',
      commands: [],
      wait: { kind: 'noted', params: { nodes: nodes.map((one) => one.node).join(' ') } },
    }),
    step({
      title: db === undefined ? 'empty every database' : `empty database ${db}`,
      node: master,
      peer: 'server',
      commands: flushCommands(setting),
      isAtomic: false,
      isIrreversible: true,
      isPointOfNoReturn: true,
      needsRole: 'master',
      timeoutMs: setting.isSync ? SAVE_MS : 10_000,
    }),
  ]
}

function flushCommands({ db, isSync, nodes, master }: Setting): readonly CommandWords[] {
  const server = nodes.find((one) => one.node === master)?.info?.server
  // The word SYNC is from 6.2; before it, no word at all meant that.
  const takesSync = server !== undefined && isAtLeast(server, { redis: '6.2.0', valkey: '7.2.0' }) === true
  const words = isSync ? (takesSync ? ['SYNC'] : []) : ['ASYNC']
  return db === undefined
    ? [['FLUSHALL', ...words]]
    : [
        ['SELECT', String(db)],
        ['FLUSHDB', ...words],
      ]
}

/** A save that the flush cannot overwrite, and an append-only file that is not rewritten. */
function wayBack(server: ObservedServer, files: StoredFiles | undefined): Draft['steps'] {
  const { node, info, config } = server
  const save = config?.get('save')
  const percentage = config?.get('auto-aof-rewrite-percentage')
  // A failover before that is taken back has Sentinel write the temporary values into the file.
  const rewrite: readonly CommandWords[] = info?.server.configFile === '' ? [] : [['CONFIG', 'REWRITE']]
  return [
    step({
      title: `save on ${node}`,
      node,
      peer: 'server',
      commands: [['BGSAVE']],
      wait: { kind: 'save-done', params: { since: String(info?.persistence.lastSaveAt ?? 0) } },
      timeoutMs: SAVE_MS,
    }),
    ...(save === undefined || save === ''
      ? []
      : [
          step({
            title: `keep ${node} from overwriting that save`,
            node,
            peer: 'server',
            commands: [['CONFIG', 'SET', 'save', '']],
            causes: { [`server:${node}:config:save`]: '' },
            undo: {
              title: `let ${node} save by itself again, once the copy is made`,
              node,
              commands: [['CONFIG', 'SET', 'save', save], ...rewrite],
              isForLater: true,
            },
          }),
        ]),
    ...(files?.isAofOn !== true || percentage === undefined || percentage === '0'
      ? []
      : [
          step({
            title: `keep ${node} from rewriting its append-only file`,
            node,
            peer: 'server',
            commands: [['CONFIG', 'SET', 'auto-aof-rewrite-percentage', '0']],
            undo: {
              title: `let ${node} rewrite its append-only file again, once the copy is made`,
              node,
              commands: [['CONFIG', 'SET', 'auto-aof-rewrite-percentage', percentage], ...rewrite],
              isForLater: true,
            },
          }),
        ]),
  ]
}

function checks(intent: Intent, { snapshot, observed }: PlanInput, setting: Setting): readonly PreflightCheck[] {
  const { nodes, silent, keys, makesWayBack, master } = setting
  const unknown = [...intent.settings.keys()].filter((key) => !SETTINGS.includes(key))
  const detached = nodes.filter(isDetached).map((one) => one.node)
  return [
    settingsCheck(intent, unknown),
    oneMaster(observed, snapshot.master),
    keys === undefined
      ? check('keys', 'failed', `how many keys ${master} holds is not known, so nobody can confirm it`)
      : check('keys', 'passed', `${keys} keys on ${master}`),
    silent.length === 0
      ? check('nodes-answer', 'passed', `${nodes.length} of ${nodes.length} answer`)
      : check(
          'nodes-answer',
          'warned',
          `${silent.join(', ')} cannot be asked: no way back is made there, and it may be emptied when it is linked again`,
        ),
    detached.length === 0
      ? check('links', 'passed', 'every replica that answers is linked: all are emptied together')
      : check(
          'links',
          'warned',
          `${detached.join(', ')} has no link to its master: it keeps its keys until the link returns, and is emptied then`,
        ),
    wayBackCheck(setting),
    lastSave(setting, observed.at),
    ...(makesWayBack ? [children(nodes), headroom(nodes)] : []),
    noFailover(observed),
    noOtherAction(observed),
  ]
}

function settingsCheck(intent: Intent, unknown: readonly string[]): PreflightCheck {
  const { settings } = intent
  const bad = [
    ...unknown.map((key) => `${key} is not known here (${SETTINGS.join(', ')} are)`),
    ...(settings.has('way-back') && !/^(yes|no)$/.test(settings.get('way-back') ?? '')
      ? ['way-back is yes or no']
      : []),
    ...(settings.has('mode') && !/^(async|sync)$/.test(settings.get('mode') ?? '') ? ['mode is async or sync'] : []),
    ...(intent.action === 'flushdb' && !/^\d{1,5}$/.test(settings.get('db') ?? '')
      ? ['db is missing: which database']
      : []),
    ...(intent.action === 'flushall' && settings.has('db') ? ['db is for flushdb'] : []),
  ]
  return bad.length > 0 ? check('settings', 'failed', bad.join('; ')) : check('settings', 'passed', 'understood')
}

function wayBackCheck({ makesWayBack, nodes }: Setting): PreflightCheck {
  if (!makesWayBack)
    return check('way-back', 'warned', 'none is made first (way-back=no): what is on the disks now is all there is')
  const blind = nodes.filter((one) => one.config?.get('save') === undefined).map((one) => one.node)
  return blind.length > 0
    ? check(
        'way-back',
        'failed',
        `the save points of ${blind.join(', ')} cannot be read, so they could not be restored`,
      )
    : check(
        'way-back',
        'passed',
        `${nodes.map((one) => one.node).join(', ')} save first and do not overwrite that save`,
      )
}

function lastSave({ nodes }: Setting, at: number): PreflightCheck {
  const words = nodes.map(({ node, info }) => {
    const { lastSaveAt, lastBgsaveStatus, changesSinceSave } = info?.persistence ?? {}
    const age =
      lastSaveAt === undefined
        ? 'at an unknown time'
        : `${Math.max(0, Math.round((at - lastSaveAt) / 1000))} s ago (or its start)`
    return `${node} last saved ${age}, ${lastBgsaveStatus ?? 'unknown'}, ${changesSinceSave ?? 'an unknown number of'} changes since`
  })
  const isBad = nodes.some(({ info }) => info?.persistence.lastBgsaveStatus !== 'ok')
  return check('last-save', isBad ? 'warned' : 'passed', words.join('; '))
}

function children(nodes: readonly ObservedServer[]): PreflightCheck {
  const busy = nodes
    .filter(
      ({ info }) => info?.persistence.bgsaveInProgress === true || info?.persistence.aofRewriteInProgress === true,
    )
    .map((one) => one.node)
  return busy.length === 0
    ? check('no-child', 'passed', 'no node is saving or rewriting')
    : check('no-child', 'failed', `${busy.join(', ')} is saving or rewriting: wait until that is done`)
}

function headroom(nodes: readonly ObservedServer[]): PreflightCheck {
  const words = nodes.map(({ node, info }) => {
    const { usedBytes, totalSystemBytes } = info?.memory ?? {}
    return {
      node,
      usedBytes,
      totalSystemBytes,
      isTight: (usedBytes ?? 0) * 2 > (totalSystemBytes ?? Number.MAX_SAFE_INTEGER),
    }
  })
  const tight = words.filter((one) => one.isTight)
  return tight.length === 0
    ? check(
        'fork-headroom',
        'passed',
        words
          .map((one) => `${one.node} uses ${one.usedBytes ?? '?'} of ${one.totalSystemBytes ?? '?'} bytes`)
          .join('; '),
      )
    : check(
        'fork-headroom',
        'warned',
        `${tight.map((one) => `${one.node} uses ${one.usedBytes ?? '?'} of its machine's ${one.totalSystemBytes ?? '?'} bytes`).join('; ')}: a save under writes may need as much again`,
      )
}

function blastRadius(setting: Setting, files: Readonly<Record<NodeId, StoredFiles>>): readonly string[] {
  const { nodes, db, keys, makesWayBack, master } = setting
  const clients = nodes.find((one) => one.node === master)?.info?.clients.connected
  return [
    `${keys ?? 'an unknown number of'} keys are destroyed on ${master}, and on each of its replicas`,
    ...nodes.map(
      (one) =>
        `${one.node} (${one.node === master ? 'master' : isDetached(one) ? 'replica, not linked' : 'replica'}): ${describeKeys(one, db)}`,
    ),
    ...nodes.flatMap(({ node, config }) => describeFiles(node, files[node], setting, config?.get('save'))),
    `${clients ?? 'an unknown number of'} clients of ${master} stay connected and find nothing`,
    ...(makesWayBack
      ? [
          'writes after a node began its save are in no save of that node',
          'then copy, on each host, before anything else:',
          ...nodes.flatMap(({ node }) => copyCommands(node, files[node]).map((line) => `  ${line}`)),
          'until those copies are made and the action is taken back by its undo, these nodes do not save by themselves',
        ]
      : []),
  ]
}

function describeKeys({ info }: ObservedServer, db: number | undefined): string {
  const entries = info?.keyspace
  if (entries === undefined) return 'its keys are not known'
  if (entries.length === 0) return 'no keys'
  return entries
    .map(
      (entry) => `db${entry.db} ${entry.keys ?? 'unknown'} keys${db === undefined || entry.db === db ? '' : ' (kept)'}`,
    )
    .join(', ')
}

function describeFiles(
  node: NodeId,
  files: StoredFiles | undefined,
  { db, makesWayBack }: Setting,
  save: string | undefined,
): readonly string[] {
  const rdb =
    db !== undefined
      ? 'is left alone by FLUSHDB; the next save writes it without these keys'
      : makesWayBack
        ? 'is written before and left alone by the flush'
        : save === undefined
          ? 'is overwritten with an empty one at once if save points are set (not readable)'
          : save === ''
            ? 'is left alone: no save points are set'
            : `is overwritten with an empty one at once: save points "${save}" are set`
  const aof =
    files?.isAofOn === true
      ? [
          `${node}: the flush is appended to its append-only file${makesWayBack ? ', which is not rewritten' : '; the next rewrite drops everything before it'}`,
        ]
      : []
  return [`${node}: ${files?.rdb ?? 'its dump file'} ${rdb}`, ...aof]
}
