import type { GroupSlice, InspectFinding, InspectLink, InspectNode } from '../../src-main/contract/inspect.ts'
import {
  ageSeconds,
  formatByteRange,
  formatByteRate,
  formatBytes,
  formatCount,
  formatPercent,
  formatShortDuration,
  plural,
} from '../ui/format.ts'
import type { StatusTone } from '../ui/status.ts'
import { lagReasonWords, LINK_STATE_WORDS, REACHABILITY_WORDS, toldByWords } from './words.ts'

export interface CardMark {
  readonly text: string
  readonly tone: StatusTone | 'plain'
  readonly title: string
}

/** Everything a server's card shows, as texts. Two equal cards are equal field by field, so that only a changed one is drawn. */
export interface CardFacts {
  readonly id: string
  readonly name: string
  readonly role: 'master' | 'replica' | 'chained' | 'unknown'
  /** Calls itself master although the group agreed on another. */
  readonly isContender: boolean
  readonly tone: StatusTone
  /** In place of facts: what stands in the way of knowing them. */
  readonly trouble: string | null
  readonly facts: readonly string[]
  readonly second: readonly string[]
  readonly marks: readonly CardMark[]
  /** Not first-hand, or not now. */
  readonly isStale: boolean
  readonly sampledAt: string | null
  readonly lastSeenAt: string | null
  /** 0 to 1 while a dataset loads or arrives. */
  readonly progress: number | null
}

/** About what fits below each other on a card, in characters of the mark's face. */
const MARKS_WIDTH = 33

/** Cards of all servers of a group, by node id. */
export function serverCards(slice: GroupSlice): ReadonlyMap<string, CardFacts> {
  const links = new Map(slice.links.map((link) => [link.replica, link]))
  const now = Date.parse(slice.takenAt)
  const cards = new Map<string, CardFacts>()
  for (const node of slice.nodes) {
    if (node.kind === 'server') cards.set(node.id, serverCard(slice, node, links.get(node.id), now))
  }
  return cards
}

function serverCard(slice: GroupSlice, node: InspectNode, link: InspectLink | undefined, now: number): CardFacts {
  const isMaster = node.role === 'master'
  const role = isMaster
    ? 'master'
    : node.role === 'replica'
      ? (link?.depth ?? 1) > 1
        ? 'chained'
        : 'replica'
      : 'unknown'
  const isContender = isMaster && slice.group.master !== node.id
  const told = toldByWords(node.observedThrough)
  const isGone = node.reachability === 'unreachable' || node.reachability === 'hung'
  const isStale = isGone || told !== null
  return {
    id: node.id,
    name: serverName(slice, node, link),
    role,
    isContender,
    tone: toneOf(slice, node, link, isContender),
    trouble: troubleOf(node),
    facts: factsOf(node, link, isMaster),
    second: isMaster ? secondOf(node) : [],
    marks: fit(marksOf(slice, node, link, now, isContender, told)),
    isStale,
    sampledAt: node.sampledAt,
    lastSeenAt: node.lastSeenAt,
    progress:
      node.reachability === 'loading' ? (node.persistence?.loadingRatio ?? null) : (link?.sync?.doneRatio ?? null),
  }
}

/** `HOST:PORT, ROLE, state, ...`: what assistive technology reads, and what tests look for. */
export function serverName(slice: GroupSlice, node: InspectNode, link: InspectLink | undefined): string {
  const parts = [node.id, node.role === 'unknown' ? 'role not known' : node.role, REACHABILITY_WORDS[node.reachability]]
  if (node.role === 'master') {
    if (slice.group.master !== node.id) parts.push('not the agreed master')
    const replicas = slice.links.filter((other) => other.upstream === node.id).length
    parts.push(plural(replicas, 'replica'))
  } else if (link) {
    if (link.depth > 1 && link.upstream !== null) parts.push(`chained through ${link.upstream}`)
    parts.push(`link ${LINK_STATE_WORDS[link.state]}`)
    parts.push(
      link.byteLag
        ? `byte lag ${formatByteRange(link.byteLag)}`
        : `byte lag not known, ${lagReasonWords(link.byteLagReason)}`,
    )
  }
  const told = toldByWords(node.observedThrough)
  if (told !== null) parts.push(told)
  const troubles = findingsOf(slice, node.id).filter((finding) => finding.severity !== 'info')
  if (troubles.length > 0) parts.push(plural(troubles.length, 'finding'))
  return parts.join(', ')
}

const NO_FINDINGS: readonly InspectFinding[] = []
const findingsKnown = new WeakMap<readonly InspectFinding[], ReadonlyMap<string, readonly InspectFinding[]>>()

/** Findings that hold about a node or its link. Sorted by subject once a slice: every card and edge of it asks several times. */
export function findingsOf(slice: GroupSlice, id: string): readonly InspectFinding[] {
  const held = findingsKnown.get(slice.findings) ?? bySubject(slice.findings)
  findingsKnown.set(slice.findings, held)
  return held.get(id) ?? NO_FINDINGS
}

function bySubject(findings: readonly InspectFinding[]): ReadonlyMap<string, readonly InspectFinding[]> {
  const sorted = new Map<string, InspectFinding[]>()
  for (const finding of findings) {
    const { kind, id } = finding.subject
    if (!finding.held || (kind !== 'node' && kind !== 'link')) continue
    const list = sorted.get(id)
    if (list) list.push(finding)
    else sorted.set(id, [finding])
  }
  return sorted
}

function toneOf(slice: GroupSlice, node: InspectNode, link: InspectLink | undefined, isContender: boolean): StatusTone {
  const findings = findingsOf(slice, node.id)
  const isCut = node.reachability === 'unreachable' || node.reachability === 'hung' || link?.state === 'down'
  if (isCut || isContender || findings.some((finding) => finding.severity === 'critical')) return 'crit'
  if (node.reachability !== 'up' || findings.some((finding) => finding.severity === 'warning')) return 'warn'
  if (link && link.state !== 'online' && link.state !== 'unknown') return 'warn'
  return toldByWords(node.observedThrough) !== null ? 'stale' : 'ok'
}

function troubleOf(node: InspectNode): string | null {
  if (node.reachability === 'up') return null
  if (node.reachability === 'loading') {
    const ratio = node.persistence?.loadingRatio ?? null
    const eta = node.persistence?.loadingEtaSeconds ?? null
    return `loading${ratio === null ? '' : ` ${formatPercent(ratio)}`}${eta === null ? '' : ` · ${formatShortDuration(eta)} left`}`
  }
  if (node.reachability === 'hung') return 'hangs: no answer'
  return REACHABILITY_WORDS[node.reachability]
}

function factsOf(node: InspectNode, link: InspectLink | undefined, isMaster: boolean): readonly string[] {
  const facts: string[] = []
  if (node.version !== null) {
    facts.push(
      node.flavour === 'valkey' || isMaster ? `${node.flavour} ${node.version}`.replace('unknown ', '') : node.version,
    )
  }
  if (node.keys !== null) {
    facts.push(node.keys === 0 ? 'no keys' : `${formatCount(node.keys)} ${node.keys === 1 ? 'key' : 'keys'}`)
  }
  const priority = node.replication?.priority ?? null
  const usedBytes = node.memory?.usedBytes ?? null
  // Room for three: what is unusual of a replica goes before its memory.
  if (!isMaster && priority !== null && priority !== 100) facts.push(`prio ${priority}`)
  else if (!isMaster && (link?.depth ?? 1) > 1) facts.push(`depth ${link?.depth}`)
  else if (usedBytes !== null) facts.push(formatBytes(usedBytes))
  return facts
}

function secondOf(node: InspectNode): readonly string[] {
  const replication = node.replication
  if (!replication) return []
  const parts = [`writes ${formatByteRate(replication.writeBytesPerSecond)}`]
  if (replication.peakWriteBytesPerSecond !== null)
    parts.push(`peak ${formatByteRate(replication.peakWriteBytesPerSecond)}`)
  return parts
}

function marksOf(
  slice: GroupSlice,
  node: InspectNode,
  link: InspectLink | undefined,
  now: number,
  isContender: boolean,
  told: string | null,
): readonly CardMark[] {
  const marks: CardMark[] = []
  const add = (text: string, tone: CardMark['tone'], title: string): void => void marks.push({ text, tone, title })
  const troubles = findingsOf(slice, node.id).filter((finding) => finding.severity !== 'info')
  if (troubles.length > 0) {
    const isCritical = troubles.some((finding) => finding.severity === 'critical')
    add(
      `${isCritical ? '■' : '▲'} ${plural(troubles.length, 'finding')}`,
      isCritical ? 'crit' : 'warn',
      troubles.map((finding) => finding.title).join('\n'),
    )
  }
  if (isContender) add('also says master', 'crit', 'this node calls itself master; the group agreed on another')
  if (link?.state === 'down') add('link down', 'crit', 'the replication link with its master is down')
  if (link?.state === 'full-sync')
    add(`full sync ${formatPercent(link.sync?.doneRatio)}`, 'warn', 'the whole dataset is being sent')
  if (link?.state === 'connecting') add('connecting', 'warn', 'the replication link is being made')
  if (told !== null) add(told, 'plain', 'not read from the node itself')
  if (slice.group.exposure?.masterCrash.promotes === node.id)
    add('next master', 'plain', 'Sentinel would promote this replica now')
  if (node.replication?.priority === 0 && node.role === 'replica') add('never promoted', 'plain', 'replica-priority 0')
  const isDirect = told === null && node.persistence !== null
  if (isDirect) marks.push(...persistenceMarks(node, now))
  if (node.role === 'master') {
    const holds = holdsSeconds(node)
    if (holds !== null) {
      add(
        `holds ${formatShortDuration(holds)}`,
        holds < 60 ? 'warn' : 'ok',
        'the backlog at the peak write rate: how long a replica may be away',
      )
    }
  } else if (link && link.state === 'online') {
    if (link.resyncIfDropped.verdict === 'full')
      add('full resync', 'warn', `if dropped now: ${link.resyncIfDropped.reason}`)
    else if (link.resyncIfDropped.verdict === 'partial')
      add(partialText(link), 'ok', `if dropped now: ${link.resyncIfDropped.reason}`)
  }
  if (node.notPermitted.length > 0) add('limited', 'plain', `not permitted: ${node.notPermitted.join(', ')}`)
  return marks
}

function partialText(link: InspectLink): string {
  const coverage = link.coverage
  if (!coverage || coverage.unbounded || coverage.seconds === null) return 'partial'
  return coverage.seconds > 86_400 ? 'partial' : `partial ${formatShortDuration(coverage.seconds)}`
}

function persistenceMarks(node: InspectNode, now: number): readonly CardMark[] {
  const persistence = node.persistence
  if (!persistence) return []
  const { rdb, aof } = persistence
  const marks: CardMark[] = []
  if (rdb.lastStatus !== null && rdb.lastStatus !== 'ok')
    marks.push({ text: 'RDB failed', tone: 'crit', title: 'the last BGSAVE failed' })
  else if (rdb.inProgress === true) marks.push({ text: 'RDB saving', tone: 'plain', title: 'BGSAVE under way' })
  else if (rdb.enabled === false) {
    marks.push({ text: 'RDB off', tone: aof.enabled === true ? 'plain' : 'warn', title: 'no save points' })
  } else {
    const age = ageSeconds(rdb.lastSaveAt, now)
    if (age !== undefined) marks.push({ text: `RDB ${minutes(age)}`, tone: 'ok', title: 'age of the last RDB file' })
  }
  if (aof.enabled === true) {
    const failed = aof.lastWriteStatus !== null && aof.lastWriteStatus !== 'ok'
    marks.push(
      failed
        ? { text: 'AOF failed', tone: 'crit', title: 'the last AOF write failed' }
        : { text: `AOF ${aof.fsync ?? ''}`.trim(), tone: 'ok', title: 'append-only file, fsync policy' },
    )
  } else if (aof.enabled === false && node.role === 'master') {
    marks.push({ text: 'AOF off', tone: rdb.enabled === false ? 'warn' : 'plain', title: 'no append-only file' })
  }
  return marks
}

/** In whole minutes: a card does not twitch every second. */
function minutes(seconds: number): string {
  return seconds < 60 ? '<1 m' : seconds < 6000 ? `${Math.floor(seconds / 60)} m` : formatShortDuration(seconds)
}

function holdsSeconds(node: InspectNode): number | null {
  const size = node.replication?.backlog.sizeBytes ?? null
  const peak = node.replication?.peakWriteBytesPerSecond ?? null
  return size === null || peak === null || peak <= 0 ? null : size / peak
}

function fit(marks: readonly CardMark[]): readonly CardMark[] {
  const kept: CardMark[] = []
  let room = MARKS_WIDTH
  for (const mark of marks) {
    const width = mark.text.length + 2.5
    if (width > room) continue
    kept.push(mark)
    room -= width
  }
  return kept
}
