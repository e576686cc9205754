export interface CellPosition {
  readonly row: number
  readonly column: number
}

export interface GridShape {
  readonly rows: number
  readonly columns: number
  /** Rows that one page key moves. */
  readonly page: number
}

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>

/** Where a key moves the one tabbable cell of a grid; undefined when the key is not for moving. */
export function moveCell(from: CellPosition, pressed: Key, shape: GridShape): CellPosition | undefined {
  const jump = pressed.ctrlKey || pressed.metaKey
  const to = target(from, pressed.key, jump, shape)
  return to && { row: clamp(to.row, shape.rows - 1), column: clamp(to.column, shape.columns - 1) }
}

function target({ row, column }: CellPosition, key: string, jump: boolean, shape: GridShape): CellPosition | undefined {
  switch (key) {
    case 'ArrowUp':
      return { row: jump ? 0 : row - 1, column }
    case 'ArrowDown':
      return { row: jump ? shape.rows - 1 : row + 1, column }
    case 'ArrowLeft':
      return { row, column: jump ? 0 : column - 1 }
    case 'ArrowRight':
      return { row, column: jump ? shape.columns - 1 : column + 1 }
    case 'Home':
      return { row: jump ? 0 : row, column: 0 }
    case 'End':
      return { row: jump ? shape.rows - 1 : row, column: shape.columns - 1 }
    case 'PageUp':
      return { row: row - shape.page, column }
    case 'PageDown':
      return { row: row + shape.page, column }
    default:
      return undefined
  }
}

function clamp(value: number, highest: number): number {
  return Math.max(0, Math.min(highest, value))
}
