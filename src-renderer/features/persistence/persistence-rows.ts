import type { GroupSlice, InspectExposure, InspectNode } from '../../../src-main/contract/inspect.ts'
import { ageSeconds, formatAge, formatDuration, formatInteger, formatPercent, UNKNOWN } from '../../ui/format.ts'
import type { StatusTone } from '../../ui/status.ts'
import type { TableColumn } from '../../ui/table/table-column.ts'

type PowerLoss = InspectExposure['powerLoss'][number]

/** One server and what it would find on its disk. */
export interface PersistenceRow {
  readonly id: string
  readonly node: InspectNode
  readonly isMaster: boolean
  readonly powerLoss: PowerLoss | null
  readonly now: number
}

/** Every server of the group: the master first, then by id. */
export function toPersistenceRows(slice: GroupSlice, now: number): PersistenceRow[] {
  const losses = new Map((slice.group.exposure?.powerLoss ?? []).map((loss) => [loss.node, loss]))
  return slice.nodes
    .filter((node) => node.kind === 'server')
    .map((node) => ({
      id: node.id,
      node,
      isMaster: slice.group.masters.includes(node.id) || node.id === slice.group.master,
      powerLoss: losses.get(node.id) ?? null,
      now,
    }))
    .sort((a, b) => Number(b.isMaster) - Number(a.isMaster) || a.id.localeCompare(b.id, 'en', { numeric: true }))
}

/** Nodes whose settings this user may not read, with the line that would help. */
export function notPermitted(
  slice: GroupSlice,
): { readonly id: string; readonly commands: readonly string[]; readonly hint: string | null }[] {
  return slice.nodes
    .filter((node) => node.kind === 'server' && node.notPermitted.some((command) => /^(CONFIG|INFO)/.test(command)))
    .map((node) => ({ id: node.id, commands: node.notPermitted, hint: node.aclHint }))
}

interface Said {
  readonly text: string
  readonly tone: StatusTone | null
  readonly detail?: string
}

const NOT_KNOWN: Said = { text: UNKNOWN, tone: null }

function unknown({ node }: PersistenceRow): Said {
  if (node.notPermitted.some((command) => command.startsWith('CONFIG')))
    return { text: 'not permitted', tone: 'stale', detail: 'CONFIG GET is not permitted' }
  return NOT_KNOWN
}

/** RDB in one word and a shape. */
export function sayRdb(row: PersistenceRow): Said {
  const facts = row.node.persistence
  if (!facts) return NOT_KNOWN
  const { enabled, lastStatus, inProgress } = facts.rdb
  if (lastStatus !== null && lastStatus !== 'ok')
    return { text: `save failed`, tone: 'crit', detail: `rdb_last_bgsave_status:${lastStatus}` }
  if (inProgress === true) return { text: 'saving', tone: 'ok', detail: 'a BGSAVE is running' }
  if (enabled === false)
    return { text: 'off', tone: facts.aof.enabled === false ? 'crit' : 'warn', detail: 'no save rule is set' }
  if (enabled === null) return { text: 'rules unknown', tone: 'stale', detail: 'CONFIG GET save was not answered' }
  return { text: 'on', tone: 'ok' }
}

/** AOF in one word and a shape. */
export function sayAof(row: PersistenceRow): Said {
  const facts = row.node.persistence
  if (!facts) return NOT_KNOWN
  const { enabled, lastWriteStatus } = facts.aof
  if (lastWriteStatus !== null && lastWriteStatus !== 'ok')
    return { text: 'write failed', tone: 'crit', detail: `aof_last_write_status:${lastWriteStatus}` }
  if (enabled === null) return unknown(row)
  return enabled ? { text: 'on', tone: 'ok' } : { text: 'off', tone: facts.rdb.enabled === false ? 'crit' : null }
}

export function sayFsync(row: PersistenceRow): Said {
  const facts = row.node.persistence
  if (facts?.aof.enabled === false) return { text: 'not used', tone: null }
  const fsync = facts?.aof.fsync
  if (fsync == null) return unknown(row)
  return {
    text: fsync,
    tone: fsync === 'no' ? 'warn' : null,
    detail: fsync === 'no' ? 'the kernel decides when to write: tens of seconds' : fsync,
  }
}

export function sayRewrite(row: PersistenceRow): Said {
  const aof = row.node.persistence?.aof
  if (!aof || aof.enabled === false) return aof ? { text: 'not used', tone: null } : NOT_KNOWN
  if (aof.rewriteInProgress === true) return { text: 'running', tone: 'ok' }
  if (aof.lastRewriteStatus === null) return NOT_KNOWN
  return aof.lastRewriteStatus === 'ok'
    ? { text: 'ok', tone: 'ok' }
    : { text: 'failed', tone: 'crit', detail: `aof_last_bgrewrite_status:${aof.lastRewriteStatus}` }
}

/** What a power loss of this node would cost. */
export function sayPowerLoss({ powerLoss }: PersistenceRow): Said {
  if (!powerLoss) return NOT_KNOWN
  const { lossSeconds, lossSecondsUnbounded, lossChanges, reason } = powerLoss
  const parts: string[] = []
  if (lossSecondsUnbounded) parts.push('everything')
  else if (lossSeconds !== null) parts.push(lossSeconds === 0 ? 'nothing' : `up to ${formatDuration(lossSeconds)}`)
  if (lossChanges !== null && lossChanges > 0) parts.push(`${formatInteger(lossChanges)} changes`)
  const tone = lossSecondsUnbounded
    ? 'crit'
    : lossSeconds !== null && lossSeconds > 60 && lossChanges !== 0
      ? 'warn'
      : null
  return { text: parts.join(', ') || UNKNOWN, tone, detail: reason }
}

function seen({ node, now }: PersistenceRow): Said {
  if (node.persistence?.loading === true) {
    const ratio = node.persistence.loadingRatio === null ? '' : ` ${formatPercent(node.persistence.loadingRatio)}`
    const eta =
      node.persistence.loadingEtaSeconds === null ? '' : `, ${formatDuration(node.persistence.loadingEtaSeconds)} left`
    return { text: `loading${ratio}${eta}`, tone: 'warn' }
  }
  const age = ageSeconds(node.sampledAt, now)
  if (age === undefined)
    return { text: node.reachability === 'up' ? UNKNOWN : node.reachability.replace('-', ' '), tone: 'stale' }
  const isFresh = node.reachability === 'up' && node.observedThrough === 'direct'
  return {
    text: formatAge(node.sampledAt, now),
    tone: isFresh ? null : 'stale',
    detail: isFresh ? 'asked directly' : `${node.reachability}: last known`,
  }
}

function said(
  say: (row: PersistenceRow) => Said,
): Pick<TableColumn<PersistenceRow>, 'value' | 'text' | 'tone' | 'detail'> {
  return {
    value: (row) => (say(row).text === UNKNOWN ? null : say(row).text),
    text: (row) => say(row).text,
    tone: (row) => say(row).tone,
    detail: (row) => say(row).detail ?? null,
  }
}

/** Columns of the persistence table. */
export const PERSISTENCE_COLUMNS: readonly TableColumn<PersistenceRow>[] = [
  {
    id: 'node',
    title: 'Node',
    hint: 'host:port',
    width: 158,
    align: 'start',
    isMono: true,
    value: (row) => row.id,
    text: (row) => row.id,
  },
  {
    id: 'role',
    title: 'Role',
    hint: 'as it says itself',
    width: 70,
    align: 'start',
    value: (row) => row.node.role,
    text: (row) => row.node.role,
  },
  {
    id: 'power-loss',
    title: 'A power loss costs',
    hint: 'what this node would lack after a restart',
    width: 224,
    align: 'start',
    ...said(sayPowerLoss),
  },
  {
    id: 'rdb',
    title: 'RDB',
    hint: 'save rules, and how the last save went',
    width: 108,
    align: 'start',
    ...said(sayRdb),
  },
  {
    id: 'last-save',
    title: 'Last save',
    hint: 'age of the newest RDB file',
    unit: 's',
    width: 90,
    align: 'end',
    isMono: true,
    value: (row) => ageSeconds(row.node.persistence?.rdb.lastSaveAt, row.now) ?? null,
    text: (row) => formatDuration(ageSeconds(row.node.persistence?.rdb.lastSaveAt, row.now)),
    detail: (row) => row.node.persistence?.rdb.lastSaveAt ?? null,
    parts: [{ title: 'Last save at', value: (row) => row.node.persistence?.rdb.lastSaveAt ?? null }],
  },
  {
    id: 'changes',
    title: 'Changes since',
    hint: 'rdb_changes_since_last_save',
    width: 116,
    align: 'end',
    isMono: true,
    value: (row) => row.node.persistence?.rdb.changesSinceSave ?? null,
    text: (row) => formatInteger(row.node.persistence?.rdb.changesSinceSave),
  },
  {
    id: 'fork',
    title: 'Last fork',
    hint: 'latest_fork_usec: the main thread stood still for that long',
    unit: 'us',
    width: 82,
    align: 'end',
    isMono: true,
    value: (row) => row.node.persistence?.rdb.lastForkUsec ?? null,
    text: (row) => forkText(row.node.persistence?.rdb.lastForkUsec),
    tone: (row) => ((row.node.persistence?.rdb.lastForkUsec ?? 0) > 1e6 ? 'warn' : null),
  },
  {
    id: 'aof',
    title: 'AOF',
    hint: 'append-only file, and how the last write went',
    width: 110,
    align: 'start',
    ...said(sayAof),
  },
  { id: 'fsync', title: 'fsync', hint: 'appendfsync', width: 94, align: 'start', ...said(sayFsync) },
  { id: 'rewrite', title: 'Rewrite', hint: 'the last AOF rewrite', width: 86, align: 'start', ...said(sayRewrite) },
  {
    id: 'delayed',
    title: 'Delayed fsyncs',
    hint: 'aof_delayed_fsync: the disk could not keep up',
    width: 120,
    align: 'end',
    isMono: true,
    value: (row) => row.node.persistence?.aof.delayedFsync ?? null,
    text: (row) => formatInteger(row.node.persistence?.aof.delayedFsync),
    tone: (row) => ((row.node.persistence?.aof.delayedFsync ?? 0) > 0 ? 'warn' : null),
  },
  { id: 'seen', title: 'Seen', hint: 'age of what is shown', width: 182, align: 'start', ...said(seen) },
]

/** Microseconds, as a person reads a pause. */
function forkText(usec: number | null | undefined): string {
  if (usec == null) return UNKNOWN
  if (usec === 0) return 'none'
  return usec < 1000 ? `${usec} µs` : usec < 1e6 ? `${(usec / 1000).toFixed(1)} ms` : formatDuration(usec / 1e6)
}
