/** A cell's raw value: what is sorted by and copied. Null is unknown. */
export type CellValue = string | number | boolean | null

export interface SortState {
  readonly column: string
  readonly descending: boolean
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Orders two known values; `host:port` texts order by number where they hold numbers. */
export function compareCells(a: CellValue, b: CellValue): number {
  if (a === b) return 0
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return collator.compare(String(a), String(b))
}

/** First click ascending, second descending, third back to the order of the rows as given. */
export function nextSort(sort: SortState | null, column: string): SortState | null {
  if (sort?.column !== column) return { column, descending: false }
  return sort.descending ? null : { column, descending: true }
}

/**
 * Keeps rows where the eye left them: those already shown stay in their order, gone ones drop out, new ones follow at
 * the end in the wanted order.
 */
export function holdOrder(shown: readonly string[], wanted: readonly string[]): string[] {
  const present = new Set(wanted)
  const kept = shown.filter((id) => present.has(id))
  const known = new Set(kept)
  return [...kept, ...wanted.filter((id) => !known.has(id))]
}
