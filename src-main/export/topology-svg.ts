import { counted } from '../domain/text.ts'
import type { NodeId } from '../domain/address.ts'
import type { Finding, Severity } from '../domain/findings/model.ts'
import type { GroupSnapshot, LinkSnapshot, NodeSnapshot } from '../domain/topology/model.ts'
import { escapeHtml } from './escape-html.ts'
import { linkWords, reachWords, versionWords } from './words.ts'

const BOX = { width: 210, height: 62 }
const GAP = { x: 30, y: 64 }
const MARGIN = 16
const MOST_IN_A_ROW = 5
const LONGEST_ID = 30

interface Place {
  readonly x: number
  readonly y: number
}

/**
 * The topology as one picture for print: Sentinels on top, below them the masters, then replicas by their depth. Colour
 * tells the worst finding; every state is also written. No script, no font, nothing loaded.
 */
export function topologySvg(snapshot: GroupSnapshot, findings: readonly Finding[]): string {
  const rows = rowsOf(snapshot)
  const columns = Math.max(1, ...rows.map((row) => row.length))
  const width = columns * (BOX.width + GAP.x) - GAP.x + 2 * MARGIN
  const height = Math.max(1, rows.length) * (BOX.height + GAP.y) - GAP.y + 2 * MARGIN
  const places = new Map<NodeId, Place>()
  rows.forEach((row, index) => {
    const used = row.length * (BOX.width + GAP.x) - GAP.x
    row.forEach((id, at) => {
      places.set(id, {
        x: (width - used) / 2 + at * (BOX.width + GAP.x),
        y: MARGIN + index * (BOX.height + GAP.y),
      })
    })
  })
  const title = `Topology of ${snapshot.name}: master ${snapshot.master ?? 'unknown'}, ${counted(snapshot.replicas.length, 'replica')}, ${counted(snapshot.sentinels.length, 'Sentinel')}`
  return [
    `<svg class="topology" role="img" viewBox="0 0 ${width} ${height}" style="max-width:${width}px" xmlns="http://www.w3.org/2000/svg">`,
    `<title>${escapeHtml(title)}</title>`,
    ...snapshot.links.map((link) => linkSvg(link, places)),
    ...[...places].map(([id, place]) => nodeSvg(id, place, snapshot, worstOf(findings, id))),
    '</svg>',
  ].join('\n')
}

function rowsOf(snapshot: GroupSnapshot): readonly (readonly NodeId[])[] {
  const depths = new Map(snapshot.links.map((link) => [link.replica, Math.max(1, link.depth)]))
  const byDepth = new Map<number, NodeId[]>()
  for (const id of snapshot.replicas) {
    const depth = depths.get(id) ?? 1
    byDepth.set(depth, [...(byDepth.get(depth) ?? []), id])
  }
  const levels = [...byDepth].sort(([a], [b]) => a - b).map(([, ids]) => ids)
  return [snapshot.sentinels, snapshot.masters.length > 0 ? snapshot.masters : mastersBy(snapshot), ...levels]
    .flatMap((row) => chunks(row))
    .filter((row) => row.length > 0)
}

/** A master that nobody hears is still drawn. */
function mastersBy({ master }: GroupSnapshot): readonly NodeId[] {
  return master === undefined ? [] : [master]
}

function chunks(ids: readonly NodeId[]): readonly (readonly NodeId[])[] {
  const result: (readonly NodeId[])[] = []
  for (let i = 0; i < ids.length; i += MOST_IN_A_ROW) result.push(ids.slice(i, i + MOST_IN_A_ROW))
  return result
}

function linkSvg(link: LinkSnapshot, places: ReadonlyMap<NodeId, Place>): string {
  const to = places.get(link.replica)
  const from = link.upstream === undefined ? undefined : places.get(link.upstream)
  if (from === undefined || to === undefined) return ''
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height]
  const [x2, y2] = [to.x + BOX.width / 2, to.y]
  const isOnline = link.state === 'online'
  const words = shorten(linkWords(link), 40)
  return [
    `<path class="link${isOnline ? '' : ' broken'}" d="M${x1} ${y1} C${x1} ${y1 + 30} ${x2} ${y2 - 34} ${x2} ${y2}"/>`,
    `<text class="label" x="${x2 + 6}" y="${y2 - 8}">${escapeHtml(words)}</text>`,
  ].join('')
}

function nodeSvg(id: NodeId, place: Place, snapshot: GroupSnapshot, worst: Severity | undefined): string {
  const node = snapshot.nodes.get(id)
  const { x, y } = place
  const lines = [
    `<text class="id" x="${x + 10}" y="${y + 20}">${escapeHtml(shorten(id, LONGEST_ID))}</text>`,
    `<text x="${x + 10}" y="${y + 37}">${escapeHtml(shorten(roleWords(node), 36))}</text>`,
    `<text x="${x + 10}" y="${y + 53}">${escapeHtml(shorten(stateWords(node, worst), 36))}</text>`,
  ]
  const kind = node?.kind === 'sentinel' ? 'sentinel' : (node?.role ?? 'unknown')
  return `<g class="node ${kind} ${worst ?? 'quiet'}"><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${kind === 'sentinel' ? 16 : 6}"/>${lines.join('')}</g>`
}

function roleWords(node: NodeSnapshot | undefined): string {
  if (node === undefined) return 'nothing known of it'
  return `${node.role === 'sentinel' ? 'Sentinel' : node.role}, ${versionWords(node)}`
}

function stateWords(node: NodeSnapshot | undefined, worst: Severity | undefined): string {
  const reach = node === undefined ? 'not seen' : reachWords(node)
  return worst === undefined ? reach : `${reach}; worst finding: ${worst}`
}

/** The gravest finding about a node or its link. */
function worstOf(findings: readonly Finding[], id: NodeId): Severity | undefined {
  const own = findings.filter(({ subject }) => subject.id === id && subject.kind !== 'group')
  return (['critical', 'warning', 'info'] as const).find((severity) => own.some((one) => one.severity === severity))
}

function shorten(text: string, most: number): string {
  const characters = Array.from(text)
  if (characters.length <= most) return text
  const tail = Math.floor(most / 2) - 1
  return `${characters.slice(0, most - tail - 1).join('')}…${characters.slice(-tail).join('')}`
}
