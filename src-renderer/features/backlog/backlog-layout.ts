/** Pure geometry of the backlog picture: bytes in, pixels out. */
export interface BacklogInput {
  /** What the width stands for: the size, or what is held where that is more. */
  readonly scaleBytes: number
  readonly heldBytes: number
  readonly bytesPerSecond: number | null
  readonly isFull: boolean
  /** Margin R + 1 - F of each replica that has a position. */
  readonly marks: readonly { readonly id: string; readonly label: string; readonly marginBytes: number }[]
}

export interface BacklogFrame {
  readonly width: number
  /** Room left of the scale for replicas that fell off. */
  readonly gutter: number
  /** Lines of labels available. */
  readonly lanes: number
  readonly charWidth: number
  /** Seconds of writes that the danger zone stands for. */
  readonly dangerSeconds: number
}

export interface BacklogTick {
  readonly x: number
  readonly ids: readonly string[]
  readonly fellOff: boolean
  readonly isAhead: boolean
}

export interface BacklogLabel {
  readonly x: number
  readonly width: number
  readonly lane: number
  readonly text: string
  readonly tick: BacklogTick
}

export interface BacklogLayout {
  readonly scale: { readonly x: number; readonly width: number }
  /** What is held now; left of it is room that was never written, or bytes already overwritten. */
  readonly held: { readonly x: number; readonly width: number }
  /** Bytes that go within the next `dangerSeconds`; zero wide while the backlog still fills. */
  readonly danger: { readonly x: number; readonly width: number }
  /** From left to right. */
  readonly ticks: readonly BacklogTick[]
  /** No two in one lane touch; all lie within the width. */
  readonly labels: readonly BacklogLabel[]
}

const MERGE_PX = 3
/** Room for half a tick at the newest byte. */
const EDGE_PX = 2
const LABEL_GAP = 6

/** Draws to scale: newest byte at the right end, one pixel the same number of bytes everywhere. */
export function layoutBacklog(input: BacklogInput, frame: BacklogFrame): BacklogLayout {
  const left = frame.gutter
  const width = Math.max(1, frame.width - left - EDGE_PX)
  const held = Math.min(input.heldBytes, input.scaleBytes)
  const perByte = input.scaleBytes > 0 ? width / input.scaleBytes : 0
  const heldX = left + width - held * perByte
  const rate = input.isFull ? (input.bytesPerSecond ?? 0) : 0
  const ticks = mergeTicks(
    input.marks
      .map((mark) => ({ mark, ...place(mark.marginBytes, input.heldBytes, heldX, held * perByte, left) }))
      .sort((a, b) => a.mark.marginBytes - b.mark.marginBytes || (a.mark.id < b.mark.id ? -1 : 1)),
  )
  const labelOf = new Map(input.marks.map((mark) => [mark.id, mark.label]))
  return {
    scale: { x: left, width },
    held: { x: heldX, width: held * perByte },
    danger: { x: heldX, width: Math.min(held * perByte, rate * frame.dangerSeconds * perByte) },
    ticks,
    labels: placeLabels(ticks, labelOf, frame),
  }
}

function place(margin: number, heldBytes: number, heldX: number, heldWidth: number, left: number) {
  if (margin < 0) return { x: left / 2, fellOff: true, isAhead: false }
  const ratio = heldBytes > 0 ? margin / heldBytes : 1
  return { x: heldX + Math.min(1, ratio) * heldWidth, fellOff: false, isAhead: ratio > 1 }
}

function mergeTicks(
  placed: readonly { mark: { id: string }; x: number; fellOff: boolean; isAhead: boolean }[],
): BacklogTick[] {
  const ticks: BacklogTick[] = []
  for (const { mark, x, fellOff, isAhead } of placed) {
    const last = ticks.at(-1)
    if (last && last.fellOff === fellOff && x - last.x < MERGE_PX)
      ticks[ticks.length - 1] = { ...last, ids: [...last.ids, mark.id], isAhead: last.isAhead || isAhead }
    else ticks.push({ x, ids: [mark.id], fellOff, isAhead })
  }
  return ticks
}

/** First free lane for each, nearest the edge first; one that fits nowhere keeps its tick and loses its label. */
function placeLabels(
  ticks: readonly BacklogTick[],
  labelOf: ReadonlyMap<string, string>,
  frame: BacklogFrame,
): BacklogLabel[] {
  const lanes = Array.from({ length: frame.lanes }, () => Number.NEGATIVE_INFINITY)
  const labels: BacklogLabel[] = []
  for (const tick of ticks) {
    const first = labelOf.get(tick.ids[0] ?? '') ?? ''
    const text = tick.ids.length > 1 ? `${first} +${tick.ids.length - 1}` : first
    const width = text.length * frame.charWidth
    if (width > frame.width) continue
    const x = Math.max(0, Math.min(frame.width - width, tick.x - width / 2))
    const lane = lanes.findIndex((end) => x >= end + LABEL_GAP)
    if (lane < 0) continue
    lanes[lane] = x + width
    labels.push({ x, width, lane, text, tick })
  }
  return labels
}

/**
 * The shortest endings that still tell ids apart: `.7` where all ports and the first octets agree, `:6380` where the hosts
 * agree, else the whole id. An id that is its only kind keeps its name.
 */
export function shortNames(ids: readonly string[]): Map<string, string> {
  const whole = () => new Map(ids.map((id) => [id, id]))
  const parts = ids.map((id) => /^(.*):(\d+)$/.exec(id))
  if (ids.length < 2 || parts.some((match) => match === null)) return whole()
  const hosts = new Set(parts.map((match) => match![1]!))
  const ports = new Set(parts.map((match) => match![2]!))
  if (hosts.size === 1) return new Map(ids.map((id, i) => [id, `:${parts[i]![2]!}`]))
  const isV4 = [...hosts].every((host) => /^\d+\.\d+\.\d+\.\d+$/.test(host))
  const nets = new Set([...hosts].map((host) => host.slice(0, host.lastIndexOf('.'))))
  if (!isV4 || nets.size > 1) return whole()
  return new Map(
    ids.map((id, i) => {
      const last = parts[i]![1]!.slice(parts[i]![1]!.lastIndexOf('.'))
      return [id, ports.size === 1 ? last : `${last}:${parts[i]![2]!}`]
    }),
  )
}
