import type { InspectGroup, InspectLink, InspectNode, InspectReport } from '../../../contract/inspect.ts'
import type { Column, Row } from './table.ts'
import { cell } from './table.ts'
import type { Line, Span, Tone } from './text.ts'
import { span } from './text.ts'
import { byteRange, bytes, count, duration, rate, secondsSince } from './units.ts'

export const NODE_COLUMNS: readonly Column[] = [
  { key: 'node', title: 'NODE', align: 'left', dropOrder: 0 },
  { key: 'role', title: 'ROLE', align: 'left', dropOrder: 0 },
  { key: 'state', title: 'STATE', align: 'left', dropOrder: 0 },
  { key: 'lag', title: 'LAG', align: 'right', dropOrder: 1 },
  { key: 'ack', title: 'ACK', align: 'right', dropOrder: 4 },
  { key: 'margin', title: 'MARGIN', align: 'right', dropOrder: 3 },
  { key: 'away', title: 'MAY BE AWAY', align: 'right', dropOrder: 3 },
  { key: 'resync', title: 'IF DROPPED', align: 'left', dropOrder: 2 },
  { key: 'keys', title: 'KEYS', align: 'right', dropOrder: 7 },
  { key: 'memory', title: 'MEMORY', align: 'right', dropOrder: 8 },
  { key: 'persistence', title: 'PERSISTENCE', align: 'left', dropOrder: 5 },
  { key: 'version', title: 'VERSION', align: 'left', dropOrder: 6 },
]

/** Samples older than this are marked with their age. */
const STALE_SECONDS = 5

interface Placed {
  readonly id: string
  readonly prefix: string
  /** What continues below the node in the tree. */
  readonly rail: string
}

/** Members as a tree: each master with the replicas below it, then what hangs on none of them. A loop ends where it began. */
export function placeMembers(group: InspectGroup, links: readonly InspectLink[]): readonly Placed[] {
  const members = [...new Set([...group.masters, ...(group.master === null ? [] : [group.master]), ...group.replicas])]
  const below = new Map<string, string[]>()
  for (const link of links)
    if (link.upstream !== null) below.set(link.upstream, [...(below.get(link.upstream) ?? []), link.replica])
  const placed: Placed[] = []
  const seen = new Set<string>()
  const place = (id: string, prefix: string, rail: string): void => {
    if (seen.has(id)) return
    seen.add(id)
    placed.push({ id, prefix, rail })
    const children = (below.get(id) ?? []).filter((child) => !seen.has(child)).sort(byText)
    children.forEach((child, index) => {
      const isLast = index === children.length - 1
      place(child, `${rail}${isLast ? '└─ ' : '├─ '}`, `${rail}${isLast ? '   ' : '│  '}`)
    })
  }
  const isRoot = new Set([...group.masters, ...(group.master === null ? [] : [group.master])])
  const followed = new Map(links.map((link) => [link.replica, link.upstream]))
  for (const id of members) if (isRoot.has(id)) place(id, '', '')
  for (const id of members) if (!members.includes(followed.get(id) ?? '')) place(id, '', '')
  for (const id of members) place(id, '', '')
  return placed
}

export function nodeRows(report: InspectReport, group: InspectGroup): readonly Row[] {
  const nodes = new Map(report.nodes.map((node) => [node.id, node]))
  const own = new Set([...group.replicas, ...group.masters])
  const links = report.links.filter((link) => own.has(link.replica))
  const byReplica = new Map(links.map((link) => [link.replica, link]))
  return placeMembers(group, links).map((placed) => {
    const node = nodes.get(placed.id)
    const link = byReplica.get(placed.id)
    const isSecondMaster = group.masters.length > 1 && group.masters.includes(placed.id) && placed.id !== group.master
    return {
      cells: {
        node: cell(`${placed.prefix}${placed.id}`, node?.role === 'master' ? 'strong' : 'plain'),
        role: roleCell(node, isSecondMaster),
        state: stateCell(node, link),
        ...(link === undefined ? {} : linkCells(link, node)),
        ...(node === undefined ? {} : serverCells(node, report.takenAt)),
      },
      notes: node === undefined ? [] : notesOf(node, link, report.takenAt),
      indent: placed.rail.length + 2,
    }
  })
}

function roleCell(node: InspectNode | undefined, isSecondMaster: boolean): Span {
  if (isSecondMaster) return cell('MASTER TOO', 'bad')
  const role = node?.role ?? 'unknown'
  return cell(role === 'unknown' ? '?' : role, role === 'master' ? 'accent' : 'plain')
}

const REACHABILITY_WORDS: Readonly<Record<InspectNode['reachability'], readonly [string, Tone]>> = {
  up: ['up', 'good'],
  loading: ['loading', 'warn'],
  busy: ['busy', 'bad'],
  'auth-required': ['no access', 'warn'],
  'not-permitted': ['not permitted', 'warn'],
  unreachable: ['unreachable', 'bad'],
  hung: ['hung', 'bad'],
}

const LINK_TONES: Readonly<Record<InspectLink['state'], Tone>> = {
  online: 'good',
  connecting: 'warn',
  'full-sync': 'warn',
  loading: 'warn',
  down: 'bad',
  unknown: 'dim',
}

function stateCell(node: InspectNode | undefined, link: InspectLink | undefined): Span {
  if (node !== undefined && node.reachability !== 'up') return cell(...REACHABILITY_WORDS[node.reachability])
  if (link !== undefined) return cell(link.state === 'down' ? 'link down' : link.state, LINK_TONES[link.state])
  return node === undefined || node.observedThrough === null ? cell('?', 'dim') : cell('up', 'good')
}

const LAG_REASONS: Readonly<Record<string, readonly [string, Tone]>> = {
  'different-history': ['different history', 'bad'],
  'no-history': ['no history', 'warn'],
  'not-sampled': ['not sampled', 'dim'],
  'no-master': ['no master', 'bad'],
  'no-backlog': ['no backlog', 'warn'],
  'offset-too-large': ['too large', 'warn'],
}

/** Figures of a node that does not answer are the last known ones: they are dimmed whatever they say. */
function linkCells(link: InspectLink, node: InspectNode | undefined): Record<string, Span> {
  const cells = linkFigures(link)
  if (node === undefined || node.reachability === 'up') return cells
  return Object.fromEntries(Object.entries(cells).map(([key, { text }]) => [key, { text, tone: 'dim' as const }]))
}

function linkFigures(link: InspectLink): Record<string, Span> {
  const { byteLag, coverage } = link
  const [reason, tone] = LAG_REASONS[link.byteLagReason ?? ''] ?? [link.byteLagReason ?? 'unknown', 'dim']
  const verdict = link.resyncIfDropped.verdict
  return {
    lag:
      byteLag === null
        ? cell(reason, tone)
        : byteLag.high < 0
          ? cell(`ahead ${bytes(-byteLag.high)}`, 'bad')
          : cell(byteRange(byteLag)),
    ack:
      link.ackAgeSeconds === null
        ? cell('')
        : cell(`${link.ackAgeSeconds} s`, link.ackAgeSeconds > 10 ? 'warn' : 'plain'),
    margin: coverage === null ? cell('') : cell(bytes(coverage.bytes), coverage.bytes < 0 ? 'bad' : 'plain'),
    away: coverage === null ? cell('') : awayCell(coverage),
    resync: cell(verdict, verdict === 'full' ? 'warn' : verdict === 'partial' ? 'good' : 'dim'),
  }
}

function awayCell(coverage: NonNullable<InspectLink['coverage']>): Span {
  if (coverage.unbounded) return cell('while idle')
  if (coverage.seconds === null) return cell('?', 'dim')
  return cell(duration(coverage.seconds), coverage.seconds < 60 ? 'bad' : coverage.seconds < 600 ? 'warn' : 'plain')
}

function serverCells(node: InspectNode, now: string): Record<string, Span> {
  const memory = node.memory
  const limit =
    memory?.maxBytes !== null && memory?.maxBytes !== undefined && memory.maxBytes > 0
      ? ` of ${bytes(memory.maxBytes)}`
      : ''
  return {
    keys: cell(node.keys === null ? '' : count(node.keys)),
    memory: cell(
      memory?.usedBytes === null || memory?.usedBytes === undefined ? '' : `${bytes(memory.usedBytes)}${limit}`,
    ),
    persistence: persistenceCell(node, now),
    version: cell(
      node.version === null ? '' : `${node.flavour === 'unknown' ? '' : `${node.flavour} `}${node.version}`,
      'dim',
    ),
  }
}

function persistenceCell(node: InspectNode, now: string): Span {
  const persistence = node.persistence
  if (persistence === null) return cell('')
  const { rdb, aof } = persistence
  const isBroken = rdb.lastStatus === 'err' || aof.lastWriteStatus === 'err' || aof.lastRewriteStatus === 'err'
  const saved = secondsSince(rdb.lastSaveAt, now)
  const changes = rdb.changesSinceSave === null ? '' : ` (+${count(rdb.changesSinceSave)})`
  const rdbWords =
    rdb.lastStatus === 'err'
      ? 'RDB FAILS'
      : rdb.enabled === false
        ? 'RDB off'
        : saved === undefined
          ? 'RDB ?'
          : `RDB ${duration(Math.round(saved))} ago${changes}`
  const aofWords =
    aof.lastWriteStatus === 'err' || aof.lastRewriteStatus === 'err'
      ? 'AOF FAILS'
      : aof.enabled === null
        ? 'AOF ?'
        : aof.enabled
          ? `AOF ${aof.fsync ?? 'on'}`
          : 'AOF off'
  const isOff = rdb.enabled === false && aof.enabled === false
  return cell(`${rdbWords}, ${aofWords}`, isBroken ? 'bad' : isOff ? 'warn' : 'plain')
}

const THROUGH: Readonly<Record<string, string>> = {
  'sentinel-cache': "shown as a Sentinel's cache has it",
  'master-view': 'shown as its master sees it',
}

function notesOf(node: InspectNode, link: InspectLink | undefined, now: string): readonly Line[] {
  const notes: Line[] = []
  const age = secondsSince(node.sampledAt, now)
  const isStale = age !== undefined && age > STALE_SECONDS
  const through = THROUGH[node.observedThrough ?? '']
  const sources = [
    ...(through === undefined ? [] : [through]),
    ...(isStale ? [`as of ${duration(Math.round(age))} ago`] : []),
    ...(node.observedThrough === null ? ['nothing known of it'] : []),
  ]
  if (node.error !== null) notes.push([span('! ', 'bad'), span([withoutId(node), ...sources].join('; '), 'warn')])
  else if (sources.length > 0) notes.push([span(sources.join('; '), 'dim')])
  if (link?.sync) notes.push([span(syncWords(link.sync), 'warn')])
  const { error, persistence } = node
  if (error === null && persistence?.loading === true && persistence.loadingRatio !== null)
    notes.push([span(`loading ${Math.round(persistence.loadingRatio * 100)} %`, 'warn')])
  if (link !== undefined && link.resyncIfDropped.verdict === 'full')
    notes.push([span(`a drop means a full resync: ${link.resyncIfDropped.reason}`, 'dim')])
  if (node.replication?.readOnly === false && node.role === 'replica')
    notes.push([span('! takes writes of its own (read-only no)', 'warn')])
  return notes
}

/** The row says which node it is; its error need not. */
function withoutId(node: InspectNode): string {
  const message = node.error?.message ?? ''
  return message.startsWith(`${node.id}: `) ? message.slice(node.id.length + 2) : message
}

function syncWords(sync: NonNullable<InspectLink['sync']>): string {
  const part = sync.doneRatio === null ? '' : ` ${Math.round(sync.doneRatio * 100)} %`
  const size = sync.totalBytes === null ? '' : ` of ${bytes(sync.totalBytes)}`
  const speed = sync.bytesPerSecond === null ? '' : `, ${rate(sync.bytesPerSecond)}`
  const left = sync.etaSeconds === null ? '' : `, ${duration(sync.etaSeconds)} left`
  return `full sync: ${sync.stage.replaceAll('-', ' ')}${part}${size}${speed}${left}`
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
