import {
  ageSeconds,
  formatAge,
  formatByteRange,
  formatBytes,
  formatCount,
  formatDuration,
  formatExactByteRange,
  formatInteger,
  formatShortDuration,
  formatText,
  UNKNOWN,
} from '../../ui/format.ts'
import type { StatusTone } from '../../ui/status.ts'
import type { TableColumn } from '../../ui/table/table-column.ts'
import { isSecondHand, type ReplicaRow } from './replica-rows.ts'

type Column = TableColumn<ReplicaRow>

const STATE_TONES: Readonly<Record<ReplicaRow['link']['state'], StatusTone>> = {
  online: 'ok',
  connecting: 'warn',
  'full-sync': 'warn',
  loading: 'warn',
  down: 'crit',
  unknown: 'stale',
}
const VERDICT_TONES = { partial: 'ok', full: 'warn', unknown: 'stale' } as const

/** A column of bytes that one function reads. */
function bytes(
  id: string,
  title: string,
  hint: string,
  width: number,
  read: (row: ReplicaRow) => number | null,
): Column {
  const exact = (row: ReplicaRow) => (read(row) === null ? 'not known' : `${formatInteger(read(row))} B`)
  return {
    id,
    title,
    hint,
    unit: 'B',
    width,
    align: 'end',
    isMono: true,
    value: read,
    text: (row) => formatBytes(read(row)),
    detail: exact,
  }
}

function seconds(
  id: string,
  title: string,
  hint: string,
  width: number,
  read: (row: ReplicaRow) => number | null,
): Column {
  return {
    id,
    title,
    hint,
    unit: 's',
    width,
    align: 'end',
    isMono: true,
    value: read,
    text: (row) => formatDuration(read(row)),
  }
}

/** Every column of the replicas table, in its order. The first names the row. */
export const REPLICA_COLUMNS: readonly Column[] = [
  {
    id: 'replica',
    title: 'Replica',
    hint: 'host:port',
    width: 170,
    align: 'start',
    isMono: true,
    value: (row) => row.id,
    text: (row) => row.id,
    detail: (row) => (row.node?.aliases.length ? `${row.id}, also ${row.node.aliases.join(', ')}` : row.id),
    tone: (row) => (isSecondHand(row) ? 'stale' : null),
  },
  {
    id: 'follows',
    title: 'Follows',
    hint: 'the node it replicates from directly',
    width: 160,
    align: 'start',
    isMono: true,
    value: (row) => row.link.upstream,
    text: (row) => formatText(row.link.upstream),
  },
  {
    id: 'depth',
    title: 'Role',
    hint: 'replica of the master, or of another replica (chained, with its depth)',
    width: 92,
    align: 'start',
    value: (row) => row.link.depth,
    text: (row) => (row.link.depth > 1 ? `chained · ${row.link.depth}` : 'replica'),
  },
  {
    id: 'state',
    title: 'State',
    hint: 'of the replication link: the replica’s own view where it answers',
    width: 104,
    align: 'start',
    value: (row) => row.link.state,
    text: (row) => row.link.state.replace('-', ' '),
    // Online by its master's word alone is not well: the replica itself does not answer.
    tone: (row) => (row.link.state === 'online' && isSecondHand(row) ? 'stale' : STATE_TONES[row.link.state]),
  },
  {
    id: 'lag',
    title: 'Byte lag',
    hint: 'bytes behind the master, with the bounds that two samples allow; sorted by the upper one',
    unit: 'B',
    width: 128,
    align: 'end',
    isMono: true,
    value: (row) => row.link.byteLag?.high ?? null,
    text: (row) =>
      row.link.byteLag ? formatByteRange(row.link.byteLag) : (row.link.byteLagReason?.replaceAll('-', ' ') ?? UNKNOWN),
    detail: (row) => (row.link.byteLag ? formatExactByteRange(row.link.byteLag) : null),
    tone: (row) => (row.link.byteLagReason === 'different-history' ? 'crit' : null),
    parts: [
      { title: 'Byte lag low', unit: 'B', value: (row) => row.link.byteLag?.low ?? null },
      { title: 'Byte lag high', unit: 'B', value: (row) => row.link.byteLag?.high ?? null },
      { title: 'Byte lag reason', value: (row) => row.link.byteLagReason },
    ],
  },
  seconds(
    'stale',
    'In time',
    'how long ago the master passed the offset that this replica has applied',
    82,
    (row) => row.link.staleSeconds,
  ),
  seconds(
    'ack',
    'Ack age',
    'since its last acknowledgement: lag= of the master’s INFO, whole seconds',
    80,
    (row) => row.link.ackAgeSeconds,
  ),
  bytes('in-flight', 'In flight', 'written by the master, not yet received', 92, (row) => row.link.inFlightBytes),
  bytes('unapplied', 'Unapplied', 'received, not yet applied', 92, (row) => row.link.unappliedBytes),
  {
    ...bytes(
      'margin',
      'Margin',
      'bytes between it and the oldest byte that its upstream still holds; negative: fell off',
      96,
      (row) => row.link.coverage?.bytes ?? null,
    ),
    tone: (row) => (row.link.coverage && row.link.coverage.bytes < 0 ? 'crit' : null),
  },
  {
    id: 'margin-seconds',
    title: 'May stay away',
    hint: 'how long it can be disconnected from now and still resync partially, at the present write rate',
    unit: 's',
    width: 128,
    align: 'end',
    isMono: true,
    value: (row) => (row.link.coverage?.unbounded ? Number.POSITIVE_INFINITY : (row.link.coverage?.seconds ?? null)),
    text: (row) => (row.link.coverage?.unbounded ? 'no writes' : formatDuration(row.link.coverage?.seconds)),
    tone: (row) => awayTone(row),
  },
  {
    id: 'resync',
    title: 'If dropped',
    hint: 'the resync that a disconnection now would lead to',
    width: 100,
    align: 'start',
    value: (row) => row.link.resyncIfDropped.verdict,
    text: (row) => row.link.resyncIfDropped.verdict,
    detail: (row) => `${row.link.resyncIfDropped.reason} (${row.link.resyncIfDropped.decidedBy})`,
    tone: (row) => VERDICT_TONES[row.link.resyncIfDropped.verdict],
  },
  bytes(
    'output-buffer',
    'Out buffer',
    'output buffer of this replica on its upstream (omem)',
    96,
    (row) => row.link.outputBufferBytes,
  ),
  {
    id: 'priority',
    title: 'Priority',
    hint: 'replica-priority: lower is promoted first, 0 never',
    width: 76,
    align: 'end',
    isMono: true,
    value: (row) => row.node?.replication?.priority ?? null,
    text: (row) => formatInteger(row.node?.replication?.priority),
    detail: (row) => (row.node?.replication?.priority === 0 ? '0: never promoted' : null),
  },
  {
    id: 'link',
    title: 'Link',
    hint: 'master_link_status, and for how long it has been down',
    width: 104,
    align: 'start',
    value: (row) => row.node?.replication?.masterLink ?? null,
    text: linkText,
    tone: (row) => (row.node?.replication?.masterLink === 'down' ? 'crit' : null),
    parts: [
      { title: 'Link', value: (row) => row.node?.replication?.masterLink ?? null },
      { title: 'Link down', unit: 's', value: (row) => row.node?.replication?.linkDownSeconds ?? null },
    ],
  },
  {
    id: 'transport',
    title: 'Transport',
    hint: 'TLS on the link, and whether a NAT entry maps its address',
    width: 96,
    align: 'start',
    isOptional: true,
    value: (row) => transport(row),
    text: (row) => transport(row) ?? UNKNOWN,
  },
  {
    id: 'persistence',
    title: 'Persistence',
    hint: 'age of the last RDB save, and AOF',
    width: 150,
    align: 'start',
    value: (row) => persistenceText(row),
    text: (row) => persistenceText(row) ?? UNKNOWN,
  },
  {
    id: 'version',
    title: 'Version',
    hint: 'server flavour and version',
    width: 104,
    align: 'start',
    value: (row) => (row.node?.version ? `${row.node.flavour} ${row.node.version}` : null),
    text: (row) => (row.node?.version ? `${row.node.flavour} ${row.node.version}` : UNKNOWN),
  },
  {
    id: 'keys',
    title: 'Keys',
    hint: 'sum over all databases',
    width: 80,
    align: 'end',
    isMono: true,
    value: (row) => row.node?.keys ?? null,
    text: (row) => formatCount(row.node?.keys),
    detail: (row) => formatInteger(row.node?.keys),
  },
  bytes('memory', 'Memory', 'used_memory', 88, (row) => row.node?.memory?.usedBytes ?? null),
  {
    id: 'seen',
    title: 'Seen',
    hint: 'age of what is shown, and who told it',
    width: 150,
    align: 'start',
    value: (row) => (row.node?.sampledAt ? Date.parse(row.node.sampledAt) : null),
    text: seenText,
    tone: (row) => (isSecondHand(row) ? 'stale' : null),
    parts: [
      { title: 'Sampled at', value: (row) => row.node?.sampledAt ?? null },
      { title: 'Seen through', value: (row) => row.node?.observedThrough ?? null },
      { title: 'Reachability', value: (row) => row.node?.reachability ?? null },
    ],
  },
]

/** Less than a minute is a warning, nothing left is critical; unknown says nothing. */
function awayTone({ link }: ReplicaRow): StatusTone | null {
  const left = link.coverage?.seconds
  if (!link.coverage || link.coverage.unbounded || left === null || left === undefined) return null
  return left <= 0 ? 'crit' : left < 60 ? 'warn' : null
}

function linkText({ node }: ReplicaRow): string {
  const replication = node?.replication
  if (!replication?.masterLink) return UNKNOWN
  if (replication.neverConnected === true) return 'never up'
  if (replication.masterLink === 'up' || replication.linkDownSeconds === null) return replication.masterLink
  return `down ${formatShortDuration(replication.linkDownSeconds)}`
}

function transport({ link }: ReplicaRow): string | null {
  const tls = link.tls === null ? null : link.tls ? 'TLS' : 'plain'
  if (link.natMapped) return tls ? `${tls} · NAT` : 'NAT'
  return tls
}

function persistenceText({ node, now }: ReplicaRow): string | null {
  const facts = node?.persistence
  if (!facts) return null
  const rdb =
    facts.rdb.enabled === false
      ? 'RDB off'
      : facts.rdb.lastSaveAt
        ? `RDB ${formatShortDuration(ageSeconds(facts.rdb.lastSaveAt, now))}`
        : null
  const aof = facts.aof.enabled === null ? null : facts.aof.enabled ? `AOF ${facts.aof.fsync ?? 'on'}` : 'AOF off'
  return [rdb, aof].filter((part) => part !== null).join(' · ') || null
}

const THROUGH = { direct: '', 'sentinel-cache': ' · by Sentinel', 'master-view': ' · by its master' } as const

function seenText({ node, now }: ReplicaRow): string {
  if (!node) return 'never'
  const age = ageSeconds(node.sampledAt, now)
  const through = node.observedThrough === null ? '' : THROUGH[node.observedThrough]
  if (age === undefined) return node.reachability === 'up' ? UNKNOWN : node.reachability.replace('-', ' ')
  return `${formatAge(node.sampledAt, now)}${through}`
}
