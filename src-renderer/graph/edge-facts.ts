import type { GroupSlice, InspectFinding, InspectLink } from '../../src-main/contract/inspect.ts'
import {
  formatByteRange,
  formatBytes,
  formatDuration,
  formatPercent,
  formatShortDuration,
  plural,
} from '../ui/format.ts'
import type { StatusTone } from '../ui/status.ts'
import { findingsOf } from './card-facts.ts'
import { lagReasonWords, LINK_STATE_WORDS } from './words.ts'

/** Characters of a label between two columns. */
const LABEL_CHARS = 12
/** Behind by more than this, a link is drawn as one to look at. */
const BEHIND_SECONDS = 1

/** Everything a link's edge shows, as texts and sizes. */
export interface EdgeFacts {
  readonly name: string
  readonly tone: StatusTone | 'replica'
  readonly first: string
  readonly second: string
  /** `▲ 1 finding`, `TLS`, `NAT`. */
  readonly third: string
  /** Line thickness, px: grows with the logarithm of the lag. */
  readonly width: number
  readonly isDashed: boolean
}

/** Edges of all links of a group, by replica id. */
export function linkEdges(slice: GroupSlice): ReadonlyMap<string, EdgeFacts> {
  return new Map(slice.links.map((link) => [link.replica, linkEdge(slice, link)]))
}

function linkEdge(slice: GroupSlice, link: InspectLink): EdgeFacts {
  const lag = lagOf(link)
  const troubles = troublesOf(slice, link)
  const told = slice.nodes.find((node) => node.id === link.replica)?.observedThrough
  return {
    name: [linkName(link), ...(troubles.length === 0 ? [] : [plural(troubles.length, 'finding')])].join(', '),
    tone: toneOf(slice, link),
    first: firstLine(link),
    second: secondLine(link),
    third: [badgeOf(troubles), link.tls === true ? 'TLS' : '', link.natMapped ? 'NAT' : '']
      .filter((part) => part !== '')
      .join(' '),
    width: lag ? thickness(lag.high) : 1.6,
    isDashed: link.state !== 'online' || (told !== 'direct' && told !== undefined),
  }
}

/** Findings about the link itself that want a look. */
function troublesOf(slice: GroupSlice, link: InspectLink): readonly InspectFinding[] {
  return findingsOf(slice, link.replica).filter(
    (finding) => finding.subject.kind === 'link' && finding.severity !== 'info',
  )
}

/** Shape, number and word, so that colour is not needed. */
function badgeOf(troubles: readonly InspectFinding[]): string {
  if (troubles.length === 0) return ''
  const shape = troubles.some((finding) => finding.severity === 'critical') ? '■' : '▲'
  return `${shape} ${plural(troubles.length, 'finding')}`
}

/** `REPLICA from MASTER, byte lag ...`. */
export function linkName(link: InspectLink): string {
  const lag = lagOf(link)
  const parts = [
    `${link.replica} from ${link.upstream ?? 'a master not known'}`,
    lag ? `byte lag ${formatByteRange(lag)}` : `byte lag not known, ${lagReasonWords(link.byteLagReason)}`,
    `link ${LINK_STATE_WORDS[link.state]}`,
  ]
  if (link.ackAgeSeconds !== null) parts.push(`acknowledged ${formatDuration(link.ackAgeSeconds)} ago`)
  if (link.sync?.doneRatio != null) parts.push(`${formatPercent(link.sync.doneRatio)} done`)
  if (link.tls === true) parts.push('TLS')
  if (link.natMapped) parts.push('NAT-mapped')
  return parts.join(', ')
}

/** What the edge shows: a chained replica's distance to whom it follows, else to the master. */
export function lagOf(link: InspectLink): InspectLink['byteLag'] {
  return link.depth > 1 ? (link.upstreamByteLag ?? link.byteLag) : link.byteLag
}

function firstLine(link: InspectLink): string {
  switch (link.state) {
    case 'full-sync':
    case 'loading':
      return `${link.state === 'loading' ? 'loading' : 'sync'} ${formatPercent(link.sync?.doneRatio)}`
    case 'down':
      return link.staleSeconds === null ? 'down' : `down ${formatShortDuration(link.staleSeconds)}`
    case 'connecting':
      return 'connecting'
    case 'online':
    case 'unknown':
      return shortRange(lagOf(link))
  }
}

/** The range where it fits between two columns, else its upper bound. */
function shortRange(lag: InspectLink['byteLag']): string {
  const text = formatByteRange(lag)
  return lag === null || text.length <= LABEL_CHARS ? text : `≤${formatBytes(lag.high)}`
}

function secondLine(link: InspectLink): string {
  if (link.sync) return link.sync.etaSeconds === null ? '' : `${formatShortDuration(link.sync.etaSeconds)} left`
  if (link.state === 'down') {
    return link.coverage && link.coverage.seconds !== null ? `${formatShortDuration(link.coverage.seconds)} left` : ''
  }
  if (link.ackAgeSeconds !== null) return `ack ${formatDuration(link.ackAgeSeconds)}`
  return lagOf(link) ? '' : lagReasonWords(link.byteLagReason)
}

function toneOf(slice: GroupSlice, link: InspectLink): EdgeFacts['tone'] {
  const findings = findingsOf(slice, link.replica).filter((finding) => finding.subject.kind === 'link')
  if (link.state === 'down' || findings.some((finding) => finding.severity === 'critical')) return 'crit'
  if (link.state === 'unknown') return 'stale'
  if ((link.staleSeconds ?? 0) > BEHIND_SECONDS) return 'warn'
  if (link.state !== 'online' || findings.some((finding) => finding.severity === 'warning')) return 'warn'
  return 'replica'
}

/** 1.6 px for a replica that is level, about 5 px at a megabyte, 8 px at a gigabyte. */
function thickness(bytes: number): number {
  const decades = Math.max(0, Math.log10(Math.max(1, bytes)) - 2)
  return Math.round(Math.min(8, 1.6 + decades * 0.9) * 10) / 10
}
