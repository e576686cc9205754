import type { StatusTone } from '../status.ts'
import type { CellValue } from './table-sort.ts'

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
  /** Said by shape and colour together. Null: nothing to say. */
  readonly tone?: (row: Row) => StatusTone | null
  /** What a copy holds in place of this column, where one number is not enough: both bounds of an interval. */
  readonly parts?: readonly ColumnPart<Row>[]
}

export interface ColumnPart<Row> {
  readonly title: string
  readonly unit?: string
  readonly value: (row: Row) => CellValue
}
