import type { NodeId } from '../address.ts'
import { clientCommand, copyCommands, quoted, type StoredFiles } from './flush-files.ts'

/** What a Sentinel that forgot the group has to be told again. Undefined: it did not say. Secrets are not among it. */
export interface Monitor {
  readonly quorum?: number | undefined
  readonly downAfterMs?: number | undefined
  readonly failoverTimeoutMs?: number | undefined
  readonly parallelSyncs?: number | undefined
}

/** What one node still has after a flush. */
interface Kept {
  readonly node: NodeId
  readonly files: StoredFiles | undefined
  /** Its append-only file holds everything up to the flush. */
  readonly hasAof: boolean
  /** Its dump file was not written since. */
  readonly hasRdb: boolean
}

interface Flushed {
  readonly group: string
  readonly master: NodeId
  readonly nodes: readonly Kept[]
  /** Those without a link to their master when the flush was sent. */
  readonly away: readonly NodeId[]
  readonly sentinels: readonly NodeId[]
  readonly monitor: Monitor
  readonly word: 'FLUSHALL' | 'FLUSHDB'
  /** Each node saved right before, and its append-only file is not rewritten. */
  readonly isFresh: boolean
}

/**
 * Every way back that is open after a flush, the fastest first and of one kind the master's first, one line each. A
 * replica that was started again as one would be emptied by its master at once: it stops to be one before. Login and TLS
 * of the client are not known here and left out.
 */
export function waysBack(given: Flushed): readonly string[] {
  const { away, isFresh, master } = given
  const nodes = given.nodes.toSorted((a, b) => Number(b.node === master) - Number(a.node === master))
  const flushed = { ...given, nodes }
  const options = [
    ...nodes.filter((one) => away.includes(one.node)).flatMap((one) => fromAway(one)),
    ...nodes.filter((one) => one.hasAof).flatMap((one) => fromAof(one, flushed)),
    ...nodes.filter((one) => one.hasRdb).flatMap((one) => fromRdb(one, flushed)),
  ]
  return [
    ...(isFresh
      ? [
          'copy now, each on its host:',
          ...nodes.flatMap(({ node, files }) => copyCommands(node, files)).map((line) => `  ${line}`),
        ]
      : []),
    'ways back that are still open, the fastest first (login and TLS of the client are left out):',
    ...(options.length === 0
      ? ['  none on these nodes: only copies made elsewhere']
      : [...forgetting(flushed), ...options, ...afterwards(flushed)]),
  ]
}

/** Otherwise an empty node is promoted meanwhile, or the one with the keys is attached to an empty one again. */
function forgetting({ sentinels, group, nodes }: Flushed): readonly string[] {
  const files = nodes[0]?.files
  return sentinels.length === 0
    ? []
    : [
        '  before any of them, or an empty node is promoted meanwhile:',
        ...sentinels.map((node) => `    ${clientCommand(node, files, `SENTINEL REMOVE ${quoted(group)}`)}`),
      ]
}

function afterwards({ sentinels, group, nodes, monitor }: Flushed): readonly string[] {
  const { quorum, downAfterMs, failoverTimeoutMs, parallelSyncs } = monitor
  const settings = [
    ...(downAfterMs === undefined ? [] : [`down-after-milliseconds ${downAfterMs}`]),
    ...(failoverTimeoutMs === undefined ? [] : [`failover-timeout ${failoverTimeoutMs}`]),
    ...(parallelSyncs === undefined ? [] : [`parallel-syncs ${parallelSyncs}`]),
  ]
  const files = nodes[0]?.files
  return [
    '  afterwards, HOST PORT being the node that has its keys again; first every other node:',
    ...nodes.map(({ node, files: own }) => `    ${clientCommand(node, own, 'REPLICAOF HOST PORT')}`),
    ...(sentinels.length === 0 ? [] : ['  then every Sentinel, with auth-user and auth-pass as they were:']),
    ...sentinels.flatMap((node) => [
      `    ${clientCommand(node, files, `SENTINEL MONITOR ${quoted(group)} HOST PORT ${quorum ?? 'QUORUM'}`)}`,
      ...(settings.length === 0
        ? []
        : [`    ${clientCommand(node, files, `SENTINEL SET ${quoted(group)} ${settings.join(' ')}`)}`]),
    ]),
  ]
}

function fromAway({ node, files }: Kept): readonly string[] {
  return [
    `  ${node} was not linked and may hold all keys; before its link returns:`,
    `    ${clientCommand(node, files, 'REPLICAOF NO ONE')}`,
  ]
}

/** `*2 $8` and two line ends stand before the command's name. */
const RECORD_HEAD_BYTES = 8

function fromAof({ node, files }: Kept, { isFresh, word, master }: Flushed): readonly string[] {
  const { aof } = files ?? {}
  return [
    `  append-only file of ${node}, everything up to the flush:`,
    ...(isFresh ? [] : [`    at once: ${clientCommand(node, files, 'CONFIG SET auto-aof-rewrite-percentage 0')}`]),
    ...stopped(node, files, master),
    ...(aof === undefined
      ? [`    copy its append-only file, and cut ${word} and what follows from its end`]
      : [
          `    cp -a ${quoted(aof)} ${quoted(`${aof}.with-flush`)}`,
          // Only the file written last holds it; what was written after it goes too.
          `    f=${files?.isMultiPart === true ? `"$(ls -t ${quoted(aof)}/*.incr.aof | head -1)"` : quoted(aof)}; truncate -s $(( $(grep -abo ${word} "$f" | tail -1 | cut -d: -f1) - ${RECORD_HEAD_BYTES} )) "$f"`,
        ]),
    `    start ${node} again${startedAs(node, files, master)}`,
  ]
}

function fromRdb({ node, files }: Kept, { isFresh, master }: Flushed): readonly string[] {
  const { rdb } = files ?? {}
  const copy = isFresh && rdb !== undefined ? [`    cp -p ${quoted(`${rdb}.before-flush`)} ${quoted(rdb)}`] : []
  const isAofOn = files?.isAofOn === true
  return [
    `  ${rdb ?? 'the dump file'} of ${node}, ${isFresh ? 'saved right before the flush' : 'as of its last save, if it ever saved'}:`,
    ...(isFresh || rdb === undefined ? [] : [`    cp -p ${quoted(rdb)} ${quoted(`${rdb}.before-flush`)}`]),
    ...stopped(node, files, master),
    ...copy,
    `    start ${node} ${isAofOn ? 'with --appendonly no' : 'again'}${startedAs(node, files, master)}`,
    ...(isAofOn ? [`    ${clientCommand(node, files, 'CONFIG SET appendonly yes')}`] : []),
  ]
}

/** Its end. Whoever was a replica is none when it is started again. */
function stopped(node: NodeId, files: StoredFiles | undefined, master: NodeId): readonly string[] {
  const detaching =
    node === master ? [] : ['REPLICAOF NO ONE', ...(files?.hasConfigFile === false ? [] : ['CONFIG REWRITE'])]
  return [...detaching, 'SHUTDOWN NOSAVE'].map((command) => `    ${clientCommand(node, files, command)}`)
}

function startedAs(node: NodeId, files: StoredFiles | undefined, master: NodeId): string {
  if (node === master) return ''
  return files?.hasConfigFile === false ? ', without --replicaof: it is a master then' : ': it is a master then'
}
