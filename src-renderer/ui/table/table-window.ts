export interface DrawnRow {
  readonly index: number
  /** Empty room to leave above it for rows that are not drawn. */
  readonly gapPx: number
}

/**
 * Which rows are in the document and the room between them. `visible` is null when all are drawn. The active row is
 * always drawn, wherever it is, so that the focus never falls out of the page.
 */
export function rowsToDraw(input: {
  readonly total: number
  readonly visible: readonly number[] | null
  readonly active: number
  readonly rowPx: number
}): { readonly items: readonly DrawnRow[]; readonly afterPx: number } {
  const { total, visible, active, rowPx } = input
  const wanted = visible === null ? Array.from({ length: total }, (_, i) => i) : [...visible, active]
  const indexes = [...new Set(wanted)].filter((i) => i >= 0 && i < total).sort((a, b) => a - b)
  const items = indexes.map((index, i) => ({ index, gapPx: (index - (indexes[i - 1] ?? -1) - 1) * rowPx }))
  return { items, afterPx: (total - 1 - (indexes.at(-1) ?? -1)) * rowPx }
}
