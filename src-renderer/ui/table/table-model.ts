import type { ColumnDef, SortingFn } from '@tanstack/vue-table'
import type { TableColumn } from './table-column.ts'
import { compareCells } from './table-sort.ts'
import type { CellValue } from './table-sort.ts'

/** Columns as TanStack wants them. Unknown becomes undefined there, which it keeps last in both directions. */
export function toColumnDefs<Row>(columns: readonly TableColumn<Row>[]): ColumnDef<Row>[] {
  const sortingFn: SortingFn<Row> = (a, b, id) => compareCells(a.getValue<CellValue>(id), b.getValue<CellValue>(id))
  return columns.map((column) => ({
    id: column.id,
    accessorFn: (row: Row) => column.value(row) ?? undefined,
    sortingFn,
    sortUndefined: 'last' as const,
  }))
}
