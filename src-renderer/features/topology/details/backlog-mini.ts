import type { GroupSlice } from '../../../../src-main/contract/inspect.ts'
import { formatBytes, plural } from '../../../ui/format.ts'

export interface BacklogMark {
  readonly id: string
  readonly label: string
  /** 0: oldest byte kept, 1: newest. */
  readonly at: number
  /** Behind what is kept. */
  readonly isLost: boolean
}

export interface BacklogMini {
  readonly heldBytes: number
  readonly marks: readonly BacklogMark[]
  readonly words: string
}

/** Undefined where the upstream has no backlog or does not say. Replicas that stand on one spot share a label; the selected one keeps its own. */
export function backlogMini(slice: GroupSlice, upstream: string, selected?: string): BacklogMini | undefined {
  const node = slice.nodes.find((one) => one.id === upstream)
  const held = node?.replication?.backlog.histlenBytes ?? null
  if (held === null || held <= 0) return undefined
  const marks: BacklogMark[] = []
  for (const link of slice.links) {
    if (link.upstream !== upstream || !link.coverage) continue
    const at = Math.min(1, Math.max(0, link.coverage.bytes / held))
    marks.push({ id: link.replica, label: shortId(link.replica, upstream), at, isLost: link.coverage.bytes < 0 })
  }
  marks.sort((a, b) => a.at - b.at)
  return {
    heldBytes: held,
    marks: shareLabels(marks, selected),
    words: `${upstream} holds ${formatBytes(held)}; ${plural(marks.length, 'replica')}: ${marks
      .map(
        (mark) =>
          `${mark.id} ${mark.isLost ? 'behind what is kept' : `${formatBytes(mark.at * held)} from the oldest byte`}`,
      )
      .join('; ')}`,
  }
}

function shareLabels(marks: readonly BacklogMark[], selected: string | undefined): readonly BacklogMark[] {
  const isLabelled = new Map<string, number>()
  const own = marks.find((mark) => mark.id === selected)
  for (const mark of own ? [own, ...marks.toReversed()] : marks.toReversed()) {
    if ([...isLabelled.values()].every((at) => Math.abs(at - mark.at) >= 0.1)) isLabelled.set(mark.id, mark.at)
  }
  return marks.map((mark) => (isLabelled.has(mark.id) ? mark : { ...mark, label: '' }))
}

/** What tells two addresses apart: the port on one host, the last part of an IPv4 address, else the host. */
export function shortId(id: string, beside: string): string {
  const split = (text: string): readonly [string, string] => {
    const colon = text.lastIndexOf(':')
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon)]
  }
  const [host, port] = split(id)
  if (host === split(beside)[0]) return port
  return /^\d+(\.\d+){3}$/.test(host) ? host.slice(host.lastIndexOf('.')) : host.slice(0, 12)
}
