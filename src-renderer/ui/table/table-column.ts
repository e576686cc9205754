import type { CellValue } from './table-sort.ts'

/** Said by shape and colour together, never by colour alone. */
export type Tone = 'ok' | 'info' | 'warn' | 'crit' | 'stale'

/** One column: how to read a row's raw value and its words. Knows nothing of the table that shows it. */
export interface TableColumn<Row> {
  readonly id: string
  readonly title: string
  /** The long form, for a tooltip and the column chooser. */
  readonly hint: string
  /** Of the raw value, for copies: `B`, `s`. */
  readonly unit?: string
  /** Pixels; columns share what is left over. */
  readonly width: number
  readonly align: 'start' | 'end'
  readonly isMono?: boolean
  /** Not shown until chosen. */
  readonly isOptional?: boolean
  /** Raw: sorted by and copied. Null is unknown and comes last. */
  readonly value: (row: Row) => CellValue
  /** On the screen; unknown is a dash. */
  readonly text: (row: Row) => string
  /** More words for the tooltip. */
  readonly detail?: (row: Row) => string | null
  readonly tone?: (row: Row) => Tone | null
}
