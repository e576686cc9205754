/** Something that happened, on the time axis. */
export interface ChartMark {
  readonly at: number
  readonly label: string
  readonly tone: 'info' | 'crit' | 'sentinel' | 'master'
}

export interface PlacedMark extends ChartMark {
  readonly x: number
  /** Left edge of the label; undefined when only the line is drawn for want of room. */
  readonly labelX: number | undefined
  /** Marks on the same pixel, this one included. */
  readonly total: number
}

/**
 * Places marks on `width` pixels. Those closer than 3 px merge; a label is drawn where it does not touch the one before
 * and does not leave the chart. Graver marks speak first.
 */
export function placeMarks(
  marks: readonly ChartMark[],
  xOf: (at: number) => number,
  width: number,
  widthOf: (text: string) => number,
): PlacedMark[] {
  const merged = mergeNear(
    [...marks].sort((a, b) => a.at - b.at),
    xOf,
    width,
  )
  const taken: [number, number][] = []
  const rank = { crit: 0, master: 1, sentinel: 2, info: 3 }
  const labels = new Map<number, number>()
  const order = merged
    .map((mark, i) => ({ mark, i }))
    .sort((a, b) => rank[a.mark.tone] - rank[b.mark.tone] || b.mark.x - a.mark.x)
  for (const { mark, i } of order) {
    const size = widthOf(markLabel(mark))
    const start = mark.x + 4 + size <= width ? mark.x + 4 : mark.x - 4 - size
    if (start < 0 || taken.some(([from, to]) => start < to + 6 && start + size > from - 6)) continue
    taken.push([start, start + size])
    labels.set(i, start)
  }
  return merged.map((mark, i) => ({ ...mark, labelX: labels.get(i) }))
}

/** `+sdown 10.0.0.8:6379`, with how many more share the pixel. */
export function markLabel(mark: Pick<PlacedMark, 'label' | 'total'>): string {
  return mark.total > 1 ? `${mark.label} +${mark.total - 1}` : mark.label
}

function mergeNear(
  marks: readonly ChartMark[],
  xOf: (at: number) => number,
  width: number,
): Omit<PlacedMark, 'labelX'>[] {
  const rank = { crit: 0, master: 1, sentinel: 2, info: 3 }
  const out: Omit<PlacedMark, 'labelX'>[] = []
  for (const mark of marks) {
    const x = xOf(mark.at)
    if (x < 0 || x > width) continue
    const last = out.at(-1)
    if (!last || x - last.x >= 3) out.push({ ...mark, x, total: 1 })
    else {
      const speaker = rank[mark.tone] < rank[last.tone] ? mark : last
      out[out.length - 1] = { ...speaker, x: last.x, total: last.total + 1 }
    }
  }
  return out
}
