import type { Line, Span, Tone } from './text.ts'
import { glue, lengthOf, pad, shorten, span, wrap } from './text.ts'

export interface Column {
  readonly key: string
  readonly title: string
  readonly align: 'left' | 'right'
  /** 0 stays whatever happens; the largest goes first when the width does not suffice. */
  readonly dropOrder: number
}

/** Cells by column key; `notes` are lines of their own below the row. */
export interface Row {
  readonly cells: Readonly<Record<string, Span>>
  readonly notes?: readonly Line[]
  /** Where continuation lines and notes begin, beyond the table's own indent. */
  readonly indent?: number
}

const GAP = '  '
const LONGEST_GLUED = 32

export function cell(text: string, tone: Tone = 'plain'): Span {
  return span(text, tone)
}

/**
 * A table that fits: columns that nothing fills are left out, and those that do not fit move to a second line below
 * their row, so that a narrow terminal shows the same figures. Only cells of the fixed columns are ever shortened.
 */
export function renderTable(columns: readonly Column[], rows: readonly Row[], width: number, indent: number): Line[] {
  const filled = columns.filter((column) => rows.some((row) => (row.cells[column.key]?.text ?? '') !== ''))
  const widthOf = (column: Column): number =>
    Math.max(lengthOf(column.title), ...rows.map((row) => lengthOf(row.cells[column.key]?.text ?? '')))
  const total = (shown: readonly Column[]): number =>
    indent + shown.reduce((sum, column) => sum + widthOf(column) + GAP.length, -GAP.length)
  let shown = filled
  while (total(shown) > width) {
    const worst = Math.max(...shown.map((column) => column.dropOrder))
    if (worst === 0) break
    shown = shown.filter((column) => column.dropOrder !== worst)
  }
  const moved = filled.filter((column) => !shown.includes(column))
  const widths = squeeze(shown.map(widthOf), width - indent)
  const lead: Span = { text: ' '.repeat(indent), tone: 'plain' }
  const head = shown.map((column, index) =>
    pad(shorten(column.title, widths[index] ?? 0), widths[index] ?? 0, column.align),
  )
  const lines: Line[] = [[lead, { text: head.join(GAP).trimEnd(), tone: 'dim' }]]
  for (const row of rows) {
    const cells = shown.flatMap((column, index): Span[] => {
      const content = row.cells[column.key] ?? { text: '', tone: 'plain' }
      const text = pad(shorten(content.text, widths[index] ?? 0), widths[index] ?? 0, column.align)
      return index === 0
        ? [{ text, tone: content.tone }]
        : [
            { text: GAP, tone: 'plain' },
            { text, tone: content.tone },
          ]
    })
    lines.push([lead, ...cells])
    // A chain may be deeper than the terminal is wide.
    const below = Math.min(indent + (row.indent ?? 2), Math.floor(width / 2))
    const rest = movedLine(moved, row, below)
    if (rest !== undefined) lines.push(...wrap(rest, width, below))
    for (const note of row.notes ?? [])
      lines.push(...wrap([{ text: ' '.repeat(below), tone: 'plain' }, ...note], width, below + 2))
  }
  return lines
}

function movedLine(moved: readonly Column[], row: Row, indent: number): Line | undefined {
  const parts = moved.flatMap((column): Span[] => {
    const content = row.cells[column.key]
    if (content === undefined || content.text === '') return []
    // Short cells move as a whole; a long one may be broken like prose.
    const isShort = lengthOf(content.text) <= LONGEST_GLUED
    const text = isShort ? glue(content.text) : content.text
    return [
      { text: glue(`${column.title.toLowerCase()} `), tone: 'dim' },
      { text, tone: content.tone },
    ]
  })
  if (parts.length === 0) return undefined
  const joined = parts.flatMap((part, index): Span[] =>
    index > 0 && index % 2 === 0 ? [{ text: ' · ', tone: 'dim' }, part] : [part],
  )
  return [{ text: ' '.repeat(indent), tone: 'plain' }, ...joined]
}

/** Takes from the widest column until all fit; none gets narrower than 6. */
function squeeze(widths: readonly number[], room: number): number[] {
  const result = [...widths]
  const used = (): number => result.reduce((sum, one) => sum + one + GAP.length, -GAP.length)
  while (used() > room) {
    const widest = result.indexOf(Math.max(...result))
    if ((result[widest] ?? 0) <= 6) break
    result[widest] = (result[widest] ?? 0) - 1
  }
  return result
}
