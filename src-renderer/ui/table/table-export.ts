import type { ColumnPart, TableColumn } from './table-column.ts'
import type { CellValue } from './table-sort.ts'

/**
 * Tab-separated values for a spreadsheet: raw numbers, empty where unknown. Tabs and line ends inside a value become
 * spaces. A text that a spreadsheet would run as a formula gets a leading apostrophe.
 */
export function toTsv<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
  const parts = columns.flatMap((column): readonly ColumnPart<Row>[] => column.parts ?? [column])
  const head = parts.map((part) => tsvCell(part.unit ? `${part.title} (${part.unit})` : part.title))
  const body = rows.map((row) => parts.map((part) => tsvCell(part.value(row))).join('\t'))
  return [head.join('\t'), ...body].join('\n') + '\n'
}

/** A Markdown table of what is on the screen; pipes and line ends are escaped. */
export function toMarkdown<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return (
    [
      line(columns.map((column) => mdCell(column.title))),
      line(columns.map((column) => (column.align === 'end' ? '---:' : '---'))),
      ...rows.map((row) => line(columns.map((column) => mdCell(column.text(row))))),
    ].join('\n') + '\n'
  )
}

function tsvCell(value: CellValue): string {
  if (value === null) return ''
  if (value === Number.POSITIVE_INFINITY) return 'unbounded'
  if (typeof value !== 'string') return String(value)
  const flat = value.replace(/[\t\r\n]+/g, ' ')
  return /^[=+@]|^-(?![\d.])/.test(flat) ? `'${flat}` : flat
}

function mdCell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\r?\n/g, ' ').trim()
}
